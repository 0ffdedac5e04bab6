//! SmartModule `impressions`: one verdict for each raw record of `ad-impressions`.

adx_smartmodule_standardise::standardise_module!(Impressions, adx_events::topic::Topic::Impressions);

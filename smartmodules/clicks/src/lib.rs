//! SmartModule `clicks`: one verdict for each raw record of `clicks-conversions`.

adx_smartmodule_standardise::standardise_module!(Clicks, adx_events::topic::Topic::Clicks);

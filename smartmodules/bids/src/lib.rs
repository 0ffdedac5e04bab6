//! SmartModule `bids`: one verdict for each raw record of `bid-requests`.

adx_smartmodule_standardise::standardise_module!(Bids, adx_events::topic::Topic::Bids);

//! The VIP Reseller adapter over real HTTP.

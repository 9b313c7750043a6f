//! What an order costs the member, and what it may cost us (D20).

use serde::{Deserialize, Serialize};

use crate::catalog::{Price, Product, Snapshot};
use crate::member::Member;
use crate::money::Money;

/// A price for one order, frozen when the order is accepted (INV-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// What the member pays: whole rupiah, above zero.
    pub sell: Money,
    /// The base price it was built on.
    pub base: Money,
    /// What an attempt may cost at most (INV-17), above zero.
    pub cost_cap: Money,
    /// The catalog that it was read from.
    pub catalog_version: u64,
}

/// Why there is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuoteError {
    /// No rule of the price book speaks of this product for this member.
    #[error("the product has no price for this member")]
    NoPrice,
    /// The rules lead to a price that nobody can be charged: zero, negative, or beyond INV-5's bound.
    #[error("the price rules give no chargeable price")]
    NotChargeable,
    /// Nothing is left to buy with once the least margin is taken off the price.
    #[error("the least margin leaves nothing to buy with")]
    NoRoom,
}

/// The price of `product` for `member`, by the price book of `snapshot`. Whether either is active is not looked at.
pub fn quote(snapshot: &Snapshot, product: &Product, member: &Member) -> Result<Quote, QuoteError> {
    let price = snapshot
        .prices()
        .price(member.id, member.tier, product)
        .ok_or(QuoteError::NoPrice)?;
    let base = product.base_price;
    let exact = match price {
        Price::Sell(sell) => Some(sell),
        Price::Flat(markup) => base.checked_add(markup),
        Price::Ppm(ppm) => base
            .checked_ppm(i64::from(ppm))
            .and_then(|markup| base.checked_add(markup)),
    };
    let sell = exact
        .and_then(Money::ceil_rupiah)
        .filter(|sell| sell.is_transferable())
        .ok_or(QuoteError::NotChargeable)?;
    let margin = if product.loss_leader {
        product.min_margin
    } else {
        product.min_margin.max(Money::ZERO)
    };
    let cost_cap = sell
        .checked_sub(margin)
        .filter(|cap| cap.is_transferable())
        .ok_or(QuoteError::NoRoom)?;
    Ok(Quote {
        sell,
        base,
        cost_cap,
        catalog_version: snapshot.version(),
    })
}

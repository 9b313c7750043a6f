//! What an order costs the member, and what it may cost us (D20).

use serde::{Deserialize, Serialize};

use crate::catalog::{Price, Product, ProductKind, Snapshot};
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
    /// A bill has a price once it was asked about.
    #[error("a bill has a price only after an inquiry")]
    NeedsInquiry,
}

/// The price of `product` for `member`, by the price book of `snapshot`. Whether either is active is not looked at.
pub fn quote(snapshot: &Snapshot, product: &Product, member: &Member) -> Result<Quote, QuoteError> {
    match product.kind {
        ProductKind::Prepaid => quote_on(product.base_price, snapshot, product, member),
        ProductKind::Postpaid => Err(QuoteError::NeedsInquiry),
    }
}

/// The price of a bill that costs us `cost`, by the same price book. What it may cost is what it was said to cost and no more: a supplier that takes
/// another amount is told apart by that (E-35). A rule with a fixed price is none for a bill.
pub fn quote_bill(
    cost: Money,
    snapshot: &Snapshot,
    product: &Product,
    member: &Member,
) -> Result<Quote, QuoteError> {
    let rule = snapshot.prices().price(member.id, member.tier, product);
    if !cost.is_transferable() || matches!(rule, Some(Price::Sell(_))) {
        return Err(QuoteError::NotChargeable);
    }
    let quote = quote_on(cost, snapshot, product, member)?;
    if quote.cost_cap < cost {
        return Err(QuoteError::NoRoom);
    }
    Ok(Quote {
        cost_cap: cost,
        ..quote
    })
}

fn quote_on(
    base: Money,
    snapshot: &Snapshot,
    product: &Product,
    member: &Member,
) -> Result<Quote, QuoteError> {
    let price = snapshot
        .prices()
        .price(member.id, member.tier, product)
        .ok_or(QuoteError::NoPrice)?;
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::catalog::sample::{self, RESELLER, RETAIL, rupiah};
    use crate::catalog::{Buyers, Goods, PriceRule, TierId};
    use crate::ids::{CategoryId, MemberId, ProductId};
    use crate::member::MemberKind;

    const MEMBER: MemberId = MemberId(uuid::Uuid::from_u128(1));

    fn member(tier: TierId) -> Member {
        Member::new(MEMBER, sample::slug("shop1"), tier, MemberKind::Shop)
    }

    fn rule(buyers: Buyers, goods: Goods, price: Price) -> PriceRule {
        PriceRule {
            buyers,
            goods,
            price,
        }
    }

    fn quoted(
        rules: &[PriceRule],
        tier: TierId,
        change: impl Fn(&mut Product),
    ) -> Result<Quote, QuoteError> {
        let mut data = sample::data();
        data.prices.extend(rules);
        change(&mut data.products[0]);
        let snapshot = Snapshot::new(7, data).unwrap();
        quote(
            &snapshot,
            snapshot.product(ProductId(0)).unwrap(),
            &member(tier),
        )
    }

    #[test]
    fn a_quote_is_base_plus_the_tiers_markup() {
        let retail = quoted(&[], RETAIL, |_| {}).unwrap();
        let expected = Quote {
            sell: rupiah(11_000),
            base: rupiah(10_500),
            cost_cap: rupiah(11_000),
            catalog_version: 7,
        };
        assert_eq!(retail, expected);
        assert_eq!(quoted(&[], RESELLER, |_| {}).unwrap().sell, rupiah(10_605));
    }

    #[test]
    fn the_most_specific_rule_decides() {
        let (pulsa, x10) = (Goods::Category(CategoryId(0)), Goods::Product(ProductId(0)));
        // From the least specific to the most; the tier's rule for the category is there already.
        let steps = [
            rule(Buyers::Tier(RETAIL), x10, Price::Flat(rupiah(400))),
            rule(Buyers::Member(MEMBER), pulsa, Price::Flat(rupiah(300))),
            rule(Buyers::Member(MEMBER), x10, Price::Sell(rupiah(10_555))),
        ];
        let sells: Vec<_> = (0..=3)
            .map(|n| quoted(&steps[..n], RETAIL, |_| {}).unwrap().sell)
            .collect();
        assert_eq!(sells, [11_000, 10_900, 10_800, 10_555].map(rupiah));
    }

    #[test]
    fn rules_for_others_do_not_count() {
        let other = MemberId(uuid::Uuid::from_u128(2));
        let rules = [
            rule(
                Buyers::Member(other),
                Goods::Product(ProductId(0)),
                Price::Sell(rupiah(1)),
            ),
            rule(
                Buyers::Member(MEMBER),
                Goods::Product(ProductId(1)),
                Price::Sell(rupiah(1)),
            ),
            rule(
                Buyers::Tier(RESELLER),
                Goods::Product(ProductId(0)),
                Price::Sell(rupiah(1)),
            ),
        ];
        assert_eq!(quoted(&rules, RETAIL, |_| {}).unwrap().sell, rupiah(11_000));
    }

    #[test]
    fn without_a_rule_there_is_no_price() {
        let snapshot = sample::snapshot();
        let token = snapshot.product(ProductId(1)).unwrap();
        assert!(quote(&snapshot, token, &member(RETAIL)).is_ok());
        assert_eq!(
            quote(&snapshot, token, &member(RESELLER)),
            Err(QuoteError::NoPrice)
        );
    }

    #[rstest]
    #[case(0, false, 11_000)]
    #[case(200, false, 10_800)]
    #[case(200, true, 10_800)]
    #[case(-300, true, 11_300)]
    fn inv_17_the_cap_is_the_price_less_the_least_margin(
        #[case] margin: i64,
        #[case] loss_leader: bool,
        #[case] cap: i64,
    ) {
        let quote = quoted(&[], RETAIL, |product| {
            product.min_margin = rupiah(margin);
            product.loss_leader = loss_leader;
        });
        assert_eq!(quote.unwrap().cost_cap, rupiah(cap));
    }

    #[test]
    fn inv_17_a_negative_margin_counts_only_for_a_loss_leader() {
        // Validation keeps such a product out of a snapshot; the quote does not rely on it.
        let snapshot = sample::snapshot();
        let mut product = snapshot.product(ProductId(0)).unwrap().clone();
        product.min_margin = rupiah(-300);
        let quote = quote(&snapshot, &product, &member(RETAIL)).unwrap();
        assert_eq!(quote.cost_cap, quote.sell);
    }

    #[rstest]
    #[case(Price::Flat(rupiah(-10_500)), 0, QuoteError::NotChargeable)]
    #[case(Price::Flat(rupiah(-20_000)), 0, QuoteError::NotChargeable)]
    #[case(Price::Flat(Money::MAX_AMOUNT), 0, QuoteError::NotChargeable)]
    #[case(Price::Ppm(-1_000_000), 0, QuoteError::NotChargeable)]
    #[case(Price::Sell(rupiah(500)), 500, QuoteError::NoRoom)]
    #[case(Price::Sell(rupiah(500)), 501, QuoteError::NoRoom)]
    fn inv_05_prices_that_nobody_can_be_charged_are_refused(
        #[case] price: Price,
        #[case] margin: i64,
        #[case] error: QuoteError,
    ) {
        let own = rule(Buyers::Member(MEMBER), Goods::Product(ProductId(0)), price);
        let found = quoted(&[own], RETAIL, |product| {
            product.min_margin = rupiah(margin);
        });
        assert_eq!(found, Err(error));
    }

    proptest! {
        #[test]
        fn a_quote_is_whole_rupiah_never_below_the_rules_and_less_than_one_above(
            base in 0_i64..=100_000_000_000_000,
            ppm in -1_000_000_i32..=10_000_000,
            margin in -10_000_000_i64..10_000_000,
        ) {
            let own = rule(Buyers::Member(MEMBER), Goods::Product(ProductId(0)), Price::Ppm(ppm));
            let found = quoted(&[own], RETAIL, |product| {
                product.base_price = Money::from_hundredths(base);
                product.min_margin = Money::from_hundredths(margin);
                product.loss_leader = true;
            });
            // In millionths of a hundredth.
            let exact = i128::from(base) * i128::from(1_000_000 + ppm);
            match found {
                Ok(quote) => {
                    prop_assert!(quote.sell.whole_rupiah().is_some() && quote.sell.is_transferable());
                    let above = i128::from(quote.sell.hundredths()) * 1_000_000 - exact;
                    prop_assert!((0..100 * 1_000_000).contains(&above), "{above}");
                    prop_assert_eq!(quote.sell.hundredths() - quote.cost_cap.hundredths(), margin);
                    prop_assert!(quote.cost_cap.is_transferable());
                }
                Err(error) => {
                    prop_assert_ne!(error, QuoteError::NoPrice);
                    let too_low = exact <= 0 || exact <= i128::from(margin.max(0)) * 1_000_000;
                    let too_high = exact > (i128::from(Money::MAX_AMOUNT.hundredths()) - 10_000_100) * 1_000_000;
                    prop_assert!(too_low || too_high, "refused {exact}");
                }
            }
        }
    }

    fn bill(cost: Money, price: Price, change: impl Fn(&mut Product)) -> Result<Quote, QuoteError> {
        let mut data = sample::data();
        let x10 = Goods::Product(ProductId(0));
        data.prices.push(rule(Buyers::Tier(RETAIL), x10, price));
        change(&mut data.products[0]);
        let snapshot = Snapshot::new(7, data).unwrap();
        let product = snapshot.product(ProductId(0)).unwrap();
        quote_bill(cost, &snapshot, product, &member(RETAIL))
    }

    #[test]
    fn e_35_a_bill_may_cost_what_it_was_said_to_cost_and_no_more() {
        let cost = rupiah(87_250);
        let quote = bill(cost, Price::Flat(rupiah(2_500)), |_| {}).unwrap();
        let expected = Quote {
            sell: rupiah(89_750),
            base: cost,
            cost_cap: cost,
            catalog_version: 7,
        };
        assert_eq!(quote, expected);
        // The markup is the margin: as much of it is room.
        for (margin, is_room) in [(2_499, true), (2_500, true), (2_501, false)] {
            let quote = bill(cost, Price::Flat(rupiah(2_500)), |product| {
                product.min_margin = rupiah(margin);
            });
            let cap = quote.map(|quote| quote.cost_cap);
            let wanted = if is_room {
                Ok(cost)
            } else {
                Err(QuoteError::NoRoom)
            };
            assert_eq!(cap, wanted, "{margin}");
        }
    }

    #[test]
    fn e_35_a_bill_has_neither_a_fixed_price_nor_an_amount_that_cannot_be_moved() {
        let cost = rupiah(87_250);
        let fixed = bill(cost, Price::Sell(rupiah(90_000)), |_| {});
        assert_eq!(fixed, Err(QuoteError::NotChargeable));
        for cost in [Money::ZERO, rupiah(-1), Money::MAX_AMOUNT] {
            let quote = bill(cost, Price::Flat(rupiah(2_500)), |_| {});
            assert_eq!(quote, Err(QuoteError::NotChargeable), "{cost}");
        }
    }
}

//! Prices, margins and costs that change during the sale. None of it is a fault.

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::catalog::{Buyers, CatalogChange, Goods, Price, PriceRule, TierId};
use eraflazz_core::engine::Engine;
use eraflazz_core::ids::{CategoryId, MappingId, ProductId};
use eraflazz_core::money::Money;

use super::Operators;
use crate::auditor::Tariff;
use crate::door::PATIENCE;
use crate::founding::{BASE_PRICE, MARKUPS};
use crate::trace::Event;

/// What is on the lists, in rupiah.
#[derive(Debug)]
pub struct Prices {
    bases: Vec<i64>,
    markups: [i64; 2],
}

/// A change of the catalog, and what it puts on which lists, in hundredths.
struct Entry {
    change: CatalogChange,
    lists: Vec<(Tariff, i64)>,
}

impl Prices {
    /// Those of the first day.
    pub fn new(products: u32) -> Self {
        Self {
            bases: vec![BASE_PRICE; products as usize],
            markups: MARKUPS,
        }
    }

    /// Changes one or another as long as the sale lasts, about so often.
    pub async fn change(mut self, operators: Arc<Operators>, pace: Duration) {
        let pace = u64::try_from(pace.as_millis()).unwrap_or(0).max(2);
        while !operators.scene.faults.are_over() {
            tokio::time::sleep(operators.chance.millis(pace / 2, pace * 2)).await;
            let Some(engine) = operators.door.engine() else {
                continue;
            };
            if let Some(entry) = self.draw(&operators, &engine).await {
                operators.enter_prices(engine, entry).await;
            }
        }
    }

    /// What is changed, and to what.
    async fn draw(&mut self, operators: &Operators, engine: &Engine) -> Option<Entry> {
        let chance = &operators.chance;
        let place = usize::try_from(chance.below(self.bases.len() as u64)).ok()?;
        let product = u32::try_from(place).ok()?;
        match chance.below(4) {
            0 => {
                self.bases[place] = *chance.pick(&[9_700, 9_900, 10_000, 10_050, 10_300]);
                let lists = (0_u16..).zip(self.markups);
                Some(Entry {
                    change: CatalogChange::SetBasePrice {
                        product: ProductId(product),
                        base_price: Money::rupiah(self.bases[place])?,
                    },
                    lists: lists
                        .map(|(tier, markup)| {
                            let price = (self.bases[place] + markup) * 100;
                            (Tariff::Price { product, tier }, price)
                        })
                        .collect(),
                })
            }
            1 => {
                let tier = usize::try_from(chance.below(2)).ok()?;
                let markup = *chance.pick(&[0, 300, 500, 700, 1_200]);
                self.markups[tier] = markup;
                let tier = u16::try_from(tier).ok()?;
                Some(Entry {
                    change: CatalogChange::PutPrice(PriceRule {
                        buyers: Buyers::Tier(TierId(tier)),
                        goods: Goods::Category(CategoryId(0)),
                        price: Price::Flat(Money::rupiah(markup)?),
                    }),
                    lists: (0..)
                        .zip(&self.bases)
                        .map(|(product, base)| {
                            (Tariff::Price { product, tier }, (base + markup) * 100)
                        })
                        .collect(),
                })
            }
            2 => margin(operators, engine, product).await,
            _ => cost(operators, product),
        }
    }
}

/// What must be left of a price. With it changes what anything may cost (INV-17).
async fn margin(operators: &Operators, engine: &Engine, product: u32) -> Option<Entry> {
    let margin = *operators.chance.pick(&[0, 0, 100, 400]);
    let read = tokio::time::timeout(PATIENCE, engine.catalog()).await;
    let snapshot = read.ok()?.ok()?;
    let mut changed = snapshot.product(ProductId(product))?.clone();
    changed.min_margin = Money::rupiah(margin)?;
    Some(Entry {
        change: CatalogChange::PutProduct(changed),
        lists: vec![(Tariff::Margin { product }, margin * 100)],
    })
}

/// A supplier charges something else from now on, and mostly somebody enters it, for one product at least.
fn cost(operators: &Operators, product: u32) -> Option<Entry> {
    let chance = &operators.chance;
    let vendor = chance.pick(&operators.vendors);
    let cost = *chance.pick(&[9_400, 9_800, 10_000, 10_400, 10_900]) + 50 * i64::from(vendor.id);
    vendor.reprice(cost * 100);
    if chance.percent(20) {
        return None;
    }
    let suppliers = u32::try_from(operators.vendors.len()).ok()?;
    Some(Entry {
        change: CatalogChange::SetMappingCost {
            mapping: MappingId(product * suppliers + u32::from(vendor.id)),
            cost: Money::rupiah(cost)?,
            stock: None,
        },
        lists: vec![(
            Tariff::Cost {
                supplier: vendor.id,
                product,
            },
            cost * 100,
        )],
    })
}

impl Operators {
    /// Enters it until it is known to be there.
    async fn enter_prices(&self, mut engine: Engine, entry: Entry) {
        let at = self.scene.millis();
        for (list, amount) in &entry.lists {
            self.scene.auditor().enters(*list, *amount, at);
            self.scene.note(Event::Enters {
                list: *list,
                amount: *amount,
            });
        }
        loop {
            let change = engine.change_catalog(vec![entry.change.clone()]);
            if matches!(tokio::time::timeout(PATIENCE, change).await, Ok(Ok(_))) {
                break;
            }
            engine = self.engine_again().await;
        }
        let at = self.scene.millis();
        for (list, _) in &entry.lists {
            self.scene.auditor().entered(*list, at);
        }
    }
}

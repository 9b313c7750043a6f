//! A field of routes to be ranked.

use eraflazz_core::catalog::{DestinationRule, Mapping, Product, QuotaLeft};
use eraflazz_core::ids::{CategoryId, MappingId, ProductId, SupplierId};
use eraflazz_core::money::Money;
use eraflazz_core::route::{Candidate, Gate, Health, RankInput, SupplierFacts};
use eraflazz_core::time::Timestamp;

use crate::shop::Failure;

/// One product with so many routes over ten suppliers, one in three above the cap.
#[derive(Debug)]
pub struct Field {
    product: Product,
    mappings: Vec<Mapping>,
    suppliers: [SupplierFacts; 10],
    cap: Money,
}

impl Field {
    /// A field of `count` routes.
    pub fn of(count: u16) -> Result<Self, Failure> {
        let rupiah = |n: i64| Money::rupiah(n).ok_or("out of range");
        let id = ProductId(0);
        let product = Product::prepaid(
            id,
            "XL10".parse()?,
            CategoryId(0),
            DestinationRule::any_phone(),
            rupiah(10_000)?,
        );
        let mut mappings = Vec::with_capacity(usize::from(count));
        for n in 0..count {
            let price = rupiah(9_000 + i64::from(n.wrapping_mul(7919) % 2_100))?;
            mappings.push(Mapping::new(
                MappingId(u32::from(n)),
                id,
                SupplierId(n % 10),
                "sku".parse()?,
                price,
            ));
        }
        let free_funds = Some(rupiah(1_000_000)?);
        let facts = SupplierFacts {
            registered: true,
            active: true,
            max_in_flight: 50,
            free_funds,
            ..SupplierFacts::default()
        };
        Ok(Self {
            product,
            mappings,
            suppliers: [facts; 10],
            cap: rupiah(10_400)?,
        })
    }

    /// Its routes, all healthy.
    pub fn candidates(&self) -> Vec<Candidate<'_>> {
        self.mappings
            .iter()
            .map(|mapping| Candidate {
                mapping,
                health: Health::default(),
                breaker: Gate::Closed,
                quota: QuotaLeft::Any,
            })
            .collect()
    }

    /// What a ranking of them rests on.
    pub const fn input<'a>(&'a self, candidates: &'a [Candidate<'a>]) -> RankInput<'a> {
        let now = Timestamp::from_millis(1_767_225_600_000);
        RankInput {
            product: &self.product,
            sold: true,
            candidates,
            suppliers: &self.suppliers,
            cost_cap: self.cap,
            tried: &[],
            now,
            roll: 0x9E37_79B9_7F4A_7C15,
        }
    }
}

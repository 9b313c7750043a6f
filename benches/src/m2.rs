//! M2: ranking 5, 50 and 500 mappings, with the explanation.

use std::hint::black_box;
use std::time::Instant;

use benches::report::Figure;
use benches::shop::Failure;
use eraflazz_core::catalog::{DestinationRule, Mapping, Product};
use eraflazz_core::ids::{CategoryId, MappingId, ProductId, SupplierId};
use eraflazz_core::money::Money;
use eraflazz_core::route::{Candidate, Cheapest, Gate, Health, RankInput, SupplierFacts, rank};
use eraflazz_core::time::Timestamp;

pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    [(5_u16, 0.5, 0.2), (50, 3.0, 1.5), (500, 30.0, 12.0)]
        .into_iter()
        .map(|(count, floor, goal)| line(count, floor, goal))
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nanoseconds of a few seconds, for a report"
)]
fn line(count: u16, floor: f64, goal: f64) -> Result<Figure, Failure> {
    let cost = |n: i64| Money::rupiah(n).ok_or("out of range");
    let product = Product::prepaid(
        ProductId(0),
        "XL10".parse()?,
        CategoryId(0),
        DestinationRule::any_phone(),
        cost(10_000)?,
    );
    let mut mappings = Vec::new();
    for n in 0..count {
        let price = cost(9_000 + i64::from(n.wrapping_mul(7919) % 1_500))?;
        mappings.push(Mapping::new(
            MappingId(u32::from(n)),
            product.id,
            SupplierId(n % 10),
            "sku".parse()?,
            price,
        ));
    }
    let candidates: Vec<Candidate<'_>> = mappings
        .iter()
        .map(|mapping| Candidate {
            mapping,
            health: Health::default(),
            breaker: Gate::Closed,
        })
        .collect();
    let facts = SupplierFacts {
        registered: true,
        active: true,
        max_in_flight: 50,
        free_funds: Some(cost(1_000_000)?),
        ..SupplierFacts::default()
    };
    let suppliers = [facts; 10];
    let now = Timestamp::from_millis(1_767_225_600_000);
    let input = RankInput {
        product: &product,
        candidates: &candidates,
        suppliers: &suppliers,
        cost_cap: cost(10_400)?,
        tried: &[],
        now,
    };
    let runs = 2_000_000 / u32::from(count);
    for _ in 0..runs / 10 {
        black_box(rank(black_box(&input), &Cheapest));
    }
    let began = Instant::now();
    for _ in 0..runs {
        black_box(rank(black_box(&input), &Cheapest));
    }
    let micros = began.elapsed().as_nanos() as f64 / f64::from(runs) / 1_000.0;
    Ok(Figure {
        line: format!("M2.{count}"),
        value: micros,
        unit: "µs",
        baseline: None,
        ratio: None,
        floor,
        goal,
        better: "lower",
        audit: "n/a".to_owned(),
    })
}

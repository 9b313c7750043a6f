//! M2: ranking 5, 50 and 500 mappings, with the explanation.

use std::hint::black_box;
use std::time::Instant;

use benches::ranking::Field;
use benches::report::Figure;
use benches::shop::Failure;
use eraflazz_core::route::{Cheapest, rank};

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
    let field = Field::of(count)?;
    let candidates = field.candidates();
    let input = field.input(&candidates);
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

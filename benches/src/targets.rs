//! `targets`: every line beside its floor and goal.

use std::path::PathBuf;

use benches::report::Figure;
use benches::shop::Failure;
use clap::Args;

use crate::{c1, d1, h1, m1, m2, m3, m4, p1, p2, p3, p4, p5, p6};

/// Every line that is measured here.
const LINES: [&str; 14] = [
    "M1",
    "M2",
    "M3",
    "M4",
    "H1",
    "P1",
    "P2",
    "P3",
    "P4",
    "P5",
    "P6",
    "P6.members",
    "D1",
    "C1",
];

/// Which lines, and how much of each.
#[derive(Args, Debug)]
pub(crate) struct Targets {
    /// Which lines (M1 to M4, H1, P1 to P6, P6.members, D1, C1); all of them by default.
    lines: Vec<String>,
    /// One JSON object a figure.
    #[arg(long)]
    json: bool,
    /// Orders of the lines M1, M3 and H1.
    #[arg(long, default_value_t = 200_000)]
    orders: usize,
    /// Orders of the line M4.
    #[arg(long, default_value_t = 1_000_000)]
    archived: usize,
    /// Orders of each measurement of the lines P1 to P6, and deposits of D1; their peers, which are slower, do fewer.
    #[arg(long, default_value_t = 60_000)]
    stored: usize,
    /// Where M3, M4, H1, P1 to P6, D1 and C1 make their folders: on the disk that is to be measured.
    #[arg(long, default_value = ".")]
    place: PathBuf,
}

impl Targets {
    /// Prints a line for each figure as soon as its target was measured.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let known = |line: &&String| !LINES.contains(&line.as_str());
        if let Some(stranger) = self.lines.iter().find(known) {
            return Err(format!("no line {stranger}: {LINES:?} are measured here").into());
        }
        for line in LINES {
            if !self.lines.is_empty() && !self.lines.iter().any(|wanted| wanted == line) {
                continue;
            }
            for figure in self.measure(line).await? {
                self.print(&figure)?;
            }
        }
        Ok(())
    }

    async fn measure(&self, line: &str) -> Result<Vec<Figure>, Failure> {
        let (place, stored) = (&self.place, self.stored);
        Ok(match line {
            "M1" => vec![m1::measure(self.orders).await?],
            "M2" => m2::measure()?,
            "M3" => m3::measure(self.orders, place).await?,
            "M4" => m4::measure(self.archived, place).await?,
            "H1" => vec![h1::measure(u64::try_from(self.orders)?, place).await?],
            "P1" => vec![p1::measure(stored * 2, place).await?],
            "P2" => vec![p2::measure(stored * 10, place).await?],
            "P3" => p3::measure(stored, place).await?,
            "P4" => p4::measure(stored, place).await?,
            "P5" => p5::measure(u64::try_from(stored)?, place).await?,
            "P6" => p6::measure(stored, place).await?,
            "P6.members" => p6::measure_members(stored, place).await?,
            "D1" => d1::measure(stored, place).await?,
            _ => c1::measure(place).await?,
        })
    }

    #[expect(clippy::print_stdout, reason = "a command prints its figures")]
    fn print(&self, figure: &Figure) -> Result<(), Failure> {
        if self.json {
            println!("{}", serde_json::to_string(figure)?);
        } else {
            println!("{}", figure.row());
        }
        Ok(())
    }
}

//! The weighted score: success, cost, speed and the operator's wish in one number, and a draw that shares the orders out by it.

use super::rank::Candidate;
use super::strategy::{By, Scene, SortKey, Strategy};

const MILLION: u64 = 1_000_000;
/// An answer that takes so long scores half.
const HALF_SCORE_MS: u64 = 10_000;
/// A route that is dearer than the cheapest by one part in so many scores nothing for its cost.
const NO_SCORE_PART: u64 = 10;

/// How much each side of a route weighs. Only their proportion counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// The share of deliveries lately.
    pub success: u16,
    /// How near it is to the cheapest: all points for the cheapest, none for whoever is 10 % dearer.
    pub cost: u16,
    /// How soon it answers: all points at once, half of them after 10 s.
    pub speed: u16,
    /// The operator's priority: all points for 0, half for 1, a third for 2.
    pub priority: u16,
}

impl Weights {
    /// Success before cost, cost before the rest.
    pub const DEFAULT: Self = Self {
        success: 5,
        cost: 3,
        speed: 1,
        priority: 1,
    };

    /// Whether they weigh anything at all.
    pub const fn is_usable(self) -> bool {
        self.success > 0 || self.cost > 0 || self.speed > 0 || self.priority > 0
    }

    const fn sum(self) -> u64 {
        self.success as u64 + self.cost as u64 + self.speed as u64 + self.priority as u64
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Orders are shared out by score: a route is drawn in proportion to the fourth power of its score, so that equals share equally and whoever scores half
/// as much gets a sixteenth. The rest of the ranking is drawn in the same way among those left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weighted(pub Weights);

impl Weighted {
    /// With the default weights.
    pub const DEFAULT: Self = Self(Weights::DEFAULT);

    /// The score of a route, in millionths.
    pub fn score_ppm(self, candidate: &Candidate<'_>, scene: &Scene) -> u64 {
        let Weights {
            success,
            cost,
            speed,
            priority,
        } = self.0;
        let delivered = MILLION - u64::from(candidate.health.undelivered_ppm(scene.now));
        let latency = u64::from(candidate.health.latency_ms());
        let quick = MILLION * HALF_SCORE_MS / (HALF_SCORE_MS + latency);
        let wished = MILLION / (1 + u64::from(candidate.mapping.priority));
        let points = [
            (success, delivered),
            (cost, near(candidate, scene)),
            (speed, quick),
            (priority, wished),
        ];
        let weighed = points
            .iter()
            .map(|(weight, part)| u64::from(*weight) * part);
        weighed.sum::<u64>() / self.0.sum().max(1)
    }
}

/// How near its cost is to the cheapest, in millionths.
fn near(candidate: &Candidate<'_>, scene: &Scene) -> u64 {
    let hundredths = |money: crate::money::Money| u64::try_from(money.hundredths()).unwrap_or(0);
    let (cost, cheapest) = (
        hundredths(candidate.mapping.cost),
        hundredths(scene.cheapest),
    );
    let dearer = u128::from(cost.saturating_sub(cheapest)) * u128::from(MILLION * NO_SCORE_PART);
    let dearer = u64::try_from(dearer / u128::from(cheapest.max(1))).unwrap_or(u64::MAX);
    MILLION.saturating_sub(dearer)
}

impl Strategy for Weighted {
    fn by(&self) -> By {
        By::Weighted
    }

    fn draws(&self) -> bool {
        true
    }

    /// A race: each route waits for a time that is drawn from the roll and its own id, the shorter the more it weighs. Who comes first is drawn in
    /// proportion to its weight, who comes second likewise among the others, and so on, without any list of them.
    fn key(&self, candidate: &Candidate<'_>, scene: &Scene) -> SortKey {
        let score = self.score_ppm(candidate, scene) / 1_000;
        let weight = u128::from(score.pow(4).max(1));
        let wait = u128::from(wait_of(mix(scene.roll, candidate.mapping.id.0)));
        let arrival = (wait << 40) / weight;
        SortKey::new().then(u64::try_from(arrival).unwrap_or(u64::MAX), 64)
    }
}

/// The roll as this route sees it: as good as a roll of its own (`SplitMix64`).
const fn mix(roll: u64, route: u32) -> u64 {
    let mut z = roll.wrapping_add((route as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// `-log2` of an even draw, with 32 bits after the point: what one waits for an event that comes at a steady rate. The logarithm of what is between two
/// powers of two is a cubic with the true values and slopes at both ends: a wait that is too short near zero would favour whoever weighs more.
const fn wait_of(draw: u64) -> u64 {
    const ONE: u64 = 1 << 32;
    /// `1 / ln 2 - 1`, and by how much that is less at the upper end.
    const SLOPE: u64 = 1_901_360_723;
    const LESS: u64 = 704_557_431;
    let draw = if draw == 0 { 1 } else { draw };
    let zeros = draw.leading_zeros();
    // The 32 bits after the leading one.
    let normal = draw << zeros;
    let after = (normal << 1) >> 32;
    let slope = SLOPE - ((after * LESS) >> 32);
    let bulge = (((after * (ONE - after)) >> 32) * slope) >> 32;
    (zeros as u64 + 1) * ONE - (after + bulge)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::catalog::QuotaLeft;
    use crate::catalog::sample::{self, rupiah};
    use crate::route::{Gate, Health, Outcome};
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_micros(1_767_243_600_000_000);

    fn scene(roll: u64) -> Scene {
        Scene {
            now: NOW,
            cheapest: rupiah(10_000),
            roll,
        }
    }

    fn score(cost: i64, priority: u16, failures: u32, latency: Duration) -> u64 {
        let mapping = crate::catalog::Mapping {
            priority,
            ..sample::mapping(0, 0, 0, cost)
        };
        let mut health = Health::default();
        health.record(Outcome::Success, latency, NOW);
        for _ in 0..failures {
            health.record(Outcome::Failure, latency, NOW);
        }
        let candidate = Candidate {
            mapping: &mapping,
            health,
            breaker: Gate::Closed,
            quota: QuotaLeft::Any,
        };
        Weighted::DEFAULT.score_ppm(&candidate, &scene(0))
    }

    #[test]
    fn every_side_costs_what_its_weight_says() {
        let at_once = Duration::ZERO;
        assert_eq!(score(10_000, 0, 0, at_once), MILLION);
        assert_eq!(score(10_100, 0, 0, at_once), 970_000, "1 % dearer");
        assert_eq!(score(11_000, 0, 0, at_once), 700_000, "10 % dearer");
        assert_eq!(score(90_000, 0, 0, at_once), 700_000, "no worse than that");
        assert_eq!(score(10_000, 1, 0, at_once), 950_000);
        assert_eq!(score(10_000, 0, 0, Duration::from_secs(10)), 950_000);
        assert_eq!(
            score(10_000, 0, 1, at_once),
            968_750,
            "one of sixteen failed"
        );
    }

    #[test]
    fn orders_are_shared_out_by_the_fourth_power_of_the_score() {
        let (mut first, rolls) = ([0_u32; 3], 40_000);
        // Scores of 1, 1 and 0.7: weights 1, 1 and 0.24.
        let mappings = [10_000, 10_000, 11_000]
            .iter()
            .zip(0..)
            .map(|(cost, id)| crate::catalog::Mapping {
                priority: 0,
                ..sample::mapping(id, 0, 0, *cost)
            })
            .collect::<Vec<_>>();
        for n in 0..rolls {
            let scene = scene(mix(u64::from(n), 7));
            let key = |id: usize| {
                let candidate = Candidate {
                    mapping: &mappings[id],
                    health: Health::default(),
                    breaker: Gate::Closed,
                    quota: QuotaLeft::Any,
                };
                Weighted::DEFAULT.key(&candidate, &scene)
            };
            if let Some(best) = (0..3).min_by_key(|id| key(*id)) {
                first[best] += 1;
            }
        }
        let percent = first.map(|count| (count * 100 + rolls / 2) / rolls);
        assert_eq!(percent, [45, 45, 11], "of {first:?}");
    }

    #[test]
    fn a_wait_is_the_logarithm_of_its_draw() {
        assert_eq!(wait_of(1 << 63), 1 << 32);
        assert_eq!(wait_of(1 << 62), 2 << 32);
        assert_eq!(wait_of(0), wait_of(1));
        assert!(wait_of(u64::MAX) < 8, "next to nothing");
        let mut last = u64::MAX;
        for step in 1..=1_000_u64 {
            let wait = wait_of(step * (u64::MAX / 1_000));
            assert!(wait < last, "falls with the draw");
            last = wait;
        }
    }
}

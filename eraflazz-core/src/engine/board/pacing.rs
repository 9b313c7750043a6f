//! Pacing: how soon after each other calls to a supplier begin, where all processes count them together and where each keeps to its share.

use std::sync::Arc;
use std::time::Duration;

use super::{Board, SupplierState};
use crate::ids::SupplierId;
use crate::ports::Pace;
use crate::supplier::Profile;
use crate::text::Slug;
use crate::time::Timestamp;

/// How long nobody is asked who could not say.
const REST: Duration = Duration::from_secs(1);

/// A pace is shared where so many rounds of all processes fit into half a lease. Who loses each round by chance is then never kept from its turn for so long:
/// with e^-8 at most, and with e^-24 three times over, which is what it takes to use up a route (INV-28).
const ROUNDS: u32 = 8;

/// Among how many processes what suppliers take is shared out, and where they count their calls together.
pub(in crate::engine) struct Shares {
    processes: u32,
    pace: Option<Arc<dyn Pace>>,
}

impl Shares {
    pub(in crate::engine) fn new(processes: u32, pace: Option<Arc<dyn Pace>>) -> Self {
        Self {
            processes: processes.max(1),
            pace,
        }
    }

    pub(super) const fn processes(&self) -> u32 {
        self.processes
    }

    /// The gap to this process's own calls that is kept just now.
    pub(super) fn gap(&self, profile: &Profile, pacing: &Pacing) -> Duration {
        match self.shared(profile) {
            Some(_) if pacing.away_until.is_none() => profile.min_gap,
            Some(_) => self.gap_alone(profile),
            None => profile.min_gap.saturating_mul(self.processes),
        }
    }

    /// The gap of a process that cannot say what the others do. Whoever shares a pace is not alone, whatever the settings say: stricter while nobody counts,
    /// and never looser.
    fn gap_alone(&self, profile: &Profile) -> Duration {
        profile.min_gap.saturating_mul(self.processes.max(2))
    }

    /// Where calls to a supplier of this profile are counted together, if anywhere.
    fn shared(&self, profile: &Profile) -> Option<&Arc<dyn Pace>> {
        let rounds = self.gap_alone(profile).saturating_mul(ROUNDS);
        let is_soon = rounds <= profile.lease() / 2;
        let pace = self.pace.as_ref();
        pace.filter(|_| !profile.min_gap.is_zero() && is_soon)
    }
}

/// What is known of the pace at one supplier.
#[derive(Default)]
pub(super) struct Pacing {
    /// Calls whose intent is committed and that wait to be counted.
    waiting: u32,
    /// When the last call of this process was let go.
    last: Option<Timestamp>,
    /// Set while nobody could say, with the time until which nobody is asked.
    away_until: Option<Timestamp>,
}

impl Pacing {
    pub(super) const fn is_waiting(&self) -> bool {
        self.waiting > 0
    }
}

/// A pace that is shared.
pub(in crate::engine) struct Shared {
    /// Where calls are counted.
    pub(in crate::engine) pace: Arc<dyn Pace>,
    /// Under which name.
    pub(in crate::engine) name: Slug,
    /// The gap between the calls of all.
    pub(in crate::engine) gap: Duration,
    /// The gap of this process while nobody counts.
    gap_alone: Duration,
}

impl Board {
    /// Where calls to this supplier are counted with those of other processes, if they are.
    pub(in crate::engine) fn shared(&self, supplier: SupplierId) -> Option<Shared> {
        let seat = self.seat(supplier)?;
        let profile = seat.profile();
        let pace = self.shares.shared(profile)?;
        Some(Shared {
            pace: Arc::clone(pace),
            name: seat.name.clone(),
            gap: profile.min_gap,
            gap_alone: self.shares.gap_alone(profile),
        })
    }

    /// A call waits to be counted. Ended by [`Self::waits_no_more`].
    pub(in crate::engine) fn waits(&self, supplier: SupplierId) {
        self.pacing(supplier, |pacing| pacing.waiting += 1);
    }

    pub(in crate::engine) fn waits_no_more(&self, supplier: SupplierId) {
        self.pacing(supplier, |pacing| {
            pacing.waiting = pacing.waiting.saturating_sub(1);
        });
    }

    /// Whether nobody is asked just now, because nobody could say.
    pub(in crate::engine) fn rests(&self, supplier: SupplierId, now: Timestamp) -> bool {
        let rests = |pacing: &mut Pacing| pacing.away_until.is_some_and(|until| now < until);
        self.pacing(supplier, rests).unwrap_or(false)
    }

    /// Somebody could say: a call was counted at `at`, or was not yet.
    pub(in crate::engine) fn counted(&self, supplier: SupplierId, at: Option<Timestamp>) {
        self.pacing(supplier, |pacing| {
            pacing.away_until = None;
            pacing.last = at.or(pacing.last);
        });
    }

    /// Nobody could say: a call of this process is let go if its share of the pace allows one, else it is said how long to wait.
    pub(in crate::engine) fn goes_alone(
        &self,
        supplier: SupplierId,
        shared: &Shared,
        now: Timestamp,
    ) -> Result<(), Duration> {
        let goes = |pacing: &mut Pacing| {
            if pacing.away_until.is_none_or(|until| until <= now) {
                pacing.away_until = Some(now.plus(REST));
            }
            // A clock that was set back costs one wait.
            let last = pacing.last.map(|last| last.min(now));
            let next = last.map_or(now, |last| last.plus(shared.gap_alone));
            if next <= now {
                pacing.last = Some(now);
                Ok(())
            } else {
                Err(next.since(now))
            }
        };
        self.pacing(supplier, goes).unwrap_or(Ok(()))
    }

    fn pacing<T>(&self, supplier: SupplierId, does: impl FnOnce(&mut Pacing) -> T) -> Option<T> {
        let mut state = self.state();
        let known: Option<&mut SupplierState> = state.suppliers.get_mut(supplier.index());
        known.map(|known| does(&mut known.pacing))
    }
}

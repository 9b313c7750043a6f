//! What a test tells the sandbox to do with purchases: which ones ([`Match`]), and how they go ([`Plan`]).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// Which purchases a plan is for. When several fit, the most particular one wins, in the order below; among
/// equals a plan with a count goes before a lasting one, and an older one before a newer one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// The next purchase, whatever it is; used once.
    Next,
    /// The purchase with this id.
    RefId(String),
    /// Purchases for this number.
    CustomerNo(String),
    /// Purchases of this product, without regard to case.
    Sku(String),
    /// Every purchase.
    Any,
}

impl Match {
    fn fits(&self, ref_id: &str, customer_no: &str, sku: &str) -> bool {
        match self {
            Self::Next | Self::Any => true,
            Self::RefId(wanted) => wanted == ref_id,
            Self::CustomerNo(wanted) => wanted == customer_no,
            Self::Sku(wanted) => wanted.eq_ignore_ascii_case(sku),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::Next => 0,
            Self::RefId(_) => 1,
            Self::CustomerNo(_) => 2,
            Self::Sku(_) => 3,
            Self::Any => 4,
        }
    }
}

/// How a purchase goes: what its first call finds, what becomes of it later, and how badly it is told.
///
/// The code decides as the provider's table does: its status, and whether anything is stored. A plan comes
/// after the provider's own checks (SKU, deposit, price cap, …), so a plan for a success can still end in rc 44.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The code of the first call.
    pub rc: String,
    /// The serial number when it succeeds; made up and unique when absent.
    #[serde(default)]
    pub sn: Option<String>,
    /// What becomes of a formed transaction afterwards, one after the other.
    #[serde(default)]
    pub later: Vec<Later>,
    /// How answers and webhooks are spoilt.
    #[serde(default)]
    pub faults: Vec<Spoilt>,
    /// For how many purchases; `None` for all that come.
    #[serde(default)]
    pub times: Option<u32>,
}

/// A change of a transaction after its first call, announced by an `update` webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// Milliseconds after the change before it.
    pub after_ms: u64,
    /// What it becomes. `00` delivers the goods, also after a failure; `74` takes a success back.
    pub rc: String,
}

/// A fault and the call it acts on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoilt {
    /// The n-th call for the order, from 1; every call when absent.
    #[serde(default)]
    pub call: Option<u32>,
    /// What goes wrong.
    pub fault: Fault,
}

impl Plan {
    /// The first call answers with this code.
    pub fn rc(code: impl Into<String>) -> Self {
        Self {
            rc: code.into(),
            sn: None,
            later: Vec::new(),
            faults: Vec::new(),
            times: None,
        }
    }

    /// Delivered at once (rc 00).
    pub fn sukses() -> Self {
        Self::rc("00")
    }

    /// Failed at once (rc 02).
    pub fn gagal() -> Self {
        Self::rc("02")
    }

    /// Pending (rc 03) until a later step or for ever.
    pub fn pending() -> Self {
        Self::rc("03")
    }

    /// After a while it becomes this, and a webhook says so.
    #[must_use]
    pub fn then(mut self, after: Duration, rc: impl Into<String>) -> Self {
        self.later.push(Later {
            after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
            rc: rc.into(),
        });
        self
    }

    /// The serial number of a success.
    #[must_use]
    pub fn sn(mut self, sn: impl Into<String>) -> Self {
        self.sn = Some(sn.into());
        self
    }

    /// Spoils the first answer, or the webhooks.
    #[must_use]
    pub fn fault(self, fault: Fault) -> Self {
        self.fault_on(1, fault)
    }

    /// Spoils the answer to the n-th call for the order, counted from 1.
    #[must_use]
    pub fn fault_on(mut self, call: u32, fault: Fault) -> Self {
        self.faults.push(Spoilt {
            call: Some(call),
            fault,
        });
        self
    }

    /// Spoils every answer.
    #[must_use]
    pub fn fault_always(mut self, fault: Fault) -> Self {
        self.faults.push(Spoilt { call: None, fault });
        self
    }

    /// For one purchase only.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// For so many purchases.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    pub(crate) fn on_call(&self, call: u32) -> Vec<Fault> {
        self.faults
            .iter()
            .filter(|spoilt| !spoilt.fault.is_about_webhooks())
            .filter(|spoilt| spoilt.call.is_none_or(|n| n == call))
            .map(|spoilt| spoilt.fault.clone())
            .collect()
    }

    pub(crate) fn on_webhooks(&self) -> Vec<Fault> {
        self.faults
            .iter()
            .map(|spoilt| &spoilt.fault)
            .filter(|fault| fault.is_about_webhooks() || fault.shows_in_webhook())
            .cloned()
            .collect()
    }
}

/// The plans in force.
#[derive(Debug, Default)]
pub(crate) struct Rules(Vec<(Match, Plan)>);

impl Rules {
    /// A lasting plan replaces the lasting plan for the same purchases; one with a count queues up.
    pub(crate) fn add(&mut self, which: Match, plan: Plan) {
        let plan = if which == Match::Next {
            plan.once()
        } else {
            plan
        };
        if plan.times.is_none() {
            self.0
                .retain(|(known, old)| *known != which || old.times.is_some());
        }
        self.0.push((which, plan));
    }

    /// The plan for a purchase, counted down.
    pub(crate) fn take(&mut self, ref_id: &str, customer_no: &str, sku: &str) -> Option<Plan> {
        let index = self
            .0
            .iter()
            .enumerate()
            .filter(|(_, (which, _))| which.fits(ref_id, customer_no, sku))
            .min_by_key(|(index, (which, plan))| (which.rank(), plan.times.is_none(), *index))
            .map(|(index, _)| index)?;
        let (_, plan) = self.0.get_mut(index)?;
        let taken = plan.clone();
        if let Some(times) = plan.times.as_mut() {
            *times = times.saturating_sub(1);
            if *times == 0 {
                self.0.remove(index);
            }
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rc_of(rules: &mut Rules) -> Option<String> {
        rules.take("R1", "0878", "xld10").map(|plan| plan.rc)
    }

    #[test]
    fn the_most_particular_plan_wins_and_counts_run_out() {
        let mut rules = Rules::default();
        rules.add(Match::Any, Plan::rc("55"));
        rules.add(Match::Sku("XLD10".into()), Plan::rc("02"));
        rules.add(Match::CustomerNo("0878".into()), Plan::rc("54").times(2));
        rules.add(Match::Next, Plan::rc("03"));
        let seen: Vec<_> = std::iter::repeat_with(|| rc_of(&mut rules))
            .take(5)
            .flatten()
            .collect();
        assert_eq!(seen, ["03", "54", "54", "02", "02"]);
        assert_eq!(
            rules.take("R2", "0812", "other").map(|plan| plan.rc),
            Some("55".into())
        );
    }

    #[test]
    fn a_lasting_plan_replaces_the_lasting_plan_before_it() {
        let mut rules = Rules::default();
        rules.add(Match::Any, Plan::rc("55"));
        rules.add(Match::Any, Plan::rc("00"));
        assert_eq!(rc_of(&mut rules), Some("00".into()));
    }

    #[test]
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    fn a_plan_is_readable_json() {
        let plan: Plan = serde_json::from_str(
            r#"{"rc":"03","later":[{"after_ms":500,"rc":"00"}],
                "faults":[{"call":1,"fault":"lost"},{"fault":{"late":{"millis":9}}}],"times":1}"#,
        )
        .unwrap();
        let same = Plan::pending()
            .then(Duration::from_millis(500), "00")
            .fault(Fault::Lost)
            .fault_always(Fault::late(Duration::from_millis(9)))
            .once();
        assert_eq!(plan, same);
    }
}

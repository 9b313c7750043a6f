//! Why this supplier: the outcome of a ranking, small enough to be kept with every attempt.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::strategy::By;
use crate::catalog::Snapshot;
use crate::ids::MappingId;

/// What was found of each route at one moment. Part of an order's log; turned into words only when somebody reads it, and never found out a second
/// time: what it rested on has changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// By what the sellable ones were put in order.
    pub by: By,
    /// What the dice gave, if that had a say (D2).
    pub roll: Option<u64>,
    /// Each route, the best first, the skipped ones last in the order of the catalog.
    pub found: Vec<(MappingId, Note)>,
}

/// What was found of one route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The best one.
    Chosen,
    /// Sellable, this many places behind the best one (as many as can be counted).
    Ranked(u16),
    /// The route is switched off, or the product or its category is.
    Inactive,
    /// The supplier is switched off.
    SupplierInactive,
    /// No adapter is registered under the supplier's name.
    NotRegistered,
    /// This order was refused there already.
    AlreadyTried,
    /// The supplier has none left.
    OutOfStock,
    /// The product, the route or the supplier is in its daily closed window or within the margin of it (E-14).
    CutOff,
    /// It costs more than the order may (INV-17).
    OverCap,
    /// Our deposit at the supplier, less what is under way, does not cover the cap (E-13).
    OutOfBalance,
    /// Our account at the supplier is used up or broken, and nobody has looked yet (E-13).
    Tripped,
    /// The route or the supplier failed too often lately.
    BreakerOpen,
    /// The supplier has as many calls under way as it may.
    Full,
    /// The supplier must not be called again so soon.
    Spaced,
    /// What may be bought at the supplier or by the route today is bought.
    OverQuota,
}

impl Note {
    /// True for a route that could have been sold by.
    pub const fn is_sellable(self) -> bool {
        matches!(self, Self::Chosen | Self::Ranked(_))
    }

    /// True for a route by which a bill or a customer can be asked about: what is left of our deposit, or of a quota, does not matter to a question.
    pub const fn may_be_asked(self) -> bool {
        self.is_sellable() || matches!(self, Self::OutOfBalance | Self::OverQuota)
    }

    /// True if waiting alone may make the route sellable (D17).
    pub const fn is_waiting(self) -> bool {
        matches!(self, Self::BreakerOpen | Self::Full | Self::Spaced)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chosen => "chosen",
            Self::Ranked(place) => return write!(f, "sellable, {place} behind"),
            Self::Inactive => "switched off",
            Self::SupplierInactive => "supplier switched off",
            Self::NotRegistered => "no adapter registered",
            Self::AlreadyTried => "tried already",
            Self::OutOfStock => "out of stock",
            Self::CutOff => "in cut-off",
            Self::OverCap => "over the cost cap",
            Self::OutOfBalance => "out of balance",
            Self::Tripped => "account tripped",
            Self::BreakerOpen => "breaker open",
            Self::Full => "full",
            Self::Spaced => "spaced",
            Self::OverQuota => "over its quota of the day",
        })
    }
}

impl Explanation {
    /// In words, with the names of `snapshot`: `alpha (xld10) chosen; beta (x10) over the cost cap`. Routes that it does not know
    /// appear by number.
    pub fn in_words<'a>(&'a self, snapshot: &'a Snapshot) -> impl fmt::Display + 'a {
        InWords {
            explanation: self,
            snapshot,
        }
    }
}

struct InWords<'a> {
    explanation: &'a Explanation,
    snapshot: &'a Snapshot,
}

impl fmt::Display for InWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (id, note)) in self.explanation.found.iter().enumerate() {
            if n > 0 {
                f.write_str("; ")?;
            }
            let route = self.snapshot.mapping(*id);
            match route.and_then(|route| Some((route, self.snapshot.supplier(route.supplier)?))) {
                Some((route, supplier)) => write!(f, "{} ({}) {note}", supplier.slug, route.sku)?,
                None => write!(f, "route {id} {note}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::catalog::sample;

    #[test]
    fn an_explanation_reads_as_a_sentence() {
        let explanation = Explanation {
            found: vec![
                (MappingId(2), Note::Chosen),
                (MappingId(0), Note::Ranked(1)),
                (MappingId(1), Note::OverCap),
                (MappingId(9), Note::Full),
            ],
            ..Explanation::default()
        };
        let snapshot = sample::snapshot();
        assert_eq!(
            explanation.in_words(&snapshot).to_string(),
            "beta (sku2) chosen; alpha (sku0) sellable, 1 behind; alpha (sku1) over the cost cap; route 9 full"
        );
    }

    #[test]
    fn an_explanation_is_small() {
        assert_eq!(size_of::<(MappingId, Note)>(), 8);
        let explanation = Explanation {
            by: By::Weighted,
            roll: Some(7),
            found: vec![
                (MappingId(2), Note::Chosen),
                (MappingId(0), Note::Ranked(1)),
            ],
        };
        let json = serde_json::to_string(&explanation).unwrap();
        assert_eq!(
            json,
            r#"{"by":"weighted","roll":7,"found":[[2,"chosen"],[0,{"ranked":1}]]}"#
        );
        assert_eq!(
            serde_json::from_str::<Explanation>(&json).unwrap(),
            explanation
        );
    }
}

//! What a sync proposes and a person decides, and how far syncs have come.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{MappingId, ProductId, SupplierId};
use crate::money::Money;
use crate::text::TextError;
use crate::time::Timestamp;

/// A question to a person. There is one about a thing at most: a newer sync replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// What would be done.
    pub proposal: Proposal,
    /// Since when it waits.
    pub since: Timestamp,
    /// A person said no: it is kept so that the same list does not ask again.
    pub rejected: bool,
}

/// What a sync does not do by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Proposal {
    /// A product's prices would be built on another amount, further away than a sync may go alone. What the supplier charges is known and
    /// counts from the sync on (INV-17); what members pay waits.
    BasePrice {
        /// Which.
        product: ProductId,
        /// What they are built on.
        from: Money,
        /// What they would be built on.
        to: Money,
    },
    /// A route would be closed because the supplier's list has it no more.
    Withdrawal {
        /// Which.
        mapping: MappingId,
    },
}

impl Proposal {
    /// What it is about.
    pub const fn id(self) -> ApprovalId {
        match self {
            Self::BasePrice { product, .. } => ApprovalId::BasePrice(product),
            Self::Withdrawal { mapping } => ApprovalId::Withdrawal(mapping),
        }
    }
}

/// What an approval is about, and its name: `base-price-12`, `withdrawal-7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ApprovalId {
    /// The base price of a product.
    BasePrice(ProductId),
    /// The withdrawal of a route.
    Withdrawal(MappingId),
}

const BASE_PRICE: &str = "base-price-";
const WITHDRAWAL: &str = "withdrawal-";

impl fmt::Display for ApprovalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BasePrice(product) => write!(f, "{BASE_PRICE}{}", product.0),
            Self::Withdrawal(mapping) => write!(f, "{WITHDRAWAL}{}", mapping.0),
        }
    }
}

impl FromStr for ApprovalId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let number = |digits: &str| {
            // No sign and no leading zero: one name for one thing.
            let parsed = digits.parse::<u32>().ok();
            parsed.filter(|parsed| parsed.to_string() == digits)
        };
        let product = text.strip_prefix(BASE_PRICE).and_then(number);
        let mapping = text.strip_prefix(WITHDRAWAL).and_then(number);
        match (product, mapping) {
            (Some(product), _) => Ok(Self::BasePrice(ProductId(product))),
            (_, Some(mapping)) => Ok(Self::Withdrawal(MappingId(mapping))),
            (None, None) => Err(TextError {
                rule: "base-price- or withdrawal- and a number",
            }),
        }
    }
}

/// How far syncs of a supplier have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncMark {
    /// Whose.
    pub supplier: SupplierId,
    /// When its whole list was last synced.
    pub synced_at: Option<Timestamp>,
    /// The last run of its schedule.
    pub run: Option<Run>,
}

impl SyncMark {
    /// Nothing was synced yet.
    pub const fn new(supplier: SupplierId) -> Self {
        Self {
            supplier,
            synced_at: None,
            run: None,
        }
    }
}

/// A run of a schedule that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// When it was due.
    pub due: Timestamp,
    /// From when on another process may begin it anew, unless it has ended.
    pub until: Timestamp,
    /// Whether it has ended well.
    pub ended: bool,
}

impl Run {
    /// Whether a run that is due then may begin at `at`, after this one.
    pub fn may_begin(self, due: Timestamp, at: Timestamp) -> bool {
        if self.ended || due < self.due {
            due > self.due
        } else {
            at >= self.until
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_name_of_an_approval_leads_back_to_it() {
        for id in [
            ApprovalId::BasePrice(ProductId(0)),
            ApprovalId::Withdrawal(MappingId(4_000_000_000)),
        ] {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for bad in [
            "",
            "base-price-",
            "base-price-01",
            "base-price-+1",
            "withdrawal-x",
            "12",
        ] {
            assert!(bad.parse::<ApprovalId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_run_is_begun_once_and_taken_over_when_its_time_is_up() {
        let due = Timestamp::from_millis(1_700_000_000_000);
        let later = due.plus(Duration::from_hours(24));
        let until = due.plus(Duration::from_mins(15));
        let run = Run {
            due,
            until,
            ended: false,
        };
        assert!(!run.may_begin(due, until.minus(Duration::from_millis(1))));
        assert!(!run.may_begin(later, due), "it does not overlap the next");
        assert!(run.may_begin(due, until) && run.may_begin(later, until));
        let ended = Run { ended: true, ..run };
        assert!(!ended.may_begin(due, later) && ended.may_begin(later, due));
        assert!(!run.may_begin(due.minus(Duration::from_hours(24)), later));
    }
}

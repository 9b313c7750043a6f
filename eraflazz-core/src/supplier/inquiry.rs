//! What is asked before anything is bought, and what a supplier answers: never money, only what it would come to.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::purchase::ReadError;
use super::sighting::Reason;
use crate::ids::SupplierRef;
use crate::money::Money;
use crate::text::{Sku, Target};

/// A question about a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub asked: Asked,
    /// A fresh reference. A bill is paid under the one it was asked about under (E-35).
    pub supplier_ref: SupplierRef,
    /// The supplier's product code.
    pub sku: Sku,
    /// The destination as this supplier writes it.
    pub target: Target,
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// What the customer owes (cek tagihan).
    Bill,
    /// Whose PLN meter that is (cek ID pelanggan), before a token is bought for it.
    PlnCustomer,
}

/// What a supplier answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The customer's name, as far as the supplier tells it.
    pub customer: Option<Line>,
    /// Of a bill: what our deposit would be charged, above zero. Without it there is nothing to pay.
    pub cost: Option<Money>,
    /// Of a bill: what the customer is asked for, fees of biller and provider included.
    pub total: Option<Money>,
    /// Of a bill: the provider's fee, for all its sheets.
    pub admin: Option<Money>,
    /// Everything else that was told, in the supplier's order.
    details: Vec<Detail>,
}

/// A label and what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// In the supplier's own words: a key such as `daya` or `detail.1.periode`.
    pub label: Line,
    /// What it says.
    pub value: Line,
}

/// A line of a stranger's text: trimmed, without control characters, of at most [`Line::CHARS_MAX`] characters. It may be somebody's name, so its `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Line(String);

impl Line {
    /// What follows is cut off.
    pub const CHARS_MAX: usize = 160;

    /// The line in `text`; `None` if nothing is left of it.
    pub fn read(text: &str) -> Option<Self> {
        let line = Self::from(text.to_owned());
        (!line.0.is_empty()).then_some(line)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        let shown = text.chars().filter(|c| !c.is_control());
        let line: String = shown.take(Self::CHARS_MAX).collect();
        Self(line.trim().to_owned())
    }
}

impl From<Line> for String {
    fn from(line: Line) -> Self {
        line.0
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Line(<{} characters>)", self.0.chars().count())
    }
}

impl Finding {
    /// A bill that costs us this much, and nothing else told of it yet.
    pub fn of_bill(cost: Money) -> Self {
        Self {
            cost: Some(cost),
            ..Self::default()
        }
    }

    /// A customer of this name, and nothing else told yet.
    pub fn of_customer(customer: Option<Line>) -> Self {
        Self {
            customer,
            ..Self::default()
        }
    }

    /// Details beyond these are not kept: no bill has as many sheets.
    pub const DETAILS_MAX: usize = 128;

    /// What was told besides.
    pub fn details(&self) -> &[Detail] {
        &self.details
    }

    /// Adds what stands beside `label`, if anything does and there is room.
    pub fn tell(&mut self, label: &str, value: &str) {
        if let (true, Some(label), Some(value)) = (
            self.details.len() < Self::DETAILS_MAX,
            Line::read(label),
            Line::read(value),
        ) {
            self.details.push(Detail { label, value });
        }
    }
}

/// Why nothing was found. None of them says anything about money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InquiryError {
    /// This supplier has no such question.
    #[error("the supplier has no such inquiry")]
    NotOffered,
    /// A whole answer that says no: there is no such customer or bill, or it does not serve us now.
    #[error("the supplier refused (code {code}: {reason:?})")]
    Refused {
        /// Why: [`Reason::BadDestination`] if the customer is wrong or owes nothing, which no other supplier would mend.
        reason: Reason,
        /// The provider's code.
        code: String,
    },
    /// No whole, understood answer.
    #[error(transparent)]
    Unread(#[from] ReadError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inv_37_what_a_stranger_tells_is_bounded_and_not_debugged() {
        let mut finding = Finding::default();
        for n in 0..500 {
            finding.tell(&format!("label {n}"), "\u{7}\n value \r\n");
        }
        finding.tell("nothing", " \n ");
        assert_eq!(finding.details().len(), Finding::DETAILS_MAX);
        assert_eq!(finding.details()[0].value.as_str(), "value");
        let name = Line::read(&"n".repeat(1_000));
        assert_eq!(name.map(|name| name.as_str().len()), Some(Line::CHARS_MAX));
        let shown = format!("{:?}", Line::read("Nama Pelanggan"));
        assert!(!shown.contains("Nama"), "{shown}");
    }
}

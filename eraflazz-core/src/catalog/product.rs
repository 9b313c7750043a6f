//! What is sold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cut_off::CutOff;
use super::destination::{
    Destination, DestinationError, DestinationRule, Normalised, is_value, joined,
};
use crate::ids::{CategoryId, ProductId};
use crate::money::Money;
use crate::text::{ProductCode, Slug};

/// A group of products with prices of its own (kategori): pulsa, data, PLN, e-money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    /// Its index in the catalog.
    pub id: CategoryId,
    /// Its name in settings, unique.
    pub slug: Slug,
    /// Its name for people.
    pub name: String,
    /// Whether its products are sold: closed, none of them is, whatever they say of themselves.
    #[serde(default = "open")]
    pub active: bool,
}

/// A category that was written before it could be closed.
const fn open() -> bool {
    true
}

/// A field that is given by its name, and cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct WrongField {
    /// Its name; empty for the destination itself.
    pub field: String,
    /// The rule that it breaks.
    pub rule: &'static str,
}

/// One thing that a member can order (produk).
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, read by name and never passed as an argument"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its index in the catalog.
    pub id: ProductId,
    /// What members type, unique.
    pub code: ProductCode,
    /// Its name for people.
    pub name: String,
    /// The category whose markup applies.
    pub category: CategoryId,
    /// The brand as price lists spell it.
    pub brand: String,
    /// How it is bought.
    pub kind: ProductKind,
    /// What its destination must look like.
    pub destination: DestinationRule,
    /// What a form asks the buyer for, in this order. Of [`DestinationRule::Fields`] they are what the destination is made of.
    pub input_fields: Vec<InputField>,
    /// Whether it is sold.
    pub active: bool,
    /// Daily closed window of the product itself, whoever delivers it.
    pub cut_off: Option<CutOff>,
    /// Whether the same goods may be bought again for one destination on one day without a counter.
    pub multi: bool,
    /// Whether a success without a serial number waits for it.
    pub sn_required: bool,
    /// What prices are built on (D20): written by sync or an operator, never derived from routing. Of a bill zero: its price is built on what the bill comes to.
    pub base_price: Money,
    /// Whether `min_margin` may be negative.
    pub loss_leader: bool,
    /// What must be left of the sell price after the purchase: `cost_cap = sell − min_margin`.
    pub min_margin: Money,
}

impl Product {
    /// An active prepaid product with the usual terms: sold below no cost, repeats told apart by a counter, no serial number waited for.
    /// Everything else by struct update.
    pub fn prepaid(
        id: ProductId,
        code: ProductCode,
        category: CategoryId,
        destination: DestinationRule,
        base_price: Money,
    ) -> Self {
        Self {
            id,
            name: code.as_str().to_owned(),
            brand: code.as_str().to_owned(),
            code,
            category,
            kind: ProductKind::Prepaid,
            destination,
            input_fields: Vec::new(),
            active: true,
            cut_off: None,
            multi: false,
            sn_required: false,
            base_price,
            loss_leader: false,
            min_margin: Money::ZERO,
        }
    }

    /// An active bill with the usual terms. Everything else by struct update.
    pub fn postpaid(
        id: ProductId,
        code: ProductCode,
        category: CategoryId,
        destination: DestinationRule,
    ) -> Self {
        Self {
            kind: ProductKind::Postpaid,
            ..Self::prepaid(id, code, category, destination, Money::ZERO)
        }
    }

    /// What the destination is made of, by the names that a [`TargetForm`](super::TargetForm) has for them: `user_id` and `zone_id` of players, the input fields of
    /// [`DestinationRule::Fields`]; nothing of one that is a single number.
    pub fn destination_fields(&self) -> Vec<(Slug, FieldRule)> {
        match &self.destination {
            &DestinationRule::Player {
                id_min,
                id_max,
                zone_min,
                zone_max,
            } => {
                let digits = |min, max| FieldRule::Digits { min, max };
                let id = Slug::new(USER_ID).map(|key| (key, digits(id_min, id_max)));
                let zone = Slug::new(ZONE_ID).map(|key| (key, digits(zone_min, zone_max)));
                id.into_iter().chain(zone).collect()
            }
            DestinationRule::Fields => {
                let fields = self.input_fields.iter();
                fields
                    .map(|field| (field.key.clone(), field.rule.clone()))
                    .collect()
            }
            DestinationRule::Phone { .. }
            | DestinationRule::PlnMeter
            | DestinationRule::Digits { .. } => Vec::new(),
        }
    }

    /// The destination as [`Self::normalise`] reads it, of which the first field is given as `first` and each other one by its name; or the first name that is
    /// wrong. Whether values are what their fields ask for is left to the reading: no value can be read as two.
    pub fn destination_of<'a>(
        &self,
        first: &'a str,
        others: &'a BTreeMap<Slug, String>,
    ) -> Result<String, WrongField> {
        let wrong = |field: &str, rule| WrongField {
            field: field.to_owned(),
            rule,
        };
        let fields = self.destination_fields();
        let names: Vec<&Slug> = fields.iter().skip(1).map(|(name, _)| name).collect();
        if let Some(name) = others.keys().find(|name| !names.contains(name)) {
            let rule = "no field of this product beside its destination";
            return Err(wrong(name.as_str(), rule));
        }
        let mut values = vec![("", first.trim_matches(' '))];
        for name in names {
            let value = others.get(name);
            let value = value.ok_or_else(|| wrong(name.as_str(), "required"))?;
            values.push((name.as_str(), value.as_str()));
        }
        if let Some((name, _)) = values.iter().find(|(_, value)| !is_value(value)) {
            let rule = "a value without blanks around it and without ( ) { } | ;";
            return Err(wrong(name, rule));
        }
        let values: Vec<&str> = values.iter().map(|(_, value)| *value).collect();
        Ok(joined(&values))
    }

    /// The normal form of `raw` under the product's rule: [`DestinationRule::normalise`], with the fields that it is made of.
    pub fn normalise(&self, raw: &str, strict: bool) -> Result<Normalised, DestinationError> {
        match &self.destination {
            DestinationRule::Fields => {
                let rules = self.input_fields.iter().map(|field| &field.rule);
                Destination::of_fields(raw, &rules.collect::<Vec<_>>())
            }
            rule @ (DestinationRule::Phone { .. }
            | DestinationRule::PlnMeter
            | DestinationRule::Digits { .. }
            | DestinationRule::Player { .. }) => rule.normalise(raw, strict),
        }
    }
}

/// What forms call a player's id.
pub(super) const USER_ID: &str = "user_id";
/// And the zone.
pub(super) const ZONE_ID: &str = "zone_id";

/// How a product is bought.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    #[default]
    /// Paid at once, for a known price.
    Prepaid,
    /// A bill (tagihan, pascabayar): what it comes to is known once it was asked about, and only that inquiry can be paid (E-35). Its
    /// `base_price` and the cost of its mappings are zero.
    Postpaid,
}

impl ProductKind {
    /// In one word, as settings and answers have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prepaid => "prepaid",
            Self::Postpaid => "postpaid",
        }
    }
}

/// One field of a product's order form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputField {
    /// Its name in requests, unique within the product.
    pub key: Slug,
    /// Its name for people.
    pub label: String,
    /// What may be typed.
    pub rule: FieldRule,
}

/// What may be typed into a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FieldRule {
    /// ASCII digits only.
    Digits {
        /// Fewest digits.
        min: u8,
        /// Most digits.
        max: u8,
    },
    /// Printable ASCII.
    Text {
        /// Most characters; at least one is required.
        max: u8,
    },
    /// One of these values, exactly.
    OneOf(Vec<String>),
}

impl FieldRule {
    /// True if `value` keeps the rule.
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            Self::Digits { min, max } => {
                (usize::from(*min)..=usize::from(*max)).contains(&value.len())
                    && value.bytes().all(|b| b.is_ascii_digit())
            }
            Self::Text { max } => {
                (1..=usize::from(*max)).contains(&value.len())
                    && value.bytes().all(|b| (0x20..0x7F).contains(&b))
            }
            Self::OneOf(values) => values.iter().any(|known| known == value),
        }
    }

    /// Fewest and most characters of what it accepts.
    pub(super) fn lengths(&self) -> (usize, usize) {
        match self {
            Self::Digits { min, max } => (usize::from(*min), usize::from(*max)),
            Self::Text { max } => (1, usize::from(*max)),
            Self::OneOf(values) => {
                let lengths = || values.iter().map(String::len);
                (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0))
            }
        }
    }

    /// Whether a value in a destination may hold this character, in either case.
    pub(super) fn may_hold(&self, c: char) -> bool {
        match self {
            Self::Digits { .. } => c.is_ascii_digit(),
            Self::Text { .. } => (' '..='~').contains(&c) && !Destination::RESERVED.contains(&c),
            Self::OneOf(values) => {
                let mut all = values.iter().flat_map(|value| value.chars());
                all.any(|known| known.eq_ignore_ascii_case(&c))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_rules_accept_what_they_say() {
        let zone = FieldRule::Digits { min: 4, max: 5 };
        assert!(zone.accepts("2012") && zone.accepts("20125"));
        for bad in ["", "201", "201256", "20a2", "２０１２"] {
            assert!(!zone.accepts(bad), "{bad:?} passed as a zone");
        }

        let name = FieldRule::Text { max: 3 };
        assert!(name.accepts("a b"));
        for bad in ["", "abcd", "a\n", "é"] {
            assert!(!name.accepts(bad), "{bad:?} passed as a name");
        }

        let server = FieldRule::OneOf(vec!["os_asia".into(), "os_usa".into()]);
        assert!(server.accepts("os_asia"));
        assert!(!server.accepts("os_euro") && !server.accepts(""));
    }
}

//! Named fields as servers of this family write them: in a query, in JSON, in XML. Pure.
//!
//! Each server has its own names for the same few things; here they become one. A name that is given twice makes the whole unreadable (T-9).

use std::collections::BTreeSet;
use std::fmt;

use eraflazz_core::text::ReplyCode;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::Scalar;

/// Most fields of a report or reply: each is compared with those before it.
const FIELDS_MAX: usize = 64;

/// What is told, by the names that servers give it. Letter case means nothing; of several names the first that is there counts.
const NAMES: [(Told, &[&str]); 11] = [
    (
        Told::Reference,
        &[
            "refid",
            "ref_id",
            "clientid",
            "reffid",
            "reff",
            "reqid",
            "requestid",
            "idtrx",
            "reftrxid",
        ],
    ),
    (Told::Message, &["message", "msg", "msgs", "keterangan"]),
    (Told::Status, &["status", "statuscode"]),
    (Told::Code, &["rc", "responsecode"]),
    (
        Told::Number,
        &["t", "serverid", "trxid", "transactionid", "fmtrxid"],
    ),
    (Told::Serial, &["sn"]),
    (Told::Price, &["price", "harga", "buy_price"]),
    (
        Told::Product,
        &["kp", "produk", "product", "productcode", "kodeproduk"],
    ),
    (
        Told::Destination,
        &["msisdn", "dest", "tujuan", "destination", "customerno"],
    ),
    (Told::Balance, &["saldo_ahir", "saldo", "balance"]),
    (Told::Success, &["success"]),
];

/// What a field tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Our reference.
    Reference,
    /// The text of a reply.
    Message,
    /// A status number or word.
    Status,
    /// A response code.
    Code,
    /// The server's own number of the transaction.
    Number,
    /// The serial number.
    Serial,
    /// What was charged.
    Price,
    /// The product's code.
    Product,
    /// The destination.
    Destination,
    /// What is left of our deposit.
    Balance,
    /// Whether the request was taken.
    Success,
}

/// The fields of a report or of a reply.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// From names and values; `None` if a name is given twice, or if there are too many.
    pub(super) fn of_pairs(pairs: impl Iterator<Item = (String, String)>) -> Option<Self> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs {
            let name = name.to_ascii_lowercase();
            let is_double = fields.iter().any(|(known, _)| *known == name);
            if is_double || fields.len() == FIELDS_MAX {
                return None;
            }
            fields.push((name, value));
        }
        Some(Self(fields))
    }

    /// From a JSON object, or from the object that is its `data`. Only text, numbers and switches are fields.
    pub(super) fn of_json(body: &str) -> Option<Self> {
        let outer: Pairs<'_> = serde_json::from_str(body).ok()?;
        if outer.has_doubles() {
            return None;
        }
        let inner = outer
            .0
            .iter()
            .find(|(name, raw)| name.eq_ignore_ascii_case("data") && raw.get().starts_with('{'));
        let pairs = match inner {
            Some((_, raw)) => serde_json::from_str(raw.get()).ok()?,
            None => outer,
        };
        Self::of_pairs(pairs.0.into_iter().filter_map(|(name, raw)| {
            let text = match raw.get() {
                switch @ ("true" | "false") => switch.to_owned(),
                _ => Scalar::read(Some(raw)).text()?.to_owned(),
            };
            Some((name, text))
        }))
    }

    /// From XML: every element that holds only text, and every `member` of an XML-RPC struct. No document type, no entities of its own.
    pub(super) fn of_xml(body: &str) -> Option<Self> {
        Self::of_pairs(super::xml::leaves(body)?.into_iter())
    }

    /// What is told; `None` if nothing is, or if it is empty.
    pub(super) fn of(&self, told: Told) -> Option<&str> {
        let (_, names) = NAMES.iter().find(|(one, _)| *one == told)?;
        names
            .iter()
            .filter_map(|name| self.0.iter().find(|(known, _)| known == name))
            .map(|(_, value)| value.trim())
            .find(|value| !value.is_empty())
    }

    /// The server's own code of the answer: its response code, else a status that is written as a number.
    pub(super) fn code(&self) -> Option<ReplyCode> {
        let is_number = |status: &&str| status.bytes().all(|byte| byte.is_ascii_digit());
        let code = self
            .of(Told::Code)
            .or(self.of(Told::Status).filter(is_number));
        code.and_then(|code| ReplyCode::new(code).ok())
    }

    /// Whether two names tell the same thing, differently.
    pub(super) fn disagree(&self, told: Told) -> bool {
        let Some((_, names)) = NAMES.iter().find(|(one, _)| *one == told) else {
            return false;
        };
        let mut values = names
            .iter()
            .filter_map(|name| self.0.iter().find(|(known, _)| known == name))
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty());
        let first = values.next();
        values.any(|value| first.is_none_or(|first| !first.eq_ignore_ascii_case(value)))
    }
}

/// The fields of an object in their order, doubles included.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl Pairs<'_> {
    /// Whether a name is given twice, whatever is given.
    fn has_doubles(&self) -> bool {
        let mut seen = BTreeSet::new();
        let mut names = self.0.iter().map(|(name, _)| name.to_ascii_lowercase());
        names.any(|name| !seen.insert(name))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(name) = map.next_key()? {
                    if pairs.len() == FIELDS_MAX {
                        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                        return Err(de::Error::custom("too many fields"));
                    }
                    pairs.push((name, map.next_value()?));
                }
                Ok(pairs)
            }
        }
        source.deserialize_map(Reader).map(Pairs)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_by_any_of_its_names() {
        let fields = Fields::of_json(r#"{"refID":"900001","Status":"sukses","price":60000,"sn":12,"list":[1],"success":true,"msg":null}"#).unwrap();
        assert_eq!(fields.of(Told::Reference), Some("900001"));
        assert_eq!(fields.of(Told::Status), Some("sukses"));
        assert_eq!(fields.of(Told::Price), Some("60000"));
        assert_eq!(fields.of(Told::Serial), Some("12"));
        assert_eq!(fields.of(Told::Success), Some("true"));
        assert_eq!(fields.of(Told::Message), None);
        let inner = Fields::of_json(r#"{"rc":"00","data":{"ref_id":"1"}}"#).unwrap();
        assert_eq!(inner.of(Told::Reference), Some("1"));
        assert_eq!(inner.of(Told::Code), None);
    }

    #[test]
    fn t_09_a_name_that_is_given_twice_makes_it_unreadable() {
        assert_eq!(Fields::of_json(r#"{"sn":"1","SN":"2"}"#), None);
        assert_eq!(Fields::of_json(r#"{"data":{"sn":"1","sn":"1"}}"#), None);
        for second in [r#"{"sn":"2"}"#, "null", "[]"] {
            let twice = format!(r#"{{"data":{{"sn":"1"}},"Data":{second}}}"#);
            assert_eq!(Fields::of_json(&twice), None, "{twice}");
        }
        assert_eq!(
            Fields::of_json(r#"{"rc":"1","rc":"2","data":{"sn":"1"}}"#),
            None
        );
        assert_eq!(Fields::of_json(r#"{"sn":"1","list":[1],"list":[2]}"#), None);
        assert_eq!(Fields::of_json("[]"), None);
        assert_eq!(Fields::of_json(r#"{"a":1} x"#), None);
        let many: Vec<String> = (0..65).map(|n| format!("\"a{n}\":1")).collect();
        assert_eq!(Fields::of_json(&format!("{{{}}}", many.join(","))), None);
    }

    #[test]
    fn two_names_for_one_thing_may_not_differ() {
        let fields = |json: &str| Fields::of_json(json).unwrap();
        assert!(!fields(r#"{"refid":"a1","reff":"A1"}"#).disagree(Told::Reference));
        assert!(fields(r#"{"refid":"a1","reff":"A2"}"#).disagree(Told::Reference));
        assert!(!fields(r#"{"refid":"a1","reff":""}"#).disagree(Told::Reference));
    }
}

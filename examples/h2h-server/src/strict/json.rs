//! JSON bytes into a [`Node`].
//!
//! `serde_json` does the parsing. On the way every key is compared with its siblings *after* its escapes are resolved, every
//! number must be a plain integer of 64 bits, and nesting is counted. Work and memory are bounded by the size of the input.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess};

use super::fault::{Fault, Rule, Segment};
use super::node::Node;

/// The largest document that is read: 64 KiB.
pub const BYTES_MAX: usize = 64 * 1024;
/// How many lists and objects may lie inside each other.
pub const DEPTH_MAX: usize = 64;

/// Reads a `T` out of a JSON document. The fault carries the place and the rule.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    parse(bytes)?.read()
}

/// Reads a JSON document, refusing repeated keys, numbers that are not plain integers, nesting beyond [`DEPTH_MAX`], more than
/// [`BYTES_MAX`] bytes, anything but UTF-8, a byte order mark, and bytes after the end.
pub fn parse(bytes: &[u8]) -> Result<Node, Fault> {
    parse_up_to(bytes, BYTES_MAX)
}

/// The same with another cap, for documents of people who are known.
pub fn parse_up_to(bytes: &[u8], bytes_max: usize) -> Result<Node, Fault> {
    if bytes.len() > bytes_max {
        return Err(Fault::new(
            Rule::TooLarge,
            format!("a document has at most {bytes_max} bytes"),
        ));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| Fault::new(Rule::Encoding, "JSON is UTF-8"))?;
    if text.starts_with('\u{feff}') {
        return Err(Fault::new(
            Rule::Encoding,
            "JSON has no byte order mark in front",
        ));
    }
    let mut trail = Trail::default();
    let mut source = serde_json::Deserializer::from_str(text);
    let node = Reader {
        trail: &mut trail,
        depth: 0,
    }
    .deserialize(&mut source)
    .map_err(|error| trail.fault(&error))?;
    source
        .end()
        .map_err(|_| Fault::new(Rule::Trailing, "nothing may follow the document"))?;
    Ok(node)
}

/// Where the reader stands. After an error it has stayed where the error is.
#[derive(Default)]
struct Trail {
    path: Vec<Segment>,
    broken: Option<Rule>,
}

impl Trail {
    fn breaks<E: de::Error>(&mut self, rule: Rule) -> E {
        self.broken = Some(rule);
        E::custom("refused")
    }

    fn fault(self, error: &serde_json::Error) -> Fault {
        let fault = match self.broken {
            Some(rule) => Fault::new(rule, words(rule)),
            // serde_json's own messages are fixed texts with a line and a column; they repeat nothing of the input.
            None => Fault::new(Rule::Syntax, error.to_string()),
        };
        self.path.into_iter().rev().fold(fault, Fault::under)
    }
}

const fn words(rule: Rule) -> &'static str {
    match rule {
        Rule::DuplicateKey => "a name occurs once in an object",
        Rule::TooDeep => "at most 64 lists and objects inside each other",
        Rule::Number => {
            "a number is a plain integer of 64 bits: no fraction, no exponent, no negative zero"
        }
        Rule::TooLarge
        | Rule::Encoding
        | Rule::Syntax
        | Rule::Trailing
        | Rule::UnknownField
        | Rule::Required
        | Rule::Type
        | Rule::Value => "not allowed",
    }
}

struct Reader<'a> {
    trail: &'a mut Trail,
    depth: usize,
}

impl Reader<'_> {
    fn inside(&mut self) -> Reader<'_> {
        Reader {
            trail: self.trail,
            depth: self.depth + 1,
        }
    }

    fn enter<E: de::Error>(&mut self) -> Result<(), E> {
        if self.depth == DEPTH_MAX {
            return Err(self.trail.breaks(Rule::TooDeep));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Node, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> de::Visitor<'de> for Reader<'_> {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Unsigned(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(u64::try_from(value).map_or(Node::Negative(value), Node::Unsigned))
    }

    /// `serde_json` hands out a float for a fraction, an exponent, `-0`, and an integer beyond 64 bits: exactly what is refused.
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Node, E> {
        Err(self.trail.breaks(Rule::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Node, A::Error> {
        self.enter()?;
        let mut nodes = Vec::new();
        loop {
            self.trail.path.push(Segment::Index(nodes.len()));
            let Some(node) = list.next_element_seed(self.inside())? else {
                break;
            };
            nodes.push(node);
            self.trail.path.pop();
        }
        self.trail.path.pop();
        Ok(Node::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Node, A::Error> {
        self.enter()?;
        let mut nodes = BTreeMap::new();
        while let Some(name) = object.next_key::<String>()? {
            self.trail.path.push(Segment::Key(name.clone()));
            match nodes.entry(name) {
                Entry::Occupied(_) => return Err(self.trail.breaks(Rule::DuplicateKey)),
                Entry::Vacant(place) => {
                    place.insert(object.next_value_seed(self.inside())?);
                }
            }
            self.trail.path.pop();
        }
        Ok(Node::Table(nodes))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;
    use rstest::rstest;
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    fn refusal(bytes: impl AsRef<[u8]>) -> (Rule, String) {
        let fault = parse(bytes.as_ref()).unwrap_err();
        (fault.rule(), fault.pointer())
    }

    #[rstest]
    #[case(r#"{"amount":1,"amount":100}"#, "/amount")]
    #[case(r#"{"amount":1,"amount":1}"#, "/amount")]
    #[case(r#"{"amount":1,"b":2,"\u0061mount":100}"#, "/amount")]
    #[case(r#"{"a":[{"b":{"c":1,"c":2}}]}"#, "/a/0/b/c")]
    #[case(r#"[0,{"":1,"":2}]"#, "/1/")]
    #[case(r#"{"x":null,"x":{"y":1}}"#, "/x")]
    fn t_09_duplicate_keys_are_refused_at_any_depth(#[case] json: &str, #[case] pointer: &str) {
        assert_eq!(refusal(json), (Rule::DuplicateKey, pointer.to_owned()));
    }

    #[test]
    fn t_09_siblings_may_share_names_with_cousins() {
        assert!(parse(br#"{"a":{"x":1},"b":{"x":2},"A":{"x":3}}"#).is_ok());
    }

    #[rstest]
    #[case("1e3")]
    #[case("1E3")]
    #[case("1.0")]
    #[case("0.1")]
    #[case("-0")]
    #[case("-0.0")]
    #[case("18446744073709551616")]
    #[case("-9223372036854775809")]
    #[case("1e-400")]
    fn t_10_numbers_that_are_not_plain_integers_are_refused(#[case] number: &str) {
        let json = format!(r#"{{"deep":[1,{{"amount":{number}}}]}}"#);
        assert_eq!(
            refusal(json),
            (Rule::Number, "/deep/1/amount".to_owned()),
            "{number}"
        );
    }

    #[rstest]
    #[case("01")]
    #[case("-01")]
    #[case("+1")]
    #[case("1.")]
    #[case(".5")]
    #[case("0x10")]
    #[case("1e400")]
    #[case("NaN")]
    #[case("Infinity")]
    #[case("1_000")]
    fn t_10_what_is_no_json_number_is_refused(#[case] number: &str) {
        let json = format!(r#"{{"amount":{number}}}"#);
        assert_eq!(refusal(json).0, Rule::Syntax, "{number}");
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Amount {
        amount: u64,
    }

    #[test]
    fn t_10_integers_beyond_a_float_are_exact() {
        for number in [0, 9_007_199_254_740_993, u64::MAX] {
            let read: Amount = read(format!(r#"{{"amount":{number}}}"#).as_bytes()).unwrap();
            assert_eq!(read.amount, number);
        }
    }

    #[rstest]
    #[case(r#"{"amount":"1000"}"#, Rule::Type, "/amount")]
    #[case(r#"{"amount":"1000 "}"#, Rule::Type, "/amount")]
    #[case(r#"{"amount":true}"#, Rule::Type, "/amount")]
    #[case(r#"{"amount":null}"#, Rule::Type, "/amount")]
    #[case(r#"{"amount":[1]}"#, Rule::Type, "/amount")]
    #[case(r#"{"amount":-1}"#, Rule::Value, "/amount")]
    #[case(r#"{"Amount":1}"#, Rule::UnknownField, "/Amount")]
    #[case(r#"{"amount":1,"price":1}"#, Rule::UnknownField, "/price")]
    #[case("{}", Rule::Required, "/amount")]
    #[case("7", Rule::Type, "")]
    fn t_10_typed_fields_take_their_own_kind_only(
        #[case] json: &str,
        #[case] rule: Rule,
        #[case] pointer: &str,
    ) {
        let fault = read::<Amount>(json.as_bytes()).unwrap_err();
        assert_eq!((fault.rule(), fault.pointer()), (rule, pointer.to_owned()));
    }

    fn nested(depth: usize, open: &str, close: &str) -> String {
        format!("{}1{}", open.repeat(depth), close.repeat(depth))
    }

    #[test]
    fn t_11_depth_64_is_read_and_65_refused() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            assert!(parse(nested(DEPTH_MAX, open, close).as_bytes()).is_ok());
            let fault = parse(nested(DEPTH_MAX + 1, open, close).as_bytes()).unwrap_err();
            assert_eq!(fault.rule(), Rule::TooDeep);
        }
    }

    #[test]
    fn t_11_size_is_capped_to_the_byte() {
        let document = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
        assert!(parse(document(BYTES_MAX).as_bytes()).is_ok());
        assert_eq!(
            refusal(document(BYTES_MAX + 1)),
            (Rule::TooLarge, String::new())
        );
    }

    #[rstest]
    #[case(b"\xef\xbb\xbf{}".as_slice(), Rule::Encoding)]
    #[case(b"\"\xff\"", Rule::Encoding)]
    #[case(b"\xff\xfe{\0}\0", Rule::Encoding)]
    #[case(b"\"\\ud800\"", Rule::Syntax)]
    #[case(b"{} {}", Rule::Trailing)]
    #[case(b"{}\0", Rule::Trailing)]
    #[case(b"1 2", Rule::Trailing)]
    #[case(b"", Rule::Syntax)]
    #[case(b" ", Rule::Syntax)]
    #[case(b"{\"a\":1,}", Rule::Syntax)]
    #[case(b"{'a':1}", Rule::Syntax)]
    #[case(b"{\"a\":1 /* */}", Rule::Syntax)]
    #[case(b"<a/>", Rule::Syntax)]
    fn t_11_other_encodings_and_formats_are_refused(#[case] bytes: &[u8], #[case] rule: Rule) {
        assert_eq!(parse(bytes).unwrap_err().rule(), rule);
    }

    /// Bytes that a tree occupies: its nodes, the slots reserved for more, and its texts.
    fn weight(node: &Node) -> usize {
        let own = size_of::<Node>();
        own + match node {
            Node::Text(text) | Node::Untyped(text) | Node::Leaf(text) => text.capacity(),
            Node::List(nodes) => {
                (nodes.capacity() - nodes.len()) * own + nodes.iter().map(weight).sum::<usize>()
            }
            // A B-tree's nodes are at least five elevenths full.
            Node::Table(nodes) => nodes
                .iter()
                .map(|(name, node)| {
                    name.capacity() + 3 * (size_of::<String>() + own) + weight(node)
                })
                .sum(),
            Node::Null | Node::Bool(_) | Node::Unsigned(_) | Node::Negative(_) => 0,
        }
    }

    fn hostile() -> Vec<String> {
        let keys = |count: usize| {
            let pairs: Vec<String> = (0..count).map(|n| format!("\"{n:x}\":0")).collect();
            format!("{{{}}}", pairs.join(","))
        };
        let alike = |count: usize| {
            let pairs: Vec<String> = (0..count)
                .map(|n| format!("\"{}{n}\":0", "k".repeat(500)))
                .collect();
            format!("{{{}}}", pairs.join(","))
        };
        vec![
            format!("[{}0]", "0,".repeat(BYTES_MAX / 2 - 2)),
            format!("[{}[]]", "[],".repeat(BYTES_MAX / 3 - 2)),
            format!("[{}{{}}]", "{},".repeat(BYTES_MAX / 3 - 2)),
            keys(7_000),
            alike(120),
            format!("\"{}\"", "\\u0041".repeat(BYTES_MAX / 6 - 1)),
            "[".repeat(BYTES_MAX),
            r#"{"a":"#.repeat(BYTES_MAX / 5),
            format!("{{\"{}\":", "~".repeat(BYTES_MAX - 10)),
            "9".repeat(BYTES_MAX),
            format!("1e{}", "9".repeat(BYTES_MAX - 2)),
        ]
    }

    #[test]
    fn t_11_hostile_documents_cost_little_time_and_memory() {
        for json in hostile() {
            assert!(json.len() <= BYTES_MAX);
            // The best of five: other tests share the machine.
            let quickest = (0..5)
                .map(|_| {
                    let start = Instant::now();
                    let node = parse(json.as_bytes());
                    (start.elapsed(), node.as_ref().map_or(0, weight))
                })
                .min()
                .unwrap();
            let start: String = json.chars().take(20).collect();
            assert!(
                quickest.0 < Duration::from_millis(50),
                "{start}: {quickest:?}"
            );
            assert!(quickest.1 < 10 * 1024 * 1024, "{start}: {quickest:?}");
        }
        // 10^6 keys do not fit into 64 KiB: refused before a byte is looked at.
        let keys: Vec<String> = (0..1_000_000).map(|n| format!("\"{n}\":0")).collect();
        assert_eq!(
            refusal(format!("{{{}}}", keys.join(","))),
            (Rule::TooLarge, String::new())
        );
    }

    fn as_value(node: &Node) -> Value {
        match node {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::from(*value),
            Node::Unsigned(value) => Value::from(*value),
            Node::Negative(value) => Value::from(*value),
            Node::Text(text) | Node::Untyped(text) | Node::Leaf(text) => Value::from(text.as_str()),
            Node::List(nodes) => nodes.iter().map(as_value).collect(),
            Node::Table(nodes) => nodes
                .iter()
                .map(|(name, node)| (name.clone(), as_value(node)))
                .collect(),
        }
    }

    fn any_document() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 6, |inside| {
            prop_oneof![
                prop::collection::vec(inside.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".{0,4}", inside, 0..6)
                    .prop_map(|table| table.into_iter().collect()),
            ]
        })
    }

    /// Something like JSON, more often broken than not.
    fn almost_json() -> impl Strategy<Value = String> {
        let bit = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"a\"",
            "\"b\"",
            "\"\\u0061\"",
            "1",
            "-0",
            "1.5",
            "2e2",
            "007",
            "null",
            "true",
            " ",
            "\"",
            "\\",
            "18446744073709551616",
            "\u{feff}",
        ]);
        prop::collection::vec(bit, 0..40).prop_map(|bits| bits.concat())
    }

    proptest! {
        #[test]
        fn t_11_no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if parse(&bytes).is_ok() {
                prop_assert!(serde_json::from_slice::<Value>(&bytes).is_ok());
            }
        }

        #[test]
        fn t_09_what_is_accepted_is_what_serde_json_reads(json in almost_json()) {
            if let Ok(node) = parse(json.as_bytes()) {
                let value: Value = serde_json::from_str(&json).unwrap();
                prop_assert_eq!(as_value(&node), value);
            }
        }

        #[test]
        fn t_10_every_plain_document_is_read_exactly(value in any_document()) {
            prop_assert_eq!(as_value(&parse(value.to_string().as_bytes()).unwrap()), value);
        }

        #[test]
        fn t_09_a_doubled_key_is_refused_wherever_it_is(
            value in any_document(),
            name in "[a-z]{1,4}",
            around in prop::collection::vec(any::<bool>(), 0..40),
        ) {
            let mut json = format!(r#"{{"{name}":{value},"z9":0,"{name}":1}}"#);
            for list in around {
                json = if list { format!("[{json}]") } else { format!(r#"{{"o":{json}}}"#) };
            }
            prop_assert_eq!(parse(json.as_bytes()).unwrap_err().rule(), Rule::DuplicateKey);
        }
    }
}

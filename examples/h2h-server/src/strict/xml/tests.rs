//! What is read of XML, and that JSON which says the same is read to the same.

use proptest::prelude::*;
use rstest::rstest;
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Order {
    ref_id: String,
    amount: u32,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    note: Option<String>,
}

fn order(text: &str) -> Result<Order, Fault> {
    read(text.as_bytes())
}

fn refused(text: &str) -> (Rule, String) {
    let fault = order(text).unwrap_err();
    (fault.rule(), fault.pointer())
}

#[test]
fn a_body_is_read_by_type() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<request>\n <ref_id>A&amp;&#66;</ref_id>\n <amount>10500</amount>\n <scopes><item>trx:read</item><item>trx:write</item></scopes>\n</request>\n";
    let read = order(text).unwrap();
    assert_eq!((read.ref_id.as_str(), read.amount), ("A&B", 10_500));
    assert_eq!(read.scopes, ["trx:read", "trx:write"]);
    assert_eq!(read.note, None);
    let short = "<request><ref_id> </ref_id><amount>0</amount><scopes/></request>";
    let read = order(short).unwrap();
    assert_eq!((read.ref_id.as_str(), read.scopes.len()), (" ", 0));
    assert_eq!(parse(b"<request/>").unwrap(), Node::Table(BTreeMap::new()));
}

#[rstest]
#[case::doctype("<!DOCTYPE request><request/>", Rule::Syntax)]
#[case::external(
    "<!DOCTYPE request SYSTEM \"file:///etc/passwd\"><request/>",
    Rule::Syntax
)]
#[case::entity(
    "<!DOCTYPE r [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><request><ref_id>&a;</ref_id></request>",
    Rule::Syntax
)]
#[case::parameter_entity(
    "<!DOCTYPE r [<!ENTITY % a SYSTEM \"http://a.example/\"> %a;]><request/>",
    Rule::Syntax
)]
#[case::billion_laughs(
    "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><request><ref_id>&b;</ref_id></request>",
    Rule::Syntax
)]
#[case::small_letters("<!doctype request><request/>", Rule::Syntax)]
#[case::later("<request/><!DOCTYPE request>", Rule::Syntax)]
#[case::unknown_entity("<request><ref_id>&nbsp;</ref_id></request>", Rule::Syntax)]
#[case::null("<request><ref_id>&#0;</ref_id></request>", Rule::Syntax)]
#[case::control("<request><ref_id>&#x1b;</ref_id></request>", Rule::Syntax)]
#[case::surrogate("<request><ref_id>&#xd800;</ref_id></request>", Rule::Syntax)]
#[case::bare_ampersand("<request><ref_id>a & b</ref_id></request>", Rule::Syntax)]
#[case::instruction("<?xml-stylesheet href=\"a\"?><request/>", Rule::Syntax)]
#[case::comment("<request><!-- a --></request>", Rule::Syntax)]
#[case::cdata("<request><ref_id><![CDATA[a]]></ref_id></request>", Rule::Syntax)]
#[case::include(
    "<request xmlns:xi=\"http://www.w3.org/2001/XInclude\"><xi:include href=\"a\"/></request>",
    Rule::UnknownField
)]
#[case::prefix("<request><a:ref_id>1</a:ref_id></request>", Rule::Syntax)]
#[case::attribute("<request><ref_id type=\"a\">1</ref_id></request>", Rule::UnknownField)]
#[case::other_encoding(
    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><request/>",
    Rule::Encoding
)]
#[case::utf_7("<?xml version=\"1.0\" encoding=\"UTF-7\"?><request/>", Rule::Encoding)]
#[case::mark("\u{feff}<request/>", Rule::Encoding)]
#[case::other_root("<order/>", Rule::Syntax)]
#[case::two_roots("<request/><request/>", Rule::Trailing)]
#[case::text_after("<request/>a", Rule::Trailing)]
#[case::not_closed("<request><ref_id>", Rule::Syntax)]
#[case::wrong_end("<request><ref_id></amount></request>", Rule::Syntax)]
#[case::second_declaration("<request/><?xml version=\"1.0\"?>", Rule::Syntax)]
#[case::blank_first(" <?xml version=\"1.0\"?><request/>", Rule::Syntax)]
#[case::mark_in_the_declaration(
    "<?xml version=\"1.0\" en<!coding=\"UTF-8\"?><request/>",
    Rule::Syntax
)]
#[case::nothing("", Rule::Syntax)]
#[case::json("{\"ref_id\":\"A\"}", Rule::Trailing)]
fn t_12_only_elements_and_text_are_read(#[case] text: &str, #[case] rule: Rule) {
    assert_eq!(parse(text.as_bytes()).unwrap_err().rule(), rule);
}

#[rstest]
#[case(
    "<request><ref_id>A</ref_id><amount>1</amount><amount>100</amount></request>",
    Rule::DuplicateKey,
    "/amount"
)]
#[case(
    "<request><ref_id>A</ref_id><amount>1<b/></amount></request>",
    Rule::Syntax,
    "/amount"
)]
#[case(
    "<request><ref_id>A</ref_id><amount>01</amount></request>",
    Rule::Type,
    "/amount"
)]
#[case(
    "<request><ref_id>A</ref_id><amount>1e3</amount></request>",
    Rule::Type,
    "/amount"
)]
#[case(
    "<request><ref_id>A</ref_id><amount>1.0</amount></request>",
    Rule::Type,
    "/amount"
)]
#[case(
    "<request><ref_id>A</ref_id><amount> 1</amount></request>",
    Rule::Type,
    "/amount"
)]
#[case(
    "<request><ref_id>A</ref_id><amount>4294967296</amount></request>",
    Rule::Value,
    "/amount"
)]
#[case(
    "<request><ref_id>A</ref_id><amount>1</amount><price>1</price></request>",
    Rule::UnknownField,
    "/price"
)]
#[case(
    "<request><ref_id><a/></ref_id><amount>1</amount></request>",
    Rule::Type,
    "/ref_id"
)]
#[case("<request><ref_id>A</ref_id></request>", Rule::Required, "/amount")]
#[case(
    "<request><ref_id>A</ref_id><amount>1</amount><scopes><item><a>1</a></item></scopes></request>",
    Rule::Type,
    "/scopes/0"
)]
fn t_09_t_10_the_field_and_the_rule_are_those_of_json(
    #[case] text: &str,
    #[case] rule: Rule,
    #[case] pointer: &str,
) {
    assert_eq!(refused(text), (rule, pointer.to_owned()));
}

#[test]
fn t_11_depth_and_size_are_bounded() {
    let deep = |depth: usize| {
        let inside = depth - 1;
        format!(
            "<request>{}{}</request>",
            "<a>".repeat(inside),
            "</a>".repeat(inside)
        )
    };
    assert!(parse(deep(DEPTH_MAX).as_bytes()).is_ok());
    let fault = parse(deep(DEPTH_MAX + 1).as_bytes()).unwrap_err();
    assert_eq!(fault.rule(), Rule::TooDeep);
    let padding = " ".repeat(BYTES_MAX - "<request></request>".len());
    let full = format!("<request>{padding}</request>");
    assert!(parse(full.as_bytes()).is_ok());
    let fault = parse(format!("{full} ").as_bytes()).unwrap_err();
    assert_eq!(fault.rule(), Rule::TooLarge);
    assert_eq!(
        parse(b"<request>\xff</request>").unwrap_err().rule(),
        Rule::Encoding
    );
}

/// Texts near a request: elements of the grammar, spoilt here and there.
fn near() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<request>",
        "</request>",
        "<request/>",
        "<ref_id>",
        "</ref_id>",
        "<amount>",
        "</amount>",
        "<scopes>",
        "</scopes>",
        "<item>",
        "</item>",
        "A",
        "1",
        "&amp;",
        "&#65;",
        "&x;",
        "&",
        "<",
        ">",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE r [",
        "]>",
        "<?xml version=\"1.0\"?>",
        "<?a?>",
        " a=\"b\"",
        "\u{0}",
        "é",
        "\n",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A value that XML and JSON can both write. What is empty is a leaf: XML does not say of what.
#[derive(Clone, Debug)]
enum Said {
    Leaf(&'static str),
    List(Vec<Said>),
    Table(Vec<(&'static str, Said)>),
}

const LEAVES: [&str; 22] = [
    "",
    " ",
    "A",
    "a,b",
    "trx:read",
    "true",
    "null",
    "0",
    "1",
    "01",
    "-1",
    "-0",
    "10500",
    "1.0",
    "1e3",
    "4294967295",
    "4294967296",
    "99999999999999999999",
    "<&>\"'",
    "é\u{1f4b0}",
    " \t\n ",
    "\r\n",
];

impl Said {
    fn xml(&self) -> String {
        match self {
            Self::Leaf(text) => {
                let letter = |c| match c {
                    '<' => "&lt;".to_owned(),
                    '&' => "&amp;".to_owned(),
                    // Bare, it would be read as the end of a line.
                    '\r' => "&#13;".to_owned(),
                    c => c.to_string(),
                };
                text.chars().map(letter).collect()
            }
            Self::List(said) => said
                .iter()
                .map(|said| format!("<item>{}</item>", said.xml()))
                .collect::<Vec<_>>()
                .concat(),
            Self::Table(fields) => fields
                .iter()
                .map(|(name, said)| format!("<{name}>{}</{name}>", said.xml()))
                .collect::<Vec<_>>()
                .concat(),
        }
    }

    /// The same in JSON in the field `name`: of a number where one is asked for, of a list where nothing stands.
    fn json(&self, name: &str) -> String {
        match self {
            Self::Leaf(text) if name == "scopes" && text.trim_ascii().is_empty() => "[]".to_owned(),
            Self::Leaf(text) => {
                let is_number = name == "amount"
                    && text
                        .parse::<i64>()
                        .is_ok_and(|number| number.to_string() == *text);
                if is_number {
                    (*text).to_owned()
                } else {
                    serde_json::to_string(text).unwrap()
                }
            }
            Self::List(said) => {
                let said = said.iter().map(|said| said.json("item"));
                format!("[{}]", said.collect::<Vec<_>>().join(","))
            }
            Self::Table(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, said)| format!("\"{name}\":{}", said.json(name)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
            }
        }
    }
}

fn said() -> impl Strategy<Value = Said> {
    let leaf = prop::sample::select(&LEAVES[..]).prop_map(Said::Leaf);
    leaf.prop_recursive(2, 6, 3, |inner| {
        let names = prop::sample::subsequence(vec!["a", "amount", "b"], 1..=3);
        let table = (names, prop::collection::vec(inner.clone(), 3))
            .prop_map(|(names, said)| Said::Table(names.into_iter().zip(said).collect()));
        prop_oneof![
            prop::collection::vec(inner, 1..4).prop_map(Said::List),
            table
        ]
    })
}

/// A request in which fields are missing, strange, of another kind, or there twice: at most one, for the first of two is another one in XML.
fn requests() -> impl Strategy<Value = Said> {
    let names = || vec!["amount", "note", "price", "ref_id", "scopes"];
    let fields = prop::sample::subsequence(names(), 0..=5).prop_shuffle();
    let good = |name: &&'static str, said: Said, strange: bool| match (*name, strange) {
        (_, true) => said,
        ("amount", false) => Said::Leaf("10500"),
        ("scopes", false) => Said::List(vec![Said::Leaf("trx:read"), Said::Leaf("a,b")]),
        (_, false) => Said::Leaf("<&>\"'"),
    };
    let many = prop::collection::vec((said(), any::<bool>()), 5);
    let twice = prop::option::weighted(0.1, (prop::sample::select(names()), said()));
    (fields, many, twice).prop_map(move |(names, many, twice)| {
        let fields = names.iter().zip(many);
        let mut fields: Vec<_> = fields
            .map(|(name, (said, strange))| (*name, good(name, said, strange)))
            .collect();
        fields.extend(twice);
        Said::Table(fields)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    /// The oracle is the reader of JSON: the same request is read to the same value, or refused by the same rule at the same place.
    #[test]
    fn t_06_t_12_a_request_in_xml_is_read_as_the_same_in_json(said in requests()) {
        let (xml, json) = (format!("<request>{}</request>", said.xml()), said.json(""));
        let told = |read: Result<Order, Fault>| read.map_err(|fault| (fault.rule(), fault.pointer()));
        let in_json = told(super::super::json::read(json.as_bytes()));
        prop_assert_eq!(told(order(&xml)), in_json, "{} {}", xml, json);
    }
}

proptest! {
    #[test]
    fn t_12_no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
        let mut whole = b"<request>".to_vec();
        whole.extend(&bytes);
        whole.extend(b"</request>");
        let _ = parse(&whole);
    }

    /// Whatever is read has no document type in it, and is read the same again.
    #[test]
    fn t_12_no_text_of_the_grammar_breaks_the_reader(text in near(), inside in near()) {
        for text in [text, format!("<request><ref_id>{inside}</ref_id></request>")] {
            if let Ok(node) = parse(text.as_bytes()) {
                prop_assert!(!text.contains("<!"));
                prop_assert_eq!(&node, &parse(text.as_bytes()).unwrap());
            }
        }
    }
}

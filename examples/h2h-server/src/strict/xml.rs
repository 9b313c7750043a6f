//! XML bodies into a [`Node`] (T-12): elements and text, and nothing else that XML has.
//!
//! A document type, a processing instruction, a comment, an attribute or a namespace has no meaning in our API, and each is a way in. So there is one way to
//! write a value: an element of its name. A list is a row of `<item>`; what nothing stands in is left out.

use std::collections::BTreeMap;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use serde::de::DeserializeOwned;

use super::fault::{Fault, Rule, Segment};
use super::json::{BYTES_MAX, DEPTH_MAX};
use super::node::Node;

/// The name of an element of a list.
pub const ITEM: &str = "item";
/// The name of the outermost element of a request.
pub const REQUEST: &str = "request";

/// Reads a `T` out of an XML body.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    parse(bytes)?.read()
}

/// Reads an XML body of at most [`BYTES_MAX`] bytes into a tree of untyped texts.
pub fn parse(bytes: &[u8]) -> Result<Node, Fault> {
    if bytes.len() > BYTES_MAX {
        let rule = format!("at most {BYTES_MAX} bytes");
        return Err(Fault::new(Rule::TooLarge, rule));
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| Fault::new(Rule::Encoding, "the body is UTF-8"))?;
    if text.starts_with('\u{feff}') {
        let rule = "the body starts with its first character, not with a byte order mark";
        return Err(Fault::new(Rule::Encoding, rule));
    }
    if !text.chars().all(is_character) {
        return Err(Fault::new(
            Rule::Syntax,
            "a character that XML does not have",
        ));
    }
    Parse::default().read(text)
}

/// What XML 1.0 calls a character.
pub const fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// An element that is not closed yet.
struct Open {
    name: String,
    text: String,
    children: Vec<(String, Node)>,
}

#[derive(Default)]
struct Parse {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Parse {
    fn read(mut self, text: &str) -> Result<Node, Fault> {
        let mut reader = Reader::from_str(text);
        let mut is_first = true;
        loop {
            let event = reader.read_event().map_err(|_| self.syntax(NOT_XML))?;
            match event {
                Event::Eof => break,
                Event::Decl(declaration) if is_first => {
                    let encoding = declaration.encoding().transpose();
                    let encoding = encoding.map_err(|_| self.syntax(NOT_XML))?;
                    if encoding.is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")) {
                        return Err(Fault::new(Rule::Encoding, "the body is UTF-8 and says so"));
                    }
                }
                Event::Start(start) => self.begin(&start)?,
                Event::Empty(start) => {
                    self.begin(&start)?;
                    self.end()?;
                }
                Event::End(_) => self.end()?,
                Event::Text(text) => self.say(&text.xml10_content())?,
                Event::GeneralRef(reference) => {
                    let character = self.resolve(&reference)?;
                    self.say(character.encode_utf8(&mut [0; 4]))?;
                }
                Event::DocType(_) => return Err(self.syntax("a document type is refused")),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::CData(_) => {
                    let rule = "elements and text only: no instruction, no comment, no CDATA";
                    return Err(self.syntax(rule));
                }
            }
            is_first = false;
        }
        if !self.open.is_empty() {
            return Err(self.syntax("an element is not closed"));
        }
        self.root.take().ok_or_else(|| self.syntax(NOT_XML))
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), Fault> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(Fault::new(Rule::Trailing, "one element is the whole body"));
        }
        let name = start.name();
        let name: &str = name.as_ref();
        if !is_name(name) {
            return Err(self.syntax("a name is letters, digits, _ and -, without a prefix"));
        }
        if self.open.is_empty() && name != REQUEST {
            let rule = format!("the outermost element is <{REQUEST}>");
            return Err(Fault::new(Rule::Syntax, rule));
        }
        self.open.push(Open {
            name: name.to_owned(),
            text: String::new(),
            children: Vec::new(),
        });
        if !start.attributes_raw().trim().is_empty() {
            return Err(self.fault(Rule::UnknownField, "an element has no attributes here"));
        }
        if self.open.len() > DEPTH_MAX {
            return Err(self.fault(Rule::TooDeep, &format!("at most {DEPTH_MAX} deep")));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let fault = |parse: &Self, rule, detail| Err(parse.fault(rule, detail));
        if let Some(Open { text, children, .. }) = self.open.last()
            && !children.is_empty()
            && !text.trim_ascii().is_empty()
        {
            return fault(
                self,
                Rule::Syntax,
                "an element holds elements or text, not both",
            );
        }
        let Some(Open {
            name,
            text,
            children,
        }) = self.open.pop()
        else {
            return fault(self, Rule::Syntax, NOT_XML);
        };
        let is_list = !children.is_empty() && children.iter().all(|(name, _)| name == ITEM);
        let node = if is_list {
            Node::List(children.into_iter().map(|(_, node)| node).collect())
        } else if children.is_empty() && !(self.open.is_empty() && text.trim_ascii().is_empty()) {
            Node::Untyped(text)
        } else {
            let mut table = BTreeMap::new();
            for (child, node) in children {
                if table.insert(child.clone(), node).is_some() {
                    let twice = Fault::new(Rule::DuplicateKey, "a name occurs once in an element");
                    let twice = twice.under(Segment::Key(child));
                    return Err(self.placed(if self.open.is_empty() {
                        twice
                    } else {
                        twice.under(Segment::Key(name))
                    }));
                }
            }
            Node::Table(table)
        };
        match self.open.last_mut() {
            Some(parent) => parent.children.push((name, node)),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn say(&mut self, text: &str) -> Result<(), Fault> {
        match self.open.last_mut() {
            Some(open) => {
                open.text.push_str(text);
                Ok(())
            }
            None if text.trim_ascii().is_empty() => Ok(()),
            None => {
                let rule = "nothing stands beside the outermost element";
                Err(Fault::new(Rule::Trailing, rule))
            }
        }
    }

    /// A character by its number, or one of the five that XML names by itself. There are no others: nobody declares one.
    fn resolve(&self, reference: &BytesRef<'_>) -> Result<char, Fault> {
        let by_number = reference.resolve_char_ref();
        let by_number = by_number.map_err(|_| self.syntax(NO_ENTITY))?;
        let name = reference.xml10_content();
        by_number
            .or(match &*name {
                "lt" => Some('<'),
                "gt" => Some('>'),
                "amp" => Some('&'),
                "apos" => Some('\''),
                "quot" => Some('"'),
                _ => None,
            })
            .filter(|character| is_character(*character))
            .ok_or_else(|| self.syntax(NO_ENTITY))
    }

    fn syntax(&self, detail: &str) -> Fault {
        self.fault(Rule::Syntax, detail)
    }

    /// A fault at the element that is open.
    fn fault(&self, rule: Rule, detail: &str) -> Fault {
        self.placed(Fault::new(rule, detail))
    }

    fn placed(&self, fault: Fault) -> Fault {
        // The outermost element is the body: it is in no place.
        let names = self.open.iter().skip(1).rev();
        names.fold(fault, |fault, open| {
            fault.under(Segment::Key(open.name.clone()))
        })
    }
}

const NOT_XML: &str = "the body is well-formed XML";
const NO_ENTITY: &str = "only &lt; &gt; &amp; &apos; &quot; and characters by number are known";

fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && name
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
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
}

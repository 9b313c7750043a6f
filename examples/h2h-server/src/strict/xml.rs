//! XML bodies into a [`Node`] (T-12): elements and text, and nothing else that XML has.
//!
//! A document type, a processing instruction, a comment, an attribute or a namespace has no meaning in our API, and each is a way in. So there is one way to
//! write a value: an element of its name. A list is a row of `<item>`, and an empty one an element in which nothing stands; what is `null` in JSON is left out.

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
                    // Whatever stands between its marks would be taken.
                    let (inside, _) = text.split_once("?>").unwrap_or_default();
                    if inside.rfind('<') != Some(0) {
                        return Err(self.syntax(NOT_XML));
                    }
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
            Node::Leaf(text)
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
mod tests;

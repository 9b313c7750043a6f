//! What a body in XML may do, whichever request it is taken for: what is read of it stands in it, and JSON that says the same is read to the same. Called by the
//! properties beside this file and by a fuzz target of `tests/fuzz`.

use h2h_server::strict::{Fault, parse_json, parse_xml};
use serde_json::Value;

use super::admin::{REQUESTS, Request, is_said, is_usual};
use super::entry::CANARY;

/// The body as each of the requests; how many take it.
pub(crate) fn any(body: &[u8]) -> usize {
    let node = match parse_xml(body) {
        Ok(node) => node,
        Err(fault) => {
            assert_told(&fault);
            return 0;
        }
    };
    let text = std::str::from_utf8(body).unwrap();
    assert!(!text.contains("<!"), "T-12");
    let leaves = leaves(text);
    let takes = |request: &&Request| match (request.read)(node.clone()) {
        Ok(back) => {
            assert!(
                is_written("", "", &back, &leaves),
                "{text} was read as {back}"
            );
            let again = request.body(back.to_string().as_bytes());
            assert_eq!(again.as_ref(), Ok(&back), "in JSON it says something else");
            true
        }
        Err(fault) => {
            assert_told(&fault);
            false
        }
    };
    REQUESTS.iter().filter(takes).count()
}

/// What is wrong is named; of what was written only the names of elements are repeated.
fn assert_told(fault: &Fault) {
    let detail = fault.detail();
    assert!(!detail.is_empty() && detail.len() < 2_000, "{detail}");
    assert!(!detail.contains(CANARY), "T-20: {detail}");
}

/// The same request in XML and in JSON: to the same value, or to the same rule at the same place.
pub(crate) fn both(request: &Request, fields: &[(String, Value)]) -> Result<Value, Fault> {
    let told = |read: &Result<Value, Fault>| match read {
        Ok(value) => Ok(value.clone()),
        Err(fault) => Err((fault.rule(), fault.pointer())),
    };
    let json: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
        .collect();
    let json = format!("{{{}}}", json.join(","));
    let xml = fields.iter().map(|(name, value)| element(name, value));
    let xml = format!("<request>{}</request>", xml.collect::<String>());
    let in_json = parse_json(json.as_bytes()).and_then(request.read);
    let in_xml = parse_xml(xml.as_bytes()).and_then(request.read);
    assert_eq!(told(&in_xml), told(&in_json), "{xml} {json}");
    any(xml.as_bytes());
    in_json
}

/// An element of this name; nothing for nothing.
fn element(name: &str, value: &Value) -> String {
    let inside = match value {
        Value::Null => return String::new(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => escaped(text),
        Value::Array(values) => values.iter().map(|value| element("item", value)).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| element(name, value))
            .collect(),
    };
    format!("<{name}>{inside}</{name}>")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    // Bare, it would be read as the end of a line.
    text.replace('\r', "&#xD;")
}

/// The elements that hold no other, by name, with what stands in them: found by their borders alone, as nothing else can stand there.
fn leaves(text: &str) -> Vec<(&str, String)> {
    let tags: Vec<(&str, &str)> = text
        .split('<')
        .filter_map(|tag| tag.split_once('>'))
        .collect();
    let mut leaves = Vec::new();
    for (place, (tag, inside)) in tags.iter().enumerate() {
        let tag = tag.trim_ascii_end();
        if let Some(name) = tag.strip_suffix('/') {
            leaves.push((name.trim_ascii_end(), String::new()));
        } else if tags
            .get(place + 1)
            .and_then(|(end, _)| end.trim_ascii_end().strip_prefix('/'))
            == Some(tag)
        {
            leaves.push((tag, unescaped(inside)));
        }
    }
    leaves
}

fn unescaped(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut parts = text.split('&');
    let mut found = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap();
        let number = |digits: &str, base| u32::from_str_radix(digits, base).ok();
        let by_number = name
            .strip_prefix('#')
            .and_then(|digits| match digits.strip_prefix('x') {
                Some(digits) => number(digits, 16),
                None => number(digits, 10),
            });
        found.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "apos" => '\'',
            "quot" => '"',
            _ => by_number.and_then(char::from_u32).unwrap(),
        });
        found.push_str(rest);
    }
    found
}

/// Whether every value of `back` stands in an element of its name; those of a list called `name` in `<item>`s.
fn is_written(name: &str, element: &str, back: &Value, leaves: &[(&str, String)]) -> bool {
    match back {
        Value::Object(fields) => fields
            .iter()
            .all(|(name, value)| is_written(name, name, value, leaves)),
        Value::Array(values) => values
            .iter()
            .all(|value| is_written(name, "item", value, leaves)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            let shown = back.to_string();
            let said =
                |text: &String| *text == shown || is_said(name, &Value::from(text.as_str()), back);
            let mut here = leaves.iter().filter(|(known, _)| *known == element);
            here.any(|(_, text)| said(text)) || is_usual(name, back)
        }
    }
}

//! The envelope in XML, for callers that ask for it by `Accept`.
//!
//! One rule turns the JSON of an answer into XML, so that neither can say what the other does not: an object's fields are elements of their names, a list's
//! entries are `<item>`s, what is `null` is left out, and everything stands in `<response>`. Numbers and words are written as JSON writes them.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesStart, BytesText, Event};
use serde_json::Value;

use crate::error::{ApiError, ErrorCode};
use crate::strict::{ITEM, is_xml_character};

/// What an answer in XML says that it is.
pub const XML: &str = "application/xml; charset=utf-8";
/// The longest answer that is turned: the whole catalog is far below it.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// Marks an answer that is the envelope, which has two forms.
#[derive(Clone, Copy, Debug)]
pub struct Enveloped;

/// Whether the caller would rather have XML: what it weighs higher than JSON, or the same and names first. Who says nothing gets JSON.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let accepts = headers.get_all(header::ACCEPT).iter();
    let ranges = accepts
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(weighed);
    let (mut xml, mut json) = (None, None);
    for (place, (range, weight)) in ranges.enumerate() {
        let best = match range.as_str() {
            "application/xml" | "text/xml" => &mut xml,
            "application/json" | "application/*" | "*/*" => &mut json,
            _ => continue,
        };
        let this = (weight, usize::MAX - place);
        *best = Some((*best).map_or(this, |other: (u16, usize)| other.max(this)));
    }
    xml.is_some_and(|(weight, _)| weight > 0) && xml > json
}

/// A range of media types and its weight in thousandths; none if it cannot be read.
fn weighed(range: &str) -> Option<(String, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    let Some(quality) = quality else {
        return Some((name, 1_000));
    };
    let (whole, fraction) = quality.split_once('.').unwrap_or((quality, ""));
    let is_plain = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, is_plain) {
        ("1", true) if thousandths == 0 => Some((name, 1_000)),
        ("0", true) => Some((name, thousandths)),
        _ => None,
    }
}

/// The same answer in XML.
pub async fn turned(response: Response) -> Result<Response, ApiError> {
    let (mut parts, body) = response.into_parts();
    let ours = |_| ApiError::plain(ErrorCode::InternalError);
    let bytes = to_bytes(body, ANSWER_MAX).await.map_err(ours)?;
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(XML));
    parts.headers.remove(header::CONTENT_LENGTH);
    if bytes.is_empty() {
        // The answer to a HEAD.
        return Ok(Response::from_parts(parts, Body::empty()));
    }
    let value: Value =
        serde_json::from_slice(&bytes).map_err(|_| ApiError::plain(ErrorCode::InternalError))?;
    let text = written(&value).map_err(|_| ApiError::plain(ErrorCode::InternalError))?;
    Ok(Response::from_parts(parts, Body::from(text)))
}

/// `value` in XML.
pub fn written(value: &Value) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    write(&mut writer, "response", value)?;
    Ok(writer.into_inner())
}

fn write(writer: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> std::io::Result<()> {
    if value.is_null() {
        return Ok(());
    }
    let mut start = BytesStart::new(name);
    if !is_name(name) {
        // A key of somebody's own words, as in a table of codes.
        start = BytesStart::new(ITEM);
        start.push_attribute(("name", name));
    }
    let end = start.to_end().into_owned();
    writer.write_event(Event::Start(start))?;
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                write(writer, name, value)?;
            }
        }
        Value::Array(entries) => {
            for entry in entries {
                write(writer, ITEM, entry)?;
            }
        }
        Value::String(text) => say(writer, text)?,
        Value::Null | Value::Bool(_) | Value::Number(_) => say(writer, &value.to_string())?,
    }
    writer.write_event(Event::End(end))
}

/// Whether an element can be called so; ours all can.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(fits)
}

/// A text; what XML has no character for is shown as unreadable.
fn say(writer: &mut Writer<Vec<u8>>, text: &str) -> std::io::Result<()> {
    let readable = |c| if is_xml_character(c) { c } else { '\u{fffd}' };
    let text: String = text.chars().map(readable).collect();
    writer.write_event(Event::Text(BytesText::new(&text)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn text(value: &Value) -> String {
        String::from_utf8(written(value).unwrap()).unwrap()
    }

    #[test]
    fn an_answer_has_the_same_in_it() {
        let answer = json!({
            "code": 200, "status": "success", "message": "A & <B>", "data": {
                "sn": null, "price": 10_500, "under_review": false,
                "transactions": [{"ref_id": "A"}, {"ref_id": "B"}], "scopes": [],
            },
        });
        let told = text(&answer);
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><response><code>200</code><data><price>10500</price><scopes></scopes><transactions><item><ref_id>A</ref_id></item><item><ref_id>B</ref_id></item></transactions><under_review>false</under_review></data><message>A &amp; &lt;B&gt;</message><status>success</status></response>";
        assert_eq!(told, expected);
    }

    #[test]
    fn a_name_that_no_element_can_have_is_an_attribute() {
        let told = text(&json!({"codes": {"1": "a", "x y": "b", "ok-1": "c"}}));
        let expected = "<codes><item name=\"1\">a</item><ok-1>c</ok-1><item name=\"x y\">b</item></codes></response>";
        assert!(told.ends_with(expected), "{told}");
    }

    #[test]
    fn what_xml_has_no_character_for_is_shown_as_unreadable() {
        let told = text(&json!({"message": "a\u{1}b\u{b}c\n"}));
        assert!(
            told.contains("<message>a\u{fffd}b\u{fffd}c\n</message>"),
            "{told}"
        );
    }

    #[rstest]
    #[case(&[], false)]
    #[case(&["application/json"], false)]
    #[case(&["*/*"], false)]
    #[case(&["application/xml"], true)]
    #[case(&["text/xml"], true)]
    #[case(&["Application/XML; charset=utf-8"], true)]
    #[case(&["application/xml, application/json"], true)]
    #[case(&["application/json, application/xml"], false)]
    #[case(&["application/json;q=0.5, application/xml"], true)]
    #[case(&["application/xml;q=0.5, application/json"], false)]
    #[case(&["application/xml;q=0.5", "*/*;q=0.1"], true)]
    #[case(&["application/xml;q=0"], false)]
    #[case(&["application/xml;q=0.0001"], false)]
    #[case(&["application/xml;q=2"], false)]
    #[case(&["application/xml;q="], false)]
    #[case(&["text/html"], false)]
    fn who_would_rather_have_xml_gets_it(#[case] accept: &[&str], #[case] wanted: bool) {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT, value.parse().unwrap());
        }
        assert_eq!(is_wanted(&headers), wanted);
    }
}

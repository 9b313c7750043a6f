//! Requests from templates: `GET /trx?product={product}&…`. Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::template::{Field, Template};

/// What RFC 3986 leaves as it is; everything else is percent-encoded, a blank as `%20`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request with fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    is_post: bool,
    path: Template,
    query: Option<Template>,
}

/// A request, filled in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Filled {
    /// Where to.
    pub(super) url: Url,
    /// What a POST carries, form-encoded; `None` for a GET.
    pub(super) body: Option<String>,
}

impl Request {
    /// Reads `GET /path?name={field}&…` or `POST /path?…`, where a POST carries in its body what is behind the question mark. The error is the
    /// rule that it breaks.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const RULE: &str = "GET or POST, a blank, and a path that begins with / or ?";
        let (method, rest) = text.split_once(' ').ok_or(RULE)?;
        let is_post = match method {
            "GET" => false,
            "POST" => true,
            _ => return Err(RULE),
        };
        let is_path = rest.is_empty() || rest.starts_with(['/', '?']);
        let is_plain = rest
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'#');
        if !is_path || !is_plain {
            return Err(RULE);
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(Template::read(query)?)),
            None => (rest, None),
        };
        Ok(Self {
            is_post,
            path: Template::read(path)?,
            query,
        })
    }

    /// The fields that it asks for.
    pub(super) fn fields(&self) -> impl Iterator<Item = Field> + '_ {
        let query = self.query.iter().flat_map(Template::fields);
        self.path.fields().chain(query)
    }

    /// The request to the server at `base`, every value percent-encoded; `None` if a field has no value.
    pub(super) fn fill<'v>(
        &self,
        base: &Url,
        value: impl Fn(Field) -> Option<&'v str>,
    ) -> Option<Filled> {
        let encoded =
            |field| value(field).map(|value| utf8_percent_encode(value, RESERVED).to_string());
        let path = self.path.fill(encoded)?;
        let query = match &self.query {
            Some(query) => Some(query.fill(encoded)?),
            None => None,
        };
        let mut text = base.as_str().trim_end_matches('/').to_owned();
        text.push_str(&path);
        let body = if self.is_post {
            Some(query.unwrap_or_default())
        } else {
            if let Some(query) = query {
                text.push('?');
                text.push_str(&query);
            }
            None
        };
        let url = Url::parse(&text).ok()?;
        (url.origin() == base.origin()).then_some(Filled { url, body })
    }
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and fills in some fields"
)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn filled(template: &str, base: &str) -> Filled {
        let value = |field| match field {
            Field::Product => Some("S10"),
            Field::Dest => Some("0812 3&4=5?/#%"),
            _ => None,
        };
        let base = Url::parse(base).unwrap();
        Request::read(template).unwrap().fill(&base, value).unwrap()
    }

    #[rstest]
    #[case(
        "GET /trx?product={product}&qty=1",
        "http://127.0.0.1:6969",
        "http://127.0.0.1:6969/trx?product=S10&qty=1"
    )]
    #[case(
        "GET ?product={product}&sn=",
        "http://127.0.0.1:6969/trx/",
        "http://127.0.0.1:6969/trx?product=S10&sn="
    )]
    #[case(
        "GET /a/{product}",
        "https://h2h.example/x",
        "https://h2h.example/x/a/S10"
    )]
    #[case(
        "GET /trx?dest={dest}",
        "http://127.0.0.1:6969",
        "http://127.0.0.1:6969/trx?dest=0812%203%264%3D5%3F%2F%23%25"
    )]
    fn values_are_encoded_and_the_order_of_names_stays(
        #[case] template: &str,
        #[case] base: &str,
        #[case] expected: &str,
    ) {
        let filled = filled(template, base);
        assert_eq!(filled.url.as_str(), expected);
        assert_eq!(filled.body, None);
    }

    #[test]
    fn a_post_carries_its_fields_in_its_body() {
        let filled = filled(
            "POST /trx?product={product}&dest={dest}",
            "http://127.0.0.1:6969",
        );
        assert_eq!(filled.url.as_str(), "http://127.0.0.1:6969/trx");
        assert_eq!(
            filled.body.unwrap(),
            "product=S10&dest=0812%203%264%3D5%3F%2F%23%25"
        );
    }

    #[test]
    fn a_field_without_a_value_makes_no_request() {
        let base = Url::parse("http://127.0.0.1:6969").unwrap();
        let request = Request::read("GET /trx?pin={pin}").unwrap();
        assert!(request.fill(&base, |_| None).is_none());
    }

    #[rstest]
    #[case("")]
    #[case("GET")]
    #[case("PUT /trx")]
    #[case("get /trx")]
    #[case("GET trx")]
    #[case("GET @evil.example/trx")]
    #[case("GET /trx?a=b c")]
    #[case("GET /trx#x")]
    #[case("GET /trx?a={b}")]
    fn a_request_that_is_none_is_refused(#[case] text: &str) {
        Request::read(text).unwrap_err();
    }

    #[test]
    fn no_path_leads_to_another_host() {
        let base = Url::parse("http://127.0.0.1:6969").unwrap();
        let request = Request::read("GET /{dest}").unwrap();
        let filled = request.fill(&base, |_| Some("//evil.example/x"));
        assert_eq!(
            filled.unwrap().url.as_str(),
            "http://127.0.0.1:6969/%2F%2Fevil.example%2Fx"
        );
    }
}

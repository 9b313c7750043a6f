//! What a caller asks: names in any case, each at most once, and the signature over them.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha1::{Digest as _, Sha1};
use url::form_urlencoded;

/// The names of a request, in lower case.
#[derive(Debug)]
pub(super) struct Request(Vec<(String, String)>);

impl Request {
    /// `None` if a name is given twice.
    pub(super) fn read(query: &[u8]) -> Option<Self> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query) {
            let name = name.to_ascii_lowercase();
            if fields.iter().any(|(known, _)| *known == name) {
                return None;
            }
            fields.push((name, value.into_owned()));
        }
        Some(Self(fields))
    }

    /// The value of `name`; empty if there is none.
    pub(super) fn of(&self, name: &str) -> &str {
        self.0
            .iter()
            .find_map(|(known, value)| (known == name).then_some(value.as_str()))
            .unwrap_or_default()
    }

    /// Whether `name` is given, be it empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

/// The signature over `text`: SHA-1 in base64url without padding, 27 characters.
pub fn sign(text: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha1::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sample_is_signed_as_published() {
        let text = "OtomaX|YUSUF|X10|08123456789|2140669|1144|abcd";
        assert_eq!(sign(text), "Cp9NLVuKWBt5Sey_uMlYsvnKvJI");
    }

    #[test]
    fn names_are_read_in_any_case_and_once() {
        let request = Request::read(b"memberID=A&REFID=1%2B2&sn=").unwrap_or(Request(Vec::new()));
        assert_eq!(request.of("memberid"), "A");
        assert_eq!(request.of("refid"), "1+2");
        assert!(request.has("sn") && !request.has("pin"));
        assert!(Request::read(b"refID=1&REFID=2").is_none());
    }
}

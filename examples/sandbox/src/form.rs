//! A form as callers send it, in a query or a body: names in any case, each at most once.

use url::form_urlencoded;

/// The names of a request, in lower case.
#[derive(Debug)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// `None` if a name is given twice.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(text) {
            let name = name.to_ascii_lowercase();
            if fields.iter().any(|(known, _)| *known == name) {
                return None;
            }
            fields.push((name, value.into_owned()));
        }
        Some(Self(fields))
    }

    /// The value of `name`; empty if there is none.
    pub(crate) fn of(&self, name: &str) -> &str {
        self.0
            .iter()
            .find_map(|(known, value)| (known == name).then_some(value.as_str()))
            .unwrap_or_default()
    }

    /// Whether `name` is given, be it empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_once() {
        let form = Form::read(b"memberID=A&REFID=1%2B2&sn=").unwrap_or(Form(Vec::new()));
        assert_eq!(form.of("memberid"), "A");
        assert_eq!(form.of("refid"), "1+2");
        assert!(form.has("sn") && !form.has("pin"));
        assert!(Form::read(b"refID=1&REFID=2").is_none());
    }
}

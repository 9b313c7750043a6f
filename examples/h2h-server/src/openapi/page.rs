//! The page: the document for people, with everything it needs in this program, so that it opens without a network.
//!
//! It reads and sends nothing: a browser is no place for a secret that signs, so there is no form to fill in.

use std::borrow::Cow;
use std::sync::Arc;

use utoipa_swagger_ui::{Config, serve};

/// Scripts, styles and the document from this server alone; nothing inline, nobody frames it, nothing is sent anywhere.
pub const SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const INDEX: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Eraflazz H2H API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<noscript>Without scripts: <a href="/api/v1/openapi.json">the document</a>.</noscript>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"#;

const START: &str = r##"SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#page",
  deepLinking: true,
  displayOperationId: true,
  docExpansion: "list",
  supportedSubmitMethods: [],
  validatorUrl: null,
});
"##;

/// What the page consists of, by name; nothing else of the vendored files is served.
const FILES: [&str; 3] = [
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "favicon-32x32.png",
];

/// A file of the page.
#[derive(Clone, Debug)]
pub struct Page {
    /// What it is.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
}

impl Page {
    /// The page itself.
    pub const fn index() -> Self {
        Self {
            kind: "text/html; charset=utf-8",
            bytes: Cow::Borrowed(INDEX.as_bytes()),
        }
    }

    /// What the page asks for under `/docs/`.
    pub fn file(name: &str) -> Option<Self> {
        if name == "start.js" {
            return Some(Self {
                kind: kind_of(name),
                bytes: Cow::Borrowed(START.as_bytes()),
            });
        }
        let name = FILES.into_iter().find(|known| *known == name)?;
        let file = serve(name, Arc::new(Config::from(""))).ok().flatten()?;
        Some(Self {
            kind: kind_of(name),
            bytes: file.bytes,
        })
    }
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "image/png",
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_page_asks_for_is_in_this_program() {
        let asked = INDEX
            .split(['"'])
            .filter_map(|part| part.strip_prefix("/docs/"));
        let mut count = 0;
        for name in asked {
            let file = Page::file(name).unwrap();
            assert!(!file.bytes.is_empty(), "{name}");
            count += 1;
        }
        assert_eq!(count, FILES.len() + 1);
        for stranger in ["", "index.html", "../Cargo.toml", "swagger-initializer.js"] {
            assert!(Page::file(stranger).is_none(), "{stranger}");
        }
    }

    #[test]
    fn nothing_of_the_page_comes_from_elsewhere_or_stands_inline() {
        for text in [INDEX, START] {
            assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("//"));
            assert!(!text.contains("style=") && !text.contains("<style"));
        }
        let scripts = INDEX.matches("<script").count();
        assert_eq!(scripts, INDEX.matches("<script src=\"/docs/").count());
        let css = Page::file("swagger-ui.css").unwrap().bytes;
        let css = String::from_utf8_lossy(&css);
        let far = css.match_indices("url(").filter(|(at, _)| {
            !css[at + 4..]
                .trim_start_matches(['"', '\''])
                .starts_with("data:")
        });
        assert_eq!(far.count(), 0, "an asset that is not in the stylesheet");
    }
}

//! Request signatures: scheme A (simple) and scheme B (`v1=`), both HMAC-SHA256.
//!
//! | scheme | what is signed | allowed for |
//! |---|---|---|
//! | A | raw body, then the timestamp | `POST` with a JSON object as body |
//! | B | `v1`, timestamp, nonce, method, path with query as sent, SHA-256 of the body; joined by newlines | everything |
//!
//! Scheme A covers neither method nor path, so a captured read would open every read for five minutes: it is refused wherever
//! the body does not say what is asked. [`verify`] does the same work on every path that ends in a refusal (T-8, T-28): one
//! hash of the body, one HMAC, one comparison in constant time of 32 bytes.

use axum::http::{HeaderMap, Method, header};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use eraflazz_core::text::KeyId;
use eraflazz_core::time::Timestamp;

/// Header with the public part of the key.
pub const API_KEY: &str = "x-api-key";
/// Header with the moment of signing in Unix seconds, exactly ten digits.
pub const TIMESTAMP: &str = "x-timestamp";
/// Header with the nonce of scheme B: 8 to 64 characters of `A-Z a-z 0-9 _ -`.
pub const NONCE: &str = "x-nonce";
/// Header with the signature: 64 hex digits, or `v1=` and 64 hex digits.
pub const SIGNATURE: &str = "x-signature";
/// How far a timestamp may lie from our clock, either way.
pub const WINDOW_SECONDS: u64 = 300;

/// A secret shorter than this proves nothing and verifies nothing (T-7).
pub const SECRET_BYTES_MIN: usize = 16;

/// What to verify against when the key is unknown, so that an unknown key costs what a known one does (T-15). Whoever signs
/// with it is still refused: the caller has no key to go on with.
pub const DECOY_SECRET: &[u8] = b"no member signs with these bytes";

/// The parts of a request that signatures speak about.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// As received.
    pub method: &'a Method,
    /// The path and, after a `?`, the query, exactly as sent.
    pub path_and_query: &'a str,
    /// As received.
    pub headers: &'a HeaderMap,
    /// The raw bytes, before anything read them.
    pub body: &'a [u8],
}

/// Which scheme a request was signed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Body and timestamp.
    A,
    /// Everything, with a nonce.
    B,
}

/// A request whose signature is right and fresh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The key it claims, and now has proven to hold.
    pub key: KeyId,
    /// The scheme.
    pub scheme: Scheme,
    /// The nonce; scheme A has none.
    pub nonce: Option<String>,
}

/// Why a request is not taken for what it says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// A header that must be there is not.
    #[error("header {0} is missing")]
    Missing(&'static str),
    /// The timestamp is not ten digits, or further than [`WINDOW_SECONDS`] from our clock. The only refusal that is told apart,
    /// so that a wrong clock can be set right.
    #[error("the timestamp is not within 300 seconds of this server's clock")]
    Timestamp,
    /// Anything else: malformed or wrong key, nonce or signature, a repeated header, scheme A where it is not allowed.
    #[error("not authenticated")]
    Refused,
}

/// The key that a request claims to be signed with; not proven yet.
pub fn claimed_key(headers: &HeaderMap) -> Result<KeyId, AuthError> {
    let text = single(headers, API_KEY)?;
    KeyId::new(text).map_err(|_| AuthError::Refused)
}

/// Checks that `parts` were signed with `secret` within [`WINDOW_SECONDS`] of `now`. Repeating it gives the same answer: whether
/// a request was seen before is not its question (order POSTs are idempotent by `ref_id`).
pub fn verify(parts: &Parts<'_>, secret: &[u8], now: Timestamp) -> Result<Verified, AuthError> {
    let key = claimed_key(parts.headers);
    let timestamp = single(parts.headers, TIMESTAMP);
    let nonce = single(parts.headers, NONCE);
    let given = single(parts.headers, SIGNATURE);

    let scheme = match given {
        Ok(text) if !text.starts_with("v1=") => Scheme::A,
        _ => Scheme::B,
    };
    let mut tag = [0; 32];
    let is_hex = given.is_ok_and(|text| {
        let hex = text.strip_prefix("v1=").unwrap_or(text);
        hex.len() == 64 && base16ct::mixed::decode(hex, &mut tag).is_ok()
    });

    // From here every request costs the same, whatever was wrong with its headers.
    let signed = Signed {
        timestamp: timestamp.unwrap_or("0000000000"),
        nonce: nonce.unwrap_or(""),
        method: parts.method.as_str(),
        path_and_query: parts.path_and_query,
        body: parts.body,
    };
    let matches = signed.mac(scheme, secret).verify_slice(&tag).is_ok();

    let (key, timestamp) = (key?, timestamp?);
    given?;
    if scheme == Scheme::B {
        nonce?;
    }
    if !is_fresh(timestamp, now) {
        return Err(AuthError::Timestamp);
    }
    let allowed = match scheme {
        Scheme::A => parts.body_speaks_for_itself(),
        Scheme::B => nonce.is_ok_and(is_nonce),
    };
    if !(is_hex && matches && allowed && secret.len() >= SECRET_BYTES_MIN) {
        return Err(AuthError::Refused);
    }
    Ok(Verified {
        key,
        scheme,
        nonce: match scheme {
            Scheme::A => None,
            Scheme::B => nonce.ok().map(str::to_owned),
        },
    })
}

impl Parts<'_> {
    /// True for a `POST` of a JSON object: the only requests for which scheme A says what is asked.
    fn body_speaks_for_itself(&self) -> bool {
        let json = single(self.headers, header::CONTENT_TYPE.as_str()).is_ok_and(|kind| {
            let essence = kind.split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/json")
        });
        let body = self.body.trim_ascii();
        self.method == Method::POST && json && body.starts_with(b"{") && body.ends_with(b"}")
    }
}

/// The one value of a header, as text.
fn single<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, AuthError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(AuthError::Missing(name))?;
    if values.next().is_some() {
        return Err(AuthError::Refused);
    }
    value.to_str().map_err(|_| AuthError::Refused)
}

fn is_fresh(timestamp: &str, now: Timestamp) -> bool {
    timestamp.len() == 10
        && timestamp.bytes().all(|b| b.is_ascii_digit())
        && timestamp
            .parse::<i64>()
            .is_ok_and(|then| now.seconds().abs_diff(then) <= WINDOW_SECONDS)
}

fn is_nonce(text: &str) -> bool {
    (8..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// What a caller signs.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Unix seconds, ten digits.
    pub timestamp: &'a str,
    /// 8 to 64 URL-safe characters; not used by scheme A.
    pub nonce: &'a str,
    /// In upper case; not used by scheme A.
    pub method: &'a str,
    /// As it will be sent; not used by scheme A.
    pub path_and_query: &'a str,
    /// As it will be sent.
    pub body: &'a [u8],
}

impl Signed<'_> {
    fn mac(&self, scheme: Scheme, secret: &[u8]) -> Hmac<Sha256> {
        let body_hash = base16ct::lower::encode_string(&Sha256::digest(self.body));
        let mut mac = keyed(secret);
        match scheme {
            Scheme::A => {
                mac.update(self.body);
                mac.update(self.timestamp.as_bytes());
            }
            Scheme::B => {
                let lines = [
                    "v1",
                    self.timestamp,
                    self.nonce,
                    self.method,
                    self.path_and_query,
                    &body_hash,
                ];
                mac.update(lines.join("\n").as_bytes());
            }
        }
        mac
    }
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104); too short ones are refused before"
)]
fn keyed(secret: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(secret).expect("any length")
}

/// The value of [`SIGNATURE`] by scheme A: 64 hex digits.
pub fn sign_a(body: &[u8], timestamp: &str, secret: &[u8]) -> String {
    let signed = Signed {
        timestamp,
        nonce: "",
        method: "POST",
        path_and_query: "",
        body,
    };
    base16ct::lower::encode_string(&signed.mac(Scheme::A, secret).finalize().into_bytes())
}

/// The value of [`SIGNATURE`] by scheme B: `v1=` and 64 hex digits.
pub fn sign_b(signed: &Signed<'_>, secret: &[u8]) -> String {
    let tag = signed.mac(Scheme::B, secret).finalize().into_bytes();
    format!("v1={}", base16ct::lower::encode_string(&tag))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::http::{HeaderName, HeaderValue};
    use rstest::rstest;

    use super::*;

    const SECRET: &[u8] = b"sk_test_eraflazz_0123456789abcdef";
    const THEN: &str = "1767225600";
    const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
    const BODY: &str = r#"{"ref_id":"TRX-0001","product":"S10","destination":"081234567890"}"#;
    const BODY_A: &str = "3b4d7aba9c39ce51226ec88f8a9aef9d39a871cdead7061a029f2ac61b84492e";
    const BODY_B: &str = "v1=216233516e359fbcddd1af0bdd728af6224603afb2ce56c1c154f074608174f3";
    const READ_PATH: &str = "/v1/transactions/TRX-0001?fields=status";
    const READ_B: &str = "v1=7d8a36c995e331181cb44b7aed8c92e48c084370920ed2d1c2550b0e3e3d237f";

    /// A request as the vectors have it, to be spoilt.
    #[derive(Clone)]
    struct Request {
        method: Method,
        path: &'static str,
        headers: Vec<(&'static str, String)>,
        body: String,
    }

    impl Request {
        fn post(signature: &str) -> Self {
            Self {
                method: Method::POST,
                path: "/v1/transactions",
                headers: vec![
                    ("content-type", "application/json; charset=utf-8".to_owned()),
                    (API_KEY, "ek_test_0001".to_owned()),
                    (TIMESTAMP, THEN.to_owned()),
                    (NONCE, "nonce-7f3a".to_owned()),
                    (SIGNATURE, signature.to_owned()),
                ],
                body: BODY.to_owned(),
            }
        }

        fn read(signature: &str) -> Self {
            Self {
                method: Method::GET,
                path: READ_PATH,
                body: String::new(),
                ..Self::post(signature)
            }
            .with(NONCE, "nonce-7f3b")
        }

        fn with(mut self, name: &'static str, value: &str) -> Self {
            self.headers.retain(|(other, _)| *other != name);
            self.and(name, value)
        }

        fn and(mut self, name: &'static str, value: &str) -> Self {
            self.headers.push((name, value.to_owned()));
            self
        }

        fn without(mut self, name: &str) -> Self {
            self.headers.retain(|(other, _)| *other != name);
            self
        }

        fn verify_at(&self, now: Timestamp, secret: &[u8]) -> Result<Verified, AuthError> {
            let mut headers = HeaderMap::new();
            for (name, value) in &self.headers {
                headers.append(
                    HeaderName::from_static(name),
                    HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                );
            }
            let parts = Parts {
                method: &self.method,
                path_and_query: self.path,
                headers: &headers,
                body: self.body.as_bytes(),
            };
            verify(&parts, secret, now)
        }

        fn verify(&self) -> Result<Verified, AuthError> {
            self.verify_at(NOW, SECRET)
        }
    }

    #[rstest]
    #[case(BODY, BODY_A)]
    #[case("", "2ad46433e56e8cc9229d14989c5ac879f4657f4cdb0ce11b5dc7aba5b08166c2")]
    #[case(
        r#"{"ref_id":"TRX-0002","note":"Rp 1.500.000 — café"}"#,
        "823b504ec00148374292a9f20c0bffefcf94c5d56fae6366c5b0d2faf39e4ac8"
    )]
    fn vectors_of_scheme_a(#[case] body: &str, #[case] signature: &str) {
        assert_eq!(sign_a(body.as_bytes(), THEN, SECRET), signature);
    }

    #[rstest]
    #[case("POST", "/v1/transactions", "nonce-7f3a", BODY, BODY_B)]
    #[case(
        "POST",
        "/api/v1/transactions",
        "nonce-7f3a",
        BODY,
        "v1=a1cc8ef69da448d69824ecdf23fb2d2c6e536a93204ba4700cb0146820f14e48"
    )]
    #[case("GET", READ_PATH, "nonce-7f3b", "", READ_B)]
    fn vectors_of_scheme_b(
        #[case] method: &str,
        #[case] path_and_query: &str,
        #[case] nonce: &str,
        #[case] body: &str,
        #[case] signature: &str,
    ) {
        let signed = Signed {
            timestamp: THEN,
            nonce,
            method,
            path_and_query,
            body: body.as_bytes(),
        };
        assert_eq!(sign_b(&signed, SECRET), signature);
    }

    #[test]
    fn the_body_is_hashed_as_the_vectors_say() {
        assert_eq!(
            base16ct::lower::encode_string(&Sha256::digest(BODY)),
            "a4338c5d49e33623a187a42c63aeae960027f5997811ea7846a92a0c834a3465"
        );
    }

    #[test]
    fn right_signatures_are_accepted_in_either_case_of_hex() {
        for signature in [BODY_A.to_owned(), BODY_A.to_uppercase()] {
            let verified = Request::post(&signature).verify().unwrap();
            assert_eq!(verified.scheme, Scheme::A);
            assert_eq!(verified.nonce, None);
        }
        for request in [Request::post(BODY_B), Request::read(READ_B)] {
            let verified = request.verify().unwrap();
            assert_eq!(verified.scheme, Scheme::B);
            assert_eq!(verified.key.as_str(), "ek_test_0001");
            assert_eq!(
                verified.nonce.as_deref(),
                Some(&request.headers.iter().find(|h| h.0 == NONCE).unwrap().1[..])
            );
        }
    }

    #[rstest]
    #[case(-300, true)]
    #[case(300, true)]
    #[case(-301, false)]
    #[case(301, false)]
    #[case(-1_000_000_000, false)]
    fn t_04_a_timestamp_is_good_for_300_seconds_either_way(
        #[case] seconds: i64,
        #[case] good: bool,
    ) {
        let now = Timestamp::from_millis(NOW.millis() + seconds * 1000);
        for request in [
            Request::post(BODY_A),
            Request::post(BODY_B),
            Request::read(READ_B),
        ] {
            let verified = request.verify_at(now, SECRET);
            assert_eq!(verified.is_ok(), good, "{seconds}");
            assert!(good || verified == Err(AuthError::Timestamp));
        }
    }

    #[rstest]
    #[case("1767225600000")]
    #[case("176722560")]
    #[case("01767225600")]
    #[case("+176722560")]
    #[case("-176722560")]
    #[case("1767225600 ")]
    #[case("17672256.0")]
    #[case("0x6955b900")]
    #[case("")]
    fn t_04_a_timestamp_is_ten_digits(#[case] timestamp: &str) {
        // Signed as sent, so that nothing but its form can be wrong.
        let signature = sign_a(BODY.as_bytes(), timestamp, SECRET);
        let request = Request::post(&signature).with(TIMESTAMP, timestamp);
        assert_eq!(request.verify(), Err(AuthError::Timestamp));
    }

    #[test]
    fn t_08_a_signature_of_another_form_is_refused() {
        let hex = &BODY_B[3..];
        for signature in [
            String::new(),
            "v1=".to_owned(),
            hex[..63].to_owned(),
            format!("v1={}", &hex[..62]),
            format!("{BODY_B}00"),
            format!("v1={}", hex.replace('2', "g")),
            format!("v2={hex}"),
            format!("sha256={hex}"),
            format!("V1={hex}"),
            format!("v1={hex},v1={hex}"),
            format!("v1= {hex}"),
            // The right tag under the other scheme's form.
            hex.to_owned(),
            format!("v1={BODY_A}"),
            "0".repeat(64),
            format!("v1={}", "0".repeat(64)),
            "é".repeat(32),
        ] {
            let request = Request::post(&signature);
            assert_eq!(request.verify(), Err(AuthError::Refused), "{signature}");
        }
    }

    #[rstest]
    #[case(API_KEY)]
    #[case(TIMESTAMP)]
    #[case(NONCE)]
    #[case(SIGNATURE)]
    fn t_08_a_missing_or_doubled_header_is_refused(#[case] name: &'static str) {
        let request = Request::post(BODY_B);
        let value = request
            .headers
            .iter()
            .find(|h| h.0 == name)
            .unwrap()
            .1
            .clone();
        assert_eq!(
            request.clone().without(name).verify(),
            Err(AuthError::Missing(name))
        );
        assert_eq!(request.and(name, &value).verify(), Err(AuthError::Refused));
    }

    #[test]
    fn t_08_whatever_is_signed_cannot_be_changed() {
        let good = Request::read(READ_B);
        let spoilt = [
            Request {
                method: Method::DELETE,
                ..good.clone()
            },
            Request {
                path: "/v1/transactions/TRX-0002?fields=status",
                ..good.clone()
            },
            Request {
                path: "/v1/transactions/TRX-0001",
                ..good.clone()
            },
            Request {
                body: "{}".to_owned(),
                ..good.clone()
            },
            good.clone().with(NONCE, "nonce-7f3c"),
            good.clone().with(TIMESTAMP, "1767225601"),
        ];
        for request in spoilt {
            assert_eq!(request.verify(), Err(AuthError::Refused));
        }
        assert_eq!(
            good.verify_at(NOW, b"sk_test_eraflazz_0123456789abcdeF"),
            Err(AuthError::Refused)
        );
        assert!(good.verify().is_ok());
    }

    #[rstest]
    #[case(Method::GET, "")]
    #[case(Method::DELETE, "")]
    #[case(Method::GET, BODY)]
    #[case(Method::PUT, BODY)]
    #[case(Method::POST, "")]
    #[case(Method::POST, "[1]")]
    #[case(Method::POST, "1")]
    fn t_04_scheme_a_is_for_json_posts_only(#[case] method: Method, #[case] body: &str) {
        let request = Request {
            method,
            body: body.to_owned(),
            ..Request::post(&sign_a(body.as_bytes(), THEN, SECRET))
        };
        assert_eq!(request.verify(), Err(AuthError::Refused));
    }

    #[test]
    fn t_04_scheme_a_asks_for_the_content_type() {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
        ] {
            let request = Request::post(BODY_A).with("content-type", kind);
            assert_eq!(request.verify(), Err(AuthError::Refused), "{kind}");
        }
        assert!(
            Request::post(BODY_A)
                .without("content-type")
                .verify()
                .is_err()
        );
        assert!(Request::post(BODY_A).without(NONCE).verify().is_ok());
    }

    #[rstest]
    #[case("1234567", false)]
    #[case("12345678", true)]
    #[case("nonce with blank", false)]
    #[case("nonce+slash/", false)]
    #[case("nonce=12345", false)]
    fn t_04_a_nonce_is_8_to_64_url_safe_characters(#[case] nonce: &str, #[case] good: bool) {
        let resigned = |nonce: &str| {
            let signed = Signed {
                timestamp: THEN,
                nonce,
                method: "GET",
                path_and_query: READ_PATH,
                body: b"",
            };
            Request::read(&sign_b(&signed, SECRET))
                .with(NONCE, nonce)
                .verify()
        };
        assert_eq!(resigned(nonce).is_ok(), good);
        assert!(resigned(&"n".repeat(64)).is_ok());
        assert_eq!(resigned(&"n".repeat(65)), Err(AuthError::Refused));
    }

    #[rstest]
    #[case(b"".as_slice())]
    #[case(b" ")]
    #[case(b"null")]
    #[case(b"fifteen-bytes-x")]
    fn t_07_an_empty_or_short_secret_verifies_nothing(#[case] secret: &[u8]) {
        let request = Request::post(&sign_a(BODY.as_bytes(), THEN, secret));
        assert_eq!(request.verify_at(NOW, secret), Err(AuthError::Refused));
    }

    #[test]
    fn t_15_an_unknown_key_fails_as_a_wrong_signature_does() {
        for request in [Request::post(BODY_A), Request::read(READ_B)] {
            assert_eq!(
                request.verify_at(NOW, DECOY_SECRET),
                Err(AuthError::Refused)
            );
        }
    }

    #[test]
    fn a_malformed_key_is_no_key() {
        for key in ["short", "ek_test_0001|x", &"k".repeat(65)] {
            assert_eq!(
                Request::post(BODY_B).with(API_KEY, key).verify(),
                Err(AuthError::Refused)
            );
        }
    }
}

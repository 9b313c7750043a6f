//! Signed requests in the document: the headers, and how the signature is made, with a worked example.

use serde_json::{Value, json};

/// The schemes: four headers that belong together.
pub(super) fn schemes() -> Value {
    let header = |name: &str, says: &str| json!({"type": "apiKey", "in": "header", "name": name, "description": says});
    json!({
        KEY: header("X-Api-Key", "The public part of the key, `ek_live_…` or `ek_test_…`. The scope that it needs stands beside it."),
        TIMESTAMP: header("X-Timestamp", "Now in Unix seconds, exactly ten digits, within 300 seconds of this server's clock."),
        NONCE: header("X-Nonce", "8 to 64 characters of `A-Z a-z 0-9 _ -`, new for every request. Not of scheme A."),
        SIGNATURE: header("X-Signature", HOW),
    })
}

const KEY: &str = "key";
const TIMESTAMP: &str = "timestamp";
const NONCE: &str = "nonce";
const SIGNATURE: &str = "signature";

/// Scheme B: all four.
pub(super) fn scheme_b(scope: &str) -> Value {
    json!({KEY: [scope], TIMESTAMP: [], NONCE: [], SIGNATURE: []})
}

/// Scheme A: no nonce.
pub(super) fn scheme_a(scope: &str) -> Value {
    json!({KEY: [scope], TIMESTAMP: [], SIGNATURE: []})
}

const HOW: &str = r#"Hex of an HMAC-SHA256 under the key's secret (its ASCII bytes).

**Scheme B**, for every request: `v1=` and the hex of the HMAC over six lines, joined by a newline, with none at the end: `v1`, the timestamp, the nonce, the method in upper case, path and query exactly as sent, and the lower-case hex SHA-256 of the body (of nothing, if there is none).

**Scheme A**, for a member's `POST` of a JSON object only: the hex of the HMAC over the body, followed by the timestamp. No nonce.

A worked example. Secret `sk_test_eraflazz_0123456789abcdef`, timestamp `1767225600`, nonce `nonce-7f3a`, `POST /api/v1/transactions`, body

```
{"ref_id":"TRX-0001","product":"S10","destination":"081234567890"}
```

whose SHA-256 is `a4338c5d49e33623a187a42c63aeae960027f5997811ea7846a92a0c834a3465`.

- Scheme B: `v1=a1cc8ef69da448d69824ecdf23fb2d2c6e536a93204ba4700cb0146820f14e48`
- Scheme A: `3b4d7aba9c39ce51226ec88f8a9aef9d39a871cdead7061a029f2ac61b84492e`

```sh
printf 'v1\n%s\n%s\nPOST\n/api/v1/transactions\n%s' "$TIMESTAMP" "$NONCE" "$BODY_SHA256" | openssl dgst -sha256 -hmac "$SECRET"
printf '%s%s' "$BODY" "$TIMESTAMP" | openssl dgst -sha256 -hmac "$SECRET"
```"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::{Signed, sign_a, sign_b};

    /// The reader of the document and the verifier of the server agree.
    #[test]
    fn the_worked_example_is_what_we_verify() {
        const BODY: &str = r#"{"ref_id":"TRX-0001","product":"S10","destination":"081234567890"}"#;
        let secret = b"sk_test_eraflazz_0123456789abcdef";
        let signed = Signed {
            timestamp: "1767225600",
            nonce: "nonce-7f3a",
            method: "POST",
            path_and_query: "/api/v1/transactions",
            body: BODY.as_bytes(),
        };
        assert!(HOW.contains(BODY));
        assert!(HOW.contains(&format!("- Scheme B: `{}`", sign_b(&signed, secret))));
        let simple = sign_a(BODY.as_bytes(), "1767225600", secret);
        assert!(HOW.contains(&format!("- Scheme A: `{simple}`")));
    }
}

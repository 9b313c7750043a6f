//! What a request gives, in one line for the audit: `kind=deposit amount=12000 source=bca`.

use serde::Serialize;
use serde_json::Value;

/// What must not be told: serial numbers (INV-37), addresses that may have a secret in them, and long texts that the order's own log keeps.
const UNTOLD: [&str; 3] = ["sn", "url", "proof"];

/// Every field of `request` that says something, but for those which must not be told. No request holds a secret.
pub(super) fn given(request: &impl Serialize) -> String {
    let value = serde_json::to_value(request).unwrap_or_default();
    let fields = value.as_object().into_iter().flatten();
    let told = fields
        .filter(|(name, value)| !UNTOLD.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| format!("{name}={}", plain(value)));
    told.collect::<Vec<_>>().join(" ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::given;

    #[test]
    fn inv_37_what_must_not_be_told_is_left_out() {
        let request = json!({"sn": "1234", "url": "https://a.example/?token=x", "proof": "p", "until": null, "cost": "9950.50", "scopes": ["trx:read", "trx:write"], "rotate": true});
        assert_eq!(
            given(&request),
            "cost=9950.50 rotate=true scopes=trx:read,trx:write"
        );
    }
}

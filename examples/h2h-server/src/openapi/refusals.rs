//! Errors in the document: which a route can answer, and what each looks like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::route::{Access, Route};
use crate::error::ErrorCode;

/// Every code that `route` can answer: its own, and what follows from who may call it and what it takes.
pub(super) fn of(route: &Route) -> BTreeSet<ErrorCode> {
    use ErrorCode as E;
    const READER: [ErrorCode; 5] = [
        E::RateLimited,
        E::BodyTooLarge,
        E::RequestTimeout,
        E::UnsupportedMediaType,
        E::MalformedJson,
    ];
    const SIGNED: [ErrorCode; 7] = [
        E::MissingHeader,
        E::Unauthenticated,
        E::TimestampOutOfRange,
        E::IpNotAllowed,
        E::ScopeMissing,
        E::ValidationFailed,
        E::Maintenance,
    ];
    let mut codes = BTreeSet::from([E::InternalError]);
    codes.extend(&route.refuses);
    match route.access {
        Access::Anyone => {}
        Access::Counted | Access::Buyer => codes.extend(READER),
        Access::Supplier => {
            codes.extend(READER);
            codes.extend([E::Unauthenticated, E::Maintenance]);
        }
        Access::Member(_) => {
            codes.extend(READER);
            codes.extend(SIGNED);
            codes.insert(E::MemberSuspended);
            codes.extend(route.takes.is_some().then_some(E::MalformedXml));
        }
        Access::Operator(_) => {
            codes.extend(READER);
            codes.extend(SIGNED);
            codes.extend(route.takes.is_some().then_some(E::MalformedXml));
        }
    }
    codes
}

/// The answers for these codes by their HTTP status. Equal ones are the same one: routes share them by name.
pub(super) fn responses(codes: &BTreeSet<ErrorCode>) -> Vec<Shared> {
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in codes {
        let status = code.facts().status.as_u16();
        by_status.entry(status).or_default().push(*code);
    }
    by_status
        .into_iter()
        .map(|(status, codes)| Shared {
            status: status.to_string(),
            name: codes
                .iter()
                .map(|code| code.facts().word)
                .collect::<Vec<_>>()
                .join("."),
            response: response(status, &codes),
        })
        .collect()
}

/// An answer that several routes give.
pub(super) struct Shared {
    pub(super) status: String,
    pub(super) name: String,
    pub(super) response: Value,
}

fn response(status: u16, codes: &[ErrorCode]) -> Value {
    let words: Vec<&str> = codes.iter().map(|code| code.facts().word).collect();
    let told: Vec<String> = codes.iter().map(|code| line(*code)).collect();
    let examples: Map<String, Value> = words
        .iter()
        .map(|word| {
            let at = format!("#/components/examples/{word}");
            ((*word).to_owned(), json!({"$ref": at}))
        })
        .collect();
    let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}});
    if matches!(status, 429 | 503) {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/Retry-After"});
    }
    json!({
        "description": told.join("\n"),
        "headers": headers,
        "content": {"application/json": {
            "schema": {
                "allOf": [
                    {"$ref": "#/components/schemas/Error"},
                    {"properties": {"code": {"const": status}, "error_code": {"enum": words}}},
                ],
            },
            "examples": examples,
        }},
    })
}

fn line(code: ErrorCode) -> String {
    let facts = code.facts();
    let kept = if facts.kept {
        " Kept with the order: the same `ref_id` keeps this answer."
    } else {
        ""
    };
    format!("- `{}`: {}{kept}", facts.word, facts.text)
}

/// The body of every error.
pub(super) fn schema() -> Value {
    let words: Vec<&str> = ErrorCode::ALL.map(|code| code.facts().word).to_vec();
    json!({
        "type": "object",
        "description": "A request that was refused. Codes never change their meaning; messages may.",
        "required": ["code", "status", "error_code", "message", "request_id", "retryable"],
        "properties": {
            "code": {"type": "integer", "description": "The HTTP status."},
            "status": {"const": "error"},
            "error_code": {"type": "string", "enum": words},
            "message": {"type": "string", "description": "For people, in Indonesian."},
            "request_id": {"type": "string", "pattern": "^req_[0-9a-f]{31}$", "description": "What to ask the operator about."},
            "retryable": {"type": "boolean", "description": "Whether the very same request may be sent again and can then fare better."},
            "ref_id": {"$ref": "#/components/schemas/RefId", "description": "The order that it is about."},
            "earlier_ref_id": {"$ref": "#/components/schemas/RefId", "description": "Of `DUPLICATE_ORDER`: the earlier order."},
            "available_at": {"type": "string", "format": "date-time", "description": "Of `PRODUCT_CUT_OFF`: when it is sold again."},
            "server_time": {"type": "string", "format": "date-time", "description": "Of `TIMESTAMP_OUT_OF_RANGE`: what our clock says."},
            "errors": {
                "type": "array",
                "description": "Each field that breaks its rule.",
                "items": {
                    "type": "object",
                    "required": ["pointer", "code", "detail"],
                    "properties": {
                        "pointer": {"type": "string", "description": "JSON pointer to the field; empty for the whole."},
                        "code": {"type": "string", "description": "The rule's stable code."},
                        "detail": {"type": "string", "description": "The rule in words."},
                    },
                },
            },
        },
    })
}

/// An example of every error, by its code.
pub(super) fn examples() -> Value {
    let all = ErrorCode::ALL.map(|code| {
        let word = code.facts().word.to_owned();
        (word, json!({"value": example(code)}))
    });
    all.into_iter().collect::<Map<_, _>>().into()
}

fn example(code: ErrorCode) -> Value {
    let facts = code.facts();
    let mut told = json!({
        "code": facts.status.as_u16(),
        "status": "error",
        "error_code": facts.word,
        "message": facts.text,
        "request_id": "req_019b7706800a1b2c3d4e5f60718293a",
        "retryable": facts.retryable,
    });
    if facts.kept {
        told["ref_id"] = "TRX-0001".into();
    }
    if code == ErrorCode::DuplicateOrder {
        told["earlier_ref_id"] = "TRX-0000".into();
    } else if code == ErrorCode::ProductCutOff {
        told["available_at"] = "2026-01-01T00:16:00.000+07:00".into();
    } else if code == ErrorCode::TimestampOutOfRange {
        told["server_time"] = "2026-01-01T07:00:00.000+07:00".into();
    } else if code == ErrorCode::ValidationFailed {
        told["errors"] = json!([{"pointer": "/max_price", "code": "VALUE", "detail": "whole rupiah, 1 to 10^12"}]);
    } else if matches!(code, ErrorCode::MalformedJson | ErrorCode::MalformedXml) {
        told["errors"] = json!([{"pointer": "/amount", "code": "DUPLICATE_KEY", "detail": "a name occurs once in an object"}]);
    }
    told
}

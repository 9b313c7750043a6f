//! The document of the API as something to hold answers against.

use std::collections::HashMap;
use std::sync::LazyLock;

use h2h_server::openapi::document;
use h2h_server::routes;
use jsonschema::Validator;
use serde_json::{Value, json};

/// The document as callers get it.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| document(&routes::all()));

/// The bodies that the document knows, by method, path and status. Closed: a field that is not documented is an error here, though
/// callers are told to ignore what they do not know.
static BODIES: LazyLock<HashMap<(String, String, String), Validator>> = LazyLock::new(|| {
    let mut bodies = HashMap::new();
    for (path, method, operation) in operations(&DOCUMENT) {
        for (status, response) in responses(operation) {
            let schema = &response["content"]["application/json"]["schema"];
            if !schema.is_null() {
                let key = (method.clone(), path.clone(), status.clone());
                bodies.insert(key, validator(&closed(schema)));
            }
        }
    }
    bodies
});

/// Every operation: path, method in upper case, and what is said about it.
pub(crate) fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(|(method, told)| (path.clone(), method.to_ascii_uppercase(), told))
        })
        .collect()
}

/// What an operation answers, by status; shared answers are looked up.
pub(crate) fn responses(operation: &Value) -> Vec<(String, &Value)> {
    let all = operation["responses"].as_object().unwrap().iter();
    all.map(|(status, response)| (status.clone(), there(response)))
        .collect()
}

/// What a reference leads to; anything else is there already.
pub(crate) fn there(value: &Value) -> &Value {
    let Some(name) = value["$ref"].as_str() else {
        return value;
    };
    let found = name.strip_prefix('#').and_then(|at| DOCUMENT.pointer(at));
    found.unwrap_or_else(|| panic!("{name} is not there"))
}

/// A validator of a schema whose references point into the document.
pub(crate) fn validator(schema: &Value) -> Validator {
    let mut root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": DOCUMENT["components"],
    });
    root["allOf"] = json!([schema]);
    jsonschema::options()
        .should_validate_formats(true)
        .build(&root)
        .unwrap()
}

/// Holds a message to a member against the document.
pub(crate) fn hold_webhook(body: &Value) {
    let told = &DOCUMENT["webhooks"]["transaction"]["post"]["requestBody"]["content"];
    let schema = closed(&told["application/json"]["schema"]);
    if let Err(error) = validator(&schema).validate(body) {
        panic!("{body}: {error} at {}", error.instance_path());
    }
}

/// The schema without its references, and with every object of known fields closed.
fn closed(schema: &Value) -> Value {
    let mut schema = inlined(schema);
    close(&mut schema);
    schema
}

fn inlined(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            if map.contains_key("$ref") {
                return inlined(there(schema));
            }
            map.iter()
                .map(|(key, value)| (key.clone(), inlined(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Value::Array(list) => list.iter().map(inlined).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => schema.clone(),
    }
}

fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("allOf") {
                // The parts of one object stay open, the whole is closed.
                map.insert("unevaluatedProperties".to_owned(), json!(false));
                for part in map["allOf"].as_array_mut().unwrap() {
                    for (name, inside) in part.as_object_mut().unwrap() {
                        if name == "properties" {
                            inside.as_object_mut().unwrap().values_mut().for_each(close);
                        }
                    }
                }
                return;
            }
            if let Some(fields) = map.get_mut("properties") {
                fields.as_object_mut().unwrap().values_mut().for_each(close);
                map.insert("additionalProperties".to_owned(), json!(false));
                return;
            }
            map.values_mut().for_each(close);
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Holds an answer of the server against the document. An address that is not in it must say so itself.
pub(crate) fn hold(method: Option<&str>, path: &str, status: u16, kind: &str, body: &Value) {
    let Some(template) = template(path) else {
        assert_eq!(
            body["error_code"], "ROUTE_NOT_FOUND",
            "{path} is not in the document"
        );
        return;
    };
    let item = &DOCUMENT["paths"][&template];
    let methods: Vec<String> = match method {
        Some(method) => vec![method.to_owned()],
        None => item
            .as_object()
            .unwrap()
            .keys()
            .map(|m| m.to_ascii_uppercase())
            .collect(),
    };
    if status == 405 {
        assert_eq!(body["error_code"], "METHOD_NOT_ALLOWED");
        return;
    }
    let mut wrong = Vec::new();
    for method in methods {
        match against(&method, &template, status, kind, body) {
            Ok(()) => return,
            Err(why) => wrong.push(why),
        }
    }
    panic!("{path} answered {status} {body}: {}", wrong.join("; "));
}

fn against(
    method: &str,
    template: &str,
    status: u16,
    kind: &str,
    body: &Value,
) -> Result<(), String> {
    let item = &DOCUMENT["paths"][template];
    let operation = &item[method.to_ascii_lowercase()];
    let response = there(&operation["responses"][status.to_string()]);
    if response.is_null() {
        return Err(format!("{method} {template} has no answer {status}"));
    }
    if kind.is_empty() && body.is_null() && response["content"].is_null() {
        return Ok(());
    }
    let kinds = response["content"].as_object();
    if kinds.is_none_or(|kinds| !kinds.contains_key(kind)) {
        return Err(format!("{method} {template} has no {status} of {kind}"));
    }
    let key = (method.to_owned(), template.to_owned(), status.to_string());
    match BODIES.get(&key) {
        Some(validator) => validator.validate(body).map_err(|error| {
            format!(
                "{method} {template} {status}: {error} at {}",
                error.instance_path()
            )
        }),
        None => Ok(()),
    }
}

/// The path of the document that this path belongs to; one written out goes before one with a place.
fn template(path: &str) -> Option<String> {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let mut fitting: Vec<&String> = paths.keys().filter(|known| fits(known, path)).collect();
    fitting.sort_by_key(|known| known.contains('{'));
    fitting.first().map(|known| (*known).clone())
}

fn fits(template: &str, path: &str) -> bool {
    let (known, asked): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    known.len() == asked.len()
        && known
            .iter()
            .zip(&asked)
            .all(|(known, asked)| known == asked || (known.starts_with('{') && !asked.is_empty()))
}

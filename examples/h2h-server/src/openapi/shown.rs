//! Types that callers meet, each with an example of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// A type that callers meet in JSON. A test holds the example against the schema.
pub trait Shown: ToSchema {
    /// What one looks like: the JSON of a realistic value.
    fn example() -> Value;

    /// What its fields must be to each other, as one more schema that it has to fit; nothing unless it says so.
    fn together() -> Option<Value> {
        None
    }
}

/// Exactly one of these fields is there.
pub fn one_of(names: &[&str]) -> Value {
    let chosen = |name: &&str| {
        let mut fields: Map<String, Value> = names
            .iter()
            .map(|other| ((*other).to_owned(), json!({"type": "null"})))
            .collect();
        fields.insert((*name).to_owned(), json!({"not": {"type": "null"}}));
        json!({"required": [name], "properties": fields})
    };
    json!({"oneOf": names.iter().map(chosen).collect::<Vec<_>>()})
}

/// Adds what a type needs to the schemas of the document; its own schema, as a reference.
pub(super) type Describe = fn(&mut Schemas) -> Value;

/// The schemas of the document by their names.
#[derive(Debug, Default)]
pub(super) struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// A reference to the schema of `T`, which is there from now on with all that it needs.
    pub(super) fn of<T: Shown>(&mut self) -> Value {
        let mut needed: Vec<(String, RefOr<Schema>)> = Vec::new();
        T::schemas(&mut needed);
        needed.push((T::name().into_owned(), T::schema()));
        for (name, schema) in needed {
            let mut schema = serde_json::to_value(schema).unwrap_or_default();
            drop_widths(&mut schema);
            self.0.entry(name).or_insert(schema);
        }
        if let (Some(rule), Some(schema)) = (T::together(), self.0.get_mut(&*T::name())) {
            schema["allOf"] = json!([rule]);
        }
        json!({"$ref": format!("#/components/schemas/{}", T::name())})
    }

    /// Adds one that no type of Rust stands for.
    pub(super) fn put(&mut self, name: &str, schema: Value) {
        self.0.insert(name.to_owned(), schema);
    }

    pub(super) fn into_value(self) -> Value {
        self.0.into_iter().collect::<serde_json::Map<_, _>>().into()
    }
}

/// utoipa says `int32` of every integer of 32 bits and less, with a sign or without. Bounds say it better.
fn drop_widths(schema: &mut Value) {
    if let Value::Object(map) = schema {
        let format = map.get("format").and_then(Value::as_str);
        if format.is_some_and(|format| format.starts_with("int")) {
            map.remove("format");
        }
        map.values_mut().for_each(drop_widths);
    } else if let Value::Array(list) = schema {
        list.iter_mut().for_each(drop_widths);
    }
}

//! Types that callers meet, each with an example of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

/// A type that callers meet in JSON. A test holds the example against the schema.
pub trait Shown: ToSchema {
    /// What one looks like: the JSON of a realistic value.
    fn example() -> Value;
}

/// Adds what a type needs to the schemas of the document; its own schema, as a reference.
pub(super) type Describe = fn(&mut Schemas) -> Value;

/// The schemas of the document by their names.
#[derive(Debug, Default)]
pub(super) struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    /// A reference to the schema of `T`, which is there from now on with all that it needs.
    pub(super) fn of<T: ToSchema>(&mut self) -> Value {
        let mut needed: Vec<(String, RefOr<Schema>)> = Vec::new();
        T::schemas(&mut needed);
        needed.push((T::name().into_owned(), T::schema()));
        for (name, schema) in needed {
            let schema = serde_json::to_value(schema).unwrap_or_default();
            self.0.insert(name, schema);
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

//! `category`, `product`, `mapping` and `supplier`: the entries of the catalog one by one. Fields are written `name=value`, as the API calls them.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::desk::{Desk, DeskError};
use super::pages;
use super::show::{Show, facts, table};
use crate::admin::json;
use crate::strict::parse_toml;

/// `product …`, and the like for the others.
#[derive(Debug, Subcommand)]
pub enum EntryCommand {
    /// All of them
    List,
    /// One, whole, with the version that a change names
    Show {
        /// Its name: a slug, a code, or the number of a mapping
        name: String,
    },
    /// A new one; the same again changes nothing
    Create(Fields),
    /// Sets what is given, as it was seen; active=false closes it
    Change {
        /// Its name: a slug, a code, or the number of a mapping
        name: String,
        /// The version that was seen
        #[arg(long)]
        version: String,
        /// What is set
        #[command(flatten)]
        fields: Fields,
    },
}

/// What an entry is to be.
#[derive(Debug, Args)]
pub struct Fields {
    /// A field as the API calls it: name='XL 10.000', active=false; lists and objects as JSON, null for none; settings=@FILE reads a supplier's from a TOML file
    #[arg(value_name = "FIELD=VALUE", value_parser = field, required = true)]
    fields: Vec<(String, Value)>,
}

/// One field. What reads as a whole number, a word of JSON, an object, a list or a quoted text is that; anything else is a text, amounts with a fraction among them.
fn field(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("FIELD=VALUE, as in name='XL 10.000'")?;
    if let ("settings", Some(file)) = (name, value.strip_prefix('@')) {
        return settings(file).map(|settings| (name.to_owned(), settings));
    }
    let text = || Value::from(value);
    let read = match serde_json::from_str::<Value>(value) {
        Ok(Value::Number(number)) if number.is_f64() => text(),
        Ok(read) => read,
        Err(_) if value.starts_with(['{', '[', '"']) => {
            return Err(format!("{name}: is no JSON"));
        }
        Err(_) => text(),
    };
    Ok((name.to_owned(), read))
}

/// The settings of a supplier in a file, which keeps its secrets off the command line, where everybody on the machine can read them: the keys of a section
/// `[suppliers.<name>]`, as TOML.
fn settings(file: &str) -> Result<Value, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let read = parse_toml(&text).map_err(|fault| format!("{file}: {}", fault.detail()))?;
    Ok(json(&read))
}

/// Which entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Category,
    Product,
    Mapping,
    Supplier,
}

impl Kind {
    const fn list(self) -> &'static str {
        match self {
            Self::Category => "categories",
            Self::Product => "products",
            Self::Mapping => "mappings",
            Self::Supplier => "suppliers",
        }
    }

    /// What a list shows of each.
    const fn columns(self) -> [&'static str; 5] {
        match self {
            Self::Category => ["slug", "name", "active", "", ""],
            Self::Product => ["code", "name", "category", "base_price", "active"],
            Self::Mapping => ["id", "product", "sku", "cost", "active"],
            Self::Supplier => ["slug", "name", "deposit", "last_synced_at", "active"],
        }
    }
}

impl EntryCommand {
    /// Whether it only looks.
    pub(super) const fn reads(&self) -> bool {
        matches!(self, Self::List | Self::Show { .. })
    }
}

pub(super) async fn run(
    kind: Kind,
    command: EntryCommand,
    desk: &Desk,
    show: Show,
) -> Result<(), DeskError> {
    let list = kind.list();
    let told = match command {
        EntryCommand::List => {
            let all = pages(desk, &format!("/{list}"), list).await?;
            return show.answer(all, |all: &Vec<Value>| {
                let columns = kind.columns();
                table(
                    columns,
                    all.iter()
                        .map(|one| columns.map(|column| plain(&one[column]))),
                )
            });
        }
        EntryCommand::Show { name } => desk.get(&path(list, &name)?).await?,
        EntryCommand::Create(Fields { fields }) => {
            desk.post(&format!("/{list}"), &body(fields)?).await?
        }
        EntryCommand::Change {
            name,
            version,
            fields,
        } => {
            let mut body = body(fields.fields)?;
            body.insert("version".to_owned(), version.into());
            desk.post(&path(list, &name)?, &body).await?
        }
    };
    show.answer(told, |told: &Map<String, Value>| {
        let all: Vec<(&str, String)> = told
            .iter()
            .map(|(name, value)| (name.as_str(), plain(value)))
            .collect();
        facts(&all)
    })
}

/// No name of an entry needs to be escaped in a path; whatever does is none.
fn path(list: &str, name: &str) -> Result<String, DeskError> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.is_empty() && name.bytes().all(fits) {
        Ok(format!("/{list}/{name}"))
    } else {
        Err(DeskError::NotReady(format!("{name}: no such name")))
    }
}

fn body(fields: Vec<(String, Value)>) -> Result<Map<String, Value>, DeskError> {
    let mut body = Map::new();
    for (name, value) in fields {
        if body.insert(name.clone(), value).is_some() {
            return Err(DeskError::NotReady(format!("{name}: is given twice")));
        }
    }
    Ok(body)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case("name=XL 10.000", json!("XL 10.000"))]
    #[case("base_price=10050", json!(10_050))]
    #[case("base_price=10050.50", json!("10050.50"))]
    #[case("active=false", json!(false))]
    #[case("cut_off=null", json!(null))]
    #[case("cut_off=23:45-00:15", json!("23:45-00:15"))]
    #[case(r#"name="123""#, json!("123"))]
    #[case(r#"destination={"digits":[16,16]}"#, json!({"digits": [16, 16]}))]
    #[case("name=a=b", json!("a=b"))]
    fn a_field_is_what_it_reads_as(#[case] text: &str, #[case] value: Value) {
        assert_eq!(field(text).map(|(_, read)| read), Ok(value));
    }

    #[rstest]
    #[case("active")]
    #[case("=1")]
    #[case("destination={phone}")]
    fn anything_else_is_refused(#[case] text: &str) {
        assert!(field(text).is_err());
    }
}

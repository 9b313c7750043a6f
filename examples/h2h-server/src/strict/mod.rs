//! Documents from strangers, read once and strictly.
//!
//! A JSON or XML body, a query string, a settings file and a seed file all become a [`Node`] first: a plain tree in which a repeated
//! key, a number that is not a plain integer, or nesting without end cannot exist any more. Typed structs (with
//! `deny_unknown_fields`) are then read from the tree, and every [`Fault`] knows the place and the rule that was broken. So
//! each format has one parser in this program, and a value is checked once.
//!
//! The parsing itself is `serde_json`'s, `quick-xml`'s and `url`'s; what lives here is what they let pass (T-6, T-9, T-10, T-11, T-12).

mod de;
mod fault;
mod json;
mod node;
mod query;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
pub(crate) mod sample;
mod section;
mod toml;
mod xml;

pub use fault::{Fault, Rule, Segment};
pub use json::{BYTES_MAX, DEPTH_MAX, parse as parse_json, parse_up_to, read as read_json};
pub use node::Node;
pub use query::{PARAMETERS_MAX, decode_once, parse as parse_query, read as read_query};
pub use section::{Problem, Problems, Section};
pub use toml::parse as parse_toml;
pub use xml::{
    ITEM, REQUEST, is_character as is_xml_character, parse as parse_xml, read as read_xml,
};

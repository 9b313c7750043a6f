//! What is wrong with a catalog.

/// A catalog that was refused. Nothing of it is in force.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{entry}: {field}: {rule}")]
pub struct CatalogError {
    /// The entry at fault, as people name it: `product S10`, `mapping 17 (xld10)`.
    pub entry: String,
    /// Its field.
    pub field: &'static str,
    /// The rule that it breaks.
    pub rule: String,
}

impl CatalogError {
    pub(super) fn new(
        entry: impl Into<String>,
        field: &'static str,
        rule: impl Into<String>,
    ) -> Self {
        Self {
            entry: entry.into(),
            field,
            rule: rule.into(),
        }
    }
}

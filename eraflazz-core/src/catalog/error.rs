//! What is wrong with a catalog.

/// What is named as the field where only the moment is wrong.
const OVERTAKEN: &str = "version";

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
    pub(crate) fn new(
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

    /// What was to be changed is not there any more as it was read.
    pub(super) fn overtaken(rule: impl Into<String>) -> Self {
        Self::new("catalog", OVERTAKEN, rule)
    }

    /// Whether nothing is wrong with the changes but that somebody else was faster: read it again, and change that.
    pub fn is_overtaken(&self) -> bool {
        self.field == OVERTAKEN
    }
}

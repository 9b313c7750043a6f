//! The recount of the books.

use serde::{Deserialize, Serialize};

/// `GET /api/v1/admin/books`: every transfer added up from the first one, against the balances that are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BooksTold {
    /// Whether everything adds up.
    pub closes: bool,
    /// What does not, in words.
    pub differences: Vec<String>,
    /// When it was counted.
    pub counted_at: String,
}

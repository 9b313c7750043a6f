//! The recount of the books.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::openapi::Shown;

/// `GET /api/v1/admin/books`: every transfer added up from the first one, against the balances that are kept.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BooksTold {
    /// Whether everything adds up.
    pub closes: bool,
    /// What does not, in words.
    pub differences: Vec<String>,
    /// When it was counted.
    #[schema(format = "date-time")]
    pub counted_at: String,
}

impl Shown for BooksTold {
    fn example() -> Value {
        json!({"closes": true, "differences": [], "counted_at": "2026-01-01T07:00:00.000+07:00"})
    }
}

//! Moota's HTTP face: a bearer token, pages of rows.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::get,
};
use serde_json::{Value, json};

use super::Desk;

type Fields = BTreeMap<String, String>;

pub(super) fn router(desk: Arc<Desk>) -> Router {
    Router::new()
        .route("/api/v2/mutation", get(mutations))
        .with_state(desk)
        .fallback(async || (StatusCode::NOT_FOUND, "<html>404</html>"))
}

/// The rows that fit, newest first, as Laravel turns pages.
async fn mutations(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Query(query): Query<Fields>,
) -> (StatusCode, Json<Value>) {
    let expected = format!("Bearer {}", desk.settings.token);
    let given = headers.get("authorization");
    if given.is_none_or(|token| token.as_bytes() != expected.as_bytes()) {
        let refused = json!({ "message": "Unauthenticated." });
        return (StatusCode::UNAUTHORIZED, Json(refused));
    }
    let of = |name: &str| query.get(name).filter(|text| !text.is_empty());
    let number = |name: &str, usual: usize| of(name).and_then(|n| n.parse().ok()).unwrap_or(usual);
    let (page, per_page) = (number("page", 1).max(1), number("per_page", 20).max(1));
    let day = |row: &Value| {
        let date = row["date"].as_str().unwrap_or_default();
        date.get(..10).unwrap_or_default().to_owned()
    };
    let fits = |row: &&Value| {
        of("type").is_none_or(|kind| row["type"] == kind.as_str())
            && of("bank").is_none_or(|bank| row["bank_id"] == bank.as_str())
            && of("start_date").is_none_or(|from| day(row) >= *from)
            && of("end_date").is_none_or(|to| day(row) <= *to)
    };
    let rows = desk.rows();
    let found: Vec<&Value> = rows.iter().rev().filter(fits).collect();
    let shown: Vec<Value> = found
        .iter()
        .skip((page - 1) * per_page)
        .take(per_page)
        .map(|row| {
            // The list writes amounts as text.
            let mut row = (*row).clone();
            row["amount"] = json!(format!("{}.00", row["amount"]));
            row
        })
        .collect();
    let last = found.len().div_ceil(per_page).max(1);
    let listed = json!({
        "current_page": page, "data": shown, "last_page": last, "per_page": per_page, "total": found.len(),
    });
    (StatusCode::OK, Json(listed))
}

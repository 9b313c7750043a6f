//! The page for agents says what is so: its vectors are right and its list of refusals is the server's.

use std::collections::BTreeMap;

use h2h_server::auth::{Signed, sign_a, sign_b};
use h2h_server::error::ErrorCode;
use standardwebhooks::Webhook;

const PAGE: &str = include_str!("../../docs/agents.md");
const SECRET: &[u8] = b"sk_test_eraflazz_0123456789abcdef";

/// Codes that only operators meet.
const OF_OPERATORS: [&str; 6] = [
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "REFERENCE_MISMATCH",
    "ORDER_CHANGED",
    "NOT_POSSIBLE",
    "DATA_CHANGED",
];

/// The rows of the table with this first column, cell by cell, without the code marks.
fn rows(head: &str) -> Vec<Vec<&'static str>> {
    let cells = |line: &'static str| {
        let cells = line.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().trim_matches('`')).collect()
    };
    let lines = PAGE
        .lines()
        .skip_while(|line| !line.starts_with(&format!("| {head} |")));
    let rows: Vec<Vec<&str>> = lines
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect();
    assert!(!rows.is_empty(), "no table of {head}");
    rows
}

/// The body of the example, as the shell sends it.
fn body() -> &'static str {
    let line = PAGE.lines().find_map(|line| line.strip_prefix("BODY='"));
    line.unwrap().strip_suffix('\'').unwrap()
}

#[test]
fn the_request_vectors_of_the_page_are_right() {
    let vectors = rows("Scheme | Method");
    assert_eq!(vectors.len(), 3);
    for row in vectors {
        let [scheme, method, path, nonce, signature] = row[..] else {
            panic!("a row of another shape: {row:?}");
        };
        let body = if method == "POST" { body() } else { "" };
        let timestamp = "1767225600";
        let signed = Signed {
            timestamp,
            nonce,
            method,
            path_and_query: path,
            body: body.as_bytes(),
        };
        let right = match scheme {
            "A" => sign_a(body.as_bytes(), timestamp, SECRET),
            _ => sign_b(&signed, SECRET),
        };
        assert_eq!(signature, right, "{row:?}");
    }
}

#[test]
fn the_webhook_vector_of_the_page_is_right() {
    let vectors = rows("Secret");
    let [secret, id, timestamp, body, signature] = vectors[0][..] else {
        panic!("a row of another shape");
    };
    let webhook = Webhook::new(secret).unwrap();
    let right = webhook.sign(id, timestamp.parse().unwrap(), body.as_bytes());
    assert_eq!(signature, right.unwrap());
}

#[test]
fn the_page_lists_every_refusal_that_an_agent_can_meet() {
    let mut told: BTreeMap<&str, (u16, bool, bool)> = BTreeMap::new();
    for row in rows("`error_code`") {
        let kept = row[2].starts_with("kept:");
        let again = row[2].contains("the same request") || row[2].contains("the same `ref_id`");
        told.insert(row[0], (row[1].parse().unwrap(), kept, again));
    }
    let facts = ErrorCode::ALL.map(ErrorCode::facts);
    let so = facts
        .iter()
        .filter(|facts| !OF_OPERATORS.contains(&facts.word))
        .map(|facts| {
            (
                facts.word,
                (facts.status.as_u16(), facts.kept, facts.retryable),
            )
        });
    assert_eq!(told, so.collect());
}

#[test]
fn the_readme_leads_to_the_page() {
    let readme = include_str!("../../../../README.md");
    assert!(readme.contains("examples/h2h-server/docs/agents.md"));
}

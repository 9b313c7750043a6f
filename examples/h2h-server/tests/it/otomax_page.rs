//! The page for buyers of the `OtomaX` family says what is so: its sentences, numbers and vectors are the server's.

use h2h_server::seller::Login;
use h2h_server::seller::sign::{Signed, is_signed};
use h2h_server::seller::telling::{Standing, Why};
use h2h_server::seller::texts::{Dialect, Occasion};

const PAGE: &str = include_str!("../../docs/otomax.md");

/// The rows of the table with this first column.
fn rows(head: &str) -> Vec<Vec<String>> {
    let lines = PAGE.lines();
    let lines = lines.skip_while(|line| !line.starts_with(&format!("| {head} |")));
    let lines = lines.skip(2).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let cells = line.trim_matches('|').replace("\\|", "\u{1}");
        let cells = cells.split('|').map(|cell| cell.trim().trim_matches('`'));
        cells.map(|cell| cell.replace('\u{1}', "|")).collect()
    };
    let rows: Vec<Vec<String>> = lines.map(cells).collect();
    assert!(!rows.is_empty(), "no table of {head}");
    rows
}

#[test]
fn the_sentences_are_the_usual_ones() {
    let told = rows("Occasion")
        .into_iter()
        .map(|row| (row[1].clone(), row[2].clone()));
    let told: Vec<_> = told.collect();
    let usual = Occasion::ALL.map(|occasion| {
        let facts = occasion.facts();
        (
            facts.key.to_owned(),
            facts.usual[Dialect::Otomax as usize].to_owned(),
        )
    });
    assert_eq!(told, usual);
}

#[test]
fn every_number_that_can_be_told_is_there() {
    let mut numbers: Vec<&str> = Why::ALL.iter().map(|why| why.number()).collect();
    numbers.extend([Standing::Delivered, Standing::Reversed].map(|one| one.number().unwrap()));
    numbers.sort_unstable();
    numbers.dedup();
    let told: Vec<String> = rows("`status`")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    assert_eq!(told, numbers);
}

#[test]
fn the_vectors_are_right() {
    let login = Login {
        pin: "1234".into(),
        password: "rahasia".into(),
    };
    for row in rows("Over") {
        let fields: Vec<&str> = row[0].split('|').collect();
        let signed = match fields[..] {
            ["OtomaX", "CheckBalance", member, ..] | ["OtomaX", member, "", ..] => {
                Signed::Balance { member }
            }
            ["OtomaX", member, product, dest, ref_id, ..] => Signed::Order {
                member,
                product,
                dest,
                ref_id,
            },
            _ => unreachable!("{}", row[0]),
        };
        assert!(is_signed(signed, &login, &row[1]), "{}", row[0]);
    }
}

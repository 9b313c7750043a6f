//! An account at VIP Reseller: what is wrong is named by key and rule, and no value is shown.

use std::collections::HashMap;

use rstest::rstest;
use secrecy::ExposeSecret;

use super::*;
use crate::settings::{Account, Settings, Source};

const KEY: &str = "canary-Vt3n-61zz-Lm8r";
const LEAST: [(&str, &str); 5] = [
    ("ENGINE__INSTALLATION", "E"),
    ("SUPPLIERS__VIP__KIND", "vip"),
    ("SUPPLIERS__VIP__BASE_URL", "https://vip-reseller.co.id/api"),
    ("SUPPLIERS__VIP__API_ID", "canary-Zx81Kq"),
    ("SUPPLIERS__VIP__API_KEY", KEY),
];

/// The least that is needed, changed by `changes` of the supplier; an empty value takes one away.
fn source(changes: &[(&str, &str)]) -> Source {
    let least = LEAST
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value));
    let changes = changes
        .iter()
        .map(|(key, value)| (format!("SUPPLIERS__VIP__{key}"), *value));
    let mut all: HashMap<String, String> = least
        .chain(changes)
        .map(|(name, value)| (format!("ERAFLAZZ__{name}"), value.to_owned()))
        .collect();
    all.retain(|_, value| !value.is_empty());
    Source::new().environment(all)
}

fn config(changes: &[(&str, &str)]) -> Config {
    let settings = Settings::load(&source(changes)).unwrap();
    match settings.suppliers.into_values().next().unwrap().account {
        Account::Vip(config) => *config,
        other @ (Account::Digiflazz(_) | Account::Otomax(_)) => panic!("{other:?}"),
    }
}

#[test]
fn three_values_are_an_account_and_the_rest_is_usual() {
    let config = config(&[]);
    let usual = Config::new("", "");
    assert_eq!(config.base_url, "https://vip-reseller.co.id/api");
    assert_eq!(config.api_key.expose_secret(), KEY);
    assert!(config.callback_signature);
    assert_eq!(config.poll, usual.poll);
    assert_eq!(config.settle_delay, usual.settle_delay);
}

#[test]
fn what_an_account_differs_in_is_said_key_by_key() {
    let config = config(&[
        ("CALLBACK_SIGNATURE", "false"),
        ("LIST_LIMIT", "20"),
        ("POLL", "10s,1m"),
        ("SETTLE_DELAY", "0s"),
        ("MIN_GAP", "1s"),
        ("MAX_IN_FLIGHT", "2"),
    ]);
    assert!(!config.callback_signature);
    assert_eq!(config.list_limit, 20);
    assert_eq!(config.poll, [10, 60].map(Duration::from_secs));
    assert_eq!(config.settle_delay, Duration::ZERO);
    assert_eq!(config.min_gap, Duration::from_secs(1));
    assert_eq!(config.max_in_flight, 2);
}

#[rstest]
#[case("BASE_URL", "", "base_url: required")]
#[case("API_ID", "", "api_id: required")]
#[case("API_KEY", "", "api_key: required")]
#[case("API_ID", "ganti ini!", "api_id: is a placeholder")]
#[case("API_ID", "a b", "api_id: 1 to 64 printable")]
#[case("API_KEY", "short", "api_key: ")]
#[case("BASE_URL", "http://vip-reseller.co.id/api", "base_url: https")]
#[case(
    "CALLBACK_SIGNATURE",
    "maybe",
    "callback_signature: expected true or false"
)]
#[case("LIST_LIMIT", "51", "list_limit: 10 to 50 orders")]
#[case("LIST_LIMIT", "9", "list_limit: 10 to 50 orders")]
#[case("MAX_IN_FLIGHT", "0", "max_in_flight: 1 to 100000 calls")]
#[case("POLL", "5s,0s", "poll[1]: at least 1s")]
#[case("POLL_LATER", "0s", "poll_later: 1s to 1d")]
#[case("POLL_MAX_AGE", "8d", "poll_max_age: 1m to 7d")]
#[case("POLL_MAX_AGE", "10m", "poll_max_age: longer than all of poll")]
#[case("SETTLE_DELAY", "2d", "settle_delay: 0s to 1d")]
#[case("MIN_GAP", "2m", "min_gap: 0s to 1m")]
#[case("TIMEOUT", "5s", "timeout: 10s to 5m")]
#[case("PROXY", "junk", "proxy: ")]
#[case("LOCAL_ADDRESS", "here", "local_address: ")]
#[case("WEBHOOK_SECRET", "x", "webhook_secret: unknown key; known here: ")]
fn what_is_wrong_is_named_by_key_and_rule(
    #[case] key: &str,
    #[case] value: &str,
    #[case] told: &str,
) {
    let problems = Settings::load(&source(&[(key, value)]))
        .unwrap_err()
        .to_string();
    let expected = format!("suppliers.vip.{told}");
    assert!(problems.contains(&expected), "{problems}");
    assert!(!problems.contains("canary"), "{problems}");
}

#[test]
fn inv_37_no_secret_of_it_is_shown() {
    let shown = format!("{:?}", Settings::load(&source(&[])).unwrap());
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn a_laboratory_needs_no_account() {
    assert!(Account::from_profile("vip", "").is_ok());
    let told = Account::from_profile("vip", "list_limit = 9").unwrap_err();
    assert!(told.to_string().starts_with("list_limit: "), "{told}");
}

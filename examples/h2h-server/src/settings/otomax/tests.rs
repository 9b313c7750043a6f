//! A supplier by settings alone: what is wrong is named by key and rule, and no value is shown.

use std::collections::HashMap;

use eraflazz_core::supplier::{NotFound, Repeat, Status};
use rstest::rstest;

use super::*;
use crate::settings::{Account, Settings, Source};

const LEAST: [(&str, &str); 6] = [
    ("ENGINE__INSTALLATION", "E"),
    ("SUPPLIERS__SINAR__KIND", "otomax"),
    (
        "SUPPLIERS__SINAR__BASE_URL",
        "https://h2h.sinar.example:6969",
    ),
    ("SUPPLIERS__SINAR__MEMBER", "ERZ001"),
    ("SUPPLIERS__SINAR__PIN", "4711"),
    ("SUPPLIERS__SINAR__PASSWORD", "sandi-canary"),
];

/// The least that is needed, changed by `changes` of the supplier; an empty value takes one away.
fn source(changes: &[(&str, &str)]) -> Source {
    let least = LEAST
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value));
    let changes = changes
        .iter()
        .map(|(key, value)| (format!("SUPPLIERS__SINAR__{key}"), *value));
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
        Account::Otomax(config) => *config,
        other @ (Account::Digiflazz(_) | Account::Vip(_)) => panic!("{other:?}"),
    }
}

#[test]
fn four_values_are_a_supplier_and_the_rest_costs_least_if_it_is_wrong() {
    let config = config(&[]);
    assert_eq!(config.bases, ["https://h2h.sinar.example:6969/"]);
    assert!(config.status.unwrap().ends_with("&check=1"));
    assert_eq!(config.profile, Config::silent_profile());
}

#[test]
fn what_a_server_can_do_is_said_key_by_key() {
    let config = config(&[
        ("BACKUP_URL", "http://203.0.113.7:6969"),
        ("PRESET", "irs"),
        ("USER", "u1"),
        ("CLEAR_TEXT", "true"),
        ("STATUS", "resubmit"),
        ("REMEMBERS", "30d"),
        ("MIN_INTERVAL", "90s"),
        ("FAILED_REF_MAY_RUN_AGAIN", "false"),
        ("NOT_FOUND_AFTER", "10m"),
        ("REPEAT", "by_ref"),
        ("REFERENCE", "letters"),
        ("REPORT_FROM", "203.0.113.0/28,192.0.2.7"),
        ("UTC_OFFSET_HOURS", "8"),
        ("CLOCK_SLACK", "5m"),
    ]);
    assert_eq!(config.bases.len(), 2);
    assert!(config.order.starts_with("GET /api/h2h?id={member}"));
    assert_eq!(config.status, None);
    let profile = &config.profile;
    let days = Duration::from_hours(30 * 24);
    let seconds = Duration::from_secs(90);
    assert_eq!(
        profile.status,
        Status::Resubmit {
            max_age: days,
            min_interval: seconds
        }
    );
    assert_eq!(
        profile.not_found,
        NotFound::ProofAfter(Duration::from_mins(10))
    );
    assert_eq!(profile.repeat, Repeat::ByRef);
    assert!(!profile.failed_ref_may_run_again);
    assert_eq!(config.sources.len(), 2);
    assert_eq!(config.clock.utc_offset_hours, 8);
    assert_eq!(config.clock.slack, Duration::from_mins(5));
}

#[rstest]
#[case("BASE_URL", "", "base_url: required")]
#[case("MEMBER", "", "member: required")]
#[case("PIN", "", "pin: required")]
#[case("PASSWORD", "", "password: required")]
#[case(
    "PASSWORD",
    "ganti ini!",
    "password: is a placeholder: put your own here"
)]
#[case("BASE_URL", "h2h.sinar.example", "base_url: a web address is expected")]
#[case(
    "BASE_URL",
    "https://a:b@h2h.example",
    "base_url: no user name or password"
)]
#[case("BACKUP_URL", "https://h2h.example/?x", "backup_url: no ? and no #")]
#[case("PRESET", "tiger", "preset: ")]
#[case(
    "ORDER",
    "GET /trx?x={product}",
    "order: a template with {product}, {dest} and {ref}"
)]
#[case("ORDER", "PUT /trx", "order: GET or POST")]
#[case("CHECK", "GET /trx?x={secret}", "check: fields of {member}")]
#[case("STATUS", "none", "")]
#[case("STATUS", "listing", "status: ")]
#[case("STATUS", "resubmit", "status: resubmit only where")]
#[case("SIGN_ORDER", "{sign}", "sign_order: a template without {sign}")]
#[case("PRESET", "serpul", "user: required")]
#[case("POLL", "30s", "poll[0]: at least 1m")]
#[case("TIMEOUT", "5s", "timeout: 10s to 5m")]
#[case("CLOCK_SLACK", "2d", "clock_slack: at most a day")]
#[case("UTC_OFFSET_HOURS", "15", "utc_offset_hours: -12 to 14")]
#[case("REPORT_FROM", "kantor", "report_from[0]: an address or a network")]
#[case("WEBHOOK_SECRET", "x", "webhook_secret: unknown key; known here: ")]
fn what_is_wrong_is_named_by_key_and_rule(
    #[case] key: &str,
    #[case] value: &str,
    #[case] told: &str,
) {
    let result = Settings::load(&source(&[(key, value)]));
    if told.is_empty() {
        result.unwrap();
        return;
    }
    let problems = result.unwrap_err().to_string();
    let expected = format!("suppliers.sinar.{told}");
    assert!(problems.contains(&expected), "{problems}");
    assert!(!problems.contains("sandi-canary"), "{problems}");
}

#[test]
fn a_dialect_may_come_from_a_file() {
    let profile = r#"
reply = "json"
codes = { "1" = "delivered", "2" = "failed" }
[[patterns]]
says = "delivered"
regex = '[product]\.[dest] SIAP'
"#;
    let account = Account::from_profile("otomax", profile).unwrap();
    let Account::Otomax(config) = account else {
        panic!("{account:?}");
    };
    assert_eq!((config.patterns.len(), config.codes.len()), (1, 2));
    let wrong = profile.replace("[dest] SIAP", "[dest] (?=SIAP)");
    let told = Account::from_profile("otomax", &wrong)
        .unwrap_err()
        .to_string();
    assert!(
        told.starts_with("patterns[0].regex: a linear-time pattern"),
        "{told}"
    );
    let told = Account::from_profile("otomax", "reply = 1")
        .unwrap_err()
        .to_string();
    assert!(told.starts_with("reply: "), "{told}");
    assert!(Account::from_profile("nobody", "").is_err());
    assert!(Account::from_profile("digiflazz", "").is_ok());
}

#[test]
fn t_26_pin_and_password_leave_this_machine_unencrypted_only_where_that_was_said() {
    let plain = [
        ("BASE_URL", "http://203.0.113.7:6969"),
        ("PRESET", "otomax-plain"),
    ];
    let problems = Settings::load(&source(&plain)).unwrap_err().to_string();
    assert!(
        problems.contains("suppliers.sinar.base_url: https"),
        "{problems}"
    );
    let said = [&plain[..], &[("CLEAR_TEXT", "true")]].concat();
    assert!(config(&said).clear_text);
}

#[test]
fn inv_37_no_secret_of_it_is_shown() {
    let shown = format!("{:?}", Settings::load(&source(&[])).unwrap());
    assert!(!shown.contains("sandi-canary") && !shown.contains("4711"));
}

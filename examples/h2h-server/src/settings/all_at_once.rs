//! All that is wrong is told in one go, and nothing else.

use std::collections::HashMap;

use super::*;

/// A set-up on this machine that may do what only such a one may.
const SANDBOX: [(&str, &str); 8] = [
    ("TIME_SCALE", "60"),
    ("ENGINE__INSTALLATION", "E"),
    ("WEBHOOKS__ALLOW_PRIVATE", "127.0.0.0/8"),
    ("SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz"),
    ("SUPPLIERS__DIGIFLAZZ__BASE_URL", "http://127.0.0.1:7010/v1"),
    ("SUPPLIERS__DIGIFLAZZ__USERNAME", "isi-nama-pengguna"),
    (
        "SUPPLIERS__DIGIFLAZZ__API_KEY",
        "dev-5f1d77aa-90be-4c3f-8a11-c0ffee00babe",
    ),
    (
        "SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
        "k9wq-Vt3n-61zz-Lm8r",
    ),
];

fn source(changes: &[(&str, &str)]) -> Source {
    let all = [&SANDBOX[..], changes].concat();
    let mut all: HashMap<String, String> = all
        .into_iter()
        .map(|(name, value)| (format!("ERAFLAZZ__{name}"), value.to_owned()))
        .collect();
    all.retain(|_, value| !value.is_empty());
    Source::new().environment(all)
}

fn fields(told: Result<Settings, Problems>) -> Vec<String> {
    let problems = told.err().unwrap_or_default();
    let fields = problems.all().iter().map(|problem| problem.field.clone());
    fields.collect()
}

#[test]
fn a_start_misses_its_key_with_all_else_that_is_wrong() {
    let short = ("SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET", "short");
    let wrong = source(&[short, ("STORE__CHECKPOINT_KIB", "0")]);
    let expected = [
        "store.vault_key",
        "store.checkpoint_kib",
        "suppliers.digiflazz.webhook_secret",
    ];
    assert_eq!(fields(Settings::load_to_start(&wrong)), expected);
    assert_eq!(fields(Settings::load(&wrong)), expected[1..], "who looks");

    let no_key = Settings::load_to_start(&source(&[])).unwrap_err();
    let told = no_key.to_string();
    let head = "store.vault_key: required to keep anything on disk: 64 hexadecimal digits";
    assert!(told.starts_with(head), "{told}");
    for needs_none in [("STORE__KIND", "memory"), ("STORE__VAULT_KEY", "short")] {
        let told = Settings::load_to_start(&source(&[needs_none]));
        let told = told.err().unwrap_or_default().to_string();
        assert!(!told.contains("required"), "{needs_none:?}: {told}");
    }
    let unknown = source(&[("STORE__KIND", "disk")]);
    assert_eq!(fields(Settings::load_to_start(&unknown)), ["store.kind"]);
}

#[test]
fn a_supplier_that_cannot_be_read_is_all_that_is_wrong_with_it() {
    let of = |key: &str| format!("SUPPLIERS__DIGIFLAZZ__{key}");
    for (key, wrong) in [
        ("KIND", "digi"),
        ("API_KEY", "short"),
        ("API_KEY", ""),
        ("WEBHOOK_SECRET", "short"),
        ("USERNAME", "a b"),
        ("BASE_URL", "api.example.com"),
        ("BASE_URL", ""),
    ] {
        let (poll, apart) = (of("POLL"), of("MIN_INTERVAL"));
        let quick = [(&*poll, "2s"), (&*apart, "1s")];
        let told = Settings::load(&source(&[&quick[..], &[(&of(key), wrong)]].concat()));
        let field = format!("suppliers.digiflazz.{}", key.to_lowercase());
        assert_eq!(fields(told), [field], "{wrong:?}");
    }
    let elsewhere = [
        (&*of("BASE_URL"), "https://api.example.com"),
        (&*of("API_KEY"), "short"),
    ];
    let told = fields(Settings::load(&source(&elsewhere)));
    let follows = ["webhooks.allow_private[0]", "time_scale"];
    assert!(
        follows
            .iter()
            .all(|field| told.iter().any(|one| one == field)),
        "{told:?}"
    );
}

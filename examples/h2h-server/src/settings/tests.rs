//! The settings as a whole: layers, defaults, and every kind of mistake.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rstest::rstest;
use secrecy::ExposeSecret;

use super::*;
use crate::strict::Problem;

const SECRETS: [(&str, &str); 2] = [
    (
        "SUPPLIERS__DIGIFLAZZ__API_KEY",
        "dev-5f1d77aa-90be-4c3f-8a11-c0ffee00babe",
    ),
    (
        "SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
        "k9wq-Vt3n-61zz-Lm8r",
    ),
];
const REQUIRED: [(&str, &str); 4] = [
    ("ENGINE__INSTALLATION", "E"),
    ("SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz"),
    (
        "SUPPLIERS__DIGIFLAZZ__BASE_URL",
        "https://api.digiflazz.com/v1",
    ),
    ("SUPPLIERS__DIGIFLAZZ__USERNAME", "isi-nama-pengguna"),
];

fn room() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn environment(variables: &[(&str, &str)]) -> HashMap<String, String> {
    let named = variables
        .iter()
        .map(|(name, value)| (format!("ERAFLAZZ__{name}"), (*value).to_owned()));
    named.collect()
}

/// The least that is needed, changed by `variables`; an empty value takes the variable away.
fn source(variables: &[(&str, &str)]) -> Source {
    let mut all = environment(&[&REQUIRED[..], &SECRETS[..], variables].concat());
    all.retain(|_, value| !value.is_empty());
    Source::new().environment(all)
}

fn load(variables: &[(&str, &str)]) -> Result<Settings, Problems> {
    Settings::load(&source(variables))
}

fn told(variables: &[(&str, &str)]) -> String {
    load(variables).unwrap_err().to_string()
}

fn digiflazz(account: &Account) -> &eraflazz_suppliers::digiflazz::Config {
    match account {
        Account::Digiflazz(config) => config,
        other @ (Account::Otomax(_) | Account::Vip(_)) => panic!("{other:?}"),
    }
}

/// A folder of this test's own, gone when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str, files: &[(&str, &str)]) -> Self {
        let name = format!("h2h-server-{}-{test}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn the_example_shows_the_defaults() {
    let example = Source::new()
        .file(room().join("settings.example.toml"))
        .environment(environment(&SECRETS));
    let mut example = Settings::load(&example).unwrap();
    assert_eq!(
        example.seed.take(),
        Some(PathBuf::from("seed.example.toml"))
    );
    let least = load(&[]).unwrap();
    assert_eq!(format!("{example:#?}"), format!("{least:#?}"));
    let engine = eraflazz_core::engine::Settings {
        balance_every: Some(Duration::from_mins(5)),
        ..eraflazz_core::engine::Settings::default()
    };
    assert_eq!(example.engine, engine);
}

#[test]
fn what_is_accepted_here_builds_an_adapter() {
    for base_url in ["https://api.digiflazz.com/v1", "http://127.0.0.1:9000/v1"] {
        let settings = load(&[("SUPPLIERS__DIGIFLAZZ__BASE_URL", base_url)]).unwrap();
        let config = digiflazz(&settings.suppliers[&Slug::new("digiflazz").unwrap()].account);
        assert!(eraflazz_suppliers::digiflazz::Digiflazz::new(config.clone()).is_ok());
    }
}

#[test]
fn every_setting_is_in_the_example() {
    let example = std::fs::read_to_string(room().join("settings.example.toml")).unwrap();
    // An unknown key in every section makes each name the keys that it knows.
    let problems = load(&[
        ("X", "1"),
        ("SERVER__X", "1"),
        ("LIMITS__X", "1"),
        ("ENGINE__X", "1"),
        ("SYNC__X", "1"),
        ("LOG__X", "1"),
        ("SUPPLIERS__DIGIFLAZZ__X", "1"),
        ("GATEWAY__TRIPAY__KIND", "tripay"),
        ("GATEWAY__TRIPAY__X", "1"),
        ("GATEWAY__MIDTRANS__KIND", "midtrans"),
        ("GATEWAY__MIDTRANS__X", "1"),
        ("GATEWAY__MOOTA__KIND", "moota"),
        ("GATEWAY__MOOTA__X", "1"),
        ("GATEWAY__BRI__KIND", "statement"),
        ("GATEWAY__BRI__X", "1"),
    ])
    .unwrap_err();
    let unknown: Vec<&str> = problems
        .all()
        .iter()
        .filter_map(|problem| problem.rule.strip_prefix("unknown key; known here: "))
        .collect();
    assert_eq!(unknown.len(), 11);
    let from_the_environment = [
        "x",
        "api_key",
        "webhook_secret",
        "suppliers",
        "gateway",
        "private_key",
        "server_key",
        "signing_keys",
        "token",
    ];
    for known in unknown {
        for key in known
            .split(", ")
            .filter(|key| !from_the_environment.contains(key))
        {
            let shown = [
                format!("\n{key} = "),
                format!("\n# {key} = "),
                format!("\n[{key}]"),
            ];
            assert!(shown.iter().any(|line| example.contains(line)), "{key}");
        }
    }
}

#[test]
fn t_07_the_example_secrets_are_refused() {
    let sample = std::fs::read_to_string(room().join(".env.example")).unwrap();
    let variables: HashMap<String, String> = sample
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(variables.len(), 3);
    let source = Source::new()
        .file(room().join("settings.example.toml"))
        .environment(variables);
    let problems = Settings::load(&source).unwrap_err();
    let fields: Vec<&str> = problems.all().iter().map(|p| p.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "store.vault_key",
            "suppliers.digiflazz.api_key",
            "suppliers.digiflazz.webhook_secret"
        ]
    );
    assert!(problems.to_string().contains("put your own here"));
}

#[rstest]
#[case("abc")]
#[case(" ")]
#[case("0123456789abcdef")]
#[case("00112233445566778899aabbccddeeff0123456789abcdeffedcba987654321g")]
fn t_07_whatever_is_no_vault_key_is_told_what_one_is(#[case] value: &str) {
    let told = told(&[("STORE__VAULT_KEY", value)]);
    let rule = format!("store.vault_key: {}", crate::vault::KeyVault::RULE);
    assert!(told.starts_with(&rule), "{value:?}: {told}");
}

#[test]
fn a_folder_alone_is_looked_at_without_any_other_setting() {
    let source = |variables: &[(&str, &str)]| {
        let owned =
            |(name, value): &(&str, &str)| (format!("ERAFLAZZ__{name}"), (*value).to_owned());
        let variables = variables.iter().map(owned).collect();
        Source::new()
            .environment(variables)
            .said("store.data", "/srv/copy")
    };
    let folder = |variables: &[(&str, &str)]| match Settings::load_store(&source(variables)) {
        Ok(Store::Folder(folder)) => folder,
        other => panic!("{other:?}"),
    };
    assert_eq!(folder(&[]).data, std::path::Path::new("/srv/copy"));
    assert!(folder(&[("SERVER__LISTEN", "nowhere")]).vault_key.is_none());
    let wrong = Settings::load_store(&source(&[("STORE__VAULT_KEY", "abc")])).unwrap_err();
    assert!(
        wrong.to_string().starts_with("store.vault_key: "),
        "{wrong}"
    );
}

#[rstest]
#[case("", "required")]
#[case(" ", "must not be empty")]
#[case("null", "is a placeholder: put your own here")]
#[case("too-short", "must have at least 16 bytes")]
fn t_07_a_supplier_without_a_real_secret_does_not_start(#[case] value: &str, #[case] rule: &str) {
    for field in ["api_key", "webhook_secret"] {
        let variable = format!("SUPPLIERS__DIGIFLAZZ__{}", field.to_uppercase());
        let told = told(&[(&variable, value)]);
        assert!(
            told.starts_with(&format!("suppliers.digiflazz.{field}: {rule}")),
            "{told}"
        );
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once_by_path_and_rule() {
    let told = told(&[
        ("SERVER__LISTEN", "localhost"),
        ("SERVER__BODY_TIMEOUT", "90"),
        ("SERVER__TRUSTED_PROXIES", "10.0.0.1, ten, 0.0.0.0/0"),
        ("LIMITS__PER_ADDRESS", "0"),
        ("ENGINE__INSTALLATION", "e"),
        ("ENGINE__EPOCH", "1024"),
        ("ENGINE__STRATEGY", "dearest"),
        ("ENGINE__HELD_MAX", "1e4"),
        ("ENGINE__SWEEP_INTERVAL", "2m"),
        ("ENGINE__INVITED_RETRY", "1m,0s"),
        ("ENGINE__WORKERS", "65"),
        ("ENGINE__WORKERZ", "4"),
        ("LOG__LEVEL", "a=b=c"),
        ("LOG__FORMAT", "xml"),
        ("SUPPLIERS__OTHER__KIND", "digi"),
        ("SUPPLIERS__DIGIFLAZZ__POLL", "2m,59s"),
        ("SUPPLIERS__DIGIFLAZZ__MAX_IN_FLIGHT", "0"),
        ("SUPPLIERS__DIGIFLAZZ__POLL_MAX_AGE", "90d"),
        ("SUPPLIERS__DIGIFLAZZ__TESTING", "yes"),
        ("SUPPLIERS__DIGIFLAZZ__API_KEY", ""),
        ("TIME_SCALE", "0"),
        ("SEEDS", "x"),
    ]);
    let expected = "\
time_scale: 1 to 10000 times real time, in plain digits (from the environment)
server.listen: an address and a port are expected, like 127.0.0.1:8080 or [::1]:8080 (from the environment)
server.trusted_proxies[1]: an address or a network like 10.0.0.0/8 is expected
server.trusted_proxies[2]: the whole internet is not a proxy
server.body_timeout: 1s to 1m; a duration is a whole number and a unit: 500ms, 90s, 10m, 2h, 7d (from the environment)
limits.per_address: 1 to 10000000 calls per minute, in plain digits (from the environment)
engine.installation: an installation is one letter, A to Z (from the environment)
engine.epoch: 0 to 1023 restores, in plain digits (from the environment)
engine.strategy: expected one of cheapest, priority, success_rate, weighted (from the environment)
engine.held_max: 1 to 10000000 orders, in plain digits (from the environment)
engine.workers: 1 to 64 tasks, in plain digits (from the environment)
engine.invited_retry[1]: 1s to 1d
engine.sweep_interval: 10ms to 1m (from the environment)
engine.workerz: unknown key; known here: balance_every, batch, case_deadline, doubt_wait, drain_timeout, epoch, escalate_pending, \
escalate_unknown, held_max, held_retry, inbox_tries_max, inquiry_ttl, installation, invited_retry, order_deadline, processes, strategy, \
sweep_interval, weights, workers (from the environment)
log.format: expected one of text, json (from the environment)
log.level: one level (error, warn, info, debug, trace), and module=level for each that differs: info,eraflazz_core=debug (from the environment)
suppliers.digiflazz.api_key: required
suppliers.digiflazz.testing: expected true or false (from the environment)
suppliers.digiflazz.max_in_flight: 1 to 100000 calls, in plain digits (from the environment)
suppliers.digiflazz.poll[1]: at least 1m
suppliers.digiflazz.poll_max_age: 1m to 45d (from the environment)
suppliers.other.kind: expected one of digiflazz, otomax, vip (from the environment)
seeds: unknown key; known here: engine, gateway, limits, log, metrics, seed, seller, server, store, suppliers, sync, time_scale, webhooks (from the environment)";
    assert_eq!(told, expected);
}

#[test]
fn nothing_at_all_names_what_is_needed() {
    let told = Settings::load(&Source::new().environment(HashMap::new()))
        .unwrap_err()
        .to_string();
    assert_eq!(told, "engine.installation: required");
}

#[test]
fn the_environment_beats_the_profile_and_the_profile_the_file() {
    let folder = Folder::new(
        "layers",
        &[
            (
                "settings.toml",
                "[engine]\nworkers = 1\nheld_max = 1\nepoch = 1\n",
            ),
            (
                "settings.demo.toml",
                "[engine]\nworkers = 2\nheld_max = 2\n",
            ),
        ],
    );
    let layers = source(&[("ENGINE__WORKERS", "3")])
        .file(folder.0.join("settings.toml"))
        .profile("demo");
    let engine = Settings::load(&layers).unwrap().engine;
    assert_eq!(
        (engine.workers, engine.held_max, engine.epoch.number()),
        (3, 2, 1)
    );
}

#[test]
fn a_file_takes_values_of_their_own_kind_and_says_where() {
    let folder = Folder::new(
        "kinds",
        &[(
            "settings.toml",
            "[engine]\nworkers = \"4\"\nheld_max = 1.5\n[server]\nlisten = 8080\n",
        )],
    );
    let file = folder.0.join("settings.toml");
    let told = Settings::load(&source(&[]).file(&file))
        .unwrap_err()
        .to_string();
    // A fraction is refused before anything else is looked at.
    assert!(
        told.contains("settings.toml: engine.held_max: a number is whole"),
        "{told}"
    );

    std::fs::write(
        &file,
        "engine = 1\n[server]\nlisten = 8080\n[log]\nlevel = [1]\n",
    )
    .unwrap();
    let told = Settings::load(&Source::new().file(&file).environment(HashMap::new()))
        .unwrap_err()
        .to_string();
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].starts_with("server.listen: a text is expected, not a number (from "),
        "{told}"
    );
    assert!(lines[0].ends_with("settings.toml)"), "{told}");
    assert!(
        lines[1].starts_with("engine: a table is expected, not a number"),
        "{told}"
    );
}

#[test]
fn t_20_a_broken_file_is_told_without_its_text() {
    let folder = Folder::new(
        "broken",
        &[("settings.toml", "\n\napi_key = \"canary-7f3a\n")],
    );
    let told = Settings::load(&source(&[]).file(folder.0.join("settings.toml")))
        .unwrap_err()
        .to_string();
    assert!(told.contains("settings.toml: not TOML at line 3"), "{told}");
    assert!(!told.contains("canary"), "{told}");

    let told = Settings::load(&source(&[]).file(folder.0.join("absent.toml")))
        .unwrap_err()
        .to_string();
    assert!(told.contains("absent.toml: cannot be read"), "{told}");
}

#[test]
fn t_20_secrets_are_read_exactly_and_never_shown() {
    let key = "00123456789012345678";
    let settings = load(&[("SUPPLIERS__DIGIFLAZZ__API_KEY", key)]).unwrap();
    let config = digiflazz(&settings.suppliers[&Slug::new("digiflazz").unwrap()].account);
    assert_eq!(config.api_key.expose_secret(), key);
    assert!(!format!("{settings:?}").contains(key));

    let told = told(&[
        ("SUPPLIERS__DIGIFLAZZ__API_KEY", "canary-7f3a"),
        (
            "SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
            " canary-7f3a-canary",
        ),
    ]);
    assert!(!told.contains("canary"), "{told}");
}

#[rstest]
#[case("127.0.0.1:80", "", true)]
#[case("[::1]:80", "", true)]
#[case("0.0.0.0:80", "", false)]
#[case("[::]:80", "", false)]
#[case("203.0.113.9:80", "", false)]
#[case("0.0.0.0:80", "10.0.0.0/8", true)]
#[case("0.0.0.0:80", "10.0.0.7", true)]
#[case("0.0.0.0:80", "0.0.0.0/0", false)]
#[case("0.0.0.0:80", "::/0", false)]
fn plain_http_leaves_the_machine_only_behind_a_named_proxy(
    #[case] listen: &str,
    #[case] proxies: &str,
    #[case] starts: bool,
) {
    let loaded = load(&[
        ("SERVER__LISTEN", listen),
        ("SERVER__TRUSTED_PROXIES", proxies),
    ]);
    assert_eq!(loaded.is_ok(), starts, "{listen} {proxies}");
}

#[rstest]
#[case("https://api.digiflazz.com/v1", None)]
#[case("http://127.0.0.1:9000/v1", None)]
#[case("http://[::1]:9000", None)]
#[case("http://localhost:9000", None)]
#[case("http://api.digiflazz.com/v1", Some("https, or http on this machine"))]
#[case("http://127.0.0.1.example.com", Some("https, or http on this machine"))]
#[case("http://localhost.", Some("https, or http on this machine"))]
#[case("ftp://127.0.0.1", Some("https, or http on this machine"))]
#[case(
    "https://u:p@127.0.0.1",
    Some("no user name or password in an address")
)]
#[case("https://127.0.0.1/?a=b", Some("no ? and no # in an address"))]
#[case(
    "127.0.0.1:9000",
    Some("a web address is expected, like https://api.example.com/v1")
)]
fn suppliers_are_reached_over_tls_or_on_this_machine(
    #[case] url: &str,
    #[case] rule: Option<&str>,
) {
    let loaded = load(&[("SUPPLIERS__DIGIFLAZZ__BASE_URL", url)]);
    let told = loaded.err().map(|problems| problems.all().to_vec());
    let expected = rule.map(|rule| {
        vec![Problem {
            field: "suppliers.digiflazz.base_url".to_owned(),
            rule: rule.to_owned(),
        }]
    });
    assert_eq!(told, expected);
}

#[test]
fn d_31_time_runs_faster_only_where_every_supplier_is_here() {
    let here = ("SUPPLIERS__DIGIFLAZZ__BASE_URL", "http://127.0.0.1:9000/v1");
    let settings = load(&[here, ("TIME_SCALE", "60")]).unwrap();
    assert_eq!(
        settings.engine.policy.order_deadline,
        Duration::from_secs(10)
    );
    assert_eq!(
        settings.engine.policy.invited_retry,
        [1, 2, 5].map(Duration::from_secs)
    );
    let config = digiflazz(&settings.suppliers[&Slug::new("digiflazz").unwrap()].account);
    assert_eq!(config.min_interval, Duration::from_secs(1));
    assert_eq!(config.poll, [2, 3, 3, 3, 3].map(Duration::from_secs));

    let rule = "time_scale: above 1 only where the base_url of every supplier is on this machine";
    assert!(told(&[("TIME_SCALE", "2")]).starts_with(rule));
    let one_of_two = told(&[
        here,
        ("TIME_SCALE", "2"),
        ("SUPPLIERS__OTHER__KIND", "digiflazz"),
        ("SUPPLIERS__OTHER__BASE_URL", "https://api.digiflazz.com/v1"),
        ("SUPPLIERS__OTHER__USERNAME", "someone"),
        ("SUPPLIERS__OTHER__API_KEY", "fedcba9876543210"),
        ("SUPPLIERS__OTHER__WEBHOOK_SECRET", "fedcba9876543210"),
    ]);
    assert!(one_of_two.starts_with(rule));
}

#[test]
fn d_31_a_real_supplier_is_not_asked_faster_than_it_allows() {
    let quick = ("SUPPLIERS__DIGIFLAZZ__MIN_INTERVAL", "59s");
    assert!(told(&[quick]).starts_with("suppliers.digiflazz.min_interval: 1m to 1d"));
    let here = ("SUPPLIERS__DIGIFLAZZ__BASE_URL", "http://127.0.0.1:9000");
    assert!(load(&[quick, here]).is_ok());
}

#[test]
fn a_suppliers_name_is_a_slug() {
    let told = told(&[("SUPPLIERS__1ST__KIND", "digiflazz")]);
    assert!(
        told.starts_with("suppliers.1st: 1 to 32 characters of a-z 0-9 _ -"),
        "{told}"
    );
}

const ALLOW: &str = "WEBHOOKS__ALLOW_PRIVATE";
const BASE_URL: &str = "SUPPLIERS__DIGIFLAZZ__BASE_URL";

#[test]
fn t_13_endpoints_on_this_machine_only_where_every_supplier_is() {
    let rule = "webhooks.allow_private[0]: loopback only where the base_url of every supplier is on this machine";
    for network in ["127.0.0.0/8", "127.0.0.1/32", "::1/128"] {
        assert!(told(&[(ALLOW, network)]).contains(rule), "{network}");
        let sandbox = (BASE_URL, "http://127.0.0.1:7010/v1");
        let guard = load(&[(ALLOW, network), sandbox]).unwrap().webhooks;
        assert_eq!(guard.allow_private, [network.parse().unwrap()]);
    }
}

#[rstest]
#[case("169.254.0.0/16")]
#[case("169.254.169.254/32")]
#[case("fe80::/10")]
#[case("0.0.0.0/0")]
#[case("128.0.0.0/1")]
#[case("::/0")]
fn t_13_some_networks_are_never_called(#[case] network: &str) {
    let sandbox = (BASE_URL, "http://127.0.0.1:7010/v1");
    let rule = "webhooks.allow_private[0]: a network of your own";
    assert!(told(&[(ALLOW, network), sandbox]).contains(rule));
}

#[rstest]
#[case("https://app.example.com", true)]
#[case("https://app.example.com:8443", true)]
#[case("http://localhost:5173", true)]
#[case("http://127.0.0.1:5173", true)]
#[case("http://app.example.com", false)]
#[case("https://app.example.com/", false)]
#[case("https://app.example.com/path", false)]
#[case("https://app.example.com:443", false)]
#[case("https://App.example.com", false)]
#[case("https://*.example.com", false)]
#[case("https://user@app.example.com", false)]
#[case("app.example.com", false)]
#[case("null", false)]
#[case("*", false)]
fn t_27_an_origin_is_exact(#[case] origin: &str, #[case] taken: bool) {
    let loaded = load(&[("SERVER__CORS_ORIGINS", origin)]);
    assert_eq!(loaded.is_ok(), taken, "{origin}");
    if let Err(problems) = loaded {
        let told = problems.to_string();
        assert!(
            told.starts_with("server.cors_origins[0]: one exact origin"),
            "{told}"
        );
    }
}

const AT_TRIPAY: [(&str, &str); 6] = [
    ("GATEWAY__KASIR__KIND", "tripay"),
    ("GATEWAY__KASIR__ENVIRONMENT", "sandbox"),
    ("GATEWAY__KASIR__NUMBER", "1"),
    ("GATEWAY__KASIR__MERCHANT_CODE", "T12345"),
    ("GATEWAY__KASIR__API_KEY", "DEV-k9wq-Vt3n-61zz-Lm8r"),
    ("GATEWAY__KASIR__PRIVATE_KEY", "r8mL-zz16-n3tV-qw9k"),
];
const AT_MIDTRANS: [(&str, &str); 4] = [
    ("GATEWAY__MID__KIND", "midtrans"),
    ("GATEWAY__MID__ENVIRONMENT", "sandbox"),
    ("GATEWAY__MID__NUMBER", "2"),
    ("GATEWAY__MID__SERVER_KEY", "SB-Mid-server-k9wqVt3n61zzLm8r"),
];

#[test]
fn gateways_follow_the_settings_and_show_no_key() {
    let more = [
        ("GATEWAY__KASIR__METHODS", "qris,va_bri"),
        ("GATEWAY__KASIR__MIN", "20000"),
        ("GATEWAY__KASIR__EXPIRES_IN", "2h"),
        (
            "GATEWAY__MID__SIGNING_KEYS",
            "k9wq-Vt3n-61zz-Lm8r,k9wq-Vt3n-61zz-Lm8s",
        ),
        ("GATEWAY__BCA__KIND", "moota"),
        ("GATEWAY__BCA__ENVIRONMENT", "sandbox"),
        ("GATEWAY__BCA__NUMBER", "3"),
        ("GATEWAY__BCA__BASE_URL", "http://127.0.0.1:9700/api/v2"),
        ("GATEWAY__BCA__BANK_ID", "BANKtest01"),
        ("GATEWAY__BCA__ACCOUNT", "1234567890"),
        ("GATEWAY__BCA__BANK", "BCA"),
        ("GATEWAY__BCA__HOLDER", "PT Contoh"),
        ("GATEWAY__BCA__TOKEN", "k9wq-Vt3n-61zz-Lm8r"),
        ("GATEWAY__BCA__WEBHOOK_SECRET", "r8mL-zz16-n3tV-qw9k"),
    ];
    let settings = load(&[&AT_TRIPAY[..], &AT_MIDTRANS[..], &more[..]].concat()).unwrap();
    let shown = format!("{settings:?}");
    for key in ["k9wq", "r8mL"] {
        assert!(!shown.contains(key), "{shown}");
    }
    let kasir = &settings.gateways[&Slug::new("kasir").unwrap()];
    assert_eq!(kasir.rules.min.whole_rupiah(), Some(20_000));
    assert_eq!(kasir.rules.expires_in, Duration::from_hours(2));
    assert_eq!(kasir.merchant.methods().len(), 2);
    let mid = &settings.gateways[&Slug::new("mid").unwrap()];
    let card = eraflazz_core::payment::Method::Card;
    assert!(!mid.merchant.methods().contains(&card));
    let bca = &settings.gateways[&Slug::new("bca").unwrap()];
    for merchant in [&kasir.merchant, &mid.merchant, &bca.merchant] {
        assert!(crate::gateways::adapter(merchant).is_ok());
    }
}

#[rstest]
#[case(
    "GATEWAY__MID__NUMBER",
    "1",
    "gateway.mid.number: another number than gateway.kasir has"
)]
#[case(
    "GATEWAY__KASIR__ENVIRONMENT",
    "production",
    "gateway.kasir.api_key: a key of the environment"
)]
#[case(
    "GATEWAY__KASIR__BASE_URL",
    "https://tripay.co.id/api",
    "gateway.kasir.base_url: a path that goes with environment"
)]
#[case(
    "GATEWAY__KASIR__ENVIRONMENT",
    "",
    "gateway.kasir.environment: required"
)]
#[case(
    "TIME_SCALE",
    "2",
    "time_scale: above 1 only where the base_url of every gateway is on this machine"
)]
fn play_money_and_real_money_are_not_mixed_by_accident(
    #[case] variable: &str,
    #[case] value: &str,
    #[case] rule: &str,
) {
    let here = (BASE_URL, "http://127.0.0.1:7010/v1");
    let wrong = (variable, value);
    let told = told(&[&AT_TRIPAY[..], &AT_MIDTRANS[..], &[here, wrong]].concat());
    assert!(told.contains(rule), "{told}");
}

#[test]
fn two_environments_share_no_books() {
    let real = [
        ("GATEWAY__MID__ENVIRONMENT", "production"),
        ("GATEWAY__MID__SERVER_KEY", "Mid-server-k9wqVt3n61zzLm8r"),
    ];
    assert!(load(&[&AT_MIDTRANS[..], &real[..]].concat()).is_ok());
    let told = told(&[&AT_TRIPAY[..], &AT_MIDTRANS[..], &real[..]].concat());
    let rule = "gateway.mid.environment: that of gateway.kasir: play money and real money never share books";
    assert!(told.contains(rule), "{told}");
}

#[test]
fn webhooks_follow_the_settings() {
    let settings = load(&[
        ("WEBHOOKS__PORTS", "9443,9444"),
        ("WEBHOOKS__OWN_ADDRESSES", "192.0.2.7"),
        ("WEBHOOKS__PER_ENDPOINT", "4"),
        (ALLOW, "10.8.0.0/16"),
    ]);
    let settings = settings.unwrap();
    assert_eq!(settings.webhooks.ports, [9443, 9444]);
    assert_eq!(settings.webhooks.own_addresses.len(), 1);
    assert!(!settings.webhooks.plain_http);
    assert_eq!(settings.engine.webhook.per_endpoint, 4);
    let few = load(&[("WEBHOOKS__IN_FLIGHT", "8")]).unwrap();
    assert_eq!(few.engine.webhook.per_endpoint, 8, "as many as there are");
    let greedy = told(&[
        ("WEBHOOKS__IN_FLIGHT", "32"),
        ("WEBHOOKS__PER_ENDPOINT", "40"),
    ]);
    assert!(greedy.contains("webhooks.per_endpoint: no more than in_flight"));
}

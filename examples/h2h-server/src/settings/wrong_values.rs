//! Every setting with values that break its rule: each is told by its path, in words for people.

use std::collections::{BTreeSet, HashMap};

use super::*;
use crate::strict::sample::{assert_told, known, with};

const LEAST: &str = r#"
[engine]
installation = "E"
[suppliers.digiflazz]
kind = "digiflazz"
base_url = "https://api.digiflazz.com/v1"
username = "isi-nama-pengguna"
api_key = "dev-5f1d77aa-90be-4c3f-8a11-c0ffee00babe"
webhook_secret = "k9wq-Vt3n-61zz-Lm8r"
[gateway.tripay]
kind = "tripay"
environment = "sandbox"
number = 1
merchant_code = "T12345"
api_key = "DEV-k9wq-Vt3n-61zz-Lm8r"
private_key = "r8mL-zz16-n3tV-qw9k"
[gateway.midtrans]
kind = "midtrans"
environment = "sandbox"
number = 2
server_key = "SB-Mid-server-k9wqVt3n61zzLm8r"
[gateway.moota]
kind = "moota"
environment = "sandbox"
number = 3
base_url = "http://127.0.0.1:9700/api/v2"
bank_id = "BANKtest01"
account = "1234567890"
bank = "BCA"
holder = "PT Contoh"
token = "k9wq-Vt3n-61zz-Lm8r"
webhook_secret = "r8mL-zz16-n3tV-qw9k"
[gateway.bri]
kind = "statement"
environment = "sandbox"
number = 4
account = "1234567890"
bank = "BRI"
holder = "PT Contoh"
"#;

const LONG_NAME: &str = r#""aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa""#;

const WRONG: [(&str, [&str; 2]); 181] = [
    ("time_scale", ["0", r#""fast""#]),
    ("seed", ["1", "[]"]),
    ("server", ["1", "[]"]),
    ("server.role", [r#""boss""#, "1"]),
    ("server.listen", ["8080", r#""localhost""#]),
    (
        "server.trusted_proxies",
        [r#""10.0.0.1""#, r#"["10.0.0.1", "ten"]"#],
    ),
    (
        "server.cors_origins",
        [r#""https://a.example""#, r#"["https://a.example", "*"]"#],
    ),
    ("server.body_timeout", ["90", r#""90""#]),
    ("server.header_timeout", [r#""1ms""#, "true"]),
    ("server.idle_timeout", [r#""1h""#, r#""1h30m""#]),
    ("server.connections_max", ["0", r#""many""#]),
    ("server.connections_per_address", ["-1", "1000001"]),
    ("server.docs", ["1", r#""yes""#]),
    ("limits", [r#""none""#, "0"]),
    ("limits.per_address", ["0", "[]"]),
    ("limits.addresses_max", ["999", r#""1000""#]),
    ("limits.processes", ["0", r#""two""#]),
    ("sync", ["1", "[]"]),
    ("sync.schedule", ["2", r#""at two""#]),
    ("sync.keep", ["1", r#""2d""#]),
    ("sync.rise_max_ppm", ["-1", r#""ten""#]),
    ("sync.fall_max_ppm", ["10000001", "true"]),
    (
        "sync.markups",
        [
            r#"[{ tier = "retail", category = "games" }]"#,
            r#"[{ tier = "retail", category = "games", flat = 1, ppm = 1 }]"#,
        ],
    ),
    ("engine", ["1", "[]"]),
    ("engine.installation", [r#""SS""#, "1"]),
    ("engine.epoch", ["1024", "70000"]),
    ("engine.strategy", [r#""dearest""#, "1"]),
    ("engine.weights", ["{ success = 5 }", r#""success""#]),
    ("engine.held_max", ["0", r#""10""#]),
    ("engine.processes", ["0", r#""two""#]),
    ("engine.workers", ["65", "{}"]),
    ("engine.batch", ["1001", "-1"]),
    ("engine.inbox_tries_max", ["0", "4294967296"]),
    ("engine.sweep_interval", [r#""2m""#, "1"]),
    ("engine.drain_timeout", [r#""0s""#, r#"["1s"]"#]),
    ("engine.invited_retry", [r#"["1m", "0s"]"#, r#""1m""#]),
    ("engine.balance_every", [r#""9s""#, "300"]),
    ("engine.inquiry_ttl", [r#""30s""#, r#""2d""#]),
    ("engine.order_deadline", [r#""2d""#, r#""10""#]),
    ("engine.held_retry", [r#""2m""#, "1"]),
    ("engine.doubt_wait", [r#""0s""#, "false"]),
    ("engine.escalate_pending", [r#""1s""#, r#""1 h""#]),
    ("engine.escalate_unknown", [r#""2d""#, "{}"]),
    ("engine.case_deadline", [r#""31d""#, "-1"]),
    ("store", ["1", "[]"]),
    ("store.kind", [r#""disk""#, "1"]),
    ("store.data", ["1", r#""""#]),
    ("store.backups", [r#""./data/copies""#, "1"]),
    ("store.vault_key", [r#""short""#, "1"]),
    ("store.url", [r#""mysql://u@h/d""#, "1"]),
    ("store.password", ["1", "[]"]),
    ("store.epoch_file", ["1", "[]"]),
    ("store.archive", ["1", "[]"]),
    ("store.lanes", ["0", r#""two""#]),
    ("store.readers", ["3", r#""8""#]),
    ("store.queue", [r#""rediss://h/0""#, "1"]),
    ("store.queue_password", ["1", "[]"]),
    ("metrics", ["1", "[]"]),
    ("metrics.listen", [r#""0.0.0.0:9464""#, "9464"]),
    ("store.checkpoint_kib", ["0", r#""64 MiB""#]),
    ("store.checkpoint_every", [r#""500ms""#, "600"]),
    ("webhooks", ["1", "[]"]),
    ("webhooks.plain_http", ["1", r#""yes""#]),
    ("webhooks.ports", ["443", r#"["https"]"#]),
    ("webhooks.allow_private", ["1", r#"["0.0.0.0/0"]"#]),
    ("webhooks.own_addresses", ["1", "[1]"]),
    ("webhooks.timeout", [r#""1m""#, "15"]),
    ("webhooks.in_flight", ["0", r#""8""#]),
    ("webhooks.per_endpoint", ["0", "65"]),
    ("webhooks.waiting_max", ["99", r#""x""#]),
    ("seller", ["1", "[]"]),
    ("seller.enabled", ["1", r#""yes""#]),
    ("seller.realm", ["1", r#""Toko/1""#]),
    ("seller.wait", [r#""9s""#, "1"]),
    ("seller.texts", ["1", "[]"]),
    ("seller.irs_texts", ["1", "[]"]),
    ("log", ["[]", r#""info""#]),
    ("log.format", [r#""xml""#, "1"]),
    ("log.level", [r#""loud""#, "[1]"]),
    ("suppliers", ["1", "[]"]),
    ("suppliers.digiflazz", ["1", "[]"]),
    ("suppliers.digiflazz.kind", [r#""digi""#, "1"]),
    (
        "suppliers.digiflazz.base_url",
        [r#""api.example.com""#, "8080"],
    ),
    ("suppliers.digiflazz.username", [r#""a b""#, LONG_NAME]),
    ("suppliers.digiflazz.api_key", [r#""short""#, "1"]),
    ("suppliers.digiflazz.webhook_secret", [r#""""#, "[]"]),
    (
        "suppliers.digiflazz.cb_url",
        [r#""http://example.com""#, r#""http://127.0.0.1""#],
    ),
    ("suppliers.digiflazz.alert_below", ["0", r#""banyak""#]),
    ("suppliers.digiflazz.testing", [r#""yes""#, "1"]),
    ("suppliers.digiflazz.allow_dot", ["0", "[]"]),
    ("suppliers.digiflazz.timeout", [r#""1s""#, r#""10m""#]),
    ("suppliers.digiflazz.min_interval", [r#""59s""#, "60"]),
    ("suppliers.digiflazz.min_gap", [r#""2m""#, r#""0""#]),
    ("suppliers.digiflazz.max_in_flight", ["0", r#""50""#]),
    ("suppliers.digiflazz.poll", ["[]", r#"["1s"]"#]),
    ("suppliers.digiflazz.poll_later", [r#""1s""#, "30"]),
    ("suppliers.digiflazz.poll_max_age", [r#""90d""#, r#""7""#]),
    ("suppliers.digiflazz.callbacks_per_minute", ["0", "[]"]),
    (
        "suppliers.digiflazz.proxy",
        [r#""junk""#, r#""socks5://127.0.0.1:1080""#],
    ),
    ("suppliers.digiflazz.local_address", [r#""here""#, "1"]),
    ("suppliers.1st", [r#"{ kind = "digiflazz" }"#, "1"]),
    ("gateway", ["1", "[]"]),
    ("gateway.1st", [r#"{ kind = "tripay" }"#, "1"]),
    ("gateway.tripay", ["1", "[]"]),
    ("gateway.tripay.kind", [r#""tri""#, "1"]),
    (
        "gateway.tripay.environment",
        [r#""test""#, r#""production""#],
    ),
    ("gateway.tripay.number", ["-1", "65536"]),
    ("gateway.tripay.min", ["0", r#""10000.50""#]),
    ("gateway.tripay.max", ["9999", r#""banyak""#]),
    ("gateway.tripay.expires_in", [r#""90s""#, r#""31d""#]),
    (
        "gateway.tripay.notify_url",
        [r#""http://example.com/hook""#, "1"],
    ),
    ("gateway.tripay.notifications_per_minute", ["0", "[]"]),
    (
        "gateway.tripay.base_url",
        [
            r#""https://tripay.co.id/api""#,
            r#""https://example.com/api-sandbox""#,
        ],
    ),
    ("gateway.tripay.merchant_code", [r#""12345""#, "1"]),
    (
        "gateway.tripay.api_key",
        [r#""short""#, r#""k9wq-Vt3n-61zz-Lm8r""#],
    ),
    ("gateway.tripay.private_key", [r#""""#, "[]"]),
    ("gateway.tripay.qris_channel", [r#""qris 2""#, "1"]),
    ("gateway.tripay.methods", ["[]", r#"["gopay"]"#]),
    ("gateway.tripay.timeout", [r#""9s""#, r#""10m""#]),
    ("gateway.tripay.poll", ["[]", r#"["9s"]"#]),
    ("gateway.tripay.poll_max_age", [r#""1m""#, r#""46d""#]),
    ("gateway.tripay.not_found_settles", [r#""29s""#, "120"]),
    ("gateway.tripay.max_in_flight", ["0", r#""16""#]),
    (
        "gateway.tripay.proxy",
        [r#""junk""#, r#""socks5://127.0.0.1:1080""#],
    ),
    ("gateway.tripay.local_address", [r#""here""#, "1"]),
    ("gateway.midtrans", ["1", "[]"]),
    ("gateway.midtrans.kind", [r#""mid""#, "1"]),
    ("gateway.midtrans.environment", [r#""test""#, "1"]),
    ("gateway.midtrans.number", ["-1", r#""two""#]),
    ("gateway.midtrans.min", ["0", r#""x""#]),
    ("gateway.midtrans.max", ["1000000000001", "[]"]),
    ("gateway.midtrans.expires_in", [r#""1s""#, "60"]),
    ("gateway.midtrans.notify_url", [r#""example.com""#, "1"]),
    ("gateway.midtrans.notifications_per_minute", ["0", "[]"]),
    (
        "gateway.midtrans.base_url",
        [r#""https://api.midtrans.com""#, "1"],
    ),
    (
        "gateway.midtrans.snap_url",
        [r#""https://app.midtrans.com/snap/v1""#, "1"],
    ),
    (
        "gateway.midtrans.server_key",
        [r#""short""#, r#""Mid-server-k9wqVt3n61zzLm8r""#],
    ),
    (
        "gateway.midtrans.sandbox_key_without_prefix",
        ["1", r#""yes""#],
    ),
    (
        "gateway.midtrans.signing_keys",
        [r#"["short"]"#, r#""k9wq-Vt3n-61zz-Lm8r""#],
    ),
    ("gateway.midtrans.merchant_id", [r#""G 1""#, "1"]),
    ("gateway.midtrans.qris_acquirer", [r#""ovo""#, "1"]),
    ("gateway.midtrans.methods", [r#"["card"]"#, r#""qris""#]),
    ("gateway.midtrans.timeout", [r#""9s""#, "30"]),
    ("gateway.midtrans.poll", ["[]", r#"["2d"]"#]),
    ("gateway.midtrans.poll_max_age", [r#""1m""#, "8"]),
    ("gateway.midtrans.not_found_settles", [r#""29s""#, "{}"]),
    ("gateway.midtrans.max_in_flight", ["0", "[]"]),
    ("gateway.midtrans.proxy", [r#""junk""#, "1"]),
    ("gateway.midtrans.local_address", [r#""here""#, "1"]),
    ("gateway.moota", ["1", "[]"]),
    ("gateway.moota.kind", [r#""mutasi""#, "1"]),
    ("gateway.moota.environment", [r#""test""#, "1"]),
    ("gateway.moota.number", ["-1", r#""three""#]),
    ("gateway.moota.min", ["0", r#""x""#]),
    ("gateway.moota.max", ["1000000000001", "[]"]),
    ("gateway.moota.expires_in", [r#""1s""#, "60"]),
    ("gateway.moota.notify_url", [r#""example.com""#, "1"]),
    ("gateway.moota.notifications_per_minute", ["0", "[]"]),
    (
        "gateway.moota.base_url",
        [r#""https://moota.example""#, "1"],
    ),
    ("gateway.moota.bank_id", [r#""""#, "1"]),
    ("gateway.moota.account", [r#""12 34""#, "1234567890"]),
    ("gateway.moota.bank", [r#""""#, "1"]),
    ("gateway.moota.holder", [r#""""#, "1"]),
    ("gateway.moota.read_above", ["0", r#""x""#]),
    ("gateway.moota.token", [r#""short""#, "1"]),
    ("gateway.moota.webhook_secret", [r#""""#, "[]"]),
    ("gateway.moota.timeout", [r#""10m""#, "30"]),
    ("gateway.moota.proxy", [r#""junk""#, "1"]),
    ("gateway.moota.local_address", [r#""here""#, "1"]),
    ("gateway.bri", ["1", "[]"]),
    ("gateway.bri.kind", [r#""csv""#, "1"]),
    ("gateway.bri.environment", [r#""test""#, "1"]),
    ("gateway.bri.number", ["-1", r#""four""#]),
    ("gateway.bri.min", ["0", r#""x""#]),
    ("gateway.bri.max", ["1000000000001", "[]"]),
    ("gateway.bri.expires_in", [r#""1s""#, "60"]),
    ("gateway.bri.notify_url", [r#""example.com""#, "1"]),
    ("gateway.bri.notifications_per_minute", ["0", "[]"]),
    ("gateway.bri.account", [r#""12 34""#, "1234567890"]),
    ("gateway.bri.bank", [r#""""#, "1"]),
    ("gateway.bri.holder", [r#""""#, "1"]),
];

fn load(settings: &str) -> Result<Settings, Problems> {
    let Ok(Node::Table(root)) = crate::strict::parse_toml(settings) else {
        panic!("no table: {settings}");
    };
    let mut problems = Problems::default();
    match Settings::read(root, &mut problems, Purpose::Look) {
        Some(settings) if problems.is_empty() => Ok(settings),
        _ => Err(problems),
    }
}

fn least() -> toml::Table {
    toml::from_str(LEAST).unwrap()
}

#[test]
fn every_wrong_value_is_told_by_path_and_rule() {
    assert!(load(LEAST).is_ok());
    for (path, values) in WRONG {
        for value in values {
            let problems = load(&with(&least(), path, value)).err().unwrap_or_default();
            assert_told(path, value, &problems);
        }
    }
}

#[test]
fn every_setting_is_tried() {
    let tried: BTreeSet<&str> = WRONG.iter().map(|(path, _)| *path).collect();
    for section in [
        "",
        "server.",
        "limits.",
        "engine.",
        "store.",
        "webhooks.",
        "seller.",
        "log.",
        "suppliers.digiflazz.",
        "gateway.tripay.",
        "gateway.midtrans.",
        "gateway.moota.",
        "gateway.bri.",
    ] {
        let problems = load(&with(&least(), &format!("{section}x"), "1")).unwrap_err();
        let known = known(&problems);
        assert!(!known.is_empty());
        for key in known {
            let path = format!("{section}{key}");
            assert!(tried.contains(path.as_str()), "{path}");
        }
    }
}

/// Checks of one account that need two of its settings.
#[test]
fn checks_are_no_closer_than_sends() {
    let told = |changes: &[(&str, &str)]| {
        let mut settings = LEAST.to_owned();
        for (key, value) in changes {
            let document: toml::Table = toml::from_str(&settings).unwrap();
            settings = with(&document, &format!("suppliers.digiflazz.{key}"), value);
        }
        let problems = load(&settings).err();
        problems.map(|problems| problems.to_string())
    };
    let apart = ("min_interval", r#""10m""#);
    assert_eq!(
        told(&[apart, ("poll", r#"["10m", "9m"]"#)]).unwrap(),
        "suppliers.digiflazz.poll[1]: at least min_interval, 10m: a check is the purchase sent again"
    );
    let poll = ("poll", r#"["10m"]"#);
    assert_eq!(
        told(&[apart, poll, ("poll_later", r#""9m""#)]).unwrap(),
        "suppliers.digiflazz.poll_later: 10m to 1d"
    );
    assert_eq!(told(&[apart, poll, ("poll_later", r#""10m""#)]), None);
}

/// What cannot be read at all says nothing about any setting.
#[test]
fn an_unreadable_file_is_one_problem() {
    let absent = Source::new()
        .file("absent/settings.toml")
        .environment(HashMap::new());
    let problems = Settings::load(&absent).unwrap_err();
    assert_eq!(problems.all().len(), 1, "{problems}");
    let told = problems.to_string();
    assert!(
        told.starts_with("absent/settings.toml: cannot be read"),
        "{told}"
    );
}

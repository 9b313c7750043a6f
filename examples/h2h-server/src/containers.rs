//! The containers of `cluster/` start what this program is: its commands, its settings, its feature.

use std::collections::HashMap;

use clap::Parser as _;
use h2h_server::settings::{Queue, Role, Settings, Source, Store};

use super::{Arguments, Command};

const COMPOSE: &str = include_str!("../cluster/compose.yaml");
const DOCKERFILE: &str = include_str!("../cluster/Dockerfile");

/// What stands after `key: ` in the lines of it, with the service that it stands in.
fn values(key: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let mut service = "";
    COMPOSE.lines().filter_map(move |line| {
        let (indent, word) = line.split_at(line.len() - line.trim_start().len());
        if indent.len() == 2 && word.ends_with(':') {
            service = word.trim_end_matches(':');
        }
        let value = word.strip_prefix(key)?.strip_prefix(": ")?;
        Some((service, value))
    })
}

#[test]
fn two_servers_take_orders_and_two_work_them() {
    let mut roles = Vec::new();
    for (service, line) in values("command").filter(|(service, _)| *service != "redis") {
        let words: Vec<String> = serde_json::from_str(line).unwrap();
        let line = std::iter::once("h2h-server".to_owned()).chain(words);
        let command = Arguments::try_parse_from(line).unwrap().command;
        if let Command::Serve { role } = command {
            roles.push((service, role.unwrap()));
        } else {
            let is_migration = matches!(command, Command::Migrate(_));
            assert!(
                is_migration && service == "migrate",
                "{service}: {command:?}"
            );
        }
    }
    let roles: Vec<String> = roles
        .iter()
        .map(|(service, role)| format!("{service} {role}"))
        .collect();
    let expected = [
        "api-1 api",
        "api-2 api",
        "worker-1 worker",
        "worker-2 worker",
    ];
    assert_eq!(roles, expected);
}

#[test]
fn the_settings_of_the_containers_are_fine() {
    let lines = COMPOSE.lines().filter_map(|line| {
        let (name, value) = line.trim_start().split_once(": ")?;
        let is_ours = name.starts_with("ERAFLAZZ__");
        is_ours.then(|| (name.to_owned(), value.trim_matches('"').to_owned()))
    });
    let mut variables: HashMap<String, String> = lines.collect();
    assert!(variables.len() > 5, "{variables:?}");
    // What the page has whoever starts them put beside it.
    for (name, value) in [
        ("ENGINE__INSTALLATION", "E"),
        ("STORE__PASSWORD", "9f0c-a-password-of-a-test"),
        ("STORE__VAULT_KEY", &"5eed".repeat(16)),
        ("SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz"),
        (
            "SUPPLIERS__DIGIFLAZZ__BASE_URL",
            "https://api.digiflazz.com/v1",
        ),
        ("SUPPLIERS__DIGIFLAZZ__USERNAME", "isi-nama-pengguna"),
        (
            "SUPPLIERS__DIGIFLAZZ__API_KEY",
            "dev-5f1d77aa-90be-4c3f-8a11-c0ffee00babe",
        ),
        (
            "SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
            "k9wq-Vt3n-61zz-Lm8r",
        ),
    ] {
        variables.insert(format!("ERAFLAZZ__{name}"), value.to_owned());
    }
    let source = Source::new()
        .environment(variables)
        .said("server.role", "api");
    let settings = Settings::load_to_start(&source).unwrap();
    assert_eq!(settings.server.role, Role::Api);
    assert_eq!(
        (settings.limits.processes, settings.engine.processes),
        (2, 2)
    );
    let Store::Postgres(database) = settings.store else {
        panic!("{:?}", settings.store);
    };
    assert!(matches!(database.queue, Queue::Redis(_)));
}

#[test]
fn the_image_is_built_with_what_the_settings_need() {
    let manifest = include_str!("../Cargo.toml");
    assert!(DOCKERFILE.contains("--package h2h-server --features h2h-server/postgres "));
    assert!(manifest.contains("\npostgres = [") && manifest.contains("\nname = \"h2h-server\""));
    assert!(DOCKERFILE.contains("ENTRYPOINT [\"h2h-server\"]"));
}

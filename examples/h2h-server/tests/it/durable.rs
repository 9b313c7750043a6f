//! The server over a folder: what it acknowledged is there when it starts again, and the commands that look at it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use h2h_server::seed::Seed;
use h2h_server::serve::{start, start_with};
use h2h_server::settings::{Settings, Source};

use crate::house::{House, SEED, order};

pub(crate) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A folder that is not there.
pub(crate) fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("durable-{name}"));
    if place.exists() {
        std::fs::remove_dir_all(&place).unwrap();
    }
    place
}

pub(crate) async fn open(data: &Path) -> House {
    House::open_with(&[
        ("STORE__KIND", "folder"),
        ("STORE__DATA", data.to_str().unwrap()),
        ("STORE__VAULT_KEY", KEY),
    ])
    .await
}

fn settings(data: &Path, key: Option<&str>) -> HashMap<String, String> {
    let data = data.to_str().unwrap();
    let mut variables = HashMap::from([
        ("ERAFLAZZ__SERVER__LISTEN", "127.0.0.1:0"),
        ("ERAFLAZZ__ENGINE__INSTALLATION", "T"),
        ("ERAFLAZZ__STORE__DATA", data),
        ("ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz"),
        (
            "ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__BASE_URL",
            "http://127.0.0.1:9",
        ),
        ("ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__USERNAME", "sandbox-user"),
        (
            "ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__API_KEY",
            "sandbox-sample-key-0001",
        ),
        (
            "ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
            "sandbox-webhook-sample-0001",
        ),
    ]);
    variables.extend(key.map(|key| ("ERAFLAZZ__STORE__VAULT_KEY", key)));
    let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
    variables.into_iter().map(owned).collect()
}

/// The program, with this on its command line.
pub(crate) fn run(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_h2h-server"))
        .args(arguments)
        .env_clear()
        .envs(settings(data, Some(KEY)))
        .output()
        .unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    text.concat()
}

/// Why a server with these settings does not start.
async fn refused(variables: HashMap<String, String>) -> String {
    let settings = Settings::load(&Source::new().environment(variables)).unwrap();
    let seed = Seed::read(SEED).unwrap();
    start_with(settings, Some(seed))
        .await
        .unwrap_err()
        .to_string()
}

/// A record that has seen an epoch is worked under none before it, although nothing in it is open any more.
#[tokio::test(flavor = "multi_thread")]
async fn inv_31_a_lowered_epoch_is_refused_before_anything_is_sent() {
    let data = place("epoch");
    let house = House::open_with(&[
        ("STORE__KIND", "folder"),
        ("STORE__DATA", data.to_str().unwrap()),
        ("STORE__VAULT_KEY", KEY),
        ("ENGINE__EPOCH", "2"),
    ])
    .await;
    let agen = house.agen();
    let told = agen.post_and_wait(&order("E-1", "087800008101")).await;
    assert_eq!(told.data("status"), "SUCCESS");
    house.close().await;

    let says = "engine.epoch: 1 is below 2, which references in the record carry: an epoch only ever rises";
    let mut lowered = settings(&data, Some(KEY));
    lowered.insert("ERAFLAZZ__ENGINE__EPOCH".to_owned(), "1".to_owned());
    assert_eq!(refused(lowered).await, says);
    let checked = run(&data, &["check-config"]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(
        said(&checked).contains(&says.replacen('1', "0", 1)),
        "{}",
        said(&checked)
    );
    let offline = run(&data, &["check"]);
    assert_eq!(offline.status.code(), Some(1));
    assert!(
        said(&offline).contains(&says.replacen('1', "0", 1)),
        "{}",
        said(&offline)
    );
    for epoch in ["2", "3"] {
        let house = House::open_with(&[
            ("STORE__KIND", "folder"),
            ("STORE__DATA", data.to_str().unwrap()),
            ("STORE__VAULT_KEY", KEY),
            ("ENGINE__EPOCH", epoch),
        ])
        .await;
        house.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn c_03_orders_and_balances_survive_a_restart() {
    let data = place("restart");
    let house = open(&data).await;
    let wanted = order("D-1", "087800001001");
    let first = house.agen().post_and_wait(&wanted).await;
    assert_eq!(first.data("status"), "SUCCESS", "{}", first.text);
    let balance = house.agen().balance().await;

    let in_use = refused(settings(&data, Some(KEY))).await;
    assert!(in_use.contains("another process"), "{in_use}");
    let checked = run(&data, &["check"]);
    assert!(!checked.status.success() && said(&checked).contains("another process"));
    house.close().await;

    let house = open(&data).await;
    assert_eq!(house.agen().balance().await, balance);
    let again = house.agen().post(&wanted).await;
    assert_eq!(again.data("trx_id"), first.data("trx_id"));
    assert_eq!(again.data("sn"), first.data("sn"));
    assert_eq!(house.agen().balance().await, balance);
    let next = house
        .agen()
        .post_and_wait(&order("D-2", "087800001002"))
        .await;
    assert_eq!(next.data("status"), "SUCCESS", "{}", next.text);
    house.close().await;
}

/// It has secrets in it: whoever removes it once it has done its work loses nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_holds_something_needs_no_seed_file() {
    let data = place("seedless");
    let gone = || {
        let mut variables = settings(&data, Some(KEY));
        let seed = data.join("no-such-seed.toml");
        variables.insert("ERAFLAZZ__SEED".to_owned(), seed.display().to_string());
        Settings::load(&Source::new().environment(variables)).unwrap()
    };
    let refused = start(gone()).await.unwrap_err().to_string();
    assert!(refused.contains("no-such-seed.toml"), "{refused}");
    open(&data).await.close().await;
    start(gone()).await.unwrap().stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_a_store_and_check_says_what_is_in_it() {
    let (data, copy) = (place("original"), place("backup"));
    let nothing = run(&data, &["backup", copy.to_str().unwrap()]);
    assert!(!nothing.status.success(), "there is nothing to copy");
    assert!(!data.exists() && !copy.exists());
    let house = open(&data).await;
    let told = house
        .agen()
        .post_and_wait(&order("B-1", "087800001001"))
        .await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let balance = house.agen().balance().await;
    house.close().await;

    let copied = run(&data, &["backup", copy.to_str().unwrap()]);
    assert!(copied.status.success(), "{}", said(&copied));
    let again = run(&data, &["backup", copy.to_str().unwrap()]);
    assert!(
        !again.status.success() && said(&again).contains("already"),
        "{}",
        said(&again)
    );
    // The flag goes before the settings.
    let checked = run(&data, &["check", "--data", copy.to_str().unwrap()]);
    let lines = said(&checked);
    assert!(checked.status.success(), "{lines}");
    assert!(
        lines.contains("1 orders") && lines.contains("is the sum of its transfers"),
        "{lines}"
    );

    // A copy says of itself what it is: no settings, and no key but for what the key seals.
    let mut bare = Command::new(env!("CARGO_BIN_EXE_h2h-server"));
    let bare = bare.env_clear().args(["check", "--data"]).arg(&copy);
    let bare = bare.output().unwrap();
    let told = said(&bare);
    assert!(bare.status.success(), "{told}");
    let first = lines.lines().next().unwrap();
    assert!(
        told.contains(first) && told.contains("is the sum"),
        "{told}"
    );
    assert!(told.contains("secrets were not opened") && !lines.contains("not opened"));

    let house = open(&copy).await;
    assert_eq!(house.agen().balance().await, balance);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn compact_gives_space_back_while_no_server_runs_and_changes_nothing() {
    let data = place("compact");
    let nothing = run(&data, &["compact"]);
    assert!(!nothing.status.success() && !data.exists());
    let house = open(&data).await;
    let told = house
        .agen()
        .post_and_wait(&order("C-1", "087800001001"))
        .await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let refused = run(&data, &["compact"]);
    assert_eq!(refused.status.code(), Some(1));
    let why = said(&refused);
    assert!(
        why.contains("another process") && why.contains("stop it first"),
        "{why}"
    );
    house.close().await;

    let taken = || {
        let files = ["journal.redb", "archive.redb"];
        let lengths = files.map(|file| std::fs::metadata(data.join(file)).unwrap().len());
        lengths.iter().sum::<u64>()
    };
    let before = taken();
    let counted = said(&run(&data, &["check"]));
    let compacted = run(&data, &["compact", "--json"]);
    assert!(compacted.status.success(), "{}", said(&compacted));
    let compacted: serde_json::Value = serde_json::from_slice(&compacted.stdout).unwrap();
    assert_eq!(
        (&compacted["bytes_before"], &compacted["bytes_after"]),
        (&before.into(), &taken().into())
    );
    assert!(taken() < before, "{compacted}");
    assert_eq!(said(&run(&data, &["check"])), counted);
    let again = said(&run(&data, &["compact"]));
    assert!(again.contains("bytes after"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_was_cut_short_is_made_anew() {
    let data = place("first");
    let mut draft = data.clone().into_os_string();
    draft.push(".first-start");
    std::fs::create_dir_all(&draft).unwrap();
    std::fs::write(Path::new(&draft).join("journal.redb"), "half of something").unwrap();
    let house = open(&data).await;
    assert_eq!(house.agen().balance().await, 50_000_000);
    assert!(!Path::new(&draft).exists());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_21_nothing_is_kept_on_disk_without_a_key_to_seal_it_nor_opened_with_another() {
    let data = place("key");
    let none = refused(settings(&data, None)).await;
    assert!(none.starts_with("store.vault_key: required"), "{none}");
    assert!(!data.exists());
    open(&data).await.close().await;
    let other = refused(settings(&data, Some(&KEY.replace("00", "ff")))).await;
    assert!(other.contains("journal.redb: batch"), "{other}");
    let journal = std::fs::read(data.join("journal.redb")).unwrap();
    let secret = b"test-secret-of-agen-0001";
    assert!(!journal.windows(secret.len()).any(|bytes| bytes == secret));
}

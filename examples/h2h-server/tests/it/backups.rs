//! Copies of the store while the server runs.

use std::path::Path;

use serde_json::json;

use crate::durable::{KEY, place, run, said};
use crate::house::{House, order};

async fn open(data: &Path, backups: &Path) -> House {
    House::open_with(&[
        ("STORE__KIND", "folder"),
        ("STORE__DATA", data.to_str().unwrap()),
        ("STORE__BACKUPS", backups.to_str().unwrap()),
        ("STORE__VAULT_KEY", KEY),
    ])
    .await
}

/// The names of what is in the folder.
fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_copies_what_it_acknowledged() {
    let (data, backups) = (place("online"), place("online-backups"));
    let house = open(&data, &backups).await;
    let dewi = house.dewi();
    let first = order("B-1", "087800001001");
    let told = house.agen().post_and_wait(&first).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);
    let balance = house.agen().balance().await;
    // A copy that a crash left half-way is no copy.
    std::fs::create_dir_all(backups.join("first.part")).unwrap();
    std::fs::write(backups.join("first.part/journal.redb"), "half").unwrap();

    let made = dewi.admin("/backup", &json!({"name": "first"})).await;
    assert_eq!(made.http, 200, "{}", made.text);
    let copy = backups.join("first");
    let data_told = &made.body["data"];
    assert_eq!(data_told["orders"], 1);
    assert_eq!(data_told["folder"], copy.to_str().unwrap());
    let bytes = std::fs::metadata(copy.join("journal.redb")).unwrap().len();
    assert!(data_told["bytes"].as_u64().unwrap() >= bytes);
    assert!(data_told["batches"].as_u64().unwrap() > 1);
    assert_eq!(names(&backups), ["first"]);

    let again = dewi.admin("/backup", &json!({"name": "first"})).await;
    assert_eq!(again.refusal(), (409, "ALREADY_EXISTS"));
    let next = house
        .agen()
        .post_and_wait(&order("B-2", "087800001002"))
        .await;
    assert_eq!(next.data("status"), "SUCCESS", "the server goes on");
    let unnamed = dewi.admin("/backup", &json!({})).await;
    assert_eq!(unnamed.body["data"]["orders"], 2, "{}", unnamed.text);
    assert!(unnamed.data("name").starts_with("backup-20"));
    for _soon in 0..3 {
        let next = dewi.admin("/backup", &json!({})).await;
        assert_eq!(next.http, 200, "within the same second, too: {}", next.text);
    }
    let checked = run(&data, &["check", "--data", copy.to_str().unwrap()]);
    assert!(said(&checked).contains("1 orders"), "{}", said(&checked));
    house.close().await;

    let house = open(&copy, &backups.join("of-the-copy")).await;
    assert_eq!(house.agen().balance().await, balance);
    let again = house.agen().post(&first).await;
    assert_eq!(again.data("trx_id"), told.data("trx_id"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_or_was_cut_short_keeps_no_room() {
    let (data, backups) = (place("half"), place("half-backups"));
    let house = open(&data, &backups).await;
    let dewi = house.dewi();
    std::fs::create_dir_all(backups.join("yesterday.part")).unwrap();
    std::fs::write(backups.join("yesterday.part/archive.redb.new"), [0; 9_000]).unwrap();
    std::fs::create_dir_all(backups.join("Other things.part")).unwrap();
    // The server goes on with the file it has open; what a copy finds under its name is half of one.
    let archive = data.join("archive.redb");
    let aside = data.join("aside");
    std::fs::rename(&archive, &aside).unwrap();
    let whole = std::fs::read(&aside).unwrap();
    std::fs::write(&archive, &whole[..whole.len() / 2]).unwrap();
    let failed = dewi.admin("/backup", &json!({"name": "today"})).await;
    assert_eq!(failed.refusal(), (409, "NOT_POSSIBLE"), "{}", failed.text);
    assert_eq!(
        names(&backups),
        ["Other things.part"],
        "not ours, so it stays"
    );

    std::fs::rename(&aside, &archive).unwrap();
    let made = dewi.admin("/backup", &json!({"name": "today"})).await;
    assert_eq!(made.http, 200, "{}", made.text);
    assert!(backups.join("today/journal.redb").exists());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_23_a_backup_has_a_name_and_never_a_path() {
    let (data, backups) = (place("names"), place("names-backups"));
    let house = open(&data, &backups).await;
    let beside = place("names-beside");
    let absolute = beside.to_str().unwrap();
    for name in [
        "../names-beside",
        absolute,
        "a/b",
        "..",
        ".",
        "",
        "first.part",
        "a\0b",
    ] {
        let told = house.dewi().admin("/backup", &json!({"name": name})).await;
        assert_eq!(
            told.refused_field(),
            (422, "/name"),
            "{name}: {}",
            told.text
        );
    }
    let other = json!({"name": "a", "folder": absolute});
    let told = house.dewi().admin("/backup", &other).await;
    assert_eq!(told.http, 422, "T-2: {}", told.text);
    assert!(!backups.exists() && !beside.exists());
    house.close().await;

    let house = House::open().await;
    let told = house.dewi().admin("/backup", &json!({})).await;
    assert_eq!(told.refusal(), (409, "NOT_POSSIBLE"));
    assert!(told.text.contains("store.backups"), "{}", told.text);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_asks_the_server_that_has_the_store_open() {
    let (data, backups) = (place("asked"), place("asked-backups"));
    let house = open(&data, &backups).await;
    let elsewhere = place("asked-elsewhere");
    let refused = run(&data, &["backup", elsewhere.to_str().unwrap()]);
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("only into one place"),
        "{}",
        said(&refused)
    );
    assert!(!elsewhere.exists());
    for name in [".", "..", "a b", "A"] {
        let refused = run(&data, &["backup", name]);
        assert!(
            said(&refused).contains("has a name, not a path: 1 to 32 characters of a-z"),
            "{name}: {}",
            said(&refused)
        );
    }

    let server = house.url("");
    let mut asked = crate::commands::program();
    asked
        .args(["backup", "asked-for", "--json", "--server", &server])
        .env("ERAFLAZZ_ADMIN_KEY", "ek_test_dewi_0001")
        .env("ERAFLAZZ_ADMIN_SECRET", "test-secret-of-dewi-0001-abcdef");
    let told = crate::commands::said(asked).await.json();
    assert_eq!(told["name"], "asked-for");
    assert_eq!(names(&backups), ["asked-for"]);
    house.close().await;
}

#[tokio::test]
async fn without_settings_it_asks_where_every_other_command_does() {
    let mut told = Vec::new();
    for line in [&["backup"][..], &["backup", "by-hand"], &["member", "list"]] {
        let mut asked = crate::commands::program();
        asked.args(line);
        told.push(crate::commands::said(asked).await.err);
    }
    assert!(told[0].contains("http://127.0.0.1:8080"), "{}", told[0]);
    assert!(told.iter().all(|one| *one == told[2]), "{told:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_no_server_runs_has_a_place_of_its_own_and_a_name_once_it_is_whole() {
    let (data, backups) = (place("offline"), place("offline-backups"));
    open(&data, &backups).await.close().await;
    let beside = place("offline-beside");
    std::fs::create_dir_all(&beside).unwrap();
    std::fs::write(beside.join("letter.txt"), "mine").unwrap();
    let inside = data.join("new/copy");
    for (target, why) in [
        (&data, "outside of it"),
        (&inside, "outside of it"),
        (&beside, "something is in this folder already"),
        (&beside.join(".."), "it has no name"),
    ] {
        let refused = run(&data, &["backup", target.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(1));
        let told = said(&refused);
        assert!(told.contains(why), "{}: {told}", target.display());
    }
    assert!(!data.join("new").exists());
    assert_eq!(names(&beside), ["letter.txt"]);

    // What was cut short is removed, and nothing that is anybody else's.
    let (target, part) = (beside.join("copy"), beside.join("copy.part"));
    std::fs::create_dir(&part).unwrap();
    std::fs::write(part.join("photo.jpg"), "mine").unwrap();
    let refused = run(&data, &["backup", target.to_str().unwrap()]);
    assert!(said(&refused).contains("copy.part"), "{}", said(&refused));
    std::fs::remove_file(part.join("photo.jpg")).unwrap();
    std::fs::write(part.join("journal.redb.new"), "half").unwrap();
    std::fs::write(part.join("journal.redb"), "half").unwrap();
    let made = run(&data, &["backup", target.to_str().unwrap()]);
    assert!(made.status.success(), "{}", said(&made));
    assert!(target.join("journal.redb").exists() && !part.exists());

    // A copy that cannot be made leaves nothing under its name.
    let archive = data.join("archive.redb");
    let whole = std::fs::read(&archive).unwrap();
    let next = beside.join("next");
    std::fs::create_dir(beside.join("next.part")).unwrap();
    std::fs::write(&archive, &whole[..whole.len() / 2]).unwrap();
    let failed = run(&data, &["backup", next.to_str().unwrap()]);
    assert!(
        !failed.status.success() && !next.exists(),
        "{}",
        said(&failed)
    );
}

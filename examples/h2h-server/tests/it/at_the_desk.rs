//! The commands without a server: whoever holds the folder answers, and a server that holds it is asked instead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use h2h_server::seed::Seed;
use h2h_server::serve::{Running, start_with};
use h2h_server::settings::{Settings, Source};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::commands::{Folder, Said, program, said};
use crate::house::{Client, Told, nobody_spawns, seconds};

/// A set-up of its own, as `init` writes it.
async fn set_up(name: &str) -> Folder {
    let folder = Folder::new(name);
    let mut init = program();
    init.args(["init", "."]).current_dir(&folder.0);
    let told = said(init).await;
    assert_eq!(told.code, 0, "{}", told.err);
    folder
}

fn command(folder: &Folder, line: &str) -> Command {
    let mut command = program();
    command
        .args(line.split(' '))
        .args(["--config", "settings.toml"])
        .env("LOGNAME", "sari")
        .current_dir(&folder.0);
    command
}

async fn run(folder: &Folder, line: &str) -> Said {
    said(command(folder, line)).await
}

/// A server over the set-up, on a port of its own.
async fn serve(folder: &Path) -> Running {
    serve_with(folder, &[("ERAFLAZZ__SERVER__LISTEN", "127.0.0.1:0")]).await
}

async fn serve_with(folder: &Path, variables: &[(&str, &str)]) -> Running {
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let source = Source::new()
        .file(folder.join("settings.toml"))
        .environment(variables.collect());
    let settings = Settings::load(&source).unwrap();
    let seed = Seed::load(&folder.join("seed.toml")).unwrap();
    nobody_spawns();
    start_with(settings, Some(seed)).await.unwrap()
}

fn client(server: &Running, key: &str, secret: &str) -> Client {
    Client {
        base: format!("http://{}", server.address()),
        key: key.to_owned(),
        secret: secret.to_owned(),
        http: reqwest::Client::builder().no_proxy().build().unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_key_of_a_fresh_folder_is_issued_at_the_desk() {
    let folder = set_up("first-key").await;
    let nothing = run(&folder, "member list").await;
    assert_eq!(nothing.code, 1);
    assert!(
        nothing.err.contains("there is no store in it yet"),
        "{}",
        nothing.err
    );
    assert!(!folder.path("data").exists(), "a look makes no folder");

    let line = "key issue --operator dewi --scope admin:* --id ek_live_dewi_0001 --json";
    let told = run(&folder, line).await;
    let secret = told.json()["secret"].as_str().unwrap().to_owned();
    assert!(
        told.err.contains("operator=\"sari at the desk\""),
        "its audit line: {}",
        told.err
    );
    assert!(told.err.contains("action=\"key.issue\"") && !told.err.contains(&secret));
    let again = run(&folder, line).await;
    assert!(again.err.contains("ALREADY_EXISTS"), "{}", again.err);

    // The server finds it, and the seed still fills what is empty.
    let server = serve(&folder.0).await;
    let dewi = client(&server, "ek_live_dewi_0001", &secret);
    let members = dewi.get("/api/v1/admin/members").await;
    assert_eq!(
        members.body["data"]["members"][0]["code"], "agen-sandbox",
        "{}",
        members.text
    );
    server.stop().await.unwrap();
}

/// In the shell of the service's user, which sudo opened for somebody.
#[tokio::test(flavor = "multi_thread")]
async fn t_03_the_audit_names_the_person_behind_sudo() {
    let folder = set_up("sudo").await;
    let mut issue = command(&folder, "key issue --operator dewi --scope admin:* --json");
    issue.env("LOGNAME", "h2h-server").env("USER", "h2h-server");
    issue.env("SUDO_USER", "budi");
    let told = said(issue).await;
    assert_eq!(told.code, 0, "{}", told.err);
    let file = std::fs::read_to_string(folder.path("data/audit.log")).unwrap();
    for line in file.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["operator"], "budi at the desk");
    }
    assert!(file.lines().count() == 2, "{file}");
}

/// Each file of a folder, with its bytes and when it was changed; and when the folder was.
fn picture(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, Vec<u8>)> {
    let files = std::fs::read_dir(folder).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let paths = paths.chain([folder.to_owned()]);
    let pictured = paths.map(|path| {
        let changed = std::fs::metadata(&path).unwrap().modified().unwrap();
        let bytes = std::fs::read(&path).unwrap_or_default();
        (path, (changed, bytes))
    });
    pictured.collect()
}

/// A catalog that says what is there already.
const CATEGORY: &str = "[[categories]]\nslug = \"pulsa\"\nname = \"Pulsa\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn what_only_reads_leaves_the_folder_as_it_is() {
    let folder = set_up("only-reads").await;
    serve(&folder.0).await.stop().await.unwrap();
    let data = folder.path("data");
    let before = picture(&data);
    let copy = folder.path("copy");
    let backup = format!("backup {}", copy.display());
    let catalog = folder.path("catalog.toml");
    std::fs::write(&catalog, CATEGORY).unwrap();
    let import = format!("catalog import --check {}", catalog.display());
    for line in [
        "member list",
        "member show agen-sandbox",
        "key list",
        "catalog show",
        &import,
        "price list",
        "balance",
        "balance agen-sandbox",
        "order find",
        "pending",
        "pending list",
        "orphans",
        "books",
        "check",
        &backup,
    ] {
        let told = run(&folder, line).await;
        assert!(!told.err.contains("to be read"), "{line}: {}", told.err);
        assert_eq!(told.code, 0, "{line}: {}", told.err);
        assert!(picture(&data) == before, "{line} changed the folder");
    }
    let server = serve(&folder.0).await;
    let refused = run(&folder, "check").await;
    assert!(refused.err.contains("another process"), "{}", refused.err);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn t_03_what_is_done_at_the_desk_leaves_its_lines_beside_the_store() {
    let folder = set_up("audited").await;
    serve(&folder.0).await.stop().await.unwrap();
    let file = folder.path("data/audit.log");
    run(&folder, "balance").await;
    assert!(!file.exists(), "a look leaves none");
    // What a crash cut off is no part of the next line.
    std::fs::write(&file, "{\"cut").unwrap();
    let deposit = "deposit agen-sandbox 12000 --source bca --reference D-1 --json";
    assert_eq!(run(&folder, deposit).await.code, 0);
    let refused = run(&folder, "member suspend nobody").await;
    assert_eq!(refused.code, 1);
    let issue = "key issue --operator dewi --scope admin:* --json";
    let issued = run(&folder, issue).await.json();
    assert_eq!(run(&folder, "compact").await.code, 0);

    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(issued["secret"].as_str().unwrap()));
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("{\"cut"));
    let lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told = |line: &Value| {
        assert_eq!(line["operator"], "sari at the desk");
        assert!(
            line["timestamp"].as_str().unwrap().contains("+07:00"),
            "{line}"
        );
        [&line["action"], &line["result"]].map(|part| part.as_str().unwrap().to_owned())
    };
    let told: Vec<[String; 2]> = lines.iter().map(told).collect();
    let expected = [
        ["deposit", "begun"],
        ["deposit", "done"],
        ["member.change", "begun"],
        ["member.change", "NOT_FOUND"],
        ["key.issue", "begun"],
        ["key.issue", "done"],
        ["compact", "begun"],
        ["compact", "done"],
    ];
    assert_eq!(told, expected);
    for act in lines.chunks(2) {
        assert_eq!(act[0]["request_id"], act[1]["request_id"]);
    }
    let subject = |line: usize| lines[line]["subject"].as_str().unwrap();
    assert_eq!(
        subject(1),
        "member agen-sandbox: amount=12000 bank=0 kind=deposit member=agen-sandbox reference=D-1 source=bca"
    );
    assert_eq!(subject(3), "", "there is no such member");
    let id = issued["key"]["id"].as_str().unwrap();
    assert_eq!(
        subject(5),
        format!("key {id}: id={id} networks= operator=dewi scopes=admin:*")
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::remove_file(&file).unwrap();
        assert_eq!(run(&folder, deposit).await.code, 0);
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    // Nor into a file that is somewhere else.
    #[cfg(unix)]
    {
        let elsewhere = folder.path("elsewhere.log");
        std::fs::write(&elsewhere, "").unwrap();
        std::fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        let refused = run(&folder, deposit).await;
        assert_eq!(refused.code, 1);
        assert!(
            refused.err.contains("audit.log: it is a symbolic link"),
            "{}",
            refused.err
        );
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"");
    }
    // Without a place for its line nothing is done.
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let more = "deposit agen-sandbox 5000 --source bca --reference D-2";
    let refused = run(&folder, more).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("audit.log"), "{}", refused.err);
    let balance = run(&folder, "balance agen-sandbox --json").await.json();
    assert!(balance.to_string().contains("512000"), "{balance}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_answers_one_object_to_machines_whatever_comes_of_it() {
    let folder = set_up("for-machines").await;
    serve(&folder.0).await.stop().await.unwrap();
    let object = |told: &Said, code: i32| -> Value {
        assert_eq!(told.code, code, "{told:?}");
        serde_json::from_str(&told.out).unwrap_or_else(|_| panic!("{told:?}"))
    };
    let checked = object(&run(&folder, "check --json").await, 0);
    assert_eq!(
        (&checked["closes"], &checked["secrets_opened"]),
        (&json!(true), &json!(true))
    );
    assert!(checked["batches"].as_u64().unwrap() > 0, "{checked}");
    let backup = format!("backup {} --json", folder.path("copy").display());
    let made = object(&run(&folder, &backup).await, 0);
    assert_eq!(made["batches"], checked["batches"]);
    assert!(made["folder"].as_str().unwrap().ends_with("copy"));
    let again = object(&run(&folder, &backup).await, 1);
    assert!(again["error"].as_str().unwrap().contains("copy"), "{again}");
    let fine = object(&run(&folder, "check-config --json").await, 0);
    assert_eq!(fine, json!({"fine": true}));

    let mut wrong = command(&folder, "check-config --json");
    wrong.env("ERAFLAZZ__STORE__CHECKPOINT_KIB", "0");
    let wrong = said(wrong).await;
    assert!(
        wrong.err.starts_with("the settings are wrong:\n"),
        "{}",
        wrong.err
    );
    assert_eq!(
        object(&wrong, 1)["problems"],
        json!([{"field": "store.checkpoint_kib", "rule": "1 to 1048576 KiB, in plain digits", "from": "the environment"}])
    );
    let mut unseeded = command(&folder, "check-config --json");
    unseeded.env("ERAFLAZZ__SEED", "absent.toml");
    let unseeded = object(&said(unseeded).await, 1);
    assert!(
        unseeded["problems"][0]["rule"]
            .as_str()
            .unwrap()
            .starts_with("absent.toml: ")
    );

    let server = serve(&folder.0).await;
    let refused = object(&run(&folder, "check --json").await, 1);
    assert!(
        refused["error"]
            .as_str()
            .unwrap()
            .contains("another process"),
        "{refused}"
    );
    server.stop().await.unwrap();
    let nobody = object(&run(&folder, "member show siapa --json").await, 1);
    assert_eq!(nobody["answer"]["error_code"], "NOT_FOUND", "{nobody}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_a_name_whether_a_server_runs_or_not() {
    let folder = set_up("by-name").await;
    serve(&folder.0).await.stop().await.unwrap();
    let backups = folder.path("backups");
    let environment = std::fs::read_to_string(folder.path(".env")).unwrap();
    let keys = environment.lines().filter_map(|line| line.split_once('='));
    let here = |line: &str| {
        let mut command = command(&folder, line);
        command
            .env("ERAFLAZZ__STORE__BACKUPS", &backups)
            .envs(keys.clone());
        command
    };
    let offline = said(here("backup by-hand")).await;
    assert_eq!(offline.code, 0, "{}", offline.err);
    assert!(backups.join("by-hand/journal.redb").exists());

    let listen = ("ERAFLAZZ__SERVER__LISTEN", "127.0.0.1:0");
    let server = serve_with(
        &folder.0,
        &[
            listen,
            ("ERAFLAZZ__STORE__BACKUPS", backups.to_str().unwrap()),
        ],
    )
    .await;
    let asked = |line: &str| {
        let mut command = here(line);
        command.env("ERAFLAZZ__SERVER__LISTEN", server.address().to_string());
        command
    };
    let online = said(asked("backup before-upgrade")).await;
    assert_eq!(online.code, 0, "{}", online.err);
    assert!(backups.join("before-upgrade/journal.redb").exists());
    let elsewhere = said(asked("backup ./elsewhere")).await;
    assert_eq!(elsewhere.code, 1);
    assert!(
        elsewhere.err.contains("only into one place"),
        "{}",
        elsewhere.err
    );
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn t_04_a_captured_call_is_worth_nothing_after_a_restart_either() {
    let folder = set_up("captured").await;
    let environment = std::fs::read_to_string(folder.path(".env")).unwrap();
    let secret = environment.rsplit('=').next().unwrap().trim();
    let (path, at) = ("/api/v1/admin/members/agen-sandbox", seconds());
    let call = async |server: &Running| {
        let admin = client(server, "ek_test_admin_0001", secret);
        let body = br#"{"name":"Once"}"#;
        let request = admin.signed(&Method::POST, path, body, at, "nonce-captured-1");
        Told::of(request.send().await.unwrap()).await
    };
    let server = serve(&folder.0).await;
    let first = call(&server).await;
    assert_eq!(first.http, 200, "{}", first.text);
    server.stop().await.unwrap();
    // Another process remembers nothing but what is on disk.
    let server = serve(&folder.0).await;
    assert_eq!(call(&server).await.refusal(), (401, "UNAUTHENTICATED"));
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_commands_reach_the_folder_or_the_server_that_has_it() {
    let folder = set_up("either-way").await;
    serve(&folder.0).await.stop().await.unwrap();
    let deposit = "deposit agen-sandbox 12000 --source bca --reference D-1 --json";
    let at_the_desk = run(&folder, deposit).await.json();
    assert_eq!(at_the_desk["wallet"]["balance"], 512_000);
    assert_eq!(run(&folder, "books").await.out.trim(), "books close");

    let server = serve(&folder.0).await;
    let environment = std::fs::read_to_string(folder.path(".env")).unwrap();
    let keys = environment.lines().filter_map(|line| line.split_once('='));
    let asked = |line: &str| {
        let mut command = command(&folder, line);
        command
            .env("ERAFLAZZ__SERVER__LISTEN", server.address().to_string())
            .envs(keys.clone());
        command
    };
    let over_http = said(asked(deposit)).await.json();
    assert_eq!(
        over_http, at_the_desk,
        "T-27: the same movement, however it is asked for"
    );
    let table = said(asked("balance agen-sandbox")).await;
    assert!(table.out.contains("Rp 512.000"), "{}", table.out);
    let mut without_key = command(&folder, "member list");
    without_key.env("ERAFLAZZ__SERVER__LISTEN", server.address().to_string());
    let told = said(without_key).await;
    assert_eq!(told.code, 1);
    assert!(
        told.err.contains("ERAFLAZZ_ADMIN_KEY is not set"),
        "{}",
        told.err
    );
    server.stop().await.unwrap();

    let suspended = run(&folder, "member suspend agen-sandbox --json")
        .await
        .json();
    assert_eq!(suspended["status"], json!("suspended"));
    let shown = run(&folder, "member show agen-sandbox").await;
    assert!(shown.out.contains("suspended"), "{}", shown.out);
}

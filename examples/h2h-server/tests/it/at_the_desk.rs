//! The commands without a server: whoever holds the folder answers, and a server that holds it is asked instead.

use std::path::Path;

use h2h_server::seed::Seed;
use h2h_server::serve::{Running, start_with};
use h2h_server::settings::{Settings, Source};
use reqwest::Method;
use serde_json::json;
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
    let listen = ("ERAFLAZZ__SERVER__LISTEN", "127.0.0.1:0");
    let variables = [listen].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let source = Source::new()
        .file(folder.join("settings.toml"))
        .environment(variables.into());
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

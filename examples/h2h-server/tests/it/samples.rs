//! The files that come with the program.

use std::path::Path;

use eraflazz_core::text::KeyId;
use h2h_server::seed::Seed;
use h2h_server::serve::start_with;
use h2h_server::settings::{Settings, Source};

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_settings_start_a_server_as_they_are() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sandbox-data");
    if data.exists() {
        std::fs::remove_dir_all(&data).unwrap();
    }
    let here_only = [
        ("ERAFLAZZ__SERVER__LISTEN", "127.0.0.1:0"),
        ("ERAFLAZZ__STORE__DATA", data.to_str().unwrap()),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()));
    let source = Source::new()
        .file(here.join("settings.sandbox.toml"))
        .environment(here_only.into_iter().collect());
    let settings = Settings::load(&source).unwrap();
    let named = settings.seed.clone().unwrap();
    assert_eq!(
        here.join("seed.sandbox.toml"),
        here.join("../..").join(&named).canonicalize().unwrap()
    );
    let seed = Seed::load(&here.join("seed.sandbox.toml")).unwrap();
    let server = start_with(settings, Some(seed)).await.unwrap();
    let key = KeyId::new("ek_test_sandbox_01").unwrap();
    let found = server.engine().members().key(&key).await.unwrap();
    assert!(found.is_some());
    server.stop().await.unwrap();
}

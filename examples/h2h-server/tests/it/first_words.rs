//! What the program says to whoever starts it for the first time, and to whoever is gone before it has said all.

use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::PoisonError;

use crate::commands::{Folder, program, said};
use crate::house::SPAWNING;

#[tokio::test]
async fn a_start_without_a_file_of_settings_is_offered_one() {
    let folder = Folder::new("first-words");
    let listen = ("ERAFLAZZ__SERVER__LISTEN", "127.0.0.1:0");
    let starts = [
        ("serve", None),
        ("serve --data here", None),
        ("serve --store memory", None),
        ("serve", Some(listen)),
    ];
    for (line, variable) in starts {
        let mut command = program();
        command.args(line.split(' ')).envs(variable);
        let told = said({
            command.current_dir(&folder.0);
            command
        });
        let told = told.await;
        assert_eq!(told.code, 1, "{line:?}");
        assert!(
            told.err.contains("h2h-server init ./pulsa"),
            "{line:?}: {}",
            told.err
        );
        assert!(told.err.contains("check-config"), "{line:?}: {}", told.err);
    }
    assert!(!folder.path("here").exists());
    let mut named = program();
    named
        .args(["serve", "--config", "none.toml"])
        .current_dir(&folder.0);
    let named = said(named).await;
    assert!(
        !named.err.contains("init ./pulsa"),
        "it has its file: {}",
        named.err
    );
}

/// A folder may be named where the store is said to be, once.
#[tokio::test]
async fn a_store_in_a_folder_is_said_in_one_word() {
    let folder = Folder::new("one-word");
    let run = async |line: &str| {
        let mut command = program();
        command.args(line.split(' ')).current_dir(&folder.0);
        said(command).await
    };
    assert_eq!(run("init .").await.code, 0);
    let books = run("books --config settings.toml --store journal:elsewhere").await;
    assert!(books.err.contains("elsewhere"), "{}", books.err);
    let twice = run("books --config settings.toml --store journal:elsewhere --data here").await;
    assert_eq!(twice.code, 1, "{}", twice.err);
    assert!(twice.err.contains("give one of the two"), "{}", twice.err);
    let nowhere = run("books --config settings.toml --store journal:").await;
    assert!(nowhere.err.contains("journal:FOLDER"), "{}", nowhere.err);
}

/// The program where nobody reads what it says, on either of the two.
fn unheard(line: &[&str], folder: &Path, out: bool) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_h2h-server"));
    command.env_clear().args(line).current_dir(folder);
    if out {
        command.stdout(writer).stderr(Stdio::piped());
    } else {
        command.stdout(Stdio::piped()).stderr(writer);
    }
    let child = {
        let _alone = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
        command.spawn().unwrap()
    };
    child.wait_with_output().unwrap()
}

#[test]
fn a_reader_that_has_seen_enough_ends_nothing() {
    let folder = Folder::new("unheard");
    let init = unheard(&["init", "."], &folder.0, true);
    assert_eq!(init.status.code(), Some(0), "{init:?}");
    assert!(init.stderr.is_empty(), "{init:?}");
    assert!(folder.path("settings.toml").exists());
    let refused = unheard(&["serve"], &folder.0, false);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
}

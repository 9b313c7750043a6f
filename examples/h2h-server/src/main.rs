//! The reference H2H server as a program.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use eraflazz_store_memory::Findings;
use h2h_server::serve;
use h2h_server::settings::{Log, LogFormat, Settings, Source};
use h2h_server::store::{self, StoreError};
use tracing_subscriber::EnvFilter;

/// The reference H2H server of Eraflazz.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or ctrl-c
    Serve(Files),
    /// Copy the store, which no server may have open, into a new folder
    Backup {
        /// The folder to make
        target: PathBuf,
        #[command(flatten)]
        files: Files,
    },
    /// Check every batch of the store, which no server may have open, and recount the books; changes nothing
    Check(Files),
    /// Play real orders against two fake suppliers on this machine, and recount the books
    Demo,
    /// Read the settings and the seed, say everything that is wrong with them, and start nothing
    CheckConfig(Files),
}

#[derive(Debug, clap::Args)]
struct Files {
    /// The settings file; without it the environment alone counts
    #[arg(long, env = "ERAFLAZZ_CONFIG")]
    config: Option<PathBuf>,
    /// Reads `settings.<profile>.toml` beside it as well
    #[arg(long, env = "ERAFLAZZ_PROFILE")]
    profile: Option<String>,
    /// The folder of the store; it goes before store.data of the settings
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the store is kept; it goes before store.kind of the settings
    #[arg(long, value_parser = ["folder", "memory"])]
    store: Option<String>,
}

impl Files {
    fn load(self) -> Result<Settings, String> {
        let mut source = Source::new();
        if let Some(file) = self.config {
            source = source.file(file);
        }
        if let Some(profile) = self.profile {
            source = source.profile(profile);
        }
        if let Some(data) = self.data {
            source = source.said("store.data", data.to_string_lossy());
        }
        if let Some(store) = self.store {
            source = source.said("store.kind", store);
        }
        Settings::load(&source).map_err(|problems| format!("the settings are wrong:\n{problems}"))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve(files) => serve(files).await,
        Command::Demo => h2h_server::demo::run()
            .await
            .map_err(|failure| failure.to_string()),
        Command::Backup { target, files } => backup(target, files).await,
        Command::Check(files) => check_store(files).await,
        Command::CheckConfig(files) => check_config(files).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => complain(&why),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "a program's last words to the person who started it"
)]
fn complain(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

async fn serve(files: Files) -> Result<(), String> {
    let settings = files.load()?;
    init_log(&settings.log)?;
    let running = serve::start(settings)
        .await
        .map_err(|error| error.to_string())?;
    let told = tokio::select! {
        biased;
        told = told_to_stop() => told.map_err(|error| error.to_string()),
        () = running.ended() => Err("the server ended by itself".to_owned()),
    };
    let stopped = running.stop().await.map_err(|error| error.to_string());
    stopped.and(told)
}

#[expect(clippy::print_stdout, reason = "the answer to the command")]
async fn backup(target: PathBuf, files: Files) -> Result<(), String> {
    let settings = files.load()?;
    let copy = async {
        let folder = settings.store.folder()?;
        // A folder with nothing in it is not made one on the way.
        folder.check().await?;
        let store = Arc::new(folder.open().await?);
        store::backup(store, target.clone()).await
    };
    let batches = copy.await.map_err(|error: StoreError| error.to_string())?;
    println!("{}: {batches} batches", target.display());
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the answer to the command")]
async fn check_store(files: Files) -> Result<(), String> {
    let settings = files.load()?;
    let found = async { settings.store.folder()?.check().await };
    let found = found.await.map_err(|error: StoreError| error.to_string())?;
    let Findings {
        batches,
        orders,
        transfers,
        differences,
    } = found;
    println!("{batches} batches, {orders} orders, {transfers} transfers");
    if differences.is_empty() {
        println!("every balance is the sum of its transfers");
        return Ok(());
    }
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    Err(format!("the books do not close:\n{}", lines.join("\n")))
}

#[expect(clippy::print_stdout, reason = "the answer to the command")]
async fn check_config(files: Files) -> Result<(), String> {
    let settings = files.load()?;
    serve::check(&settings)
        .await
        .map_err(|error| error.to_string())?;
    println!("the settings are fine");
    Ok(())
}

fn init_log(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("log.level: {error}"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    match log.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    }
    .map_err(|error| format!("log: {error}"))
}

#[cfg(unix)]
async fn told_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        biased;
        _ = terminate.recv() => Ok(()),
        pressed = tokio::signal::ctrl_c() => pressed,
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

//! The reference H2H server as a program.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use h2h_server::serve;
use h2h_server::settings::{Log, LogFormat, Settings, Source};
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
        Command::CheckConfig(files) => check(files).await,
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
async fn check(files: Files) -> Result<(), String> {
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

//! The reference H2H server as a program.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use h2h_server::cli::desk::{Desk, DeskError};
use h2h_server::cli::init::init;
use h2h_server::cli::show::{Show, print};
use h2h_server::cli::{self, AdminCommand, ArchiveArgs, Ended, EpochCommand, MigrateArgs, open};
use h2h_server::settings::{Settings, Source, Store, has_password};
use h2h_server::{logging, panics, serve};
use serde_json::json;
use tracing_subscriber::EnvFilter;

/// A third more orders a second than with the C library's: an order is many small pieces, allocated on one thread and freed on another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The reference H2H server of Eraflazz: serves members, and administers what it serves.
///
/// Try it on this machine: `h2h-server init ./pulsa` writes a sandbox set-up and says what to do next. Exit codes: 0 done, 1 refused or
/// wrong, 2 misused, 3 the server does not answer, 4 the books do not close.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    files: Files,
    /// The server that the commands of administration ask; as the settings say, or port 8080 of this machine
    #[arg(long, global = true, env = "ERAFLAZZ_SERVER", value_parser = open::base)]
    server: Option<String>,
    /// Answers as JSON, for machines; a failure is an object with `error`
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or ctrl-c
    Serve {
        /// What it does of the work of all servers that share a database; it goes before server.role of the settings
        #[arg(long, value_parser = ["all", "api", "worker"])]
        role: Option<String>,
    },
    /// Make the schema of a database, or bring it to the version that this program knows; servers over it are stopped first. With roles it says who may do what there
    Migrate(MigrateArgs),
    /// Move the logs of ended orders out of a database into files, while servers run; or check those files. What is moved is read back from the disk first
    Archive(ArchiveArgs),
    /// The epoch of a database, which keeps a restore from buying again what was bought
    #[command(subcommand)]
    Epoch(EpochCommand),
    /// Copy the store: into a new folder, or, while a server has it open, into the folder that store.backups names
    Backup {
        /// The folder to make. A server that runs finds a name of its own without it; asked by --server it takes a name only
        target: Option<PathBuf>,
    },
    /// Check every batch of the store, which no server may have open, and recount the books; of a database the books, while servers run; changes nothing
    Check,
    /// Give back the space of the disk that the store, which no server may have open, keeps and does not use; takes seconds
    Compact,
    /// Write a sandbox set-up into a folder: settings, seed and keys of its own
    Init {
        /// The folder; made if it is not there, and nothing in it is overwritten
        folder: PathBuf,
    },
    /// Play real orders against two fake suppliers on this machine, and recount the books
    Demo,
    /// Read the settings and the seed, say everything that is wrong with them, and start nothing
    CheckConfig,
    /// Read replies of a supplier from standard input, one JSON object a line, and say what each proves and why; nothing is sent
    ///
    /// In: `text` or `body`, and for replies to a purchase `ref`, `product`, `dest` and `phase` (`first`, or `status` for what was asked later). Out: `class`,
    /// `sn`, `price`, `balance`, `why`. With --profile FILE the supplier is a kind, and the file has its settings.
    ///
    /// Of payment gateways, midtrans and tripay, notifications and answers are read. In: `kind`, `body`, and of a notification its `headers` or `signature` and
    /// the `server_key` (Midtrans) or `private_key` (Tripay). Out: `state`, `verified`, `amount`, `reference`, `payment`, `why`.
    Read {
        /// A supplier of the settings; or a kind: digiflazz, otomax, vip; or a gateway: midtrans, tripay
        supplier: String,
        /// How many of a hundred replies may be unclear before it is a failure; above it a word on standard error is said in any case
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u8).range(0..=100))]
        unclear_max: u8,
    },
    #[command(flatten)]
    Administer(AdminCommand),
}

#[derive(Debug, clap::Args)]
struct Files {
    /// The settings file; without it the environment alone counts
    #[arg(long, global = true, env = "ERAFLAZZ_CONFIG")]
    config: Option<PathBuf>,
    /// Reads `settings.<profile>.toml` beside it as well
    #[arg(long, global = true, env = "ERAFLAZZ_PROFILE")]
    profile: Option<String>,
    /// The folder of the store; it goes before store.data of the settings
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// Where the store is kept: `journal:FOLDER`, `folder` (the one that --data or the settings name), `memory`, or `postgres://USER@HOST/DATABASE`; it goes before
    /// store.kind, store.data and store.url of the settings
    #[arg(long, global = true)]
    store: Option<String>,
    /// Who tells servers that work orders of new ones: `local`, `postgres`, or `redis://USER@HOST:PORT/NUMBER`; it goes before store.queue of the settings
    #[arg(long, global = true)]
    queue: Option<String>,
    /// What a server does.
    #[arg(skip)]
    role: Option<String>,
}

impl Files {
    /// Whether anybody said how this server is set up.
    fn are_there(&self) -> bool {
        self.config.is_some()
            || self.data.is_some()
            || std::env::vars_os().any(|(name, _)| is_a_setting(&name))
    }

    fn load(self) -> Result<Settings, DeskError> {
        Settings::load(&self.source()?).map_err(DeskError::Settings)
    }

    /// The same to start a server with.
    fn load_to_start(self) -> Result<Settings, DeskError> {
        Settings::load_to_start(&self.source()?).map_err(DeskError::Settings)
    }

    /// Where the store is, and no word about anything else.
    fn load_store(self) -> Result<Store, DeskError> {
        Settings::load_store(&self.source()?).map_err(DeskError::Settings)
    }

    fn source(self) -> Result<Source, DeskError> {
        let mut source = Source::new();
        if let Some(file) = self.config {
            source = source.file(file);
        }
        if let Some(profile) = self.profile {
            source = source.profile(profile);
        }
        let journal = self
            .store
            .as_deref()
            .and_then(|store| store.strip_prefix("journal:"));
        if journal.is_some() && self.data.is_some() {
            let why =
                "--store: journal:FOLDER names the folder, and so does --data: give one of the two";
            return Err(DeskError::NotReady(why.to_owned()));
        }
        if let Some(data) = &self.data {
            source = source.said("store.data", data.to_string_lossy());
        }
        match self.store.as_deref() {
            Some(_) if journal.is_some_and(|folder| !folder.is_empty()) => {
                source = source.said("store.kind", "folder");
                source = source.said("store.data", journal.unwrap_or_default());
            }
            None => {}
            Some(kind @ ("folder" | "memory")) => source = source.said("store.kind", kind),
            Some(url) if url.starts_with("postgres") && !has_password(url) => {
                source = source.said("store.kind", "postgres");
                source = source.said("store.url", url);
            }
            // What stands there is not told: it may be a password.
            Some(url) => {
                let why = if has_password(url) {
                    "--store: everybody on this machine can read a password on a command line: put it into the environment, as ERAFLAZZ__STORE__PASSWORD"
                } else {
                    "--store: journal:FOLDER, folder, memory, or postgres://USER@HOST/DATABASE"
                };
                return Err(DeskError::NotReady(why.to_owned()));
            }
        }
        if let Some(queue) = self.queue {
            if has_password(&queue) {
                let why = "--queue: everybody on this machine can read a password on a command line: put it into the environment, as ERAFLAZZ__STORE__QUEUE_PASSWORD";
                return Err(DeskError::NotReady(why.to_owned()));
            }
            source = source.said("store.queue", queue);
        }
        if let Some(role) = self.role {
            source = source.said("server.role", role);
        }
        Ok(source)
    }
}

fn is_a_setting(name: &std::ffi::OsStr) -> bool {
    name.to_str()
        .is_some_and(|name| name.starts_with("ERAFLAZZ__"))
}

/// What a first start without settings is told, before the offer.
const NO_SETTINGS: &str = "no settings: neither --config nor variables ERAFLAZZ__…";

/// What a start without a file of settings is offered.
const OFFER: &str = "To try it on this machine, with a fake supplier and money that is not real:
  h2h-server init ./pulsa

For real suppliers copy settings.example.toml, .env.example and seed.example.toml, put your own values in, and say
  h2h-server check-config --config settings.toml
  h2h-server serve --config settings.toml";

#[tokio::main]
async fn main() -> ExitCode {
    panics::keep_quiet();
    let Arguments {
        mut files,
        server,
        json,
        command,
    } = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => return misused(&told),
    };
    let show = Show { json };
    let done = match command {
        Command::Serve { role } => {
            files.role = role;
            serve(files).await.map_err(DeskError::NotReady)
        }
        Command::Migrate(args) => migrate(args, files, show).await,
        Command::Archive(args) => archive(args, files, show).await,
        Command::Epoch(command) => epoch(command, files, show).await,
        Command::Init { folder } => start_afresh(&folder),
        Command::Demo => h2h_server::demo::run()
            .await
            .map_err(|failure| DeskError::NotReady(failure.to_string())),
        Command::Backup { target } => backup(target, files, server, show).await,
        // As large as the store that it reads.
        Command::Check => Box::pin(check_store(files, show)).await,
        Command::Compact => compact(files, show).await,
        Command::CheckConfig => check_config(files, show).await,
        Command::Read {
            supplier,
            unclear_max,
        } => read(&supplier, unclear_max, files),
        Command::Administer(command) => {
            let done = administer(command, files, server, show).await;
            return ended(done, show);
        }
    };
    ended(done.map(|()| Ended::Well), show)
}

/// A program's last words to the person who started it, who may be gone.
fn complain(why: &str, code: u8) -> ExitCode {
    let _nobody_reads = writeln!(std::io::stderr(), "{why}");
    ExitCode::from(code)
}

/// What clap says to whoever asks for help, and to whoever is not understood; to machines as an object with `error` as well.
fn misused(told: &clap::Error) -> ExitCode {
    if told.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let error = json!({"error": told.to_string().trim_end()});
        let _nobody_reads = print(&format!("{error:#}"));
    }
    let _nobody_reads = told.print();
    u8::try_from(told.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn start_afresh(folder: &Path) -> Result<(), DeskError> {
    let next = init(folder).map_err(|error| DeskError::NotReady(error.to_string()))?;
    print(&next)
}

async fn administer(
    command: AdminCommand,
    files: Files,
    server: Option<String>,
    show: Show,
) -> Result<Ended, DeskError> {
    let desk = desk(&command, files, server).await?;
    cli::run(command, &desk, show).await
}

/// Each end has an exit code of its own. Whoever wants JSON gets the failure as well, unless it is that nothing can be written.
fn ended(ended: Result<Ended, DeskError>, show: Show) -> ExitCode {
    let error = match ended {
        Ok(Ended::Well) => return ExitCode::SUCCESS,
        Ok(Ended::BooksOpen) => return ExitCode::from(4),
        Err(error) => error,
    };
    if show.json && !matches!(error, DeskError::Untold(_)) {
        let _nobody_reads = print(&format!("{:#}", error.told()));
    }
    let is_silent = matches!(error, DeskError::Unreachable { .. });
    complain(&error.to_string(), if is_silent { 3 } else { 1 })
}

async fn desk(
    command: &AdminCommand,
    files: Files,
    server: Option<String>,
) -> Result<Desk, DeskError> {
    if let Some(base) = server {
        return open::at_server(&base);
    }
    let settings = if files.are_there() {
        let settings = files.load()?;
        audit_to_stderr();
        Some(settings)
    } else {
        None
    };
    open::desk(settings, command.reads()).await
}

/// What is done at this machine leaves its audit line as well; the answer alone goes to standard output.
fn audit_to_stderr() {
    let filter = EnvFilter::new("warn,audit=info");
    let ansi = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ansi)
        .log_internal_errors(false);
    // Only the first of a process can be installed, and this is it.
    let _ = log.with_writer(std::io::stderr).try_init();
}

async fn serve(files: Files) -> Result<(), String> {
    let settings = if !files.are_there() {
        Err(NO_SETTINGS.to_owned())
    } else if files.config.is_some() {
        let settings = files.load_to_start().map_err(|error| error.to_string())?;
        return serve_with(settings).await;
    } else {
        files.load_to_start().map_err(|error| error.to_string())
    };
    // Without a file it may well be somebody's first start.
    let settings = settings.map_err(|why| format!("{why}\n\n{OFFER}"))?;
    serve_with(settings).await
}

async fn serve_with(settings: Settings) -> Result<(), String> {
    logging::install(&settings.log)?;
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

async fn backup(
    target: Option<PathBuf>,
    files: Files,
    server: Option<String>,
    show: Show,
) -> Result<(), DeskError> {
    let usual = || (!files.are_there()).then(|| open::USUAL.to_owned());
    if let Some(base) = server.or_else(usual) {
        let name = target.as_deref().map(cli::backup::name_of).transpose()?;
        return cli::backup::at_server(&open::at_server(&base)?, name, show).await;
    }
    let settings = files.load()?;
    cli::backup::run(settings, target, show).await
}

async fn migrate(args: MigrateArgs, files: Files, show: Show) -> Result<(), DeskError> {
    cli::database::migrate(args, &files.load_store()?, show).await
}

async fn archive(args: ArchiveArgs, files: Files, show: Show) -> Result<(), DeskError> {
    cli::database::archive(args, &files.load_store()?, show).await
}

async fn epoch(command: EpochCommand, files: Files, show: Show) -> Result<(), DeskError> {
    cli::database::epoch(command, files.load_to_start()?, show).await
}

async fn compact(files: Files, show: Show) -> Result<(), DeskError> {
    cli::compact::run(&files.load_store()?, show).await
}

async fn check_store(files: Files, show: Show) -> Result<(), DeskError> {
    let source = files.source()?;
    let store = Settings::load_store(&source).map_err(DeskError::Settings)?;
    // Who only names a folder has none: then it is looked at alone.
    let settings = Settings::load(&source).ok();
    let checked = cli::check::store(&store, settings.as_ref(), show);
    // It holds a whole engine, to compare the epoch.
    Box::pin(checked).await
}

async fn check_config(files: Files, show: Show) -> Result<(), DeskError> {
    cli::check::settings(&files.load_to_start()?, show).await
}

fn read(supplier: &str, unclear_max: u8, files: Files) -> Result<(), DeskError> {
    if let Some(gateway) = cli::read::gateway::named(supplier) {
        let input = std::io::stdin().lock();
        return cli::read::gateway::run(gateway, input, std::io::stdout().lock(), unclear_max);
    }
    let account = match &files.profile {
        Some(profile) if files.config.is_none() => {
            cli::read::profile(supplier, Path::new(profile))?
        }
        _ if files.are_there() => cli::read::configured(files.load()?, supplier)?,
        _ => cli::read::kind(supplier)?,
    };
    let input = std::io::stdin().lock();
    cli::read::run(&account, input, std::io::stdout().lock(), unclear_max)
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod containers;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod operators_page;

//! A `PostgreSQL` server for one test program.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::free_port;

/// A server that tests may do anything to. There is one a test program, started by whoever asks first.
///
/// With `DATABASE_URL` in the environment it is that one, whose user must be allowed to create databases; what is created there stays. Else it is started from
/// what is installed, on a free port of loopback, in a new folder of the system's for temporary files, and stopped and removed once the program has
/// ended. What is committed goes to the kernel, which a killed server cannot take along, and is not forced to the disk: no test here cuts the power.
#[derive(Debug)]
pub struct Postgres {
    url: String,
    psql: PathBuf,
    /// Where it is and how it is started, if these tests start it.
    own: Option<Own>,
    /// Holds the line to the watchman: it hangs up by itself when this program ends.
    watchman: Option<Child>,
}

/// A server of our own.
#[derive(Debug)]
struct Own {
    pg_ctl: PathBuf,
    folder: PathBuf,
    settings: String,
}

impl Own {
    fn start(&self) {
        let mut start = Command::new(&self.pg_ctl);
        start.arg("-D").arg(self.folder.join("data")).arg("-l");
        start.arg(self.folder.join("log"));
        let start = start.args(["-w", "-t", "60", "-o", &self.settings, "start"]);
        run(&self.folder, start);
    }
}

/// What mends a machine without a server.
const MEND: &str = "PostgreSQL is not installed. Mend it with: apt-get install postgresql";

/// Waits until this program hangs up, by whatever end; then the server goes, and its folder with it. The signal that ends the program may reach the watchman as well, who
/// has work left to do.
const WATCH: &str = r#"trap '' HUP INT TERM
cat >/dev/null
"$0" -D "$1/data" -m immediate stop >/dev/null 2>&1
rm -rf -- "$1""#;

impl Postgres {
    /// The server of this program.
    ///
    /// # Panics
    /// If there is none and none can be started; the message says what to install.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Postgres> = OnceLock::new();
        SERVER.get_or_init(|| match std::env::var("DATABASE_URL") {
            Ok(url) => Self {
                url,
                psql: program("psql"),
                own: None,
                watchman: None,
            },
            Err(_) => Self::start(),
        })
    }

    /// Starts another one, which ends with the value, whatever `DATABASE_URL` names: for who stops or measures it.
    ///
    /// # Panics
    /// If none can be started; the message says what to install.
    pub fn start() -> Self {
        let settings = "-c max_connections=500 -c shared_buffers=64MB -c fsync=off";
        Self::start_in(&std::env::temp_dir(), settings)
    }

    /// Starts one that forces what it commits to the disk that `place` is on, for whoever measures; `settings` beside, as the command line of the server has
    /// them. It ends with the value.
    ///
    /// # Panics
    /// If none can be started, or nobody but its owner may go into that folder; the message says what to do.
    pub fn start_durable(place: &Path, settings: &str) -> Self {
        // It is by itself; what the command line says nobody could change for a while afterwards.
        Self::start_in(place, settings)
    }

    fn start_in(place: &Path, settings: &str) -> Self {
        let (initdb, pg_ctl) = (program("initdb"), program("pg_ctl"));
        let folder = new_folder(place);
        let (data, port) = (folder.join("data"), free_port());
        // Without a socket: its name would have to be short, wherever the folder is.
        let settings = format!(
            "-p {port} -k '' -c listen_addresses=127.0.0.1 -c log_min_messages=warning {settings}"
        );
        run(
            &folder,
            Command::new(initdb).arg("-D").arg(&data).args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
            ]),
        );
        let own = Own {
            pg_ctl: pg_ctl.clone(),
            folder: folder.clone(),
            settings,
        };
        own.start();
        let mut watch = Command::new("sh");
        watch.args(["-c", WATCH]).arg(&pg_ctl).arg(&folder);
        let watchman = as_nobody_special(&folder, &watch)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            psql: program("psql"),
            own: Some(own),
            watchman: Some(watchman),
        }
    }

    /// Stops it as a power cut would, whoever is connected, and starts it again: what was committed is there, and nobody is connected any more.
    ///
    /// # Panics
    /// If it is not a server that these tests have started, or does not start again.
    pub fn crash_and_start_again(&self) {
        let own = self.own.as_ref().unwrap();
        let mut stop = Command::new(&own.pg_ctl);
        stop.arg("-D").arg(own.folder.join("data"));
        run(&own.folder, stop.args(["-w", "-m", "immediate", "stop"]));
        own.start();
    }

    /// The address of a new database on it, empty.
    pub fn database(&self) -> String {
        self.database_like("template0")
    }

    /// The address of a new database on it, a copy of the one that is called `template`, to which nobody is connected.
    pub fn database_like(&self, template: &str) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("eraflazz_{}_{number}", std::process::id());
        self.create(&name, template);
        self.url_of(&name)
    }

    /// The address of a new database whose schema is there: a copy of one that `migrate` was called with, once in this program. It is called on a thread of
    /// its own, since whoever asks first may be on a runtime.
    ///
    /// # Panics
    /// If `migrate` does.
    pub fn database_with_schema(&self, migrate: impl FnOnce(String) + Send + 'static) -> String {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let name = format!("eraflazz_template_{}", std::process::id());
            self.create(&name, "template0");
            let url = self.url_of(&name);
            std::thread::spawn(move || migrate(url)).join().unwrap();
            name
        });
        self.database_like(template)
    }

    /// Creates a database of this name, a copy of `template`.
    pub fn create(&self, name: &str, template: &str) {
        self.sql(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
    }

    /// The address of the database of this name.
    pub fn url_of(&self, name: &str) -> String {
        let (before, query) = match self.url.split_once('?') {
            Some((before, query)) => (before, format!("?{query}")),
            None => (self.url.as_str(), String::new()),
        };
        let (server, _) = before.rsplit_once('/').unwrap();
        format!("{server}/{name}{query}")
    }

    /// Runs one statement on the server, outside of any database of ours.
    fn sql(&self, sql: &str) {
        self.run_in(&self.url, sql);
    }

    /// Runs one statement in the database at `url`.
    ///
    /// # Panics
    /// If the server refuses it.
    pub fn run_in(&self, url: &str, sql: &str) {
        let mut psql = Command::new(&self.psql);
        let output = psql
            .arg(url)
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql])
            .output()
            .unwrap();
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{sql}: {why}");
    }
}

/// A transaction that a person has left open, with all its locks; it is rolled back with the value.
#[derive(Debug)]
pub struct LeftOpen {
    psql: Child,
}

impl Postgres {
    /// Begins a transaction in the database at `url` with this statement, and leaves it open.
    ///
    /// # Panics
    /// If the server refuses it.
    pub fn leaves_open(&self, url: &str, sql: &str) -> LeftOpen {
        let mut psql = Command::new(&self.psql);
        psql.arg(url).args(["-X", "-q", "-v", "ON_ERROR_STOP=1"]);
        psql.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut psql = psql.spawn().unwrap();
        let line = psql.stdin.as_mut().unwrap();
        writeln!(line, "BEGIN;\n{sql};\n\\echo begun").unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(psql.stdout.take().unwrap());
        lines.read_line(&mut said).unwrap();
        assert_eq!(said, "begun\n", "{sql}");
        LeftOpen { psql }
    }
}

impl Drop for LeftOpen {
    fn drop(&mut self) {
        drop(self.psql.stdin.take());
        drop(self.psql.wait());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut watchman) = self.watchman.take() {
            drop(watchman.stdin.take());
            drop(watchman.wait());
        }
    }
}

/// A program of `PostgreSQL`: the newest in the folders where packages put it, or one that is found by its name.
fn program(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let mut found: Vec<(u32, PathBuf)> = versions
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin").join(name)))
        })
        .filter(|(_, path)| path.exists())
        .collect();
    found.sort();
    if let Some((_, newest)) = found.pop() {
        return newest;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path).map(|folder| folder.join(name));
    in_path
        .chain([Path::new("/usr/local/pgsql/bin").join(name)])
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("{MEND}"))
}

/// A new folder under `place` that only the server's user can look into.
fn new_folder(place: &Path) -> PathBuf {
    let name = format!("eraflazz-postgres-{}-{}", std::process::id(), free_port());
    let folder = std::path::absolute(place).unwrap().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    if is_root() {
        let owned = Command::new("chown").arg("postgres").arg(&folder).status();
        assert!(
            owned.unwrap().success(),
            "there is no user postgres: {MEND}"
        );
    }
    folder
}

/// `PostgreSQL` refuses to run as root.
fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

/// The command as a user whom `PostgreSQL` accepts.
fn as_nobody_special(folder: &Path, command: &Command) -> Command {
    let mut allowed = if is_root() {
        let mut switch = Command::new("setpriv");
        switch.args([
            "--reuid=postgres",
            "--regid=postgres",
            "--init-groups",
            "--",
        ]);
        switch.arg(command.get_program());
        switch
    } else {
        Command::new(command.get_program())
    };
    allowed.args(command.get_args()).current_dir(folder);
    allowed
}

fn run(folder: &Path, command: &Command) {
    let log = folder.join("said");
    let said = std::fs::File::create(&log).unwrap();
    // Into a file: the server outlives its starter and would keep a pipe open.
    let status = as_nobody_special(folder, command)
        .stdin(Stdio::null())
        .stdout(said.try_clone().unwrap())
        .stderr(said)
        .status()
        .unwrap();
    if !status.success() {
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        let of_server = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        drop(std::io::stderr().write_all(of_server.as_bytes()));
        panic!("{command:?}: {said}");
    }
}

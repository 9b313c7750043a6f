//! A Redis server for one test.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::free_port;

/// A server that a test may do anything to: it is started from what is installed, on a free port of loopback, keeps everything in memory, and ends with the value.
/// Only the one that tests share ([`Redis::shared`]) may be somebody else's.
#[derive(Debug)]
pub struct Redis {
    /// `HOST:PORT`.
    host: String,
    database: u8,
    port: u16,
    /// If it was started here.
    server: Option<Child>,
}

/// What mends a machine without a server.
const MEND: &str = "Redis is not installed. Mend it with: apt-get install redis-server";

/// How another one is named.
const NAMED: &str = "REDIS_URL: redis://HOST:PORT/NUMBER, without a password";

/// How long a server may take to begin.
const BEGINS: Duration = Duration::from_secs(20);

/// The server hears its death on its line to the test program, however that ends.
const WATCH: &str = r#"trap '' HUP INT TERM
redis-server --port "$0" --bind 127.0.0.1 --save '' --appendonly no --daemonize no >/dev/null 2>&1 </dev/null &
cat >/dev/null
kill -KILL $! 2>/dev/null
wait"#;

impl Redis {
    /// The server of this program, for tests that only write under names of their own and so break nothing: the one that `REDIS_URL` names, whose entries stay,
    /// else one that is started.
    ///
    /// # Panics
    /// If there is none and none can be started; the message says what to install.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Redis> = OnceLock::new();
        SERVER.get_or_init(|| {
            let url = std::env::var("REDIS_URL");
            url.map_or_else(|_| Self::start(), |url| Self::named(&url))
        })
    }

    fn named(url: &str) -> Self {
        let rest = url.strip_prefix("redis://").expect(NAMED);
        let (host, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (_, port) = host.rsplit_once(':').expect(NAMED);
        let redis = Self {
            port: port.parse().expect(NAMED),
            host: host.to_owned(),
            database: match database {
                "" => 0,
                number => number.parse().expect(NAMED),
            },
            server: None,
        };
        redis.wait_until_it_answers();
        redis
    }

    /// Starts one, whatever `REDIS_URL` names: for who kills, wipes or fills it.
    ///
    /// # Panics
    /// If it cannot be started; the message says what to install.
    pub fn start() -> Self {
        let found = Command::new("redis-server").arg("--version").output();
        assert!(found.is_ok(), "{MEND}");
        let port = free_port();
        let redis = Self {
            host: format!("127.0.0.1:{port}"),
            database: 0,
            port,
            server: Some(serve(port)),
        };
        redis.wait_until_it_answers();
        redis
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("redis://{}/{}", self.host, self.database)
    }

    /// Ends it as a power cut would: what it knew is gone. Somebody else's is let alone.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            drop(server.stdin.take());
            drop(server.wait());
        }
    }

    /// Starts it again, empty, where it was.
    ///
    /// # Panics
    /// If it does not begin.
    pub fn restart(&mut self) {
        self.kill();
        self.server = Some(serve(self.port));
        self.wait_until_it_answers();
    }

    /// Gives it a command, as a person would; what it answers, the first line.
    ///
    /// # Panics
    /// If it is not there.
    pub fn command(&self, command: &str) -> String {
        self.ask(command).unwrap()
    }

    fn ask(&self, command: &str) -> std::io::Result<String> {
        let mut line = TcpStream::connect(&*self.host)?;
        line.set_read_timeout(Some(BEGINS))?;
        line.write_all(format!("SELECT {}\r\n{command}\r\n", self.database).as_bytes())?;
        let (mut lines, mut answer) = (BufReader::new(line), String::new());
        lines.read_line(&mut answer)?;
        if !answer.starts_with('-') {
            answer.clear();
            lines.read_line(&mut answer)?;
        }
        Ok(answer.trim_end().to_owned())
    }

    fn wait_until_it_answers(&self) {
        let began = Instant::now();
        while !matches!(self.ask("PING").as_deref(), Ok("+PONG")) {
            assert!(began.elapsed() < BEGINS, "redis-server does not begin");
            std::thread::yield_now();
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn serve(port: u16) -> Child {
    let mut watch = Command::new("sh");
    watch.args(["-c", WATCH]).arg(port.to_string());
    let watch = watch
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    watch.spawn().unwrap()
}

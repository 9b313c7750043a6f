//! A Redis server for one test.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::free_port;

/// A server that a test may do anything to: it is started from what is installed, on a free port of loopback, keeps everything in memory, and ends with the value.
/// `REDIS_URL` in the environment is for tests that share one ([`Redis::address`]); those that kill and fill need one of their own.
#[derive(Debug)]
pub struct Redis {
    port: u16,
    server: Child,
}

/// What mends a machine without a server.
const MEND: &str = "Redis is not installed. Mend it with: apt-get install redis-server";

/// How long a server may take to begin.
const BEGINS: Duration = Duration::from_secs(20);

/// The server hears its death on its line to the test program, however that ends.
const WATCH: &str = r#"trap '' HUP INT TERM
redis-server --port "$0" --bind 127.0.0.1 --save '' --appendonly no --daemonize no >/dev/null 2>&1 </dev/null &
cat >/dev/null
kill -KILL $! 2>/dev/null
wait"#;

impl Redis {
    /// Starts one.
    ///
    /// # Panics
    /// If it cannot be started; the message says what to install.
    pub fn start() -> Self {
        let found = Command::new("redis-server").arg("--version").output();
        assert!(found.is_ok(), "{MEND}");
        let port = free_port();
        let redis = Self {
            port,
            server: serve(port),
        };
        redis.wait_until_it_answers();
        redis
    }

    /// Its address.
    pub fn address(&self) -> String {
        format!("redis://127.0.0.1:{}/0", self.port)
    }

    /// Ends it as a power cut would: what it knew is gone.
    pub fn kill(&mut self) {
        drop(self.server.stdin.take());
        drop(self.server.wait());
    }

    /// Starts it again, empty, where it was.
    ///
    /// # Panics
    /// If it does not begin.
    pub fn restart(&mut self) {
        self.kill();
        self.server = serve(self.port);
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
        let mut line = TcpStream::connect(("127.0.0.1", self.port))?;
        line.set_read_timeout(Some(BEGINS))?;
        line.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = String::new();
        BufReader::new(line).read_line(&mut answer)?;
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

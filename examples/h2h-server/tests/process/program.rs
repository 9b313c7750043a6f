//! The program as a process: started, asked whether it is ready, killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take that is waited for. The machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const GLANCE: Duration = Duration::from_millis(2);

/// Looks again and again until there is something to see.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(GLANCE).await;
    }
}

/// What comes, within [`PATIENCE`].
pub(crate) async fn patiently<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(PATIENCE, coming).await;
    came.unwrap_or_else(|_| panic!("never happened: {what}"))
}

/// One life of `h2h-server`. Dropping it kills it.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it with these arguments and this environment alone; what it says goes to `log`.
    pub(crate) fn start<'a>(
        arguments: &[&str],
        environment: impl IntoIterator<Item = (&'a String, &'a String)>,
        log: &Path,
    ) -> Self {
        let out = File::create(log).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_h2h-server"))
            .args(arguments)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stderr(out.try_clone().unwrap())
            .stdout(out)
            .spawn()
            .unwrap();
        Self {
            child,
            log: log.to_owned(),
        }
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap()).into_owned()
    }

    /// Where a server listens, once it takes orders.
    pub(crate) async fn ready(&mut self, http: &reqwest::Client) -> String {
        until("a server that is ready", async || {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended: {}", self.said());
            let base = self.address()?;
            let ready = http.get(format!("{base}/readyz")).send().await;
            ready.ok()?.status().is_success().then_some(base)
        })
        .await
    }

    /// From its log: `listening`, with the port that it got.
    pub(crate) fn address(&self) -> Option<String> {
        let said = self.said();
        let line = said.lines().find(|line| line.contains("listening"))?;
        let (_, rest) = line.split_once(r#""address":""#)?;
        let (address, _) = rest.split_once('"')?;
        Some(format!("http://{address}"))
    }

    /// Waits for its end; whether it ended well.
    pub(crate) async fn ends(&mut self) -> bool {
        until("the end of a process", async || {
            self.child.try_wait().unwrap()
        })
        .await
        .success()
    }

    /// SIGKILL: it does nothing any more, not even tidy up.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Another signal, by its name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status();
        assert!(sent.unwrap().success(), "SIG{name} was not sent");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

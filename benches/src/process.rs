//! Other processes of this program: started, spoken with, and what they use.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use benches::shop::Failure;
use serde::Serialize;

/// Says a line to whoever started this process.
#[expect(clippy::print_stdout, reason = "its starter reads it")]
pub(crate) fn say(line: &str) -> Result<(), Failure> {
    println!("{line}");
    Ok(std::io::stdout().flush()?)
}

/// Waits until whoever started this process says something, or is gone.
pub(crate) async fn hear() -> Result<(), Failure> {
    let read = || std::io::stdin().read_line(&mut String::new());
    tokio::task::spawn_blocking(read).await??;
    Ok(())
}

/// This program in another process. It ends with the value.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    tell: Option<ChildStdin>,
    said: BufReader<ChildStdout>,
}

impl Process {
    /// Starts one with these arguments.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take().ok_or("a process without an output")?;
        Ok(Self {
            tell: child.stdin.take(),
            child,
            said: BufReader::new(said),
        })
    }

    /// Waits for its next line.
    pub(crate) fn says(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.said.read_line(&mut line)?;
        if line.is_empty() {
            return Err("another process of this program has ended too soon".into());
        }
        Ok(line.trim().to_owned())
    }

    /// Says an empty line to it.
    pub(crate) fn nod(&mut self) -> Result<(), Failure> {
        let tell = self.tell.as_mut().ok_or("a process that has ended")?;
        Ok(writeln!(tell)?)
    }

    /// What it has used.
    pub(crate) fn used(&self) -> Result<Used, Failure> {
        Used::of(self.child.id())
    }

    /// Ends it, in order.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        drop(self.tell.take());
        let ended = self.child.wait()?;
        if ended.success() {
            Ok(())
        } else {
            Err(format!("another process of this program ended with {ended}").into())
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.tell.take());
        drop(self.child.wait());
    }
}

/// What processes have used, as Linux counts it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Used {
    /// Processors at work, on average.
    cores: f64,
    /// Memory of their own and their part of what they share.
    memory_mb: f64,
    /// Time on processors until now, in seconds.
    #[serde(skip)]
    seconds: f64,
}

/// Parts of a second in which Linux tells time on processors.
const TICKS: f64 = 100.0;

impl Used {
    /// One process, without those that it started.
    pub(crate) fn of(process: u32) -> Result<Self, Failure> {
        Ok(Self {
            cores: 0.0,
            memory_mb: memory(process)?,
            seconds: Times::of(process)?.own,
        })
    }

    /// A process and all that it has started, those that have ended as well.
    pub(crate) fn of_family(process: u32) -> Result<Self, Failure> {
        let parent = Times::of(process)?;
        let mut used = Self {
            seconds: parent.own + parent.of_ended,
            ..Self::of(process)?
        };
        for entry in std::fs::read_dir("/proc")? {
            let Some(id) = entry?
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok())
            else {
                continue;
            };
            // One that has just ended is in the next count of its parent.
            if let Ok(times) = Times::of(id)
                && times.parent == process
            {
                used.seconds += times.own;
                used.memory_mb += memory(id).unwrap_or_default();
            }
        }
        Ok(used)
    }

    /// What was used since `before`, `took` ago.
    pub(crate) fn since(self, before: &Self, took: Duration) -> Self {
        Self {
            cores: (self.seconds - before.seconds) / took.as_secs_f64(),
            ..self
        }
    }
}

struct Times {
    parent: u32,
    own: f64,
    /// Of its children that have ended.
    of_ended: f64,
}

impl Times {
    fn of(process: u32) -> Result<Self, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name of the program, in brackets, may be anything.
        let (_, rest) = stat.rsplit_once(')').ok_or("a process without a name")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = |at: usize| -> Result<f64, Failure> {
            let field = fields.get(at).ok_or("a process without times")?;
            Ok(field.parse::<f64>()? / TICKS)
        };
        Ok(Self {
            parent: fields.get(1).ok_or("a process without a parent")?.parse()?,
            own: ticks(11)? + ticks(12)?,
            of_ended: ticks(13)? + ticks(14)?,
        })
    }
}

/// What is its own, and its part of what it shares.
fn memory(process: u32) -> Result<f64, Failure> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("a process without memory")?.parse::<f64>()? / 1024.0)
}

//! A line to a database server that a test can cut, at the very moment at which something becomes durable.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Where the line is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server does not hear it, and takes back what was not committed.
    Before,
    /// The server hears it, and whoever sent it is gone at once: it may be under way still when somebody asks again.
    OnTheWay,
    /// The server has done it and says so; the answer is lost.
    Answer,
}

/// What it is cut at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The next end of a transaction: its COMMIT, or its ROLLBACK where nothing is left to commit.
    End,
    /// The next COMMIT.
    Commit,
    /// The next statement that is executed, which is a transaction of its own.
    Statement,
}

/// As simple queries: their length, the word, a zero.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";
const ROLLBACK: &[u8] = b"Q\0\0\0\x0dROLLBACK\0";
/// The execution of what was bound, as far as it goes.
const EXECUTE: &[u8] = b"E\0\0\0\x09\0\0\0\0\0";

impl At {
    fn is_in(self, sent: &[u8]) -> bool {
        let holds = |word: &[u8]| sent.windows(word.len()).any(|part| part == word);
        match self {
            Self::End => holds(COMMIT) || holds(ROLLBACK),
            Self::Commit => holds(COMMIT),
            Self::Statement => holds(EXECUTE),
        }
    }
}

/// A line from an address of this machine to a server of `PostgreSQL`, for as many connections as are made through it, without TLS. What passes is told
/// apart by the words of its protocol; each is expected in one piece, as clients write it.
#[derive(Debug)]
pub struct Line {
    url: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    server: String,
    plan: Mutex<Option<Plan>>,
    cuts: AtomicUsize,
    is_down: AtomicBool,
    /// Told whenever something of the above has changed.
    news: watch::Sender<()>,
}

#[derive(Clone, Copy, Debug)]
struct Plan {
    cut: Cut,
    at: At,
    /// Whether that is the end of the whole line, as it is when a process dies.
    for_good: bool,
}

impl Line {
    /// A line to the server in `url`, open to all.
    ///
    /// # Panics
    /// If the address has no user, or no port of loopback is free.
    pub async fn to(url: &str) -> Self {
        let (user, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let database = database.split('?').next().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours: SocketAddr = listener.local_addr().unwrap();
        let state = Arc::new(State {
            server: server.to_owned(),
            plan: Mutex::new(None),
            cuts: AtomicUsize::new(0),
            is_down: AtomicBool::new(false),
            news: watch::Sender::new(()),
        });
        tokio::spawn(answer(listener, Arc::clone(&state)));
        Self {
            url: format!("{user}@{ours}/{database}?sslmode=disable"),
            state,
        }
    }

    /// The address of the database through this line.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts the connection that comes by it next; others go on, and new ones may be made.
    pub fn cuts(&self, cut: Cut, at: At) {
        self.plans(cut, at, false);
    }

    /// The same, and with it the whole line for good: that is how the server sees a process die.
    pub fn ends(&self, cut: Cut, at: At) {
        self.plans(cut, at, true);
    }

    fn plans(&self, cut: Cut, at: At, for_good: bool) {
        let plan = Plan { cut, at, for_good };
        *self.state.plan.lock().unwrap() = Some(plan);
    }

    /// Every connection ends now, and no other is made.
    pub fn goes_down(&self) {
        self.state.is_down.store(true, Ordering::SeqCst);
        self.state.news.send_replace(());
    }

    /// How often it was cut.
    pub fn times_cut(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }

    /// Waits until it was cut this often.
    pub async fn cut(&self, times: usize) {
        let mut news = self.state.news.subscribe();
        while self.times_cut() < times {
            if news.changed().await.is_err() {
                return;
            }
        }
    }
}

impl State {
    fn is_down(&self) -> bool {
        self.is_down.load(Ordering::SeqCst)
    }

    /// What the plan has for this piece, which then is fulfilled.
    fn plan_for(&self, sent: &[u8]) -> Option<Plan> {
        let mut plan = self.plan.lock().unwrap();
        plan.take_if(|plan| plan.at.is_in(sent))
    }

    fn was_cut(&self, plan: Plan) {
        self.cuts.fetch_add(1, Ordering::SeqCst);
        if plan.for_good {
            self.is_down.store(true, Ordering::SeqCst);
        }
        self.news.send_replace(());
    }

    async fn down(&self) {
        let mut news = self.news.subscribe();
        while !self.is_down() {
            if news.changed().await.is_err() {
                return;
            }
        }
    }
}

async fn answer(listener: TcpListener, state: Arc<State>) {
    loop {
        tokio::select! {
            biased;
            () = state.down() => return,
            came = listener.accept() => {
                let Ok((client, _)) = came else { return };
                tokio::spawn(connection(client, Arc::clone(&state)));
            }
        }
    }
}

async fn connection(client: TcpStream, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(&state.server).await else {
        return;
    };
    drop(client.set_nodelay(true));
    drop(server.set_nodelay(true));
    tokio::select! {
        biased;
        () = state.down() => {}
        () = carry(client, server, &state) => {}
    }
}

async fn carry(client: TcpStream, server: TcpStream, state: &State) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let there = async {
        let mut piece = vec![0; 64 << 10];
        loop {
            let count = from_client.read(&mut piece).await.unwrap_or(0);
            if count == 0 {
                return None;
            }
            let plan = state.plan_for(&piece[..count]);
            if plan.is_some_and(|plan| plan.cut == Cut::Before) {
                return plan.map(|plan| (plan, Vec::new()));
            }
            if plan.is_some() {
                return plan.map(|plan| (plan, piece[..count].to_vec()));
            }
            if to_server.write_all(&piece[..count]).await.is_err() {
                return None;
            }
        }
    };
    let back = pass(&mut from_server, &mut to_client);
    let cut = tokio::select! {
        biased;
        cut = there => cut,
        () = back => None,
    };
    let Some((plan, last)) = cut else { return };
    // From here on nothing comes back.
    if !last.is_empty() && to_server.write_all(&last).await.is_ok() && plan.cut == Cut::Answer {
        let mut said = [0; 1];
        drop(from_server.read(&mut said).await);
    }
    drop((from_client, to_client, from_server, to_server));
    state.was_cut(plan);
}

async fn pass(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf) {
    drop(tokio::io::copy(from, to).await);
}

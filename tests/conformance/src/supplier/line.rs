//! The line between an adapter and the fake of its provider. It passes requests on and spoils answers on their way back, for every adapter in
//! the same way: a fake only has to answer as its provider does.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// What a proxy says that nobody asked.
const PAGE: &str = "<html><body><h1>Bad gateway</h1></body></html>";

/// How answers are told. The provider has done its work in any case: a request is always passed on first, and its answer read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Telling {
    /// As the provider gave it, framed by `Content-Length`.
    #[default]
    Whole,
    /// The connection is closed without a byte of answer.
    Lost,
    /// `Content-Length` announces the whole body; the connection is closed where it is cut.
    Cut(Cut),
    /// Neither a length nor chunks are announced; the connection is closed where the body is cut.
    Unframed(Cut),
    /// This HTTP status and no body.
    Bare(u16),
    /// An HTML page with this HTTP status.
    Page(u16),
    /// Nothing, for as long as the caller waits.
    Silence,
    /// HTTP 307 to the very same address: who follows it sends the request again.
    Redirect,
    /// The body with the first text replaced by the second, wherever it stands.
    Reworded(String, String),
}

/// Where a body is cut, counted without the white space at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// So many bytes before its end.
    Before(usize),
    /// In the middle.
    Half,
}

impl Cut {
    /// Everywhere in the last fields, between them, and in the middle.
    pub(super) fn places() -> impl Iterator<Item = Self> {
        (1..=32).map(Self::Before).chain([Self::Half])
    }

    fn of(self, body: &[u8]) -> &[u8] {
        let body = body.trim_ascii_end();
        let left = match self {
            Self::Before(missing) => body.len().saturating_sub(missing),
            Self::Half => body.len() / 2,
        };
        &body[..left]
    }
}

/// A loopback HTTP address that stands for the fake's own. Dropping it closes every connection.
#[derive(Debug)]
pub struct Line {
    url: String,
    state: Arc<Mutex<State>>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct State {
    telling: Telling,
    found: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Line {
    /// A line to the fake at this plain HTTP address, for example `http://127.0.0.1:7010/v1`.
    pub async fn to(fake: &str) -> Self {
        let rest = fake.strip_prefix("http://").unwrap();
        let (provider, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let provider = provider.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}{path}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let told = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((caller, _)) = listener.accept().await {
                let (provider, told) = (provider.clone(), Arc::clone(&told));
                open.spawn(async move {
                    // Who hung up has its reasons.
                    let _ = pass(caller, &provider, &told).await;
                });
            }
        });
        Self {
            url,
            state,
            serving: Mutex::new(Some(serving)),
        }
    }

    /// The address for the adapter: the fake's, with another host and port.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on answers are told like this.
    pub(crate) fn tell(&self, telling: Telling) {
        *lock(&self.state) = State {
            telling,
            found: false,
        };
    }

    /// Whether an answer had the text that was to be replaced.
    pub(super) fn found(&self) -> bool {
        lock(&self.state).found
    }

    /// Nobody listens any more once this returns.
    pub(crate) async fn close(&self) {
        let serving = lock(&self.serving).take().unwrap();
        serving.abort();
        assert!(serving.await.unwrap_err().is_cancelled());
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(serving) = lock(&self.serving).take() {
            serving.abort();
        }
    }
}

/// One request, one answer, then the connection is closed.
async fn pass(caller: TcpStream, provider: &str, state: &Mutex<State>) -> io::Result<()> {
    let mut caller = BufReader::new(caller);
    let request = Message::read(&mut caller, false).await?;
    let mut asked = BufReader::new(TcpStream::connect(provider).await?);
    asked.write_all(&request.bytes()).await?;
    let answer = Message::read(&mut asked, true).await?;
    let telling = lock(state).telling.clone();
    let told = match telling {
        Telling::Lost => return Ok(()),
        Telling::Silence => return std::future::pending().await,
        Telling::Whole => answer.bytes(),
        Telling::Cut(cut) => {
            let missing = answer.body.len() - cut.of(&answer.body).len();
            let mut bytes = answer.bytes();
            bytes.truncate(bytes.len() - missing);
            bytes
        }
        Telling::Unframed(cut) => {
            let head = format!("{}\r\nconnection: close\r\n\r\n", answer.head.join("\r\n"));
            [head.as_bytes(), cut.of(&answer.body)].concat()
        }
        Telling::Bare(status) => Message::of(status, "text/plain", "").bytes(),
        Telling::Page(status) => Message::of(status, "text/html", PAGE).bytes(),
        Telling::Redirect => {
            let mut there = Message::of(307, "text/plain", "");
            let target = request.head[0].split(' ').nth(1).unwrap_or("/");
            there.head.push(format!("location: {target}"));
            there.bytes()
        }
        Telling::Reworded(from, to) => {
            let body = String::from_utf8_lossy(&answer.body);
            lock(state).found |= body.contains(&from);
            let body = body.replace(&from, &to).into_bytes();
            Message { body, ..answer }.bytes()
        }
    };
    caller.write_all(&told).await?;
    caller.shutdown().await
}

/// A request or an answer: the lines of its head but for those that say how long it is, and its body.
#[derive(Debug)]
struct Message {
    head: Vec<String>,
    body: Vec<u8>,
}

impl Message {
    fn of(status: u16, kind: &str, body: &str) -> Self {
        Self {
            head: vec![
                format!("HTTP/1.1 {status} Said"),
                format!("content-type: {kind}"),
            ],
            body: body.into(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let head = self.head.join("\r\n");
        let length = self.body.len();
        let head = format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        [head.as_bytes(), &self.body].concat()
    }

    /// Reads one to its end; an answer may also end with its connection.
    async fn read(from: &mut BufReader<TcpStream>, is_answer: bool) -> io::Result<Self> {
        let (mut head, mut length, mut chunked) = (Vec::new(), None, false);
        loop {
            let line = line(from).await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match (name.to_ascii_lowercase().as_str(), value.trim()) {
                ("content-length", value) => length = value.parse().ok(),
                ("transfer-encoding", _) => chunked = true,
                ("connection", _) => {}
                _ => head.push(line),
            }
        }
        let mut body = Vec::new();
        if chunked {
            loop {
                let size = usize::from_str_radix(&line(from).await?, 16);
                let size = size.map_err(io::Error::other)?;
                let start = body.len();
                body.resize(start + size, 0);
                from.read_exact(&mut body[start..]).await?;
                line(from).await?;
                if size == 0 {
                    break;
                }
            }
        } else if let Some(length) = length {
            body.resize(length, 0);
            from.read_exact(&mut body).await?;
        } else if is_answer {
            from.read_to_end(&mut body).await?;
        }
        Ok(Self { head, body })
    }
}

async fn line(from: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    line.truncate(line.trim_end().len());
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_cut_before_its_last_field_ends() {
        let body = b"code=00\nsaldo=990000\n";
        assert_eq!(Cut::Before(1).of(body), b"code=00\nsaldo=99000");
        assert_eq!(Cut::Before(99).of(body), b"");
        assert_eq!(Cut::Half.of(body), b"code=00\nsa");
    }
}

//! An adapter on a line to a peer that says what it is told to, byte by byte: for what a stranger may write after it has read a request.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// An adapter and a peer that reads one request, says what it was told to say, and closes.
pub(crate) struct Line<A> {
    runtime: tokio::runtime::Runtime,
    pub(crate) adapter: A,
    /// The next answer first; the last one is given for ever.
    says: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl<A> Line<A> {
    /// With the adapter that calls this address.
    pub(crate) fn open(adapter: impl FnOnce(&str) -> A) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let says = Arc::new(Mutex::new(vec![Vec::new()]));
        let told = Arc::clone(&says);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who hangs up has heard enough.
                let _ = serve(stream, &told);
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        Self {
            runtime,
            adapter: adapter(&base),
            says,
        }
    }

    /// What the peer says from now on.
    pub(crate) fn say(&self, bytes: Vec<u8>) {
        self.say_in_turn(vec![bytes]);
    }

    /// What it says to one request after the other, and to all after these the last.
    pub(crate) fn say_in_turn(&self, answers: Vec<Vec<u8>>) {
        assert!(!answers.is_empty());
        *self.says.lock().unwrap() = answers;
    }

    /// What comes of a call of the adapter.
    pub(crate) fn block_on<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }
}

/// A whole answer with this body.
pub(crate) fn whole(body: &[u8]) -> Vec<u8> {
    let mut answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    answer
}

fn serve(mut stream: TcpStream, says: &Mutex<Vec<Vec<u8>>>) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..read]);
    }
    let answer = {
        let mut says = says.lock().unwrap();
        if says.len() > 1 {
            says.remove(0)
        } else {
            says[0].clone()
        }
    };
    stream.write_all(&answer)
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0_usize);
    body.len() >= length
}

//! A peer that speaks raw TCP, for what a well-behaved server cannot show. It counts the requests that reached it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the peer does with a connection.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// Resets it as soon as something arrived, without reading it.
    ResetUnread,
    /// Reads one request, then resets.
    ResetAfterReading,
    /// Reads one request, then closes in good order.
    CloseAfterReading,
    /// Reads one request and never answers.
    Silent,
    /// Reads one request, writes these bytes, closes.
    Write(Vec<u8>),
    /// Reads one request, writes these bytes, and neither writes nor closes any more.
    WriteThenStall(Vec<u8>),
    /// Answers the first request with these bytes and keeps the connection; closes after reading the second.
    AnswerOnceThenClose(Vec<u8>),
    /// Answers what is no HTTP at all with what is no TLS at all.
    Garbage,
}

/// A listener on this machine.
pub(crate) struct Peer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Vec<u8>>>>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Starts to listen.
    pub(crate) async fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(treat(stream, manner.clone(), Arc::clone(&seen)));
            }
        });
        Self {
            address,
            requests,
            task,
        }
    }

    /// A free port with nobody behind it.
    pub(crate) async fn nobody() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    }

    /// The base address in plain HTTP.
    pub(crate) fn http(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The base address with TLS.
    pub(crate) fn https(&self) -> String {
        format!("https://{}/v1", self.address)
    }

    /// Everything that arrived, one entry a request (or a connection, where none was understood).
    pub(crate) fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn treat(mut stream: TcpStream, manner: Manner, requests: Arc<Mutex<Vec<Vec<u8>>>>) {
    match manner {
        Manner::ResetUnread => {
            // At once, the reset could overtake the client's own view of its connection.
            let _ = stream.readable().await;
            stream.set_zero_linger().unwrap();
        }
        Manner::ResetAfterReading => {
            if record(&mut stream, &requests).await {
                stream.set_zero_linger().unwrap();
            }
        }
        Manner::CloseAfterReading => {
            record(&mut stream, &requests).await;
        }
        Manner::Silent => {
            record(&mut stream, &requests).await;
            until_gone(&mut stream).await;
        }
        Manner::Write(bytes) => {
            if record(&mut stream, &requests).await {
                let _ = stream.write_all(&bytes).await;
            }
        }
        Manner::WriteThenStall(bytes) => {
            if record(&mut stream, &requests).await {
                let _ = stream.write_all(&bytes).await;
                until_gone(&mut stream).await;
            }
        }
        Manner::AnswerOnceThenClose(bytes) => {
            if record(&mut stream, &requests).await {
                let _ = stream.write_all(&bytes).await;
                record(&mut stream, &requests).await;
            }
        }
        Manner::Garbage => {
            let mut buffer = [0; 4096];
            let read = stream.read(&mut buffer).await.unwrap_or(0);
            requests.lock().unwrap().push(buffer[..read].to_vec());
            let _ = stream.write_all(b"this is not a handshake").await;
        }
    }
}

/// Reads one whole request and notes it; false if the client left before it was whole.
async fn record(stream: &mut TcpStream, requests: &Mutex<Vec<Vec<u8>>>) -> bool {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
            _ => return false,
        }
    }
    requests.lock().unwrap().push(request);
    true
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

async fn until_gone(stream: &mut TcpStream) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer).await, Ok(read) if read > 0) {}
}

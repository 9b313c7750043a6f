//! Bare sockets for what no HTTP server can be asked to do: refuse, reset, stay silent, answer with rubbish.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! use sandbox::raw::{Behaviour, RawListener};
//!
//! let silent = RawListener::start(Behaviour::NeverAnswer).await?;
//! assert!(silent.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(silent.requests(), 0);
//! # Ok(())
//! # }
//! ```

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What a [`RawListener`] does with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Accept and reset without reading.
    ResetUnread,
    /// Read the whole request, say nothing, keep the connection open.
    NeverAnswer,
    /// Answer the first bytes with something that is neither TLS nor HTTP; against an `https` URL this fails the handshake.
    Garbage,
    /// Read the whole request, send half of an announced body, close.
    HalfBody,
    /// Read the whole request, close without a byte.
    CloseAfterReading,
    /// Read the whole request, reset without a byte.
    ResetAfterReading,
}

/// A listener on loopback that treats every connection the same. Dropping it closes the port.
#[derive(Debug)]
pub struct RawListener {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl RawListener {
    /// Binds a free loopback port.
    pub async fn start(behaviour: Behaviour) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let connections = Arc::new(AtomicUsize::new(0));
        let requests = Arc::new(AtomicUsize::new(0));
        let (accepted, read) = (Arc::clone(&connections), Arc::clone(&requests));
        let serving = tokio::spawn(async move {
            // A set, so that open connections end with the listener.
            let mut open = tokio::task::JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                let read = Arc::clone(&read);
                open.spawn(async move {
                    if let Err(error) = treat(tcp, behaviour, &read).await {
                        tracing::debug!(%error, "raw connection ended");
                    }
                });
            }
        });
        Ok(Self {
            address,
            connections,
            requests,
            serving,
        })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `https://127.0.0.1:PORT`, for failing handshakes.
    pub fn tls_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// How many connections were accepted.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// How many requests were read to their last byte.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for RawListener {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The URL of a loopback port nobody listens on: connecting is refused.
pub async fn refused_url() -> io::Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok(format!("http://{}", listener.local_addr()?))
}

async fn treat(mut tcp: TcpStream, behaviour: Behaviour, read: &AtomicUsize) -> io::Result<()> {
    match behaviour {
        Behaviour::ResetUnread => tcp.set_zero_linger(),
        Behaviour::Garbage => {
            let mut some = [0; 16];
            let _ = tcp.read(&mut some).await?;
            tcp.write_all(b"\0\xffneither TLS nor HTTP\r\n").await
        }
        Behaviour::NeverAnswer => {
            read_request(&mut tcp, read).await?;
            // Until the caller gives up.
            let _ = tcp.read(&mut [0; 1]).await?;
            Ok(())
        }
        Behaviour::HalfBody => {
            read_request(&mut tcp, read).await?;
            tcp.write_all(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{\"data\":{\"ref_id\":\"",
            )
            .await
        }
        Behaviour::CloseAfterReading => read_request(&mut tcp, read).await,
        Behaviour::ResetAfterReading => {
            read_request(&mut tcp, read).await?;
            tcp.set_zero_linger()
        }
    }
}

/// Reads one request by its `Content-Length`, and counts it.
async fn read_request(tcp: &mut TcpStream, read: &AtomicUsize) -> io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        if tcp.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let announced = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .and_then(|length| length.trim().parse::<usize>().ok())
            .unwrap_or(0);
        if body.len() >= announced {
            read.fetch_add(1, Ordering::SeqCst);
            return Ok(());
        }
    }
}

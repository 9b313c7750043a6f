//! Taking connections: how many there may be, how long they may keep us waiting, and how they end.
//!
//! Everything here is about strangers who have not said a whole sentence yet. `axum::serve` waits for a header for ever and takes
//! every connection, so a few thousand half-sent headers would use up the process (D12, T-11); therefore the loop is ours.

mod connection;
mod seats;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::settings;
use seats::Seats;

/// How long is waited after an accept that failed for want of something of ours (file descriptors, memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What connections may cost.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Connections at once. Beyond it new ones wait in the kernel's queue until one ends.
    pub connections_max: usize,
    /// Connections at once from one address. Beyond it new ones are closed; trusted proxies are not counted.
    pub connections_per_address: usize,
    /// From the first byte of a header to its last; for the first header of a connection, from its start.
    pub header_timeout: Duration,
    /// Between an answer and the next request, and for taking an answer.
    pub idle_timeout: Duration,
    /// Whose connections are many people's.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether nobody else may connect but this machine: what is said here is plain HTTP, and off this machine only a proxy of ours
    /// may have heard it.
    pub proxies_only: bool,
}

impl Bounds {
    fn is_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(&address))
    }

    fn may_connect(&self, address: IpAddr) -> bool {
        !self.proxies_only || address.is_loopback() || self.is_proxy(address)
    }
}

impl From<&settings::Server> for Bounds {
    fn from(server: &settings::Server) -> Self {
        Self {
            connections_max: server.connections_max,
            connections_per_address: server.connections_per_address,
            header_timeout: server.header_timeout.duration(),
            idle_timeout: server.idle_timeout.duration(),
            trusted_proxies: server.trusted_proxies.clone(),
            proxies_only: !server.listen.ip().is_loopback(),
        }
    }
}

/// Where connections come from: a socket, or a test's stand-in for one that is out of order.
pub trait Accept: Send {
    /// The next connection and who is at its other end. Cancelling it loses none.
    fn accept(&mut self) -> impl Future<Output = io::Result<(TcpStream, SocketAddr)>> + Send;
}

impl Accept for TcpListener {
    async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
        Self::accept(self).await
    }
}

/// Serves `router` within `bounds` to whoever connects to `listener`, until `stopping` is cancelled and every request under way is
/// answered. Connections without a request under way end at once then. No failure of an accept or of a connection ends it.
/// Dropping it ends every connection.
pub async fn serve(
    mut listener: impl Accept,
    router: Router,
    bounds: Bounds,
    stopping: CancellationToken,
) {
    let seats = Seats::new(bounds.connections_per_address);
    let bounds = Arc::new(bounds);
    let mut open = JoinSet::new();
    let mut was_full = false;
    let mut was_refused = false;
    loop {
        let is_full = open.len() >= bounds.connections_max;
        if is_full && !was_full {
            tracing::warn!(open = open.len(), "as many connections as may be are open");
        }
        was_full = is_full;
        let accepted = tokio::select! {
            biased;
            () = stopping.cancelled() => break,
            Some(ended) = open.join_next() => {
                note_panic(ended);
                continue;
            }
            accepted = listener.accept(), if !is_full => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                was_refused = false;
                let address = peer.ip().to_canonical();
                if !bounds.may_connect(address) {
                    tracing::debug!(%address, "plain HTTP is spoken with trusted proxies only");
                    continue;
                }
                let is_proxy = bounds.is_proxy(address);
                let Some(seat) = seats.take((!is_proxy).then_some(address)) else {
                    tracing::debug!(%address, "too many connections from one address");
                    continue;
                };
                let ending = connection::run(
                    stream,
                    peer,
                    router.clone(),
                    bounds.clone(),
                    stopping.clone(),
                );
                open.spawn(async move {
                    let _seat = seat;
                    ending.await;
                });
            }
            Err(error) if is_of_the_caller(&error) => {}
            Err(error) => {
                if !was_refused {
                    tracing::error!(alert = "no connection can be taken", %error, "accept");
                }
                was_refused = true;
                tokio::select! {
                    biased;
                    () = stopping.cancelled() => break,
                    () = tokio::time::sleep(ACCEPT_PAUSE) => {}
                }
            }
        }
    }
    drop(listener);
    while let Some(ended) = open.join_next().await {
        note_panic(ended);
    }
}

/// Callers who hung up before we took them are no trouble of ours.
fn is_of_the_caller(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

fn note_panic(ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!(alert = "the task of a connection panicked", "panic");
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// `EMFILE`: no file descriptor is left.
    const EMFILE: i32 = 24;

    /// Fails as often as it holds errors, last first, then accepts.
    struct OutOfOrder {
        errors: Vec<io::Error>,
        listener: TcpListener,
    }

    impl Accept for OutOfOrder {
        async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
            match self.errors.pop() {
                Some(error) => Err(error),
                None => self.listener.accept().await,
            }
        }
    }

    fn bounds() -> Bounds {
        Bounds {
            connections_max: 1,
            connections_per_address: 1,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(10),
            trusted_proxies: Vec::new(),
            proxies_only: false,
        }
    }

    /// Connections from this machine that seem to come from elsewhere.
    struct From(&'static str, TcpListener);

    impl Accept for From {
        async fn accept(&mut self) -> io::Result<(TcpStream, SocketAddr)> {
            let (stream, _) = self.1.accept().await?;
            Ok((stream, self.0.parse().unwrap()))
        }
    }

    /// What a caller from `peer` hears where only the proxies in 10.0.0.0/24 may connect.
    async fn heard_from(peer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || "here"));
        let bounds = Bounds {
            trusted_proxies: vec!["10.0.0.0/24".parse().unwrap()],
            proxies_only: true,
            ..bounds()
        };
        let stopping = CancellationToken::new();
        let serving = tokio::spawn(serve(
            From(peer, listener),
            router,
            bounds,
            stopping.clone(),
        ));
        let mut caller = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        let _ = caller.write_all(request).await;
        let mut answer = Vec::new();
        let _ = caller.read_to_end(&mut answer).await;
        stopping.cancel();
        serving.await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn t_26_off_this_machine_plain_http_is_spoken_with_trusted_proxies_only() {
        for peer in [
            "10.0.0.7:1",
            "[::ffff:10.0.0.7]:1",
            "127.0.0.1:1",
            "[::1]:1",
        ] {
            assert!(heard_from(peer).await.ends_with("here"), "{peer}");
        }
        for peer in [
            "203.0.113.9:1",
            "10.0.1.7:1",
            "[::ffff:203.0.113.9]:1",
            "[fd00::1]:1",
        ] {
            assert_eq!(heard_from(peer).await, "", "{peer}");
        }
    }

    #[tokio::test]
    async fn accepts_that_fail_are_survived() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let errors = vec![
            io::Error::from_raw_os_error(EMFILE),
            io::ErrorKind::ConnectionAborted.into(),
            io::Error::from_raw_os_error(EMFILE),
            io::ErrorKind::OutOfMemory.into(),
        ];
        let router = Router::new().route("/", get(async || "here"));
        let stopping = CancellationToken::new();
        let serving = tokio::spawn(serve(
            OutOfOrder { errors, listener },
            router,
            bounds(),
            stopping.clone(),
        ));
        let mut caller = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        caller.write_all(request).await.unwrap();
        let mut answer = String::new();
        caller.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("\r\n\r\nhere"), "{answer}");
        stopping.cancel();
        serving.await.unwrap();
    }
}

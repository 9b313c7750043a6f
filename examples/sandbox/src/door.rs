//! The front door: a listener whose connections can be turned away unread, cut before an answer, or cut in
//! the middle of one. HTTP libraries try hard not to behave like this; real networks do not.

use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Notify, futures::OwnedNotified},
};

/// Open or shut, and the bell that makes every open connection hang up.
#[derive(Debug, Default)]
pub(crate) struct Door {
    shut: AtomicBool,
    turned_away: AtomicU64,
    hang_up: Arc<Notify>,
}

impl Door {
    pub(crate) fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
        self.hang_up();
    }

    pub(crate) fn open(&self) {
        self.shut.store(false, Ordering::SeqCst);
    }

    pub(crate) fn hang_up(&self) {
        self.hang_up.notify_waiters();
    }

    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::SeqCst)
    }
}

/// What a handler may do to the connection its request came by.
#[derive(Debug, Default)]
pub(crate) struct Scissors(AtomicU8);

const WHOLE: u8 = 0;
const HALF: u8 = 1;
const NOTHING: u8 = 2;

impl Scissors {
    /// Close without a byte of answer.
    pub(crate) fn cut(&self) {
        self.0.store(NOTHING, Ordering::SeqCst);
    }

    /// Let the head and half of the body through, then close.
    pub(crate) fn cut_halfway(&self) {
        self.0.store(HALF, Ordering::SeqCst);
    }
}

/// Who is calling, and the line they call by.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) address: SocketAddr,
    pub(crate) scissors: Arc<Scissors>,
}

impl Connected<IncomingStream<'_, Listener>> for Caller {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            scissors: Arc::clone(&stream.io().scissors),
        }
    }
}

/// A TCP listener behind a [`Door`].
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) tcp: TcpListener,
    pub(crate) door: Arc<Door>,
}

impl axum::serve::Listener for Listener {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            match self.tcp.accept().await {
                Ok((tcp, _)) if self.door.shut.load(Ordering::SeqCst) => {
                    self.door.turned_away.fetch_add(1, Ordering::SeqCst);
                    // Closing with a reset, as a firewall or a full backlog does.
                    if let Err(error) = tcp.set_zero_linger() {
                        tracing::debug!(%error, "closing politely instead of resetting");
                    }
                }
                Ok((tcp, address)) => {
                    if let Err(error) = tcp.set_nodelay(true) {
                        tracing::debug!(%error, "answers may be slow");
                    }
                    let line = Line {
                        tcp,
                        scissors: Arc::default(),
                        hang_up: Box::pin(Arc::clone(&self.door.hang_up).notified_owned()),
                        ended: false,
                    };
                    return (line, address);
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot accept, trying again");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Line {
    tcp: TcpStream,
    scissors: Arc<Scissors>,
    hang_up: Pin<Box<OwnedNotified>>,
    ended: bool,
}

impl Line {
    fn ended(&mut self, context: &mut Context<'_>) -> bool {
        if !self.ended && self.hang_up.as_mut().poll(context).is_ready() {
            self.ended = true;
        }
        self.ended
    }
}

fn reset<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ended(context) {
            return reset();
        }
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.ended(context) {
            return reset();
        }
        match self.scissors.0.load(Ordering::SeqCst) {
            WHOLE => Pin::new(&mut self.tcp).poll_write(context, bytes),
            HALF => {
                let wrote = Pin::new(&mut self.tcp).poll_write(context, halfway(bytes));
                if wrote.is_ready() {
                    self.scissors.cut();
                }
                wrote
            }
            _ => reset(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}

/// The head of an answer and half of its body. Head and body come in one piece, because the line does not
/// offer vectored writes.
fn halfway(bytes: &[u8]) -> &[u8] {
    let body = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(bytes.len(), |head| head + 4);
    bytes
        .get(..body + (bytes.len() - body) / 2)
        .unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_answer_keeps_its_head() {
        assert_eq!(halfway(b"HTTP\r\n\r\n123456"), b"HTTP\r\n\r\n123");
        assert_eq!(halfway(b"no head"), b"no head");
    }
}

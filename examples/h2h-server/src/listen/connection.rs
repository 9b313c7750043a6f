//! One connection, from its first byte to its end.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::Bounds;

/// Bytes of a header that are kept while its end is awaited; a longer one is answered 431.
const HEADER_BYTES_MAX: usize = 32 * 1024;

/// Where a connection stands.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Nothing was asked yet; since the start.
    Fresh(Instant),
    /// A later header has begun; since its first byte.
    Header(Instant),
    /// A request is under way. How long that may take is its handler's affair.
    Working,
    /// It was answered; since then. The answer may still be on its way.
    Answered(Instant),
}

/// The phase, shared by those who see parts of it: the socket sees bytes, the service sees requests.
#[derive(Clone, Debug)]
struct Stand(Arc<Mutex<Phase>>);

impl Stand {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Phase::Fresh(Instant::now()))))
    }

    fn phase(&self) -> Phase {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn becomes(&self, phase: Phase) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    /// Bytes have come. While a request is under way they are its body; a later byte of a header gives it no more time.
    fn heard(&self) {
        if let Phase::Answered(_) = self.phase() {
            self.becomes(Phase::Header(Instant::now()));
        }
    }
}

/// Serves one connection until either side ends it, it breaks one of `bounds`, or `stopping` is cancelled and its request is
/// answered.
pub(super) async fn run(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    bounds: Arc<Bounds>,
    stopping: CancellationToken,
) {
    let stand = Stand::new();
    let service = service_fn({
        let stand = stand.clone();
        move |request: Request<Incoming>| {
            stand.becomes(Phase::Working);
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let answering = router.clone().oneshot(request);
            let stand = stand.clone();
            async move {
                let answer = answering.await;
                stand.becomes(Phase::Answered(Instant::now()));
                answer
            }
        }
    });
    let heard = Heard {
        stream,
        stand: stand.clone(),
    };
    let mut connection = pin!(
        http1::Builder::new()
            .max_buf_size(HEADER_BYTES_MAX)
            .serve_connection(TokioIo::new(heard), service)
    );
    let mut told_to_stop = pin!(stopping.cancelled());
    let mut is_stopping = false;
    let mut timer = pin!(tokio::time::sleep(bounds.header_timeout));
    poll_fn(|context| {
        // First of all, so that a request that lies in the socket is under way before anything below looks at it.
        let mut ended = connection.as_mut().poll(context).is_ready();
        if !is_stopping && told_to_stop.as_mut().poll(context).is_ready() {
            is_stopping = true;
            connection.as_mut().graceful_shutdown();
            ended = ended || connection.as_mut().poll(context).is_ready();
        }
        let until = match stand.phase() {
            _ if ended => return Poll::Ready(()),
            // hyper ends a connection that waits for a later request, but waits for the first one.
            Phase::Fresh(_) if is_stopping => return Poll::Ready(()),
            Phase::Working => return Poll::Pending,
            Phase::Fresh(since) | Phase::Header(since) => since + bounds.header_timeout,
            Phase::Answered(since) => since + bounds.idle_timeout,
        };
        if timer.deadline() != until {
            timer.as_mut().reset(until);
        }
        timer.as_mut().poll(context)
    })
    .await;
}

/// The socket, noting when something is heard.
struct Heard {
    stream: TcpStream,
    stand: Stand,
}

impl AsyncRead for Heard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.stand.heard();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Heard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

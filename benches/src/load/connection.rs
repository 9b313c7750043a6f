//! One connection, kept open.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::shop::Failure;

/// How long an answer may take before the request counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(super) async fn open(server: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // It ends when the sender is dropped or the server closes; the sender notices.
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// The HTTP status of the whole answer; `None` if there was none.
    pub(super) async fn answer_to(&mut self, request: Request<Full<Bytes>>) -> Option<u16> {
        let answer = async {
            self.sender.ready().await.ok()?;
            let response = self.sender.send_request(request).await.ok()?;
            let status = response.status().as_u16();
            response.into_body().collect().await.ok()?;
            Some(status)
        };
        tokio::time::timeout(PATIENCE, answer).await.ok().flatten()
    }
}

//! Request bodies: read once, whole, within bounds (T-11).

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use serde::de::DeserializeOwned;

use crate::error::{ApiError, ErrorCode};
use crate::strict::{read_json, read_xml};

/// Whether a body says that it is one of these, at most with `charset=utf-8`.
fn is_plain(kind: &str, essences: &[&str]) -> bool {
    let mut parts = kind.split(';').map(str::trim);
    let said = parts.next().unwrap_or_default();
    essences
        .iter()
        .any(|essence| said.eq_ignore_ascii_case(essence))
        && parts.all(|parameter| {
            parameter.eq_ignore_ascii_case("charset=utf-8")
                || parameter.eq_ignore_ascii_case("charset=\"utf-8\"")
        })
}

/// Reads a `T` out of a body that says what it is: JSON, or XML that says the same. Both are read once and strictly, and a fault names its place and
/// its rule in the same words.
pub fn read_as_said<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, ApiError> {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|kind| kind.to_str().ok());
    let is_single = kinds.next().is_none();
    match kind.filter(|_| is_single) {
        Some(kind) if is_plain(kind, &["application/json"]) => Ok(read_json(body)?),
        Some(kind) if is_plain(kind, &["application/xml", "text/xml"]) => {
            read_xml(body).map_err(ApiError::xml)
        }
        _ => Err(ApiError::plain(ErrorCode::UnsupportedMediaType)),
    }
}

/// Reads a body to its end: at most `bytes_max` bytes, within `timeout` altogether, never compressed (so nothing can unpack
/// into more). A stated length beyond the cap is refused before a byte is read.
///
/// Errors: `BODY_TOO_LARGE`, `REQUEST_TIMEOUT`, `UNSUPPORTED_MEDIA_TYPE` for a `Content-Encoding`, and `MALFORMED_JSON` for a body
/// that broke off.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    timeout: Duration,
    bytes_max: usize,
) -> Result<Bytes, ApiError> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(ApiError::plain(ErrorCode::UnsupportedMediaType));
    }
    let stated = headers.get(header::CONTENT_LENGTH);
    let stated = stated.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if stated.is_some_and(|length| length > bytes_max as u64) {
        return Err(ApiError::plain(ErrorCode::BodyTooLarge));
    }
    tokio::time::timeout(timeout, collect(body, bytes_max))
        .await
        .unwrap_or_else(|_| Err(ApiError::plain(ErrorCode::RequestTimeout)))
}

async fn collect(mut body: Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| ApiError::plain(ErrorCode::MalformedJson))?;
        // Trailers carry no data.
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > bytes_max {
            return Err(ApiError::plain(ErrorCode::BodyTooLarge));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes.freeze())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::io;
    use std::task::{Context, Poll};

    use axum::http::{HeaderName, HeaderValue};
    use rstest::rstest;
    use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, ReadBuf};
    use tokio_util::io::ReaderStream;

    use super::*;
    use crate::strict::BYTES_MAX;

    const TIMEOUT: Duration = Duration::from_secs(10);

    fn headers(entries: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in entries {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        headers
    }

    async fn read_plain(body: Body) -> Result<Bytes, ErrorCode> {
        read(&HeaderMap::new(), body, TIMEOUT, BYTES_MAX)
            .await
            .map_err(|error| error.code())
    }

    /// A body without a stated length, and the end into which it is written.
    fn pipe() -> (DuplexStream, Body) {
        let (writer, reader) = tokio::io::duplex(1024);
        (writer, Body::from_stream(ReaderStream::new(reader)))
    }

    #[tokio::test]
    async fn a_body_in_pieces_is_read_whole() {
        let (mut writer, body) = pipe();
        let writing = async {
            for _ in 0..100 {
                writer.write_all(&[b'x'; 100]).await.unwrap();
            }
            drop(writer);
        };
        let (read, ()) = tokio::join!(read_plain(body), writing);
        assert_eq!(read.unwrap().len(), 10_000);
        assert_eq!(read_plain(Body::empty()).await.unwrap(), Bytes::new());
    }

    #[tokio::test]
    async fn t_11_the_cap_is_kept_to_the_byte() {
        let fits = Body::from(vec![b'x'; BYTES_MAX]);
        assert_eq!(read_plain(fits).await.unwrap().len(), BYTES_MAX);
        let over = Body::from(vec![b'x'; BYTES_MAX + 1]);
        assert_eq!(read_plain(over).await, Err(ErrorCode::BodyTooLarge));

        // One that never ends: refused as soon as the cap is passed.
        let endless = Body::from_stream(ReaderStream::new(tokio::io::repeat(b'x')));
        assert_eq!(read_plain(endless).await, Err(ErrorCode::BodyTooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn t_11_a_stated_length_beyond_the_cap_is_not_waited_for() {
        for (length, code) in [
            ("65537", ErrorCode::BodyTooLarge),
            ("99999999999999999", ErrorCode::BodyTooLarge),
            ("65536", ErrorCode::RequestTimeout),
        ] {
            let (_silent, body) = pipe();
            let headers = headers(&[("content-length", length)]);
            let error = read(&headers, body, TIMEOUT, BYTES_MAX).await.unwrap_err();
            assert_eq!(error.code(), code, "{length}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn t_11_a_slow_body_is_a_408() {
        let (mut writer, body) = pipe();
        let start = tokio::time::Instant::now();
        // A byte a second: never silent for long, and still too slow.
        let trickle = async {
            while writer.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::select! {
            biased;
            read = read_plain(body) => assert_eq!(read, Err(ErrorCode::RequestTimeout)),
            () = trickle => panic!("the reader gave up before its time"),
        }
        assert_eq!(start.elapsed(), TIMEOUT);
    }

    struct BreaksOff;

    impl AsyncRead for BreaksOff {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }
    }

    #[tokio::test]
    async fn half_a_body_is_not_a_body() {
        let half = Body::from_stream(ReaderStream::new(b"{}".as_slice().chain(BreaksOff)));
        assert_eq!(read_plain(half).await, Err(ErrorCode::MalformedJson));
    }

    #[rstest]
    #[case("gzip")]
    #[case("deflate")]
    #[case("br")]
    #[case("identity")]
    #[tokio::test]
    async fn t_11_nothing_compressed_is_read(#[case] encoding: &str) {
        let headers = headers(&[("content-encoding", encoding)]);
        let error = read(&headers, Body::from("{}"), TIMEOUT, BYTES_MAX)
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::UnsupportedMediaType);
    }

    #[rstest]
    #[case(&[("content-type", "application/json")], true)]
    #[case(&[("content-type", "Application/JSON; Charset=UTF-8")], true)]
    #[case(&[("content-type", "application/json; charset=\"utf-8\"")], true)]
    #[case(&[("content-type", "application/json; charset=utf-16")], false)]
    #[case(&[("content-type", "application/json, text/plain")], false)]
    #[case(&[("content-type", "application/json-seq")], false)]
    #[case(&[("content-type", "application/x-www-form-urlencoded")], false)]
    #[case(&[("content-type", "application/xml; charset=utf-16")], false)]
    #[case(&[("content-type", "application/soap+xml")], false)]
    #[case(&[("content-type", "application/json"), ("content-type", "application/xml")], false)]
    #[case(&[("content-type", "")], false)]
    #[case(&[("content-type", "application/json"), ("content-type", "application/json")], false)]
    #[case(&[], false)]
    fn only_json_and_xml_are_taken(#[case] entries: &[(&str, &str)], #[case] taken: bool) {
        let read = read_as_said::<u8>(&headers(entries), b"7").map_err(|error| error.code());
        let refused = Err(ErrorCode::UnsupportedMediaType);
        assert_eq!(read, if taken { Ok(7) } else { refused });
    }

    #[rstest]
    #[case("application/xml", b"<request/>", Err(ErrorCode::ValidationFailed))]
    #[case("text/xml; charset=utf-8", b"<request><item>7</item></request>", Ok(vec![7]))]
    #[case("application/xml", b"[7]", Err(ErrorCode::MalformedXml))]
    #[case("application/json", b"[7]", Ok(vec![7]))]
    #[case(
        "application/json",
        b"<request><item>7</item></request>",
        Err(ErrorCode::MalformedJson)
    )]
    fn t_12_a_body_is_read_as_what_it_says(
        #[case] kind: &str,
        #[case] body: &[u8],
        #[case] expected: Result<Vec<u8>, ErrorCode>,
    ) {
        let read = read_as_said::<Vec<u8>>(&headers(&[("content-type", kind)]), body);
        assert_eq!(read.map_err(|error| error.code()), expected);
    }
}

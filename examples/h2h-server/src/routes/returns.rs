//! Pages on which a customer's browser ends after a gateway's own page. They say what everybody may say and read nothing of the request: a return proves nothing, so
//! nothing is looked up, asked or credited here.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderValue};
use axum::response::Response;

use crate::app::App;
use crate::auth::anonymous;
use crate::error::ApiError;
use crate::strict::BYTES_MAX;

/// Nothing is loaded, run or sent, and nobody frames it.
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

macro_rules! page {
    ($title:literal, $says:literal) => {
        concat!(
            "<!DOCTYPE html>\n<html lang=\"id\">\n<head>\n<meta charset=\"utf-8\">\n",
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
            $title,
            "</title>\n</head>\n<body>\n<h1>",
            $title,
            "</h1>\n<p>",
            $says,
            "</p>\n</body>\n</html>\n"
        )
    };
}

const FINISH: &str = page!(
    "Terima kasih",
    "Pembayaran sedang dikonfirmasi oleh penyedia pembayaran. Saldo bertambah setelah dikonfirmasi; lihat status deposit di aplikasi Anda."
);
const UNFINISH: &str = page!(
    "Pembayaran belum selesai",
    "Deposit masih dapat dibayar sampai batas waktunya. Lihat status deposit di aplikasi Anda."
);
const ERROR: &str = page!(
    "Pembayaran tidak berhasil",
    "Jika saldo rekening Anda sudah terpotong, tunggu: pembayaran yang benar-benar masuk tetap dikreditkan. Lihat status deposit di aplikasi Anda."
);

/// The customer went through with it.
pub(super) async fn finish(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    show(&app, request, FINISH).await
}

/// The customer went back.
pub(super) async fn unfinish(
    State(app): State<App>,
    request: Request,
) -> Result<Response, ApiError> {
    show(&app, request, UNFINISH).await
}

/// The gateway's page failed.
pub(super) async fn error(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    show(&app, request, ERROR).await
}

async fn show(app: &App, request: Request, page: &'static str) -> Result<Response, ApiError> {
    anonymous(app, request, BYTES_MAX).await?;
    let mut response = Response::new(Body::from(page));
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "max-age=300"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

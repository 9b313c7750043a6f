//! The guard at the door of `/api/v1`: who is calling, and may they.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts as RequestParts;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use eraflazz_core::member::{ApiKey, KeyState, Member, MemberStatus, Scope};
use secrecy::ExposeSecret;

use super::{AuthError, DECOY_SECRET, Parts, Scheme, claimed_key, client_address, verify};
use crate::app::App;
use crate::body;
use crate::error::{ApiError, ErrorCode};
use crate::strict::BYTES_MAX;

/// Which of a member's limits a call counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Orders.
    Orders,
    /// Reads of orders, balance and mutations.
    Reads,
    /// Reads of the price list.
    PriceList,
}

/// What a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The scope that its key must have.
    pub scope: Scope,
    /// The limit that it counts against.
    pub bucket: Bucket,
}

impl Need {
    /// Placing an order. A replay of it returns the same order, so its nonce is not looked at (T-4).
    pub const ORDER: Self = Self {
        scope: Scope::TrxWrite,
        bucket: Bucket::Orders,
    };
    /// Looking at one's own orders and money.
    pub const READ: Self = Self {
        scope: Scope::TrxRead,
        bucket: Bucket::Reads,
    };
    /// Reading the price list.
    pub const PRICE_LIST: Self = Self {
        scope: Scope::TrxRead,
        bucket: Bucket::PriceList,
    };
}

/// A call that was let in.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Whose call it is.
    pub member: Arc<Member>,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its query as sent, without the `?`.
    pub query: Option<String>,
    /// Its body as sent.
    pub body: Bytes,
}

/// A call whose sender is not known: its body within bounds, and where it came from.
#[derive(Clone, Debug)]
pub struct Anonymous {
    /// Method, path and headers.
    pub parts: RequestParts,
    /// Its body as sent.
    pub body: Bytes,
    /// The client's address.
    pub source: IpAddr,
}

/// Counts the call against its address and reads its body, once and within `bytes_max`. Nothing is believed yet.
pub async fn anonymous(
    app: &App,
    request: Request,
    bytes_max: usize,
) -> Result<Anonymous, ApiError> {
    let (parts, body) = request.into_parts();
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    let source = client_address(peer, &parts.headers, app.trusted_proxies());
    let now = app.engine().now();
    app.addresses().take(source, Some(app.per_address()), now)?;
    let body = body::read(&parts.headers, body, app.body_timeout(), bytes_max).await?;
    Ok(Anonymous {
        parts,
        body,
        source,
    })
}

/// A call whose sender has proven to hold a key.
#[derive(Clone, Debug)]
pub(super) struct Proven {
    pub(super) key: Arc<ApiKey>,
    /// Whom the key speaks for, if it is a member's.
    pub(super) member: Option<Arc<Member>>,
    pub(super) scheme: Scheme,
    pub(super) nonce: Option<String>,
}

/// Who sent this, or why that is not known: key, timestamp, signature over the raw bytes, then the key's networks. What is said to
/// somebody who has not proven a key is always the same 401, but for a wrong clock or a missing header; only who has proven it
/// hears about its networks.
pub(super) async fn prove(app: &App, call: &Anonymous) -> Result<Proven, ApiError> {
    let Anonymous {
        parts,
        body,
        source,
    } = call;
    let now = app.engine().now();
    let refused = |error| ApiError::unauthenticated(error, now);
    let found = match claimed_key(&parts.headers) {
        Ok(id) => app
            .engine()
            .members()
            .key(&id)
            .await
            .map_err(|error| crate::answers::unavailable(&error))?,
        // Verified against the decoy: `verify` says what is wrong with the header, at the same cost.
        Err(_) => None,
    };
    // A buyer's login opens its own door and no other.
    let found =
        found.filter(|(key, _)| key.state == KeyState::Active && key.holder.signs_requests());
    let signed = Parts {
        method: &parts.method,
        path_and_query: parts.uri.path_and_query().map_or("/", |all| all.as_str()),
        headers: &parts.headers,
        body,
    };
    let secret = found.as_ref().map_or(DECOY_SECRET, |(key, _)| {
        key.secret.expose_secret().as_bytes()
    });
    let verified = verify(&signed, secret, now).map_err(refused)?;
    let Some((key, member)) = found else {
        return Err(refused(AuthError::Refused));
    };
    if !key.allows_from(*source) {
        return Err(ApiError::plain(ErrorCode::IpNotAllowed));
    }
    Ok(Proven {
        key,
        member,
        scheme: verified.scheme,
        nonce: verified.nonce,
    })
}

/// Lets a member's call in, or says why not: address limit, body within bounds, proof of a key, then nonce, the member's limit, scope and
/// status.
pub async fn admit(app: &App, request: Request, need: Need) -> Result<Admitted, ApiError> {
    let call = anonymous(app, request, BYTES_MAX).await?;
    let proven = prove(app, &call).await?;
    let Anonymous { parts, body, .. } = call;
    let now = app.engine().now();
    let repeatable = need == Need::ORDER && parts.method == Method::POST;
    if let Some(nonce) = &proven.nonce
        && !repeatable
        && !app.nonces().is_first_use(&proven.key.id, nonce)
    {
        return Err(ApiError::unauthenticated(AuthError::Refused, now));
    }
    let Some(member) = proven.member else {
        // An operator's key orders nothing (T-3).
        return Err(ApiError::plain(ErrorCode::ScopeMissing));
    };
    let limit = match need.bucket {
        Bucket::Orders => member.limits.orders_per_minute,
        Bucket::Reads => member.limits.reads_per_minute,
        Bucket::PriceList => member.limits.price_lists_per_minute,
    };
    let caller = (member.id, need.bucket);
    let taken = app.members().take_together(app.tally(), caller, limit, now);
    taken.await?;
    if !proven.key.allows(need.scope) {
        return Err(ApiError::plain(ErrorCode::ScopeMissing));
    }
    if member.status == MemberStatus::Suspended {
        return Err(ApiError::plain(ErrorCode::MemberSuspended));
    }
    Ok(Admitted {
        member,
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body,
    })
}

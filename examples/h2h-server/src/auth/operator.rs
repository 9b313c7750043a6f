//! The gate before `/api/v1/admin`: who administers, may they, and one audit line for whatever came of it.
//!
//! Operators sign by scheme B only, which covers method, path and body. Their keys speak for no member, and no member's key passes
//! (T-3). A changing call spends its nonce durably before anything else happens, so a captured request is worth nothing, not even after a
//! restart (T-4); a second click is another request, and harmless by what the call itself names: a reference, a version, an absolute value
//! (T-27).

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts as RequestParts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use eraflazz_core::commit::Nonce;
use eraflazz_core::member::{KeyHolder, Scope, Scopes};
use eraflazz_core::text::Operator;
use serde::de::DeserializeOwned;

use super::guard::prove;
use super::{Anonymous, AuthError, Scheme, anonymous, claimed_key};
use crate::app::App;
use crate::audit::{Act, AuditError, AuditFile};
use crate::body::read_as_said;
use crate::envelope::RequestId;
use crate::error::{ApiError, ErrorCode};
use crate::strict::read_query;

/// An operator who sits at this machine, and so holds the store itself: no key is asked for. Only code of this program can put it into a
/// request; nothing that comes over a socket carries it.
#[derive(Clone, Debug)]
pub struct AtTheDesk {
    /// Who sits there.
    pub operator: Operator,
    /// Where what is done leaves its lines, besides the log.
    pub audit: Option<Arc<AuditFile>>,
}

/// The longest subject of an audit line, in characters; whatever is right is shorter.
const SUBJECT_MAX: usize = 1_000;

/// What a call of this route takes, and what it is called in the audit.
#[derive(Clone, Debug)]
pub struct Door {
    /// The server.
    pub app: App,
    /// The scope that its key must have.
    pub scope: Scope,
    /// What it does: `deposit`.
    pub action: &'static str,
    /// How long its body may be.
    pub bytes_max: usize,
}

/// A call of an operator that was let in.
#[derive(Clone)]
pub struct Call {
    /// Whose call it is.
    pub operator: Operator,
    scopes: Scopes,
    /// Its headers.
    pub headers: HeaderMap,
    query: Option<String>,
    /// Its body as sent.
    pub body: Bytes,
    subject: Arc<Mutex<String>>,
}

impl Call {
    /// The body as a `T`, strictly; XML that says the same counts as well.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        read_as_said(&self.headers, &self.body)
    }

    /// The query as a `T`, strictly.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        read_query(self.query.as_deref()).map_err(|fault| ApiError::query(&fault))
    }

    /// Says what the call is about, for the audit line. Destinations and serial numbers are masked by whoever says it (INV-37).
    pub fn about(&self, subject: impl Into<String>) {
        let mut subject: String = subject.into();
        if let Some((end, _)) = subject.char_indices().nth(SUBJECT_MAX) {
            subject.truncate(end);
            subject.push('…');
        }
        *self.subject.lock().unwrap_or_else(PoisonError::into_inner) = subject;
    }

    /// Refuses unless the key has this scope as well.
    pub fn require(&self, scope: Scope) -> Result<(), ApiError> {
        if self.scopes.contains(scope) {
            Ok(())
        } else {
            Err(ApiError::plain(ErrorCode::ScopeMissing))
        }
    }
}

impl FromRequestParts<App> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut RequestParts, _: &App) -> Result<Self, ApiError> {
        // A route without its gate has no call: closed, never open.
        parts
            .extensions
            .remove::<Self>()
            .ok_or_else(|| ApiError::plain(ErrorCode::InternalError))
    }
}

/// What is known of a caller while it is looked at; the audit line is written from it.
struct Visitor {
    operator: Option<Operator>,
    key: String,
    source: Option<IpAddr>,
    subject: Arc<Mutex<String>>,
}

/// Lets an operator's call in, or says why not; writes one line under the target `audit` either way.
pub async fn gate(State(door): State<Door>, request: Request, next: Next) -> Response {
    let mut visitor = Visitor {
        operator: None,
        key: String::from("-"),
        source: None,
        subject: Arc::default(),
    };
    let request_id = request.extensions().get::<RequestId>().cloned();
    let request_id = request_id.as_ref().map_or("-", RequestId::as_str);
    let at_the_desk = AuditAtTheDesk::of(&door, &request, request_id);
    let entered = match at_the_desk.as_ref().map(AuditAtTheDesk::begun).transpose() {
        Ok(_) => enter(&door, request, &mut visitor).await,
        Err(error) => Err(ApiError::not_possible(&error.to_string())),
    };
    let response = match entered {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    let refusal = response.extensions().get::<ApiError>();
    let result = refusal.map_or("done", |error| error.code().facts().word);
    let subject = visitor.subject.lock();
    let subject = subject.unwrap_or_else(PoisonError::into_inner);
    if let Some(Err(error)) = at_the_desk.map(|audit| audit.ended(&subject, result)) {
        // Its first line is there, and the store has what came of it.
        tracing::error!(alert = "an audit line was not written", %error, "the act has ended");
    }
    tracing::info!(
        target: "audit",
        operator = visitor.operator.as_ref().map_or("-", Operator::as_str),
        key = visitor.key,
        action = door.action,
        subject = subject.as_str(),
        result,
        status = response.status().as_u16(),
        source = visitor.source.map(tracing::field::display),
        request_id,
        "administration"
    );
    response
}

/// The two lines of an act at the desk, beside the store.
struct AuditAtTheDesk<'a> {
    file: Arc<AuditFile>,
    operator: Operator,
    door: &'a Door,
    path: String,
    request_id: &'a str,
}

impl<'a> AuditAtTheDesk<'a> {
    /// None for a call over a socket, and where nothing is kept.
    fn of(door: &'a Door, request: &Request, request_id: &'a str) -> Option<Self> {
        let AtTheDesk { operator, audit } = request.extensions().get()?;
        Some(Self {
            file: Arc::clone(audit.as_ref()?),
            operator: operator.clone(),
            door,
            path: request.uri().path().to_owned(),
            request_id,
        })
    }

    fn begun(&self) -> Result<(), AuditError> {
        self.add(&self.path, "begun")
    }

    fn ended(&self, subject: &str, result: &str) -> Result<(), AuditError> {
        self.add(subject, result)
    }

    fn add(&self, subject: &str, result: &str) -> Result<(), AuditError> {
        self.file.add(&Act {
            timestamp: &self.door.app.engine().now().to_string(),
            operator: self.operator.as_str(),
            action: self.door.action,
            subject,
            result,
            request_id: self.request_id,
        })
    }
}

async fn enter(door: &Door, request: Request, visitor: &mut Visitor) -> Result<Request, ApiError> {
    let (app, at_the_desk) = (&door.app, request.extensions().get::<AtTheDesk>().cloned());
    let (operator, scopes, call) = if let Some(AtTheDesk { operator, .. }) = at_the_desk {
        "at the desk".clone_into(&mut visitor.key);
        let (parts, body) = request.into_parts();
        let body = crate::body::read(&parts.headers, body, app.body_timeout(), door.bytes_max);
        let body = body.await?;
        let source = IpAddr::from([127, 0, 0, 1]);
        let call = Anonymous {
            parts,
            body,
            source,
        };
        (operator, Scopes::of(&[Scope::Admin]), call)
    } else {
        let call = anonymous(app, request, door.bytes_max).await?;
        visitor.source = Some(call.source);
        if let Ok(claimed) = claimed_key(&call.parts.headers) {
            visitor.key = claimed.to_string();
        }
        let (operator, scopes) = identify(door, &call, visitor).await?;
        (operator, scopes, call)
    };
    visitor.operator = Some(operator.clone());
    let Anonymous {
        mut parts, body, ..
    } = call;
    parts.extensions.insert(Call {
        operator,
        scopes,
        headers: parts.headers.clone(),
        query: parts.uri.query().map(str::to_owned),
        body,
        subject: Arc::clone(&visitor.subject),
    });
    Ok(Request::from_parts(parts, axum::body::Body::empty()))
}

/// The operator behind the signature, with what its key may do.
async fn identify(
    door: &Door,
    call: &Anonymous,
    visitor: &mut Visitor,
) -> Result<(Operator, Scopes), ApiError> {
    let app = &door.app;
    let proven = prove(app, call).await?;
    let refused = || ApiError::unauthenticated(AuthError::Refused, app.engine().now());
    let key = &proven.key;
    let nonce = match (proven.scheme, proven.nonce) {
        (Scheme::B, Some(nonce)) if app.nonces().is_first_use(&key.id, &nonce) => nonce,
        _ => return Err(refused()),
    };
    let KeyHolder::Operator(operator) = &key.holder else {
        return Err(ApiError::plain(ErrorCode::ScopeMissing));
    };
    visitor.operator = Some(operator.clone());
    if !key.allows(door.scope) {
        return Err(ApiError::plain(ErrorCode::ScopeMissing));
    }
    if call.parts.method != Method::GET {
        let nonce = Nonce {
            key: key.id.clone(),
            nonce,
        };
        let spent = app.engine().spend_nonce(nonce).await;
        if !spent.map_err(|error| crate::answers::unavailable_to_operator(&error))? {
            return Err(refused());
        }
    }
    Ok((operator.clone(), key.scopes))
}

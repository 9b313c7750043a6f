//! Who may buy in this dialect: the checks of a login, which all cost the same and whose answer never says which of them failed (T-15, T-28).

use std::sync::Arc;

use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Member, Scope};
use secrecy::ExposeSecret;

use super::digiflazz::is_digest;
use super::login::{BuyerId, Login};
use super::query::{Proof, Request, Wants};
use super::sign::{Signed, is_login, is_signed};
use crate::answers::unavailable;
use crate::app::App;
use crate::auth::{Anonymous, Bucket};
use crate::error::ApiError;

/// Why nobody is let in.
#[derive(Debug)]
pub enum Shut {
    /// One of: unknown buyer, revoked, another address, wrong PIN, password or signature, clear login not allowed, locked.
    Stranger,
    /// Nothing of the request was judged, or it came too often.
    Error(ApiError),
}

/// The member that the buyer orders for; the request is within the member's limits.
///
/// A buyer that nobody knows is compared as well, with a login that nobody has.
pub async fn admit(app: &App, call: &Anonymous, request: &Request) -> Result<Arc<Member>, Shut> {
    let now = app.engine().now();
    let found = find(app, &request.member).await.map_err(Shut::Error)?;
    let decoy = Login {
        pin: "000000".into(),
        password: "no-login-of-anybody-0000".into(),
    };
    let known = found.as_ref().and_then(|(key, member)| {
        let login = Login::of_secret(&key.secret)?;
        let is_here = !key.networks.is_empty() && key.allows_from(call.source);
        is_here.then_some((key, member, login))
    });
    let right = match &known {
        Some((key, _, login)) => {
            let compare = || proves(request, login, key.allows(Scope::TrxPlain));
            app.locks().ask(&key.id, now, compare)
        }
        None => proves(request, &decoy, true) & false,
    };
    let Some((_, member, _)) = known.filter(|_| right) else {
        return Err(Shut::Stranger);
    };
    let (bucket, limit) = match &request.wants {
        Wants::Order(order) if !order.checks => (Bucket::Orders, member.limits.orders_per_minute),
        Wants::Order(_) | Wants::Balance | Wants::Ticket(_) => {
            (Bucket::Reads, member.limits.reads_per_minute)
        }
    };
    let caller = (member.id, bucket);
    let taken = app.members().take_together(app.tally(), caller, limit, now);
    taken.await.map_err(Shut::Error)?;
    Ok(Arc::clone(member))
}

/// The active key of the buyer with this id, in whatever case it is written, and the member behind it.
async fn find(app: &App, member: &str) -> Result<Option<(Arc<ApiKey>, Arc<Member>)>, ApiError> {
    let id = BuyerId::new(&member.to_ascii_uppercase());
    let Some(id) = id.ok().and_then(|id| id.key().ok()) else {
        return Ok(None);
    };
    let found = app.engine().members().key(&id).await;
    let found = found.map_err(|error| unavailable(&error))?;
    Ok(found.and_then(|(key, member)| {
        let is_buyer = matches!(key.holder, KeyHolder::Buyer(_));
        let is_good = is_buyer && key.state == KeyState::Active;
        Some((key, member?)).filter(|_| is_good)
    }))
}

/// Whether the request is this login's.
fn proves(request: &Request, login: &Login, may_be_clear: bool) -> bool {
    let member = &request.member;
    match &request.proof {
        Proof::Clear { pin, password } => {
            is_login(login, pin.expose_secret(), password.expose_secret()) & may_be_clear
        }
        Proof::Digest(digest) => match &request.wants {
            Wants::Order(order) => {
                is_digest(member, login, order.ref_id.as_str(), digest.expose_secret())
            }
            Wants::Balance | Wants::Ticket(_) => false,
        },
        Proof::Sign(sign) => {
            let signed = match &request.wants {
                Wants::Order(order) => Signed::Order {
                    member,
                    product: &order.written,
                    dest: &order.dest,
                    ref_id: order.ref_id.as_str(),
                },
                Wants::Balance => Signed::Balance { member },
                Wants::Ticket(amount) => Signed::Ticket { member, amount },
            };
            is_signed(signed, login, sign.expose_secret())
        }
    }
}

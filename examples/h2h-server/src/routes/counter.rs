//! What the counters for other servers do with an order, whatever they speak: its reference is known, and then it is a question; or it is taken; or it is not, and then
//! the reference is free.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use eraflazz_core::engine::{NewOrder, SubmitError};
use eraflazz_core::member::{Member, MemberStatus};
use eraflazz_core::money::Money;
use eraflazz_core::order::{Fingerprint, Order as Taken};
use eraflazz_core::pricing::QuoteError;

use super::transactions::{STARTING, submit, trace, wait_final};
use crate::answers::{submit_error, unavailable};
use crate::app::App;
use crate::error::{ApiError, ErrorCode};
use crate::requests::Wait;
use crate::seller::query::Order;
use crate::settings::Seller;

/// The realm in a path.
pub(super) type Realm = Result<Path<String>, PathRejection>;

/// What became of it.
pub(super) enum Bought {
    /// It was known: how it stands.
    Known(Taken),
    /// It was taken now.
    Taken(Taken),
    /// Its reference belongs to another order.
    Mismatch,
    /// There is no such product for this buyer.
    NoProduct,
    /// It breaks a rule of the product's.
    Malformed {
        field: &'static str,
        rule: &'static str,
    },
    /// The member may not buy.
    Stranger,
}

/// Takes the order, unless its reference is known.
pub(super) async fn buy(
    app: &App,
    seller: &Seller,
    member: &Member,
    wanted: &Order,
) -> Result<Bought, ApiError> {
    if let Some(order) = known(app, member, wanted).await? {
        trace(&order);
        let same = Fingerprint::of(&wanted.product, &wanted.target, wanted.counter, None, None);
        if order.fingerprint != same {
            return Ok(Bought::Mismatch);
        }
        return Ok(Bought::Known(order));
    }
    if member.status == MemberStatus::Suspended {
        return Ok(Bought::Stranger);
    }
    if !app.engine().is_ready() {
        return Err(ApiError::maintenance(STARTING));
    }
    let new = NewOrder {
        inquiry: None,
        member: member.id,
        ref_id: wanted.ref_id.clone(),
        product: wanted.product.clone(),
        destination: wanted.target.clone(),
        max_price: None,
        counter: wanted.counter,
    };
    match submit(app.engine(), new).await {
        Ok(taken) => {
            trace(&taken.order);
            if taken.repeated {
                return Ok(Bought::Known(taken.order));
            }
            let wait = Wait {
                wait: u16::try_from(seller.wait.as_millis()).unwrap_or(Wait::MAX),
            };
            let order = wait_final(app, taken.order, wait).await;
            Ok(Bought::Taken(order))
        }
        Err(error) => not_taken(error),
    }
}

/// Nothing was kept of it.
fn not_taken(error: SubmitError) -> Result<Bought, ApiError> {
    match error {
        // These dialects ask about no bill before they pay, so bills are not among what they may order.
        SubmitError::UnknownProduct
        | SubmitError::Quote(QuoteError::NoPrice | QuoteError::NeedsInquiry)
        | SubmitError::Inquiry(_)
        | SubmitError::Field {
            field: "inquiry_id",
            ..
        } => Ok(Bought::NoProduct),
        SubmitError::Field { field, rule } => Ok(Bought::Malformed { field, rule }),
        SubmitError::RefMismatch => Ok(Bought::Mismatch),
        SubmitError::MemberSuspended => Ok(Bought::Stranger),
        SubmitError::UnknownMember
        | SubmitError::Quote(QuoteError::NotChargeable | QuoteError::NoRoom)
        | SubmitError::Overloaded { .. }
        | SubmitError::Conflict
        | SubmitError::Stopped(_)
        | SubmitError::NotReady(_)
        | SubmitError::Unavailable(_)
        | SubmitError::Internal(_) => Err(submit_error(error)),
    }
}

/// The order under this reference.
pub(super) async fn known(
    app: &App,
    member: &Member,
    wanted: &Order,
) -> Result<Option<Taken>, ApiError> {
    let found = app.engine().order(member.id, &wanted.ref_id).await;
    found.map_err(|error| unavailable(&error))
}

/// What the member can spend.
pub(super) async fn deposit(app: &App, member: &Member) -> Result<Money, ApiError> {
    let wallet = app.engine().wallet(member.id).await;
    let wallet = wallet.map_err(|error| unavailable(&error))?;
    wallet
        .map(|wallet| wallet.available)
        .ok_or_else(|| ApiError::plain(ErrorCode::InternalError))
}

/// The house's settings for those who ask at `realm`; a wrong one is no address of ours.
pub(super) fn seller(app: &App, realm: Realm) -> Result<&Seller, ApiError> {
    let is_ours = |seller: &&Seller| realm.is_ok_and(|Path(name)| name == seller.realm.as_str());
    app.seller()
        .filter(is_ours)
        .ok_or_else(|| ApiError::plain(ErrorCode::RouteNotFound))
}

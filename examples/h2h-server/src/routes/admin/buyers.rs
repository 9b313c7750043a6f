//! `/api/v1/admin/buyers`: with what servers of the `OtomaX` family sign.

use axum::extract::State;
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Scope, Scopes};
use eraflazz_core::text::TextError;

use super::given::given;
use super::names::{Codes, Named, member_of_field, named};
use super::{not_changed, not_read};
use crate::admin::{BuyerIssued, BuyerTold, NewBuyer};
use crate::app::App;
use crate::auth::{Call, mint_bytes};
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, Nothing};
use crate::seller::{BuyerId, Login};
use secrecy::ExposeSecret as _;

/// Every login, by id, without PIN and password.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<BuyerTold>>, ApiError> {
    call.query::<Nothing>()?;
    let codes = Codes::read(&app).await?;
    let keys = app.engine().members().keys().await.map_err(not_read)?;
    let told = keys.iter().filter_map(|key| tell(key, &codes)).collect();
    let listed = Listed::whole("buyers", told);
    Ok(Success::new("Daftar login H2H.", listed))
}

/// A new login; its PIN and password are told in this answer and never again. An id that is taken is refused.
pub(super) async fn issue(
    State(app): State<App>,
    call: Call,
) -> Result<Success<BuyerIssued>, ApiError> {
    let wanted: NewBuyer = call.json()?;
    call.about(format!("buyer {}: {}", wanted.id, given(&wanted)));
    let member = member_of_field(&app, "member", &wanted.member).await?;
    let id = wanted.id.key().map_err(|error| no_id(&error))?;
    let members = app.engine().members();
    if members.key(&id).await.map_err(not_read)?.is_some() {
        return Err(ApiError::plain(ErrorCode::AlreadyExists));
    }
    let login = Login::mint(&mint_bytes(app.dice()));
    let mut scopes = vec![Scope::TrxWrite, Scope::TrxRead];
    scopes.extend(wanted.plain.then_some(Scope::TrxPlain));
    let key = ApiKey {
        id,
        holder: KeyHolder::Buyer(member.id),
        secret: login.secret(),
        scopes: Scopes::of(&scopes),
        networks: wanted.networks,
        state: KeyState::Active,
    };
    members.put_key(key.clone()).await.map_err(not_changed)?;
    let codes = Codes::read(&app).await?;
    let buyer = tell(&key, &codes).ok_or_else(|| ApiError::plain(ErrorCode::InternalError))?;
    let issued = BuyerIssued {
        buyer,
        pin: login.pin.expose_secret().to_owned(),
        password: login.password.expose_secret().to_owned(),
    };
    Ok(Success::new(
        "Login H2H dibuat. PIN dan password hanya ditampilkan sekali.",
        issued,
    ))
}

/// Good for nothing from now on. A revoked login stays so.
pub(super) async fn revoke(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<BuyerTold>, ApiError> {
    let id: BuyerId = named(id)?;
    call.about(format!("buyer {id}"));
    let members = app.engine().members();
    let key = id.key().map_err(|error| no_id(&error))?;
    let found = members.key(&key).await.map_err(not_read)?;
    let (key, _) = found.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    let codes = Codes::read(&app).await?;
    let told = tell(&key, &codes).ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    call.about(format!("buyer {id}: {}", given(&told)));
    let revoked = ApiKey {
        state: KeyState::Revoked,
        ..ApiKey::clone(&key)
    };
    members.put_key(revoked).await.map_err(not_changed)?;
    let told = BuyerTold {
        state: KeyState::Revoked,
        ..told
    };
    Ok(Success::new("Login H2H dicabut.", told))
}

fn no_id(error: &TextError) -> ApiError {
    ApiError::invalid("id", error.rule)
}

/// The login behind a key, if it is one.
fn tell(key: &ApiKey, codes: &Codes) -> Option<BuyerTold> {
    let KeyHolder::Buyer(member) = &key.holder else {
        return None;
    };
    Some(BuyerTold {
        id: BuyerId::of_key(&key.id)?.to_string(),
        member: codes.of(*member),
        networks: key.networks.clone(),
        plain: key.scopes.contains(Scope::TrxPlain),
        state: key.state,
    })
}

//! `/api/v1/admin/keys`: with what programs of members and operators sign.

use axum::extract::State;
use eraflazz_core::member::{ApiKey, KeyHolder, KeyState, Scope, Scopes};
use eraflazz_core::text::KeyId;
use secrecy::SecretString;

use super::given::given;
use super::names::{Codes, Named, member_of_field, named};
use super::{not_changed, not_read};
use crate::admin::{HolderTold, KeyIssued, KeyTold, NewKey};
use crate::app::App;
use crate::auth::{Call, mint_secret};
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Listed, Nothing};

/// Every key, by id, without secrets.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<KeyTold>>, ApiError> {
    call.query::<Nothing>()?;
    let codes = Codes::read(&app).await?;
    let keys = app.engine().members().keys().await.map_err(not_read)?;
    let told = keys.iter().filter_map(|key| tell(key, &codes)).collect();
    Ok(Success::new("Daftar kunci.", Listed::whole("keys", told)))
}

/// A new key; its secret is told in this answer and never again. An id that is taken is refused.
pub(super) async fn issue(
    State(app): State<App>,
    call: Call,
) -> Result<Success<KeyIssued>, ApiError> {
    let wanted: NewKey = call.json()?;
    call.about(format!("key {}: {}", wanted.id, given(&wanted)));
    let holder = match (&wanted.member, &wanted.operator) {
        (Some(code), None) => KeyHolder::Member(member_of_field(&app, "member", code).await?.id),
        (None, Some(operator)) => KeyHolder::Operator(operator.clone()),
        _ => return Err(ApiError::invalid("", "needs either member or operator")),
    };
    may_touch(&call, &holder)?;
    if wanted.scopes.is_empty() {
        let rule = "at least one, or the key opens nothing";
        return Err(ApiError::invalid("scopes", rule));
    }
    let members = app.engine().members();
    if members.key(&wanted.id).await.map_err(not_read)?.is_some() {
        return Err(ApiError::plain(ErrorCode::AlreadyExists));
    }
    let secret = mint_secret(app.dice());
    let key = ApiKey {
        id: wanted.id,
        holder,
        secret: SecretString::from(secret.clone()),
        scopes: Scopes::of(&wanted.scopes),
        networks: wanted.networks,
        state: KeyState::Active,
    };
    members.put_key(key.clone()).await.map_err(not_changed)?;
    let codes = Codes::read(&app).await?;
    let key = tell(&key, &codes).ok_or_else(|| ApiError::plain(ErrorCode::InternalError))?;
    let issued = KeyIssued { key, secret };
    Ok(Success::new(
        "Kunci dibuat. Secret hanya ditampilkan sekali.",
        issued,
    ))
}

/// Good for nothing from now on. A revoked key stays so.
pub(super) async fn revoke(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<KeyTold>, ApiError> {
    let id: KeyId = named(id)?;
    call.about(format!("key {id}"));
    let members = app.engine().members();
    let found = members.key(&id).await.map_err(not_read)?;
    let (key, _) = found.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    let codes = Codes::read(&app).await?;
    let told = tell(&key, &codes).ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    call.about(format!("key {id}: {}", given(&told)));
    may_touch(&call, &key.holder)?;
    let revoked = ApiKey {
        state: KeyState::Revoked,
        ..ApiKey::clone(&key)
    };
    members.put_key(revoked).await.map_err(not_changed)?;
    let told = KeyTold {
        state: KeyState::Revoked,
        ..told
    };
    Ok(Success::new("Kunci dicabut.", told))
}

/// Who may make members' keys could otherwise make an operator's with more scopes than its own (T-3).
fn may_touch(call: &Call, holder: &KeyHolder) -> Result<(), ApiError> {
    match holder {
        KeyHolder::Member(_) | KeyHolder::Buyer(_) => Ok(()),
        KeyHolder::Operator(_) => call.require(Scope::Admin),
    }
}

/// The key, if it is one that signs requests: logins of buyers have a page of their own.
fn tell(key: &ApiKey, codes: &Codes) -> Option<KeyTold> {
    let holder = match &key.holder {
        KeyHolder::Member(member) => HolderTold::Member(codes.of(*member)),
        KeyHolder::Operator(operator) => HolderTold::Operator(operator.to_string()),
        KeyHolder::Buyer(_) => return None,
    };
    Some(KeyTold {
        id: key.id.to_string(),
        holder,
        scopes: key.scopes.into(),
        networks: key.networks.clone(),
        state: key.state,
    })
}

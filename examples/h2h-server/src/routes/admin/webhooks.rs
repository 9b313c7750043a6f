//! `/api/v1/admin/members/{code}/webhook…` and `…/orders/{id}/redeliver`: where members are told, and telling them again.

use std::sync::Arc;

use axum::extract::State;
use chrono::DateTime;
use eraflazz_core::member::Member;
use eraflazz_core::ports::ChangeError;
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{
    Endpoint, EndpointRow, EndpointState, EndpointUrl, Format, HookSecret, Report, Signing,
};

use super::given::given;
use super::names::{Named, member_of_path};
use super::orders::order_of_path;
use super::{TRIES, not_changed, not_done, not_read};
use crate::admin::{NewWebhook, Replay, ToldAgain, WebhookFormat, WebhookTold};
use crate::app::App;
use crate::auth::{Call, mint_bytes};
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::Nothing;
use crate::webhooks::check_places;

/// The endpoint of a member, without its secret.
pub(super) async fn show(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<WebhookTold>, ApiError> {
    call.query::<Nothing>()?;
    let member = subject(&app, code, &call).await?;
    let row = existing(&app, &member).await?;
    let row = row.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    answer(&app, &member, &row, None).await
}

/// Sets it. A secret is made when there is none yet or a change is asked for, and told in this answer alone.
pub(super) async fn set(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<WebhookTold>, ApiError> {
    let wanted: NewWebhook = call.json()?;
    let member = subject(&app, code, &call).await?;
    call.about(format!(
        "webhook of member {}: {}",
        member.code,
        given(&wanted)
    ));
    let address = app
        .check_webhook(&wanted.url)
        .map_err(|blocked| ApiError::invalid("url", blocked.to_string()))?;
    if wanted.format != WebhookFormat::Standard {
        check_places(&address).map_err(|rule| ApiError::invalid("url", rule))?;
    }
    let url =
        EndpointUrl::new(&wanted.url).map_err(|error| ApiError::invalid("url", error.rule))?;
    put(&app, &member, &call, |known| {
        let (format, secret) = formed(&app, &wanted, known)?;
        let endpoint = Endpoint {
            member: member.id,
            url: url.clone(),
            format,
        };
        Ok((endpoint, secret))
    })
    .await
}

/// The form that is wanted, with the secret that was made for it, if one was.
fn formed(
    app: &App,
    wanted: &NewWebhook,
    known: Option<&Endpoint>,
) -> Result<(Format, Option<HookSecret>), ApiError> {
    let old = known.map(|endpoint| &endpoint.format);
    Ok(match (wanted.format, old, wanted.rotate) {
        (
            WebhookFormat::LegacyGet
            | WebhookFormat::OtomaxGet
            | WebhookFormat::IrsGet
            | WebhookFormat::DigiflazzPost,
            _,
            true,
        ) => {
            return Err(ApiError::invalid("rotate", "a legacy report has no secret"));
        }
        (WebhookFormat::LegacyGet, _, false) => (Format::LegacyGet(Report::default()), None),
        (WebhookFormat::OtomaxGet, _, false) => (Format::LegacyGet(Report::otomax()), None),
        (WebhookFormat::IrsGet, _, false) => (Format::LegacyGet(Report::irs()), None),
        (WebhookFormat::DigiflazzPost, _, false) => (Format::LegacyPost(Report::digiflazz()), None),
        (WebhookFormat::Standard, Some(Format::Standard(signing)), false) => {
            (Format::Standard(signing.clone()), None)
        }
        (WebhookFormat::Standard, Some(Format::Standard(signing)), true) => {
            if signing.old.is_some() {
                let why = "the last change of the secret is not settled";
                return Err(ApiError::not_possible(why));
            }
            let secret = mint(app)?;
            let rotated = signing.clone().rotated(secret.clone());
            (Format::Standard(rotated), Some(secret))
        }
        (WebhookFormat::Standard, _, _) => {
            let secret = mint(app)?;
            let signing = Signing::with(secret.clone());
            (Format::Standard(signing), Some(secret))
        }
    })
}

/// The new secret alone from now on: the receiver has changed over. Settled again, nothing changes.
pub(super) async fn settle(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<WebhookTold>, ApiError> {
    let member = subject(&app, code, &call).await?;
    put(&app, &member, &call, |known| {
        let known = known.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
        let mut endpoint = known.clone();
        if let Format::Standard(signing) = endpoint.format {
            endpoint.format = Format::Standard(signing.settled());
        }
        Ok((endpoint, None))
    })
    .await
}

/// Writes what `change` makes of the endpoint that is there, unless it is there as it is and called. Somebody else's change on the way is changed in turn.
async fn put(
    app: &App,
    member: &Member,
    call: &Call,
    change: impl Fn(Option<&Endpoint>) -> Result<(Endpoint, Option<HookSecret>), ApiError>,
) -> Result<Success<WebhookTold>, ApiError> {
    let engine = app.engine();
    for _ in 0..TRIES {
        let known = existing(app, member).await?;
        let over = known.as_ref().map(|row| Arc::clone(&row.endpoint));
        let (endpoint, secret) = change(over.as_deref())?;
        let same = known.filter(|row| *row.endpoint == endpoint && row.state.is_active());
        if let Some(row) = same {
            return answer(app, member, &row, secret).await;
        }
        match engine.set_endpoint(endpoint, over, &call.operator).await {
            Ok(()) => {
                let row = existing(app, member).await?;
                let row = row.ok_or_else(|| ApiError::plain(ErrorCode::InternalError))?;
                return answer(app, member, &row, secret).await;
            }
            Err(ChangeError::Overtaken) => {}
            Err(error) => return Err(not_changed(error)),
        }
    }
    Err(not_changed(ChangeError::Overtaken))
}

/// Removes it, and whatever waits for it. Removed again, nothing changes.
pub(super) async fn remove(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<ToldAgain>, ApiError> {
    let member = subject(&app, code, &call).await?;
    let removed = app.engine().remove_endpoint(member.id, &call.operator);
    removed.await.map_err(not_changed)?;
    Ok(Success::new("Webhook dihapus.", ToldAgain { orders: 0 }))
}

/// Tells the member of every order of a time once more.
pub(super) async fn replay(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<ToldAgain>, ApiError> {
    let wanted: Replay = call.json()?;
    let member = subject(&app, code, &call).await?;
    call.about(format!(
        "webhook of member {}: {}",
        member.code,
        given(&wanted)
    ));
    let (from, to) = (moment("from", &wanted.from)?, moment("to", &wanted.to)?);
    if from >= to {
        return Err(ApiError::invalid("to", "a moment after from"));
    }
    let told = app.engine().replay(member.id, from, to, &call.operator);
    let orders = told.await.map_err(not_done)?;
    Ok(Success::new("Webhook dikirim ulang.", ToldAgain { orders }))
}

/// Tells the member of one order once more.
pub(super) async fn redeliver(
    State(app): State<App>,
    id: Named,
    call: Call,
) -> Result<Success<ToldAgain>, ApiError> {
    let order = order_of_path(&app, id).await?.order;
    call.about(format!("order {}", order.trx_code));
    let told = app.engine().redeliver(order.id, &call.operator);
    told.await.map_err(not_done)?;
    Ok(Success::new(
        "Webhook dikirim ulang.",
        ToldAgain { orders: 1 },
    ))
}

async fn subject(app: &App, code: Named, call: &Call) -> Result<Arc<Member>, ApiError> {
    let member = member_of_path(app, code).await?;
    call.about(format!("webhook of member {}", member.code));
    Ok(member)
}

async fn existing(app: &App, member: &Member) -> Result<Option<EndpointRow>, ApiError> {
    let found = app.engine().members().endpoint(member.id).await;
    found.map_err(not_read)
}

fn mint(app: &App) -> Result<HookSecret, ApiError> {
    HookSecret::mint(&mint_bytes(app.dice())).map_err(|_| ApiError::plain(ErrorCode::InternalError))
}

fn moment(field: &str, text: &str) -> Result<Timestamp, ApiError> {
    DateTime::parse_from_rfc3339(text)
        .map(|moment| Timestamp::from_micros(moment.timestamp_micros()))
        .map_err(|_| ApiError::invalid(field, "a moment like 2026-01-31T00:00:00+07:00"))
}

async fn answer(
    app: &App,
    member: &Member,
    row: &EndpointRow,
    secret: Option<HookSecret>,
) -> Result<Success<WebhookTold>, ApiError> {
    let depth = app.engine().outbox_depth(Some(member.id)).await;
    let depth = depth.map_err(not_read)?;
    let told = WebhookTold {
        url: row.endpoint.url.as_str().to_owned(),
        format: match &row.endpoint.format {
            Format::Standard(_) => WebhookFormat::Standard,
            Format::LegacyGet(report) if *report == Report::otomax() => WebhookFormat::OtomaxGet,
            Format::LegacyGet(report) if *report == Report::irs() => WebhookFormat::IrsGet,
            Format::LegacyGet(_) => WebhookFormat::LegacyGet,
            Format::LegacyPost(_) => WebhookFormat::DigiflazzPost,
        },
        state: match row.state {
            EndpointState::Active {
                failing_since: None,
            } => "active".to_owned(),
            EndpointState::Active {
                failing_since: Some(since),
            } => format!("failing since {since}"),
            EndpointState::Disabled { why, since } => format!("disabled: {why:?} since {since}"),
        },
        changing_secret: matches!(&row.endpoint.format, Format::Standard(s) if s.old.is_some()),
        secret: secret.map(|secret| secret.expose().to_owned()),
        waiting: depth.waiting,
        parked: depth.parked,
    };
    Ok(Success::new("Webhook.", told))
}

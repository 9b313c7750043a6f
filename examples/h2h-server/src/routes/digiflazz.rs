//! `POST /digiflazz/{realm}/prepaid`: orders of Digiflazz, which buys from us as from any of its sellers.
//!
//! What was judged is answered 200, as its programs want it, whoever is not known here among it. What was not judged is an error of this API, without the `data` that such a
//! program reads: the same request again is always right.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use eraflazz_core::money::Money;

use super::counter::{Bought, Realm, buy, deposit, seller};
use crate::app::App;
use crate::auth::anonymous;
use crate::error::ApiError;
use crate::seller::digiflazz::{Answer, Rc, TopUp};
use crate::seller::door::{Shut, admit};
use crate::seller::query::{Request as Asked, Wants};
use crate::strict::{BYTES_MAX, Fault, Rule, Segment, read_json};

pub(super) async fn prepaid(
    State(app): State<App>,
    realm: Realm,
    request: Request,
) -> Result<Response, ApiError> {
    let call = anonymous(&app, request, BYTES_MAX).await?;
    let seller = seller(&app, realm)?;
    let asked: TopUp = read_json(&call.body)?;
    let (proof, wanted) = asked.read()?;
    let request = Asked {
        member: asked.username,
        proof,
        wants: Wants::Order(wanted.clone()),
    };
    let wanted = &wanted;
    let stranger = || {
        let answer = Answer::without_order(wanted, Rc::WrongAuthentication, Money::ZERO);
        Json(answer).into_response()
    };
    let member = match admit(&app, &call, &request).await {
        Ok(member) => member,
        Err(Shut::Stranger) => return Ok(stranger()),
        Err(Shut::Error(error)) => return Err(error),
    };
    let bought = buy(&app, seller, &member, wanted).await?;
    let balance = deposit(&app, &member).await?;
    let answer = match bought {
        Bought::Known(order) | Bought::Taken(order) => Answer::about(wanted, &order, balance),
        // Nothing may be said of the other order, least of all that it failed.
        Bought::Mismatch => Answer::without_order(wanted, Rc::Process, balance),
        Bought::NoProduct => Answer::without_order(wanted, Rc::UnknownCode, balance),
        Bought::Malformed {
            field: "destination",
            ..
        } => Answer::without_order(wanted, Rc::WrongNumber, balance),
        Bought::Malformed { field, rule } => {
            let rule = Fault::new(Rule::Value, rule);
            return Err(rule.under(Segment::Key(field.to_owned())).into());
        }
        Bought::Stranger => return Ok(stranger()),
    };
    Ok(Json(answer).into_response())
}

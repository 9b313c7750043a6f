//! Why an order was not taken, as an error of the API.

use std::time::Duration;

use eraflazz_core::catalog::CutOff;
use eraflazz_core::commit::Unavailable;
use eraflazz_core::engine::{Engine, SubmitError};
use eraflazz_core::inquiry::NotPayable;
use eraflazz_core::order::{Order, Refusal};
use eraflazz_core::pricing::QuoteError;
use eraflazz_core::time::Timestamp;

use super::transaction::code_of;
use crate::error::{ApiError, ErrorCode};
use crate::strict::{Fault, Rule, Segment};

const MINUTE: Duration = Duration::from_mins(1);
const MINUTES_A_DAY: u32 = 1_440;

/// The store did not answer. Whether something was done is open, so the caller repeats the same `ref_id`.
pub fn unavailable(error: &Unavailable) -> ApiError {
    tracing::warn!(%error, "the store did not answer");
    ApiError::maintenance(Duration::from_secs(2))
}

/// The same for an operator, who is the one to mend it: with the reason, a full disk, say.
pub fn unavailable_to_operator(error: &Unavailable) -> ApiError {
    tracing::warn!(%error, "the store did not answer");
    ApiError::maintenance_because(&error.to_string(), Duration::from_secs(2))
}

/// An order that was refused on its merits and is kept: the same answer each time it is asked for (INV-6, INV-18).
pub async fn refusal(engine: &Engine, order: &Order, why: Refusal) -> ApiError {
    let error = match why {
        Refusal::InsufficientBalance { needed, available } => {
            ApiError::insufficient_balance(needed, available)
        }
        Refusal::PriceChanged { sell } => ApiError::price_changed(sell),
        Refusal::DuplicateOrder { earlier } => match engine.ledger().order(earlier).await {
            Ok(Some(earlier)) => ApiError::duplicate_order(earlier.order.ref_id),
            Ok(None) => ApiError::plain(ErrorCode::DuplicateOrder),
            Err(error) => return unavailable(&error),
        },
        Refusal::ProductCutOff => {
            let window = match engine.catalog().await {
                Ok(catalog) => catalog
                    .product(order.product)
                    .and_then(|product| product.cut_off),
                Err(error) => return unavailable(&error),
            };
            match window.and_then(|window| opens_at(window, order.created_at)) {
                Some(at) => ApiError::product_cut_off(at),
                None => ApiError::plain(ErrorCode::ProductCutOff),
            }
        }
        Refusal::ProductUnavailable
        | Refusal::ProductClosed
        | Refusal::InvalidDestination
        | Refusal::MemberFrozen => ApiError::plain(code_of(why)),
    };
    error.about(order.ref_id.clone())
}

/// The first whole minute after `refused_at` that the window does not cover.
fn opens_at(window: CutOff, refused_at: Timestamp) -> Option<Timestamp> {
    let whole = Timestamp::from_millis(refused_at.millis() / 60_000 * 60_000);
    (1..=MINUTES_A_DAY)
        .map(|minutes| whole.plus(MINUTE * minutes))
        .find(|at| !window.covers(*at))
}

/// A field that breaks a rule which only the catalog knows.
pub fn field_error(field: &'static str, rule: impl Into<String>) -> ApiError {
    let fault = Fault::new(Rule::Value, rule).under(Segment::Key(field.to_owned()));
    ApiError::from(fault)
}

/// An order that was not taken and is not kept: its `ref_id` is free, or was somebody else's all along.
pub fn submit_error(error: SubmitError) -> ApiError {
    match error {
        SubmitError::MemberSuspended => ApiError::plain(ErrorCode::MemberSuspended),
        SubmitError::UnknownProduct | SubmitError::Quote(QuoteError::NoPrice) => {
            ApiError::plain(ErrorCode::ProductNotFound)
        }
        SubmitError::Field { field, rule } => field_error(field, rule),
        SubmitError::Inquiry(NotPayable::Unknown) => ApiError::plain(ErrorCode::InquiryNotFound),
        SubmitError::Inquiry(NotPayable::Another) => field_error(
            "inquiry_id",
            "an inquiry about this product and destination",
        ),
        SubmitError::Inquiry(NotPayable::Expired) => ApiError::plain(ErrorCode::InquiryExpired),
        SubmitError::Inquiry(NotPayable::Used) => ApiError::plain(ErrorCode::InquiryUsed),
        SubmitError::RefMismatch => ApiError::plain(ErrorCode::RefIdMismatch),
        SubmitError::Overloaded { retry_after } => ApiError::overloaded(retry_after),
        SubmitError::Stopped(why) => {
            tracing::warn!(why, "an order was turned away");
            ApiError::maintenance(Duration::from_secs(30))
        }
        SubmitError::NotReady(why) => ApiError::not_ready(Some(why)),
        SubmitError::Unavailable(error) => unavailable(&error),
        // For the caller the same as without a price, as in the list of products; repeating it would change nothing. The catalog is
        // at fault, which only our own people can mend.
        SubmitError::Quote(
            QuoteError::NotChargeable | QuoteError::NoRoom | QuoteError::NeedsInquiry,
        ) => {
            tracing::error!(alert = "a price rule gives no price that can be charged", %error, "an order could not be taken");
            ApiError::plain(ErrorCode::ProductNotFound)
        }
        SubmitError::UnknownMember | SubmitError::Conflict | SubmitError::Internal(_) => {
            tracing::error!(%error, "an order could not be taken");
            ApiError::plain(ErrorCode::InternalError)
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// Repeated, it would end the same way until a person has mended the price: so it is not for sale, as without a price.
    #[test]
    fn a_price_that_nobody_can_be_charged_is_no_invitation_to_repeat() {
        for error in [
            QuoteError::NotChargeable,
            QuoteError::NoRoom,
            QuoteError::NoPrice,
        ] {
            let told = submit_error(SubmitError::Quote(error));
            assert_eq!(told.code(), ErrorCode::ProductNotFound);
        }
    }

    #[test]
    fn a_cut_off_ends_with_its_margin() {
        // 23:50 in Jakarta; the window ends at 00:15 and its margin ten minutes later.
        let refused_at = Timestamp::from_millis(1_767_199_800_000);
        assert_eq!(refused_at.wib_minute(), 23 * 60 + 50);
        let window: CutOff = "23:45-00:15".parse().unwrap();
        let opens = opens_at(window, refused_at).unwrap();
        assert_eq!(opens.since(refused_at), Duration::from_mins(35));
        assert!(!window.covers(opens));
    }
}

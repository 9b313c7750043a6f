//! `/api/v1/admin/tickets`: how to pay into our account at a supplier.

use axum::extract::State;
use eraflazz_core::supplier::{TicketError, TicketOrder};

use super::names::catalog;
use crate::admin::{NewTicket, TicketTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::ApiError;

/// As the longest name that a bank keeps.
const TEXT_MAX: usize = 100;

/// Another ticket each time: one that is not paid lapses.
pub(super) async fn ask(
    State(app): State<App>,
    call: Call,
) -> Result<Success<TicketTold>, ApiError> {
    let wanted: NewTicket = call.json()?;
    call.about(format!("supplier {}: a ticket", wanted.supplier));
    for (field, text) in [("bank", &wanted.bank), ("owner", &wanted.owner)] {
        let is_long = |text: &String| !(1..=TEXT_MAX).contains(&text.chars().count());
        if text.as_ref().is_some_and(is_long) {
            return Err(ApiError::invalid(field, "1 to 100 characters"));
        }
    }
    let catalog = catalog(&app).await?;
    let supplier = catalog
        .supplier_named(wanted.supplier.as_str())
        .ok_or_else(|| ApiError::invalid("supplier", "no such supplier"))?;
    let order = TicketOrder {
        amount: wanted.amount,
        bank: wanted.bank,
        owner: wanted.owner,
    };
    let ticket = app.engine().ticket(supplier.id, order).await;
    let ticket = ticket
        .ok_or_else(|| ApiError::not_possible("the settings do not name this supplier"))?
        .map_err(|error| match error {
            TicketError::Wrong { field, rule } => ApiError::invalid(field, rule),
            TicketError::NotOffered | TicketError::Unread(_) => {
                ApiError::not_possible(&error.to_string())
            }
        })?;
    Ok(Success::new(
        "Tiket deposit.",
        TicketTold {
            supplier: supplier.slug.to_string(),
            amount: ticket.amount,
            bank: ticket.bank,
            account: ticket.account,
            note: ticket.note,
            told: ticket.told,
        },
    ))
}

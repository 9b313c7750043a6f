//! What others must learn: one row an order, the newest revision, only for who listens (INV-29).

use super::changes::{EndpointStateWrite, OutboxKey, OutboxRow};
use super::view::View;

/// Rows that are done leave, rows to deliver take their place. Nothing here can be refused: a row that is old news is left out.
pub(super) fn write<V: View>(done: &[OutboxKey], rows: &[OutboxRow], view: &mut V) {
    for key in done {
        if view
            .outbox(key.order)
            .is_some_and(|row| row.revision <= key.revision)
        {
            view.remove_outbox(key.order);
        }
    }
    for row in rows {
        let listens = view
            .endpoint(row.member)
            .is_some_and(|(_, state)| state.is_active());
        let known = view.outbox(row.order).map(|known| known.revision);
        let is_news = known.is_none_or(|known| known <= row.revision);
        let is_bookkeeping = row.tries > 0;
        let belongs = if is_bookkeeping {
            known == Some(row.revision)
        } else {
            listens && is_news
        };
        if belongs {
            view.put_outbox(*row);
        }
    }
}

pub(super) fn write_states<V: View>(writes: &[EndpointStateWrite], view: &mut V) {
    for write in writes {
        if view
            .endpoint(write.member)
            .is_some_and(|(version, _)| version == write.version)
        {
            view.put_endpoint_state(write.member, write.state);
        }
    }
}

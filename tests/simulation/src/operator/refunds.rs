//! Two people give back a part of what a member paid, at once (E-20).

use std::time::Duration;

use eraflazz_core::engine::{Engine, OperationError};
use eraflazz_core::ids::OrderId;
use eraflazz_core::money::Money;
use eraflazz_core::order::RefundAsked;
use uuid::Uuid;

use super::{Operators, PATIENCE, somebody};
use crate::fault::Fault;
use crate::trace::Event;

impl Operators {
    /// Each of two desks refunds an order that its member knows as delivered: 60 % or all of it, and now and then more than that.
    pub(super) async fn give_back(&self, engine: &Engine, round: u64) {
        if !self.scene.faults.is_drawn(Fault::OperatorsRefund) {
            return;
        }
        let start = self.chance.below(u64::from(u32::MAX));
        let Some((number, goods, id, price)) = self.scene.auditor().delivered_from(start) else {
            return;
        };
        let fault = Fault::OperatorsRefund;
        self.scene.struck_at_last(fault, Some(goods));
        let amounts = [price / 5 * 3, price / 5, price, price + 100];
        let (one, other) = (*self.chance.pick(&amounts), *self.chance.pick(&amounts));
        let order = OrderId(Uuid::from_u128(id));
        tokio::join!(
            self.refund(engine, (order, number), format!("desk-1-{round}"), one),
            self.refund(engine, (order, number), format!("desk-2-{round}"), other),
        );
    }

    /// Asked for until it is known what came of it: the same reference pays once.
    async fn refund(
        &self,
        engine: &Engine,
        (id, number): (OrderId, u32),
        reference: String,
        amount: i64,
    ) {
        let Ok(reference) = reference.parse() else {
            return;
        };
        let asked = RefundAsked {
            reference,
            amount: Money::from_hundredths(amount),
            note: "goodwill".to_owned(),
        };
        self.scene.auditor().may_refund(number, amount);
        let twice = self.scene.strikes(Fault::OperatorRepeats, None);
        let mut engine = engine.clone();
        let mut times = 0;
        loop {
            let refund = engine.refund(id, asked.clone(), somebody());
            let answer = tokio::time::timeout(PATIENCE, refund).await;
            let done = match answer {
                Ok(Ok(order)) => {
                    self.scene.tell(&order, "refund");
                    true
                }
                Ok(Err(
                    OperationError::NotFound
                    | OperationError::Illegal(_)
                    | OperationError::Field { .. }
                    | OperationError::RefMismatch { .. },
                )) => false,
                Ok(Err(
                    OperationError::Changed { .. }
                    | OperationError::Refused(_)
                    | OperationError::Contended
                    | OperationError::Unavailable(_),
                ))
                | Err(_) => {
                    tokio::time::sleep(Duration::from_secs(5)).await;
                    engine = self.engine_again().await;
                    continue;
                }
            };
            times += 1;
            if done && twice && times == 1 {
                continue;
            }
            self.scene.auditor().refunded(number, amount, done);
            self.scene.note(Event::Refunds {
                order: number,
                amount,
                done,
            });
            return;
        }
    }
}

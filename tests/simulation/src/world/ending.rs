//! The end of a world: nothing goes wrong any more, people rule about what they are shown, and the books are closed.

use std::collections::BTreeSet;
use std::time::Duration;

use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::{Account, TransferRow};
use eraflazz_core::ports::Ledger as _;
use eraflazz_store_memory::MemoryStore;

use super::World;
use crate::auditor::books::{Closing, Movement, Pot, Statement};
use crate::door::PATIENCE;
use crate::line::purse;
use crate::member::Wish;
use crate::operator::listed;

/// The longest that anything takes that a supplier has begun: a late success of a late failure, taken back, told late.
const AFTERMATH: Duration = Duration::from_hours(12);
/// How often operators go through what they are shown, an hour apart: a ruling may lead to another purchase, which may need one too.
const ROUNDS: u32 = 20;

impl World {
    /// Nothing goes wrong any more: what is under way ends, everybody hears how it stands, and what is left must be in the queue of the
    /// operators. They rule about what is in it, until nothing is.
    pub(super) async fn come_to_rest(&self) {
        tokio::time::sleep(AFTERMATH).await;
        self.look_around().await;
        let Some(engine) = self.house.door.engine() else {
            let nobody = "nobody is behind the door in the end";
            return self.scene.object(None, nobody.to_owned());
        };
        let shown = (
            self.operators.queue(&engine).await,
            self.operators.orphans(&engine).await,
        );
        let (Some(queue), Some(orphans)) = shown else {
            let unread = "nobody can read the queue in the end";
            return self.scene.object(None, unread.to_owned());
        };
        let queue: Vec<_> = queue.iter().map(listed).collect();
        let now = self.scene.millis();
        self.scene.auditor().judge_queue(&queue, &orphans, now);
        let parcels: BTreeSet<u32> = orphans.iter().map(|orphan| orphan.parcel).collect();
        for wish in &self.wishes {
            if parcels.contains(&wish.parcel) {
                self.compare(wish).await;
            }
        }
        if !parcels.is_empty() {
            // Members hear of what was ruled.
            tokio::time::sleep(Duration::from_hours(1)).await;
        }
        for _ in 0..ROUNDS {
            if let Some(engine) = self.house.door.engine()
                && !self.operators.work_off(&engine).await
            {
                return;
            }
            tokio::time::sleep(Duration::from_hours(1)).await;
        }
    }

    /// By whichever process is there now: the one that showed the queue may be gone.
    async fn compare(&self, wish: &Wish) {
        let Some(request) = wish.request(wish.parcel) else {
            return;
        };
        for _ in 0..ROUNDS {
            if let Some(engine) = self.house.door.engine() {
                let read = engine.order(wish.member, &request.ref_id);
                if let Ok(Ok(found)) = tokio::time::timeout(PATIENCE, read).await {
                    if let Some(order) = found {
                        self.operators.compare(&engine, order.id).await;
                    }
                    return;
                }
            }
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
    }

    async fn look_around(&self) {
        for wish in &self.wishes {
            self.members.look_in_the_end(wish).await;
        }
    }

    /// Everybody reads what there is to read, and the auditor closes the books.
    pub(super) async fn close(&self) {
        self.look_around().await;
        let store = match self.house.record.open(&self.scene, &self.chance) {
            Ok(store) => store,
            Err(why) => {
                return self
                    .scene
                    .object(None, format!("the record does not open: {why}"));
            }
        };
        match self.closing(&store).await {
            Ok(closing) => self.scene.auditor().close(&closing),
            Err(error) => self
                .scene
                .object(None, format!("the books could not be read: {error}")),
        }
    }

    async fn closing(
        &self,
        store: &MemoryStore,
    ) -> Result<Closing, eraflazz_core::commit::Unavailable> {
        let member_of = |id: MemberId| {
            let place = self.ids.iter().position(|known| *known == id);
            u16::try_from(place.unwrap_or(usize::MAX)).unwrap_or(u16::MAX)
        };
        let pot = |account: Account| match account {
            Account::Available(id) => Pot::Available(member_of(id)),
            Account::Held(id) => Pot::Held(member_of(id)),
            Account::Receivable(id) => Pot::Receivable(member_of(id)),
            Account::Prepaid(supplier) => Pot::Prepaid(supplier.0),
            Account::Dispute(supplier) => Pot::Dispute(supplier.0),
            Account::LossDelivery => Pot::Loss,
            Account::Bank(_)
            | Account::Opening
            | Account::Revenue
            | Account::Cogs
            | Account::Clearing(_)
            | Account::SuspenseDeposit
            | Account::Fees
            | Account::Transfers => Pot::House,
        };
        let rows = store.transfers(0, usize::MAX).await?;
        let movement = |row: &TransferRow| Movement {
            subject: row.key.subject.0.as_u128(),
            debit: pot(row.debit),
            credit: pot(row.credit),
            amount: row.amount.hundredths(),
        };
        let wallets = store.wallets().await?;
        let purses = wallets.iter().map(|wallet| purse(wallet, &self.ids));
        let mut statements = Vec::new();
        for vendor in &self.operators.vendors {
            let id = vendor.supplier_id();
            let prepaid = store.balance(Account::Prepaid(id)).await?.hundredths();
            let dispute = store.balance(Account::Dispute(id)).await?.hundredths();
            statements.push(Statement {
                supplier: vendor.id,
                theirs: vendor.balance(),
                ours: prepaid + dispute,
            });
        }
        Ok(Closing {
            movements: rows.iter().map(movement).collect(),
            purses: purses.collect(),
            statements,
        })
    }
}

//! A member's deposit through a gateway: asked for, looked at again, called off. Nothing here credits anything: that is for looks (`payments`).

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::Engine;
use super::error::DepositError;
use super::gateways::{Gateway, GatewayCall};
use crate::commit::{Changes, PaymentWrite, Refused, Unavailable, Verdict};
use crate::ids::{MemberId, PaymentId};
use crate::member::MemberStatus;
use crate::money::Money;
use crate::order::{Entry, LogRow};
use crate::payment::{
    Act, Amount, Customer, DepositEntry, HeardPayment, Item, Method, NewPayment, PayWith, Payment,
    PaymentCode, PaymentExchange, PaymentReason, PaymentState, Stage, Through,
};
use crate::ports::{Page, PaymentFilter};
use crate::text::RefId;
use crate::time::Timestamp;

/// How often a member may have a deposit looked at.
const LOOK_GAP: Duration = Duration::from_secs(10);
/// How often a reference is minted anew, and an exact amount chosen.
const TRIES: usize = 8;

/// A deposit that a member asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeposit {
    /// Who.
    pub member: MemberId,
    /// The member's own reference: the same one again is the same deposit. It has nothing to do with those of orders.
    pub ref_id: RefId,
    /// Through which gateway, by its name.
    pub gateway: String,
    /// How it is paid.
    pub method: Method,
    /// How much is credited, in whole rupiah; by transfer a little more, so that the amount is nobody else's.
    pub amount: Money,
    /// Who pays. Told to the gateway and not kept.
    pub customer: Customer,
}

impl NewDeposit {
    /// What makes it another request.
    fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let amount = self.amount.hundredths().to_string();
        let Customer { name, email, phone } = &self.customer;
        let method = self.method.word();
        for part in [&self.gateway, method, &amount, name, email, phone] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

impl Engine {
    /// Asks a gateway for a deposit, once: what the customer needs to pay is in [`Payment::pay_with`]. The intent is committed before the gateway is called.
    ///
    /// Repeating a `ref_id` with the same fields gives the deposit as it is now, without asking anybody; with others it is [`DepositError::RefMismatch`]. If the
    /// gateway's answer is lost the deposit stays [`Stage::Asked`], is looked up by our reference and never asked for again. The caller's hang-up cancels nothing.
    pub async fn open_deposit(&self, new: NewDeposit) -> Result<Payment, DepositError> {
        let member = self.inner.members.member(new.member).await?;
        let member = member.ok_or(DepositError::UnknownMember)?;
        if member.status == MemberStatus::Suspended {
            return Err(DepositError::MemberSuspended);
        }
        let id = Payment::id_of(new.member, &new.ref_id);
        let fingerprint = new.fingerprint();
        if let Some(known) = self.inner.store.payment(id).await? {
            return same(known, fingerprint);
        }
        let gateway = self.inner.gateways.named(&new.gateway);
        let gateway = gateway.ok_or(DepositError::UnknownGateway)?.clone();
        let busy = DepositError::Overloaded {
            retry_after: Duration::from_secs(2),
        };
        let Ok(place) = Arc::clone(&gateway.places).try_acquire_owned() else {
            return Err(busy);
        };
        if self.asks_nobody() {
            return Err(busy);
        }
        self.has_room(&new).await?;
        for _ in 0..TRIES {
            let asked = self.asked(&new, &gateway).await?;
            let row = intended(id, &new, fingerprint, &asked, &gateway);
            match self.inner.store.commit(vec![opening(&row)]).await?.pop() {
                Some(Verdict::Done(_)) => {
                    let engine = self.clone();
                    let task = async move {
                        let made = engine.create(row, asked, gateway).await;
                        drop(place);
                        made
                    };
                    let made = self.inner.calls.spawn_on(task, &self.inner.io).await;
                    return made.map_err(|_| DepositError::Internal("the call was given up"))?;
                }
                Some(Verdict::Refused(Refused::IdTaken { field: "deposit" })) => {
                    let known = self.inner.store.payment(id).await?;
                    return same(known.ok_or(DepositError::NotFound)?, fingerprint);
                }
                // The reference was minted before, or somebody awaits that amount by now.
                Some(Verdict::Refused(Refused::IdTaken { .. })) => {}
                Some(Verdict::Refused(refused)) => {
                    tracing::error!(%refused, "a deposit was not written");
                    return Err(DepositError::Internal("the deposit was refused"));
                }
                None => return Err(DepositError::Internal("the store gave no verdict")),
            }
        }
        Err(DepositError::Internal("no reference is free"))
    }

    /// What the gateway will be asked.
    async fn asked(&self, new: &NewDeposit, gateway: &Gateway) -> Result<NewPayment, DepositError> {
        let rules = &gateway.rules;
        if !gateway.profile().methods.contains(&new.method) || new.method == Method::Card {
            return Err(DepositError::Field {
                field: "method",
                rule: "one of those that the gateway offers",
            });
        }
        if new.amount < rules.min || new.amount > rules.max {
            return Err(DepositError::Field {
                field: "amount",
                rule: "within the limits of the gateway",
            });
        }
        let amount = self.exact_amount(new, gateway).await?;
        let (settings, now) = (&self.inner.settings, self.inner.clock.now());
        let dice = self.inner.dice.roll();
        let asked = NewPayment {
            code: PaymentCode::mint(settings.installation, settings.epoch, now, &dice),
            method: new.method,
            amount: Amount::Fixed(amount),
            items: vec![Item {
                sku: "DEPOSIT".to_owned(),
                name: "Deposit saldo".to_owned(),
                price: amount,
                quantity: 1,
            }],
            customer: new.customer.clone(),
            created_at: now,
            expires_in: Some(rules.expires_in),
            notify_url: rules.notify_url.clone(),
            return_url: None,
            card: None,
        };
        asked.check().map_err(|broken| DepositError::Field {
            field: broken.field,
            rule: broken.rule,
        })?;
        Ok(asked)
    }

    /// The one call of a deposit, and what came of it.
    async fn create(
        &self,
        row: Payment,
        asked: NewPayment,
        gateway: Gateway,
    ) -> Result<Payment, DepositError> {
        // INV-27: the commit may have taken its time, and the stop may have come meanwhile (INV-30).
        let left = row.lease_until.since(self.inner.clock.now());
        let exchange = if self.asks_nobody() || left < gateway.lease() / 2 {
            PaymentExchange::not_sent(PaymentReason::Timeout)
        } else {
            let call = GatewayCall::Create(Box::new(asked));
            self.call_gateway(&gateway, call).await
        };
        let heard = HeardPayment {
            through: Through::Create,
            sightings: exchange.sightings,
            raw: exchange.raw,
        };
        match self.hear_payment(row.id, heard, &gateway).await {
            Ok(heard) => Ok(heard.unwrap_or(row)),
            Err(error) => {
                // It is asked for, whatever came of it: the sweep looks once the lease is over.
                self.warn_seldom("what a gateway answered was not written", &error);
                Ok(row)
            }
        }
    }

    /// The member's deposit; `None` for a missing one and for another member's alike (INV-34).
    pub async fn deposit_of(
        &self,
        member: MemberId,
        id: PaymentId,
    ) -> Result<Option<Payment>, DepositError> {
        let row = self.inner.store.payment(id).await?;
        Ok(row.filter(|row| row.member == member))
    }

    /// The member's deposits through gateways, newest first.
    pub async fn deposits_of(
        &self,
        member: MemberId,
        page: &Page,
    ) -> Result<Vec<Payment>, DepositError> {
        let filter = PaymentFilter::of(member);
        Ok(self.inner.ledger.payments(&filter, page).await?)
    }

    /// Asks the gateway now what has become of the member's deposit, at most once in ten seconds, and gives it as it is then.
    pub async fn check_deposit(
        &self,
        member: MemberId,
        id: PaymentId,
    ) -> Result<Payment, DepositError> {
        let row = self.deposit_of(member, id).await?;
        let row = row.ok_or(DepositError::NotFound)?;
        let now = self.inner.clock.now();
        let free = row.looked_at.map_or(now, |at| at.plus(LOOK_GAP));
        if free > now {
            return Err(DepositError::TooSoon {
                retry_after: free.since(now),
            });
        }
        Ok(self.look_at(row).await?)
    }

    /// Calls the member's deposit off, where the gateway can, and looks what became of it: it may have been paid meanwhile, and then it is credited.
    /// One that has ended already is given as it is.
    pub async fn cancel_deposit(
        &self,
        member: MemberId,
        id: PaymentId,
    ) -> Result<Payment, DepositError> {
        let row = self.deposit_of(member, id).await?;
        let row = row.ok_or(DepositError::NotFound)?;
        if row.state == PaymentState::Cancelled || row.state == PaymentState::Expired {
            return Ok(row);
        }
        if !row.is_payable() || row.stage != Stage::Made {
            return Err(DepositError::WrongState);
        }
        let gateway = self.inner.gateways.numbered(row.gateway);
        let gateway = gateway.ok_or(DepositError::NotOffered)?.clone();
        let act = ending(&gateway, [Act::Cancel, Act::Expire]);
        let act = act.ok_or(DepositError::NotOffered)?;
        let Ok(place) = gateway.places.try_acquire() else {
            return Err(DepositError::Overloaded {
                retry_after: Duration::from_secs(2),
            });
        };
        let ended = self.do_with(row, act, &gateway).await?;
        drop(place);
        Ok(self.look_at(ended).await?)
    }

    /// Ends at its gateway what can still be paid there, where the gateway can, and looks what became of it: it may have been paid meanwhile, and then it is
    /// credited. Any other one is given as it is.
    pub(super) async fn end_deposit(&self, row: Payment) -> Result<Payment, Unavailable> {
        if !row.is_payable() || row.stage != Stage::Made || self.asks_nobody() {
            return Ok(row);
        }
        let Some(gateway) = self.inner.gateways.numbered(row.gateway).cloned() else {
            return Ok(row);
        };
        let Some(act) = ending(&gateway, [Act::Expire, Act::Cancel]) else {
            return Ok(row);
        };
        let Ok(place) = gateway.places.acquire().await else {
            return Ok(row);
        };
        let ended = self.do_with(row, act, &gateway).await?;
        drop(place);
        self.look_at(ended).await
    }

    /// Does this with it, and gives it as it is then.
    async fn do_with(
        &self,
        row: Payment,
        act: Act,
        gateway: &Gateway,
    ) -> Result<Payment, Unavailable> {
        let call = GatewayCall::Act(row.reference(), act);
        let exchange = self.call_gateway(gateway, call).await;
        let heard = HeardPayment {
            through: Through::Act,
            sightings: exchange.sightings,
            raw: exchange.raw,
        };
        let heard = self.hear_payment(row.id, heard, gateway).await?;
        Ok(heard.unwrap_or(row))
    }
}

/// What ends a payment at this gateway: the first of these that it can do.
fn ending(gateway: &Gateway, acts: [Act; 2]) -> Option<Act> {
    let can = &gateway.profile().acts;
    acts.into_iter().find(|act| can.contains(&act.kind()))
}

/// The first result stands for the same request.
fn same(known: Payment, fingerprint: [u8; 32]) -> Result<Payment, DepositError> {
    if known.fingerprint == fingerprint {
        Ok(known)
    } else {
        Err(DepositError::RefMismatch)
    }
}

/// The deposit before anybody was asked.
fn intended(
    id: PaymentId,
    new: &NewDeposit,
    fingerprint: [u8; 32],
    asked: &NewPayment,
    gateway: &Gateway,
) -> Payment {
    let now: Timestamp = asked.created_at;
    let lease_until = now.plus(gateway.lease());
    Payment {
        id,
        member: new.member,
        ref_id: new.ref_id.clone(),
        fingerprint,
        gateway: gateway.rules.id,
        code: asked.code,
        method: new.method,
        amount: match asked.amount {
            Amount::Fixed(amount) => amount,
            Amount::Open => new.amount,
        },
        payable: None,
        stage: Stage::Asked,
        state: PaymentState::Pending,
        theirs: None,
        pay_with: PayWith::default(),
        created_at: now,
        expires_at: now.plus(gateway.rules.expires_in),
        lease_until,
        next_check_at: Some(lease_until),
        looked_at: None,
        checks: 0,
        booked: None,
        taken_back: Money::ZERO,
        reversals: 0,
        doubted: false,
        updated_at: now,
        version: 1,
    }
}

/// The intent (INV-9): no byte goes to the gateway before it is committed.
fn opening(row: &Payment) -> Changes {
    let mut unit = Changes::at(row.created_at);
    let entry = Entry::Deposit(DepositEntry::Opened {
        gateway: row.gateway,
        code: row.code,
        method: row.method,
        amount: row.amount,
    });
    unit.log
        .push(LogRow::new(row.id.into(), 1, row.created_at, entry));
    unit.payments.push(PaymentWrite {
        payment: row.clone(),
        replaces: None,
    });
    unit
}

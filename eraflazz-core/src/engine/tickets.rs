//! Deposit tickets: transfers to a bank account of the house, known by their exact amounts and by nothing else (INV-23).
//!
//! A ticket is a deposit like any other. Nobody has to be asked for it, so its gateway answers by itself; its amount is the one that was asked for and a code of at most
//! three digits more, so that no other deposit awaits the same one on this account. It keeps that amount for a day after its end, paid or not: what comes late is still its
//! own (E-29), and what comes twice is known (E-30). What came is told by the account's feed (`lines`).

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::Engine;
use super::deposits::NewDeposit;
use super::error::DepositError;
use super::gateways::Gateway;
use crate::money::Money;
use crate::payment::{
    Act, ActKind, Amount, CallbackProof, DepositStatus, Environment, GatewayProfile, Method,
    NewPayment, PayWith, PaymentClaim, PaymentCode, PaymentExchange, PaymentReading, PaymentReason,
    PaymentRef, PaymentSighting, PaymentState, SecondCreate,
};
use crate::ports::{Page, PaymentFilter, PaymentGateway};
use crate::supplier::{RawRequest, Unauthenticated};

/// How many codes there are: 1 to 999 rupiah are added.
const CODES: u16 = 999;
/// Strides that come by every code before they come by one again.
const STRIDES: [u16; 8] = [1, 2, 4, 5, 7, 8, 10, 11];
/// How many tickets of a member can be paid at once: codes are few, and everybody's.
const OPEN_MAX: usize = 3;
/// How long a ticket that was paid keeps its amount; one that was not keeps it about as long.
const COOL_DOWN: Duration = Duration::from_hours(24);

/// A bank account of the house, as members are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAccount {
    /// Play money or real money.
    pub environment: Environment,
    /// The number of the account, as members type it.
    pub number: String,
    /// Which bank.
    pub bank: String,
    /// In whose name.
    pub holder: String,
    /// What is pushed above this counts only once the statement was read as well: a signature says nothing of when it was made.
    pub read_above: Money,
}

/// The gateway of an account: it makes tickets without asking anybody, and knows of no payment.
pub(super) struct TicketDesk {
    profile: GatewayProfile,
    pay_with: PayWith,
}

impl TicketDesk {
    pub(super) fn new(account: &BankAccount) -> Self {
        let BankAccount {
            environment,
            number,
            bank,
            holder,
            read_above: _,
        } = account;
        Self {
            profile: GatewayProfile {
                environment: *environment,
                methods: [Method::Transfer].into(),
                open_methods: [].into(),
                acts: [ActKind::Cancel].into(),
                second_create: SecondCreate::Refused,
                callback: CallbackProof::Whole,
                not_found_settles: Duration::ZERO,
                refunds_in_part: false,
                reversal_window: COOL_DOWN,
                poll: vec![Duration::from_mins(5)],
                poll_max_age: Duration::from_hours(60 * 24),
                timeout: Duration::from_secs(5),
                max_in_flight: 64,
            },
            pay_with: PayWith {
                code: Some(number.clone()),
                biller: Some(format!("{bank} a.n. {holder}")),
                ..PayWith::default()
            },
        }
    }
}

#[async_trait]
impl PaymentGateway for TicketDesk {
    fn profile(&self) -> &GatewayProfile {
        &self.profile
    }

    async fn create(&self, payment: &NewPayment) -> PaymentExchange {
        let Amount::Fixed(amount) = payment.amount else {
            return PaymentExchange::not_sent(PaymentReason::NotOffered);
        };
        let made = PaymentSighting {
            amount: Some(amount),
            pay_with: self.pay_with.clone(),
            ..says(&payment.code, PaymentState::Pending)
        };
        PaymentExchange::answered(Bytes::new(), vec![made])
    }

    /// A bank knows no references of ours: what came is told line by line.
    async fn look(&self, _payment: &PaymentRef) -> PaymentExchange {
        let nothing = PaymentSighting::new(PaymentClaim::NotFound, PaymentReason::None);
        PaymentExchange::answered(Bytes::new(), vec![nothing])
    }

    async fn act(&self, payment: &PaymentRef, act: &Act) -> PaymentExchange {
        if *act != Act::Cancel {
            return PaymentExchange::not_sent(PaymentReason::NotOffered);
        }
        let over = says(&payment.ours, PaymentState::Cancelled);
        PaymentExchange::answered(Bytes::new(), vec![over])
    }

    fn read_callback(&self, _request: &RawRequest) -> Result<PaymentReading, Unauthenticated> {
        Err(Unauthenticated)
    }
}

fn says(code: &PaymentCode, state: PaymentState) -> PaymentSighting {
    PaymentSighting {
        our_ref: code.as_str().parse().ok(),
        ..PaymentSighting::new(PaymentClaim::Is(state), PaymentReason::None)
    }
}

impl Engine {
    /// What is to be paid for this deposit: what is asked for, and of a transfer so much more that nobody else awaits it.
    pub(super) async fn exact_amount(
        &self,
        new: &NewDeposit,
        gateway: &Gateway,
    ) -> Result<Money, DepositError> {
        if new.method != Method::Transfer {
            return Ok(new.amount);
        }
        let [first, second, third, ..] = self.inner.dice.roll();
        let start = u16::from_le_bytes([first, second]) % CODES;
        let stride = STRIDES[usize::from(third) % STRIDES.len()];
        for step in 0..CODES {
            let code = (u32::from(start) + u32::from(step) * u32::from(stride)) % u32::from(CODES);
            let more = Money::rupiah(i64::from(code) + 1);
            let Some(amount) = more.and_then(|more| new.amount.checked_add(more)) else {
                break;
            };
            let bank = gateway.rules.id;
            let holder = self.inner.store.payment_awaiting(bank, amount).await?;
            if holder.is_none() {
                return Ok(amount);
            }
        }
        Err(DepositError::AmountTaken)
    }

    /// Whether this member may have one more ticket. Of several asked for at once one more may come through.
    pub(super) async fn has_room(&self, new: &NewDeposit) -> Result<(), DepositError> {
        if new.method != Method::Transfer {
            return Ok(());
        }
        let filter = PaymentFilter {
            status: Some(DepositStatus::Pending),
            ..PaymentFilter::of(new.member)
        };
        let page = Page::first(Page::MAX);
        let open = self.inner.ledger.payments(&filter, &page).await?;
        let tickets = open.iter().filter(|row| row.method == Method::Transfer);
        if tickets.count() >= OPEN_MAX {
            return Err(DepositError::TooManyOpen { max: OPEN_MAX });
        }
        Ok(())
    }
}

//! The statement of a bank account: lines that somebody writes into it, read as often as the engine likes.

use std::sync::Mutex;

use async_trait::async_trait;
use eraflazz_core::engine::BankAccount;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{BankLine, Environment};
use eraflazz_core::ports::BankFeed;
use eraflazz_core::supplier::{RawRequest, ReadError, Unauthenticated};
use eraflazz_core::time::{BusinessDay, Timestamp};

/// The account that members are told of.
pub(crate) fn account() -> BankAccount {
    BankAccount {
        environment: Environment::Sandbox,
        number: "1234567890".to_owned(),
        bank: "BCA".to_owned(),
        holder: "PT Maju".to_owned(),
        read_above: Money::MAX_AMOUNT,
    }
}

/// What a service has read of it.
#[derive(Debug, Default)]
pub struct Statement(Mutex<Vec<BankLine>>);

impl Statement {
    /// Money came; the next read tells of it, and every one after that.
    pub fn has(&self, line: BankLine) {
        self.0.lock().unwrap().push(line);
    }
}

/// Money that came at `at`, as the bank's row of this name.
pub fn came(name: &str, rupiah: i64, at: Timestamp) -> BankLine {
    BankLine {
        key: BankLine::key_of(&[name], 0).unwrap(),
        id: name.parse().ok(),
        amount: Money::rupiah(rupiah).unwrap(),
        day: at.business_day(),
        at: Some(at),
        raw: name.to_owned().into(),
    }
}

#[async_trait]
impl BankFeed for Statement {
    fn read_push(&self, _request: &RawRequest) -> Result<Vec<BankLine>, Unauthenticated> {
        Err(Unauthenticated)
    }

    async fn lines(&self, from: BusinessDay) -> Result<Vec<BankLine>, ReadError> {
        let lines = self.0.lock().unwrap();
        Ok(lines
            .iter()
            .filter(|line| line.day >= from)
            .cloned()
            .collect())
    }
}

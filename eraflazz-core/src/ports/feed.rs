//! A bank feed: where the lines of a bank account come from.

use async_trait::async_trait;

use crate::payment::BankLine;
use crate::supplier::{RawRequest, ReadError, Unauthenticated};
use crate::time::BusinessDay;

/// The adapter of a service that reads one bank account, or of a person's files. It observes and moves nothing; it may lag, repeat lines and miss some.
///
/// The same line is told under the same [key](BankLine::key) however it comes: pushed, read, or pushed again. Every method may be called from several tasks at once.
#[async_trait]
pub trait BankFeed: Send + Sync {
    /// Verifies and reads a push. Pure: no clock, no network. The signature covers every byte of it and is checked before any is believed (INV-35). What went out,
    /// what is of another account and what cannot be read is left out; read again it is the same.
    fn read_push(&self, request: &RawRequest) -> Result<Vec<BankLine>, Unauthenticated>;

    /// The lines of this day and later, in any order; asked again the same ones, and new ones. Reads only.
    async fn lines(&self, from: BusinessDay) -> Result<Vec<BankLine>, ReadError>;
}

//! Secrets of keys that this server makes.

use eraflazz_core::engine::SystemDice;
use eraflazz_core::ports::Dice as _;

/// A new secret: 64 hex digits of 32 bytes that nobody can guess.
pub fn mint_secret(dice: &SystemDice) -> String {
    let rolls: [[u8; 10]; 4] = std::array::from_fn(|_| dice.roll());
    let bytes: Vec<u8> = rolls.into_iter().flatten().take(32).collect();
    base16ct::lower::encode_string(&bytes)
}

//! Secrets of keys that this server makes.

use eraflazz_core::engine::SystemDice;
use eraflazz_core::ports::Dice as _;

/// A new secret: 64 hex digits of 32 bytes that nobody can guess.
pub fn mint_secret(dice: &SystemDice) -> String {
    base16ct::lower::encode_string(&mint_bytes(dice))
}

/// 32 bytes that nobody can guess.
pub fn mint_bytes(dice: &SystemDice) -> [u8; 32] {
    let mut bytes = [0; 32];
    for part in bytes.chunks_mut(10) {
        part.copy_from_slice(&dice.roll()[..part.len()]);
    }
    bytes
}

//! Versions of what people look at, so that nobody changes what they have not seen.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::{ApiError, ErrorCode};

/// What a version looks like.
const RULE: &str = "the version of an earlier answer: 16 hexadecimal digits";

/// The version of a thing: a mark of what it says. The same contents have the same version, whoever wrote them and however often.
pub(super) fn version(of: &impl Serialize) -> String {
    let bytes = serde_json::to_vec(of).unwrap_or_default();
    let hash = Sha256::digest(bytes);
    base16ct::lower::encode_string(&hash[..8])
}

/// Refuses what is no version at all, also of a change that changes nothing.
pub(super) fn read(seen: &str) -> Result<(), ApiError> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if seen.len() == 16 && seen.bytes().all(is_digit) {
        Ok(())
    } else {
        Err(ApiError::invalid("version", RULE))
    }
}

/// Refuses unless `seen` is the version of what is there.
pub(super) fn check(seen: &str, there: &impl Serialize) -> Result<(), ApiError> {
    if seen == version(there) {
        Ok(())
    } else {
        Err(ApiError::plain(ErrorCode::DataChanged))
    }
}

//! Who is calling: signed requests and the caller's address.
//!
//! Pure functions over the parts of a request; looking up keys, scopes and limits is the caller's business. The order of
//! checks on the way in: address, key, networks of the key, timestamp, signature, nonce, limits, scope.

mod client_address;
mod guard;
mod operator;
mod secret;
mod signature;

pub use client_address::client_address;
pub use guard::{Admitted, Anonymous, Bucket, Need, admit, anonymous};
pub use operator::{AtTheDesk, Call, Door, gate};
pub use secret::{mint_bytes, mint_secret};
pub use signature::{
    API_KEY, AuthError, DECOY_SECRET, NONCE, Parts, SECRET_BYTES_MIN, SIGNATURE, Scheme, Signed,
    TIMESTAMP, Verified, WINDOW_SECONDS, claimed_key, sign_a, sign_b, verify,
};

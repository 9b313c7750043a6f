//! The signature over what a caller asks.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha1::{Digest as _, Sha1};

/// The signature over `text`: SHA-1 in base64url without padding, 27 characters.
pub fn sign(text: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha1::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sample_is_signed_as_published() {
        let text = "OtomaX|YUSUF|X10|08123456789|2140669|1144|abcd";
        assert_eq!(sign(text), "Cp9NLVuKWBt5Sey_uMlYsvnKvJI");
    }
}

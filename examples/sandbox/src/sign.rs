//! The two signatures of the protocol: MD5 on requests, HMAC-SHA1 on webhooks.
//!
//! Written from the provider's developer pages and not shared with any adapter, so that a mistake in one
//! of the two shows up as a refusal instead of being made twice.

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;

/// The `sign` field of a request: `md5(username + api_key + suffix)`, 32 lower-case hex characters.
///
/// The suffix is `depo` for the balance, `pricelist` for the price list and the `ref_id` for a transaction.
pub fn request_sign(username: &str, api_key: &str, suffix: &str) -> String {
    let mut md5 = Md5::new();
    md5.update(username);
    md5.update(api_key);
    md5.update(suffix);
    base16ct::lower::encode_string(&md5.finalize())
}

/// The value of `X-Hub-Signature`: `sha1=` and the HMAC-SHA1 of the raw body, lower-case hex.
pub fn webhook_signature(secret: &str, body: &[u8]) -> String {
    // HMAC takes a key of any length, so the error has no way to happen; an unsigned delivery is what it
    // would look like from outside.
    let Ok(mut hmac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    hmac.update(body);
    format!(
        "sha1={}",
        base16ct::lower::encode_string(&hmac.finalize().into_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "dev-0a1b2c3d-1111-2222-3333-444455556666";

    #[test]
    fn request_sign_matches_the_published_vectors() {
        for (suffix, sign) in [
            ("depo", "6a82b0394fe7852e52da9cd8e5c26c46"),
            ("pricelist", "6c0e23d5ae3e53d53737eff87b1ca96e"),
            ("deposit", "de78e902bc9a242c1cceebee8669b3a7"),
            ("EF-20260101-000001", "6cefc0587178b4e35c152cd5883e607b"),
            ("EF-INQ-0007", "9ced7a8e8bafaf7414cd9be5d426c4e4"),
            ("123456789012", "ed3450f93571baa6bea85b26ad86990d"),
        ] {
            assert_eq!(request_sign("eraflazz_demo", KEY, suffix), sign, "{suffix}");
        }
        let key = "b7f0c0de-aaaa-bbbb-cccc-0123456789ab";
        for (suffix, sign) in [
            ("depo", "cd7b88d784af9e5c312c32ffee0011df"),
            ("pricelist", "326ebc8d08774383d5931add9ad7ab00"),
            ("some1d", "39c3d923aa9f5045beff45165c79583e"),
        ] {
            assert_eq!(request_sign("Budi_01", key, suffix), sign, "{suffix}");
        }
        assert_eq!(
            request_sign("sellerdemo", "s3ller-key", "dfj026mt04zxal20"),
            "5ab84b82b3297cb3d4a27ebcbdb0bd68"
        );
    }

    #[test]
    fn webhook_signature_matches_the_published_vectors() {
        let success = r#"{"data":{"ref_id":"EF-20260101-000001","customer_no":"087800001233","buyer_sku_code":"xld10","message":"Transaksi Sukses","status":"Sukses","rc":"00","buyer_last_saldo":990000,"sn":"1234567890","price":10000,"tele":"@telegram","wa":"081234512345"}}"#;
        let failure = r#"{"data":{"ref_id":"EF-20260101-000002","customer_no":"087800001234","buyer_sku_code":"xld10","message":"Transaksi Gagal","status":"Gagal","rc":"02","buyer_last_saldo":1000000,"sn":"","price":10000}}"#;
        let bill = r#"{"data":{"ref_id":"EF-INQ-0007","customer_no":"630000000001","customer_name":"Nama Pelanggan Pertama","buyer_sku_code":"pln","admin":2500,"message":"Transaksi Sukses","status":"Sukses","rc":"00","sn":"S1234554321N","periode":"201901","buyer_last_saldo":90000,"price":10000,"selling_price":11000,"desc":{"tarif":"R1","daya":1300,"lembar_tagihan":1,"detail":[{"periode":"201901","nilai_tagihan":"8000","admin":"2500","denda":"500","meter_awal":"00080000","meter_akhir":"00090000"}]}}}"#;
        let ping = r#"{"sed":"AgXXtVAHp","hook_id":"11aaabbb","hook":{"url":"https://example.test/hook","secret":"eraflazz-hook-secret","type":"application/json","status":1}}"#;
        let newline = format!("{success}\n");
        for (body, signature) in [
            (success, "sha1=1203c6090f42435ed9e5960108ca2d8e8f74d280"),
            (
                newline.as_str(),
                "sha1=5c1ca169251f9cbd497bd55afc4e99df87d4284e",
            ),
            (failure, "sha1=133f17286a02312c703d64b344ce4832ad551e5f"),
            (bill, "sha1=04b8426a14e622711715f72485045439ea15eeb0"),
            (ping, "sha1=e0180db2d1809301bff78d5b6fce1fb5375230a3"),
        ] {
            assert_eq!(
                webhook_signature("eraflazz-hook-secret", body.as_bytes()),
                signature
            );
        }
    }
}

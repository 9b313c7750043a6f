//! The provider's response codes: what each means, which status it carries, whether a transaction was formed.
//!
//! Source: Digiflazz developer pages, response codes (47 codes). "Formed" decides about repeats: a formed
//! failure is stored and replayed under its `ref_id`, an unformed one left nothing behind, so the same
//! `ref_id` buys when it is sent again.

use serde::{Deserialize, Serialize};

/// The three words a transaction's `status` can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// Delivered.
    Sukses,
    /// Accepted, charged, not yet known.
    Pending,
    /// Failed or refused.
    Gagal,
}

impl Status {
    /// The word as it stands on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sukses => "Sukses",
            Self::Pending => "Pending",
            Self::Gagal => "Gagal",
        }
    }
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rc {
    /// Two characters, leading zero kept.
    pub code: &'static str,
    /// The status that goes with it.
    pub status: Status,
    /// Whether a transaction exists after this answer.
    pub formed: bool,
    /// What the answer's `message` says; for people only.
    pub message: &'static str,
}

/// The row of a code, or `None` for a code the provider never published.
pub fn find(code: &str) -> Option<&'static Rc> {
    TABLE.iter().find(|row| row.code == code)
}

/// The row of a code; an unpublished one counts as a failure that left nothing behind.
pub(crate) fn find_or_unknown(code: &str) -> &'static Rc {
    const UNKNOWN: Rc = failed("??", false, "Kode tidak dikenal");
    find(code).unwrap_or(&UNKNOWN)
}

const fn failed(code: &'static str, formed: bool, message: &'static str) -> Rc {
    Rc {
        code,
        status: Status::Gagal,
        formed,
        message,
    }
}

const fn pending(code: &'static str, message: &'static str) -> Rc {
    Rc {
        code,
        status: Status::Pending,
        formed: true,
        message,
    }
}

/// Every published code, in order.
pub const TABLE: [Rc; 47] = [
    Rc {
        code: "00",
        status: Status::Sukses,
        formed: true,
        message: "Transaksi Sukses",
    },
    failed("01", true, "Waktu habis"),
    failed("02", true, "Transaksi Gagal"),
    pending("03", "Transaksi Pending"),
    failed("40", false, "Isi permintaan salah"),
    failed("41", false, "Tanda tangan salah"),
    failed("42", false, "Pembeli tidak dapat diproses"),
    failed("43", false, "SKU tidak ditemukan atau nonaktif"),
    failed("44", false, "Saldo tidak cukup"),
    failed("45", false, "IP anda tidak dikenali"),
    failed("47", false, "Transaksi sudah terjadi di pembeli lain"),
    failed("49", false, "Ref ID tidak unik"),
    failed("50", true, "Transaksi tidak ditemukan"),
    failed("51", true, "Nomor tujuan diblokir"),
    failed("52", true, "Prefix tidak sesuai operator"),
    failed("53", true, "Produk seller tidak tersedia"),
    failed("54", true, "Nomor tujuan salah"),
    failed("55", true, "Produk sedang gangguan"),
    failed("56", false, "Batas saldo seller"),
    failed("57", true, "Jumlah digit tidak sesuai"),
    failed("58", true, "Sedang cut off"),
    failed("59", true, "Tujuan di luar wilayah"),
    failed("60", true, "Tagihan belum tersedia"),
    failed("61", false, "Belum pernah deposit"),
    failed("62", false, "Seller sedang gangguan"),
    failed("63", false, "Tidak mendukung transaksi multi"),
    failed("64", false, "Tiket deposit gagal"),
    failed("65", false, "Batas transaksi multi"),
    failed("66", false, "Cut off, perbaikan seller"),
    failed("67", false, "Seller belum terverifikasi"),
    failed("68", false, "Stok habis"),
    failed("69", false, "Harga seller di atas batas pembeli"),
    failed("70", true, "Waktu habis dari biller"),
    failed("71", true, "Produk tidak stabil"),
    failed("72", true, "Batalkan paket lama dahulu"),
    failed("73", true, "KWH melebihi batas"),
    failed("74", true, "Transaksi direfund"),
    failed("80", false, "Anda diblokir seller"),
    failed("81", false, "Seller anda blokir"),
    failed("82", false, "Akun belum terverifikasi"),
    failed(
        "83",
        false,
        "Batas pengecekan daftar harga, coba beberapa saat lagi",
    ),
    failed("84", true, "Nominal tidak valid"),
    failed("85", true, "Batas transaksi, coba 1 menit lagi"),
    failed("86", true, "Batas pengecekan PLN"),
    failed("87", false, "Nominal harus kelipatan 1000"),
    failed("88", false, "Akun tidak diizinkan"),
    pending("99", "Gangguan router"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formed_failures_are_the_published_ones() {
        let formed: Vec<_> = TABLE
            .iter()
            .filter(|row| row.status == Status::Gagal && row.formed)
            .map(|row| row.code)
            .collect();
        assert_eq!(
            formed.join(" "),
            "01 02 50 51 52 53 54 55 57 58 59 60 70 71 72 73 74 84 85 86"
        );
        let unformed: Vec<_> = TABLE
            .iter()
            .filter(|row| !row.formed)
            .map(|row| row.code)
            .collect();
        assert_eq!(
            unformed.join(" "),
            "40 41 42 43 44 45 47 49 56 61 62 63 64 65 66 67 68 69 80 81 82 83 87 88"
        );
    }

    #[test]
    fn only_03_and_99_are_pending() {
        let pending: Vec<_> = TABLE
            .iter()
            .filter(|row| row.status == Status::Pending)
            .map(|row| row.code)
            .collect();
        assert_eq!(pending, ["03", "99"]);
        assert_eq!(find("00").map(|row| row.status), Some(Status::Sukses));
        assert_eq!(find("90"), None);
    }
}

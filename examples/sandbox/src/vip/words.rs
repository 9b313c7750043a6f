//! The words of the provider: what a status is called, and what a refusal says.
//!
//! Source: the vendor's pages and captured answers; there are no codes, so plans name a row by a word of ours.

use crate::rc::Status;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// What plans call it.
    pub code: &'static str,
    /// What becomes of the money.
    pub status: Status,
    /// Whether an order exists after this answer.
    pub formed: bool,
    /// The status word of an order, or the message of a refusal.
    pub says: &'static str,
    /// What stands in the note of an order; a success has its serial number there.
    pub note: &'static str,
}

/// The row that plans call this.
pub(super) fn find(code: &str) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.code == code)
}

/// Answered by whatever stands in front of the provider; nothing is formed.
pub(super) const GATEWAY: &str = "gateway";
pub(super) const STRANGER: &str = "Signature tidak valid";
pub(super) const ELSEWHERE: &str = "IP Anda tidak terdaftar pada whitelist";
pub(super) const NO_FUNDS: &str = "Saldo tidak mencukupi";
pub(super) const NO_SERVICE: &str = "Layanan tidak tersedia";
pub(super) const CLOSED: &str = "Layanan sedang maintenance";
pub(super) const NO_TARGET: &str = "Data tujuan tidak boleh kosong";

const fn order(code: &'static str, status: Status, note: &'static str) -> Word {
    Word {
        code,
        status,
        formed: true,
        says: code,
        note,
    }
}

const fn refusal(code: &'static str, says: &'static str) -> Word {
    Word {
        code,
        status: Status::Gagal,
        formed: false,
        says,
        note: "",
    }
}

/// What can become of an order, and how one is refused.
pub const WORDS: [Word; 17] = [
    order("waiting", Status::Pending, ""),
    order("process", Status::Pending, "Sedang diproses"),
    order("processing", Status::Pending, "Sedang diproses"),
    order("success", Status::Sukses, ""),
    order(
        "error",
        Status::Gagal,
        "Transaksi gagal, saldo dikembalikan",
    ),
    order("failed", Status::Gagal, ""),
    Word {
        says: "error",
        ..order("error-tujuan", Status::Gagal, "Nomor tujuan salah")
    },
    Word {
        says: "error",
        ..order("error-gangguan", Status::Gagal, "Produk gangguan")
    },
    order("partial", Status::Pending, "Sebagian terkirim"),
    // Of the same form, and never published.
    order("mungkin", Status::Pending, ""),
    refusal("saldo", NO_FUNDS),
    refusal("layanan", NO_SERVICE),
    refusal("tujuan", "Nomor tujuan tidak valid"),
    refusal("ip", ELSEWHERE),
    refusal("sign", STRANGER),
    refusal("ditolak", "Permintaan ditolak"),
    refusal(GATEWAY, ""),
];

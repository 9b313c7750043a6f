//! What the server says: status numbers with their words, and the reply templates of sellers' manuals.

use crate::rc::Status;

/// A status number of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// As it stands in a report.
    pub code: &'static str,
    /// What is true of the purchase then.
    pub status: Status,
    /// Whether there is a purchase at all.
    pub formed: bool,
    /// What a reply says of it.
    pub words: &'static str,
}

const fn row(code: &'static str, status: Status, formed: bool, words: &'static str) -> Number {
    Number {
        code,
        status,
        formed,
        words,
    }
}

/// The numbers that sellers publish (43, 44 and 46 refuse before there is a purchase), and words without a number: a refused PIN, and what a
/// careless template makes of a delivery.
pub const STATUSES: [Number; 28] = [
    row("0", Status::Pending, true, "Menunggu Jawaban"),
    row("1", Status::Pending, true, "sedang diproses"),
    row("2", Status::Pending, true, "Menunggu Jawaban"),
    row("3", Status::Pending, true, "gagal kirim, masih diproses"),
    row("4", Status::Pending, true, "tidak ada parsing"),
    row("20", Status::Sukses, true, "SUKSES"),
    row("40", Status::Gagal, true, "GAGAL"),
    row("43", Status::Gagal, false, "GAGAL. Saldo tidak cukup"),
    row("44", Status::Gagal, false, "GAGAL. Kode produk salah"),
    row("45", Status::Gagal, true, "GAGAL. Stok kosong"),
    row("46", Status::Gagal, false, "GAGAL. Transaksi dobel"),
    row("47", Status::Gagal, true, "GAGAL. Produk sedang gangguan"),
    row("50", Status::Gagal, true, "GAGAL. Dibatalkan"),
    row("52", Status::Gagal, true, "GAGAL. Nomor tujuan salah"),
    row("53", Status::Gagal, true, "GAGAL. Tujuan diluar wilayah"),
    row("54", Status::Gagal, true, "GAGAL. Area tidak cocok"),
    row("55", Status::Gagal, true, "GAGAL Timeout"),
    row("56", Status::Gagal, true, "GAGAL. Nomor blacklist"),
    row("58", Status::Gagal, true, "GAGAL. Nomor tidak aktif"),
    row("59", Status::Gagal, true, "GAGAL. Harga tidak sesuai"),
    row("69", Status::Gagal, true, "GAGAL. Cut off"),
    row("200", Status::Pending, true, "masih diproses"),
    row("201", Status::Pending, true, "dalam proses"),
    row("pin", Status::Gagal, false, "GAGAL. Pin Salah"),
    row("mungkin", Status::Sukses, true, "MUNGKIN"),
    row("sebagian", Status::Sukses, true, "SUKSES SEBAGIAN"),
    row("refund", Status::Sukses, true, "SUKSES (REFUND)"),
    row("belum", Status::Sukses, true, "belum sukses"),
];

/// The status with this number.
pub(super) fn find(code: &str) -> Option<&'static Number> {
    STATUSES.iter().find(|number| number.code == code)
}

/// A purchase as a reply tells it; faults change it before it is written.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    pub(super) number: String,
    pub(super) ref_id: String,
    pub(super) name: String,
    pub(super) sku: String,
    pub(super) target: String,
    pub(super) words: &'static str,
    pub(super) status: Status,
    /// Empty if none is told.
    pub(super) sn: String,
    pub(super) before: i64,
    pub(super) charged: i64,
    pub(super) after: i64,
    /// When it was made, `HH:MM`.
    pub(super) made: String,
    /// Now, `HH:MM`.
    pub(super) now: String,
}

impl Telling {
    fn sum(&self) -> String {
        let Self {
            before,
            charged,
            after,
            ..
        } = self;
        format!(
            "Saldo {} - {} = {}",
            rupiah(*before),
            rupiah(*charged),
            rupiah(*after)
        )
    }

    fn goods(&self) -> String {
        format!("{} {}.{}", self.name, self.sku, self.target)
    }

    fn serial(&self) -> String {
        if self.status == Status::Sukses {
            format!(" SN/Ref: {}. Hrg {}.", self.sn, self.charged)
        } else {
            String::new()
        }
    }

    /// The reply to a new order, and what a report says.
    pub(super) fn first(&self) -> String {
        let words = if self.status == Status::Pending {
            "akan diproses"
        } else {
            self.words
        };
        format!(
            "T#{} R#{} {} {words}.{} {} @{}",
            self.number,
            self.ref_id,
            self.goods(),
            self.serial(),
            self.sum(),
            self.now
        )
    }

    /// The sentence that means two things: the state of what was asked about, and the refusal of what was bought twice.
    pub(super) fn again(&self) -> String {
        format!(
            "T#{} R#{} {} sudah pernah jam {}, status {}.{} Saldo {}",
            self.number,
            self.ref_id,
            self.goods(),
            self.made,
            self.words,
            self.serial(),
            rupiah(self.after)
        )
    }
}

/// A refusal of something that never became a purchase.
pub(super) fn refusal(
    ref_id: &str,
    sku: &str,
    target: &str,
    words: &str,
    balance: i64,
    now: &str,
) -> String {
    format!(
        "R#{ref_id} {sku}.{target} {words}. Saldo {} @{now}",
        rupiah(balance)
    )
}

pub(super) const STRANGER: &str = "Your IP/Member ID/PIN/Password wrong!";

pub(super) fn not_found(target: &str) -> String {
    format!("TIDAK ADA transaksi Tujuan {target} hari ini. Tidak ada data.")
}

pub(super) fn balance(member: &str, balance: i64) -> String {
    format!(
        "Yth. AGEN H2H ({member}). Saldo {}! Terima kasih",
        rupiah(balance)
    )
}

pub(super) fn ticket(amount: i64) -> String {
    format!(
        "Silahkan Transfer Sesuai Nominal Rp.{} ke BCA : 1234567890 a.n. CONTOH",
        rupiah(amount)
    )
}

/// `1.500.000`
fn rupiah(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    if amount < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_dots() {
        assert_eq!(rupiah(0), "0");
        assert_eq!(rupiah(850), "850");
        assert_eq!(rupiah(1_500_000), "1.500.000");
        assert_eq!(rupiah(-10_850), "-10.850");
    }

    #[test]
    fn every_number_is_there_once() {
        for (place, number) in STATUSES.iter().enumerate() {
            assert!(
                STATUSES[..place].iter().all(|one| one.code != number.code),
                "{}",
                number.code
            );
        }
    }
}

//! The generic patterns: what servers of this family habitually write. Linear-time, no look-around.
//!
//! Source: sellers' manuals and their published samples; there is no official specification. Each row of the sample corpus
//! (`text/corpus.rs`) holds the whole bank to its reading.

use std::sync::LazyLock;

use regex::Regex;

macro_rules! bank {
    ($($(#[$doc:meta])* $name:ident = $pattern:expr;)*) => {
        $(
            $(#[$doc])*
            pub(super) static $name: LazyLock<Regex> = LazyLock::new(|| compiled($pattern));
        )*

        /// Every pattern, for the test that compiles each.
        #[cfg(test)]
        static ALL: &[(&str, &LazyLock<Regex>)] = &[$((stringify!($name), &$name)),*];
    };
}

#[expect(
    clippy::expect_used,
    reason = "each pattern is a constant, and a test compiles each"
)]
fn compiled(pattern: &str) -> Regex {
    // Where a word ends by letters beyond ASCII too, a page with one of them costs seconds (T-24); every word here is ASCII.
    let pattern = pattern.replace(r"\b", r"(?-u:\b)");
    Regex::new(&format!("(?i){pattern}")).expect("a constant pattern compiles")
}

bank! {
    /// The buyer's reference as it is echoed.
    REFERENCE = r"(?:\bR#|\bR=|\bCLIENTID=|\bREFID[:=]\s*)(?<name>[A-Za-z0-9._-]{1,64}?)(?:\.?(?:\s|,|$|&))";
    /// The product code in front of a destination, at the end of the text before it: `S10.`, `S10.2.`, `S10 ke `.
    ATTACHED = r"\b(?<code>[A-Z][A-Z0-9_-]{0,31})(?:\.\d{1,2})?(?:\.\s?|\s+ke\s+)$";
    /// A product code with its destination, whichever they are: `S10.081234567890`.
    GOODS = r"\b(?<code>[A-Z][A-Z0-9_-]{0,31})(?:\.\d{1,2})?(?:\.\s?|\s+ke\s+)(?<target>[0-9][0-9()_+-]{2,63})(?:[^0-9A-Z_]|$)";
    /// The transaction number of the side that speaks.
    TRANSACTION = r"(?:(?:^|\s)T?#|\bTRXID[:=]\s*)(?<name>[A-Za-z0-9-]{1,64})";
    /// Where the words about the status end.
    ZONE_END = r"\bS/?N(?:/Ref)?\s*[:=]|\bS/N\b|\b(?:sisa )?saldo\b|\bM-Bal\b";
    /// A `saldo` that ends nothing: it is the reason of a failure.
    NO_ZONE_END = r"^saldo (?:anda )?(?:tidak|tdk|kurang)\b";
    /// Our account is refused.
    ACCOUNT = r"\bpin (anda )?salah\b|\bpassword( anda)? salah\b|\bsign(ature)?\b[^.]{0,20}\b(salah|invalid|not valid|tidak (valid|cocok|sesuai))|\bip\b.{0,40}?\b(tidak (sesuai|terdaftar|dikenal|diizinkan)|salah|wrong|not allowed)|\bmember ?id\b[^.]{0,30}\b(salah|wrong|tidak (terdaftar|dikenal))|\bbukan reseller\b|\b(akun|agen|reseller|member)\b[^.]{0,20}\b(suspend|diblokir|non ?aktif|tidak aktif)";
    /// The server knows of no such transaction.
    NOT_FOUND = r"\btidak ada (transaksi|data)\b|\b(trx|transaksi|ref ?id)\b[^.]{0,20}\btidak (ditemukan|ada)\b";
    /// In process.
    PENDING = r"\b(?:akan|sedang|segera|masih|sdg|belum|blm|dalam)\s+(?:di\s?)?proses\b|\bmenunggu(?: jawaban)?\b|\bm(?:o)?h(?:o)?n (?:di)?tunggu\b|\bstatus proses\b|\bpending\b|\bin ?progress\b|\bprocessing\b|\bvalidasi provider\b|\bgagal kirim\b|\btidak ada parsing\b|\bantri(?:an)?\b";
    /// Words that take a success back, in whole or in part.
    NEGATED = r"\b(?:belum|blm|tidak|tdk|bukan|gagal|kurang)\s+(?:sukses|berhasil)\b|\b(?:sukses|berhasil) (?:sebagian|separuh)\b|\b(?:suspect|dispute)\b";
    /// The money went back.
    REVERSED = r"\b(?:refund(?:ed)?|dikembalikan|reversal)\b";
    /// Delivered.
    SUCCESS = r"\b(?:sukses|berhasil|success(?:ful)?|succeed(?:ed)?)\b";
    /// Not delivered.
    FAILED = r"\b(?:gagal|failed|failure|ditolak|dibatalkan|batal|diabaikan)\b|\bnomor blacklist\b|\bstatus (?:tujuan salah|stok kosong|produk gangguan|tujuan diluar wilayah|cut ?off|timeout)\b";
    /// There was such a purchase before.
    ALREADY = r"\b(?:sudah|sdh|udah) pernah\b|\btransaksi (?:double|dobel|ganda)\b|\btrx ke-?\d";
    /// Refused as the second of its day.
    DOUBLE = r"\btransaksi (?:double|dobel|ganda)\b";
    /// The serial number.
    SERIAL = r"\bS/?N(?:/Ref)?\s*[:=]\s*(?<sn>.*?)\s*(?:\.\s*(?:Saldo|Sisa saldo|Hrg|Harga|TRXID|Trx ke)\b|\.?\s*(?:Saldo|Sisa saldo|Hrg|Harga|TRXID|REFID|CLIENTID|M-Bal)\b|\.?\s*@|\.?\s*$)";
    /// The deposit with its sum: `before - price = after`.
    BALANCE_SUM = r"\b(?:sisa )?saldo\b\s*[:=]?\s*(?:Rp\.?\s*)?[\d.,]+\s*[-+]\s*[\d.,]+\s*=\s*(?:Rp\.?\s*)?(?<after>[\d.,]*\d)";
    /// The deposit alone.
    BALANCE = r"\b(?:(?:sisa )?saldo|M-Bal)\b(?: akhir)?\s*[:=]?\s*(?:Rp\.?\s*)?(?<after>\d[\d.,]*\d|\d)";
    /// A sum of money.
    SUM = r"\bRp\b\.?\s*(?<sum>\d[\d.,]*\d)";
    /// What was charged.
    PRICE = r"\b(?:hrg|harga)\s*[:=.]?\s*(?:Rp\.?\s*)?(?<price>-?\d[\w.,]*\w|-?\d)";
    /// Failed for want of an answer in time: may still turn out delivered.
    TIMEOUT = r"\btime ?out\b|\bwaktu (?:tunggu )?habis\b";
    /// Our deposit there is used up.
    FUNDS = r"\bsaldo\b[^.]{0,12}\b(?:tidak|tdk|kurang)\b(?: (?:cukup|mencukupi))?";
    /// The bill is paid.
    BILL_PAID = r"\btagihan\b[^.]{0,15}\b(?:sudah|sdh|telah)\b[^.]{0,10}\b(?:terbayar|dibayar|lunas)\b";
    /// There is no bill.
    BILL_NONE = r"\btagihan\b[^.]{0,15}\b(?:belum|tidak) (?:tersedia|ada)\b";
    /// The destination is blocked.
    DESTINATION_BLOCKED = r"\b(?:nomor )?(?:blacklist|black list|diblokir)\b";
    /// Another region's destination.
    AREA = r"\b(?:di ?luar|luar) (?:wilayah|area|zona)\b|\barea tidak cocok\b|\bsalah (?:cluster|zona)\b";
    /// The destination cannot take it now.
    DESTINATION_STATE = r"\bunreg\b|\bmasih (?:ada|punya) paket\b|\bmelebihi\b[^.]{0,20}\b(?:kwh|limit|maks)\b";
    /// The destination is wrong.
    DESTINATION = r"\b(?:no(?:mor)?|tujuan|idpel|id pel(?:anggan)?|msisdn|user ?id|zone ?id)\b[^.]{0,20}\b(?:salah|tidak (?:aktif|valid|terdaftar|ditemukan|dikenal)|hangus|expired)\b|\btujuan salah\b|\bdiperiksa kembali no";
    /// The product is unknown there.
    PRODUCT = r"\b(?:kode )?produk\b[^.]{0,12}\b(?:salah|tidak (?:ada|terdaftar|ditemukan|aktif))\b";
    /// The price moved.
    PRICE_MOVED = r"\bharga\b[^.]{0,12}\b(?:tidak sesuai|berubah|naik)\b";
    /// The quantity is wrong.
    QUANTITY = r"\b(?:qty|jumlah|nominal)\b[^.]{0,12}\b(?:tidak sesuai|salah|minimal|maksimal)\b";
    /// Closed hours.
    CUT_OFF = r"\bcut ?off\b|\bdi ?luar jam\b|\bjam operasional\b";
    /// Nothing in stock.
    STOCK = r"\bstok\b[^.]{0,20}\b(?:kosong|habis|ditutup|tutup)\b|\bproduk\b[^.]{0,20}\b(?:kosong|ditutup|tutup|close)\b";
    /// The seller is in trouble.
    TROUBLE = r"\bgangguan\b|\bmaintenance\b|\bmaintenis\b";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_none_matches_nothing_at_all() {
        for (name, pattern) in ALL {
            assert!(!pattern.is_match(""), "{name} matches the empty text");
        }
    }
}

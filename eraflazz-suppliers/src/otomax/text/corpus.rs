//! Replies as servers of this family write them, each with the reading that it must have.
//!
//! Source: sellers' manuals and open clients; names and numbers are invented.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::otomax::repeat::ServerClock;

struct Row {
    name: &'static str,
    phase: Phase,
    /// Reference, code and destination of what was asked.
    names: (&'static str, &'static str, &'static str),
    text: &'static str,
    claim: Claim,
    reason: Reason,
}

impl Row {
    fn read(&self, text: &str) -> Sighting {
        self.read_by(&[], text)
    }

    fn read_by(&self, patterns: &[Pattern], text: &str) -> Sighting {
        let (reference, sku, target) = self.names;
        read(
            &Asked {
                supplier_ref: &SupplierRef::parse(reference).unwrap(),
                sku: &Sku::new(sku).unwrap(),
                target: &Target::new(target).unwrap(),
                phase: self.phase,
                sent: Some(this_day()),
            },
            patterns,
            text,
        )
    }

    fn holds(&self, text: &str) {
        let seen = self.read(text);
        assert_eq!(
            (seen.claim, seen.reason),
            (self.claim, self.reason),
            "{}: {text}",
            self.name
        );
    }
}

/// Sent just now, by a clock that may be half a day off: every time of day is ours.
fn this_day() -> Sent {
    let clock = ServerClock {
        slack: Duration::from_hours(12),
        ..ServerClock::default()
    };
    clock.sent_at(Duration::ZERO, Duration::ZERO)
}

const FIRST: Phase = Phase::First { by_ref: false };

const ROWS: [Row; 60] = [
    Row {
        name: "p1",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 akan diproses @20:39. Saldo 1.500.000 - 10.850 = 1.489.150",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p2",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "T#7700123 R#900001 Telkomsel 10.000 S10.081234567890 akan diproses. Saldo 279.655 - 10.850 = 268.805 @19:08",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p3",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "Lancar BOS. TrxID=900001 kode S10 ke 081234567890 sedang diproses @11:12. Saldo 82,000 - 10,850 = 71,150",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p4",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "Request S10 ke 081234567890 segera diproses Saldo=990000 CLIENTID=900001.",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p5",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890, status PENDING. . Sisa saldo 4120300",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p6",
        phase: Phase::Again,
        names: ("900001", "S10", "081234567890"),
        text: "Mhn tunggu trx sblmnya selesai: T#7700123 R#900001 S10.081234567890 @18:46, status Menunggu Jawaban. Saldo 268.805",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p7",
        phase: Phase::Again,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 sudah pernah jam 12.39, status Menunggu Jawaban. SN/Ref: . Trx ke-2/hr: S10.2.081234567890.pin. Saldo 268.805",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p8",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "status=1&message=Transaksi S10.081234567890 Harga=10.850 akan diproses..",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p9",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10. 081234567890 INPROGRESS. TRXID: 88001122. @15:42:50.308103 23/10/2025",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p10",
        phase: FIRST,
        names: ("900002", "BBSDN", "081234567890"),
        text: "T#7700124 R#900002 H2H DANA Topup (Bebas Nominal) BBSDN.081234567890 , QTY : 12345 akan diproses. Saldo 268.805 - 12.445 = 256.360 @19:20",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p11",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 gagal kirim, masih diproses. Saldo 268.805",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "p12",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "T#1 R#900001 Paket Sukses Selalu S10.081234567890 akan diproses. Saldo 10.000",
        claim: Claim::Pending,
        reason: Reason::None,
    },
    Row {
        name: "s1",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "#7700123 S10.081234567890 SUKSES. SN/Ref: 0041002387165532. Saldo 1.500.000-10.850=1.489.150 @08/11 20:39:04 * TRX Normal",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s2",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "T#7700123 R#900001 Telkomsel 10.000 S10.081234567890 SUKSES. SN: R251112.1911.2100F1. Saldo 278.334 - 10.850 = 267.484 @12/11 19:11",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s3",
        phase: Phase::Again,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 Telkomsel 10.000 S10.081234567890 sudah pernah jam 18:46, status Sukses. SN: 0041002387165532. Hrg 10.850 Trx ke-2 gunakan format yang benar. Saldo 267.484",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s4",
        phase: Phase::Again,
        names: ("900001", "S10", "081234567890"),
        text: "Lancar BOS. TrxID=900001 kode S10 ke 081234567890 sdh pernah jam 15:19, status Sukses. SN:05550001112223334445. Saldo 71,150",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s5",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "TRX S10.081234567890 BERHASIL, HRG:10850 SN:1234567890. SISA SALDO:989150 CLIENTID=900001.",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s6",
        phase: FIRST,
        names: ("900003", "PLN20", "530012345678"),
        text: "R#900003 PLN20.530012345678 SUKSES. SN/Ref: 1111 2222 3333 4444 5555/BUDI SANTOSO/R1/1300VA/13,2KWH. Saldo 500.000 - 20.150 = 479.850 @12/11 08.15",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s7",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "Telkomsel 10000 S10.081234567890 Berhasil. SN/Ref: 0041002387165532. Saldo 700.500 - 10.650 = 689.850 @22/11 11:04:47",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s8",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10. 081234567890 SUCCESS. SN: 7000001. TRXID: 0b7e6c1a-1111-4222-8333-944455566677. SISA SALDO: 2.500.000 - 10.850 = 2.489.150 @15:25:39.484331 20/11/2025&refid=900001",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s9",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "TRX S10.081234567890 BERHASIL, HRG:10850 SN: . SISA SALDO:989150 TRXID=trodslpk.",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s10",
        phase: FIRST,
        names: ("900004", "CPLN", "530012345678"),
        text: "R#900004 CPLN.530012345678 SUKSES. SN/Ref: BUDI SANTOSO/TAG:80619/ADM:2500/LBR:1/BLN:NOV25. Saldo 479.850 - 0 = 479.850",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s11",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "TRX S10.081234567890 SUKSES, HRG:10850 SN:ABC123 REFID:900001.",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s12",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "#4400001-12345 TRX S10 ke 081234567890 status SUKSES. SN/REF: 0041002387165532. HARGA: 10850. SALDO: 512340",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s13",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "S10.081234567890 SUKSES. SN/Ref: DNID BUDIXX/50000/20251112101500.. Saldo 2.000.000 - 50.100 = 1.949.900",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "s14",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 SUKSES. SN/Ref: 0041002387165533. Saldo 267.484 * member tidak aktif 30 hari akan dihapus, PIN salah 3x diblokir",
        claim: Claim::Delivered,
        reason: Reason::None,
    },
    Row {
        name: "f1",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "T#7700123 R#900001 S10.081234567890 GAGAL. Nomor tujuan salah. Saldo 267.484 @22:15",
        claim: FAILED,
        reason: Reason::BadDestination,
    },
    Row {
        name: "f2",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL. Stok sedang kosong/ditutup. Saldo 267.484 @07.49",
        claim: FAILED,
        reason: Reason::OutOfStock,
    },
    Row {
        name: "f3",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL. Produk sedang gangguan. Saldo 267.484",
        claim: FAILED,
        reason: Reason::SellerTrouble,
    },
    Row {
        name: "f4",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL. Saldo tidak cukup. Hrg 10.850, Saldo 1.793 Limit 0, proses 0. Ketik TIKET utk deposit",
        claim: REFUSED,
        reason: Reason::SupplierFunds,
    },
    Row {
        name: "f5",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL Timeout. Saldo 267.484 @07.49",
        claim: DOUBTFUL,
        reason: Reason::Timeout,
    },
    Row {
        name: "f6",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "Lancar BOS. TrxID=900001 kode S10 ke 081234567890 GAGAL. Saldo 71,150+10,850 = 82,000 @16:52",
        claim: FAILED,
        reason: Reason::None,
    },
    Row {
        name: "f7",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "TRX S10.081234567890 GAGAL, Nomor tujuan salah. SISA SALDO 1000000 CLIENTID=900001.",
        claim: FAILED,
        reason: Reason::BadDestination,
    },
    Row {
        name: "f8",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL. Mohon diperiksa kembali No tujuan sebelum di ulang. Saldo 267.484 @22:15",
        claim: FAILED,
        reason: Reason::BadDestination,
    },
    Row {
        name: "f9",
        phase: Phase::Again,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 sudah pernah jam 18:46, status Gagal. Mohon diperiksa kembali No tujuan sebelum di ulang. Saldo 267.484",
        claim: FAILED,
        reason: Reason::BadDestination,
    },
    Row {
        name: "f10",
        phase: Phase::Again,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 sdh pernah jam 09:01, status Nomor Blacklist. Saldo 267.484",
        claim: FAILED,
        reason: Reason::BadDestination,
    },
    Row {
        name: "f11",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10. 081234567890 FAILED. REASON: FR_NOT_SELECTED. TRXID: 0b7e6c1a-1111-4222-8333-944455566688. SISA SALDO: 3.100.000 - 0 = 3.058.200 @18:21:31 16/11/2025&refid=900001",
        claim: FAILED,
        reason: Reason::None,
    },
    Row {
        name: "f12",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL. Transaction Failed. Saldo Rp. 1.250.000 + 10.850 = Rp. 1.260.850",
        claim: FAILED,
        reason: Reason::None,
    },
    Row {
        name: "f13",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL. Dana dikembalikan. Saldo 267.484",
        claim: FAILED,
        reason: Reason::None,
    },
    Row {
        name: "d1",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 Transaksi Double S10.081234567890 sdh pernah jam 16:16, status Sukses. SN/Ref: 0041002380000001. Saldo 267.484` (first send)",
        claim: Claim::Unclear,
        reason: Reason::Duplicate,
    },
    Row {
        name: "d2",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "S10.081234567890 sdh pernah jam 12.39, status Menunggu Jawaban. SN/Ref: . Trx ke-2/hr: S10.2.081234567890.pin. Saldo 267.484` (first send)",
        claim: Claim::Unclear,
        reason: Reason::Duplicate,
    },
    Row {
        name: "a1",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#0 S10.081234567890 GAGAL. Pin Salah",
        claim: REFUSED,
        reason: Reason::AccountFault,
    },
    Row {
        name: "a2",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "Your IP/Member ID/PIN/Password wrong!",
        claim: REFUSED,
        reason: Reason::AccountFault,
    },
    Row {
        name: "a3",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001, status ERROR. Signature not valid",
        claim: REFUSED,
        reason: Reason::AccountFault,
    },
    Row {
        name: "a4",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "IP 203.0.113.9 tidak terdaftar",
        claim: REFUSED,
        reason: Reason::AccountFault,
    },
    Row {
        name: "a5",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL. Password salah. Saldo 0",
        claim: REFUSED,
        reason: Reason::AccountFault,
    },
    Row {
        name: "n1",
        phase: Phase::Again,
        names: ("900001", "S10", "081234567890"),
        text: "TIDAK ADA transaksi Tujuan 081234567890 pada tgl 12/11/2025. Tidak ada data.",
        claim: Claim::Unclear,
        reason: Reason::NotFound,
    },
    Row {
        name: "u1",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "<html><head><title>502 Bad Gateway</title></head></html>",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u2",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u3",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900009 S10.081299999999 SUKSES. SN: 1. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u4",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 belum sukses. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Contradiction,
    },
    Row {
        name: "u5",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 SUKSES SEBAGIAN. SN: 12. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Contradiction,
    },
    Row {
        name: "u6",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 GAGAL. Ket: R#900002 S10.081299999999 SUKSES. SN: 999. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u7",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900009 S10.081234567890 SUKSES. SN: 999. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u8",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "OK",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u9",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.0812345678901 SUKSES. SN: 1. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u10",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u11",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "#7700125 S5.081234567890 SUKSES. SN/Ref: 41. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u12",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "081234567890 SUKSES. SN/Ref: 41. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Unreadable,
    },
    Row {
        name: "u13",
        phase: FIRST,
        names: ("900001", "S10", "081234567890"),
        text: "R#900001 S10.081234567890 SUKSES (REFUND). SN/Ref: 41. Saldo 1.000",
        claim: Claim::Unclear,
        reason: Reason::Contradiction,
    },
];

fn row(name: &str) -> &'static Row {
    ROWS.iter().find(|row| row.name == name).unwrap()
}

#[test]
fn every_reply_has_its_reading() {
    for row in &ROWS {
        row.holds(row.text);
    }
}

#[test]
fn blanks_line_breaks_and_what_has_no_width_change_no_reading() {
    for row in &ROWS {
        row.holds(&row.text.replace(' ', "  "));
        row.holds(&row.text.replace(' ', "\r\n"));
        row.holds(&row.text.replace(' ', "\u{a0}\t"));
        row.holds(&format!("\u{feff}{}\u{200b}", row.text));
    }
}

#[test]
fn an_advert_in_front_or_behind_changes_no_reading() {
    for row in ROWS
        .iter()
        .filter(|row| !row.text.is_empty() && !row.text.starts_with('<'))
    {
        row.holds(&format!("Selamat pagi bos. {} * Info hub admin", row.text));
    }
    let is_bound = |row: &&Row| {
        ["p", "s", "f"]
            .iter()
            .any(|kind| row.name.starts_with(kind))
    };
    for row in ROWS
        .iter()
        .filter(is_bound)
        .filter(|row| row.text.contains("aldo"))
    {
        row.holds(&format!(
            "SUKSES selalu! {} * pulsa GAGAL? lapor CS",
            row.text
        ));
    }
}

#[test]
fn letter_case_changes_no_reading() {
    for row in &ROWS {
        row.holds(&row.text.to_uppercase());
    }
}

#[test]
fn serial_numbers_prices_and_balances_are_read_whole() {
    let sn = |name: &str| row(name).read(row(name).text).sn.map(String::from);
    assert_eq!(sn("s1").as_deref(), Some("0041002387165532"));
    assert_eq!(sn("s2").as_deref(), Some("R251112.1911.2100F1"));
    assert_eq!(
        sn("s6").as_deref(),
        Some("1111 2222 3333 4444 5555/BUDI SANTOSO/R1/1300VA/13,2KWH")
    );
    assert_eq!(sn("s8").as_deref(), Some("7000001"));
    assert_eq!(sn("s9"), None);
    assert_eq!(sn("s11").as_deref(), Some("ABC123"));
    assert_eq!(
        sn("s13").as_deref(),
        Some("DNID BUDIXX/50000/20251112101500")
    );
    let rupiah = |rupiah| Money::rupiah(rupiah);
    assert_eq!(row("s5").read(row("s5").text).price, rupiah(10_850));
    assert_eq!(row("s5").read(row("s5").text).balance, rupiah(989_150));
    assert_eq!(row("p1").read(row("p1").text).balance, rupiah(1_489_150));
    assert_eq!(row("p3").read(row("p3").text).balance, rupiah(71_150));
    assert_eq!(row("p5").read(row("p5").text).balance, rupiah(4_120_300));
    assert_eq!(row("f12").read(row("f12").text).balance, rupiah(1_260_850));
}

#[test]
fn the_transactions_number_is_the_only_one_that_is_not_ours() {
    let number = |text: &str| row("s2").read(text).their_ref.map(String::from);
    assert_eq!(number(row("s2").text).as_deref(), Some("7700123"));
    assert_eq!(number(row("s4").text), None, "TrxID is our reference there");
    assert_eq!(number(&format!("{} #1 di kota ini", row("s2").text)), None);
}

#[test]
fn e_09_a_delivery_names_what_it_is_about() {
    for row in ROWS.iter().filter(|row| row.claim == Claim::Delivered) {
        let seen = row.read(row.text);
        assert!(seen.target.is_some(), "{}", row.name);
        assert!(seen.our_ref.is_some() || seen.sku.is_some(), "{}", row.name);
    }
}

#[test]
fn what_was_bought_before_is_shown_of_this_purchase_only_where_the_table_says_so() {
    let double = row("d1");
    let seen = double.read(double.text);
    assert_eq!(seen.claim, Claim::Unclear, "first send: row 2, 3 or 4");
    assert_eq!((seen.sn, seen.their_ref), (None, None));
    assert!(seen.our_ref.is_some() && seen.target.is_some());
    let again = Row {
        phase: Phase::Again,
        claim: Claim::Delivered,
        reason: Reason::None,
        ..*double
    };
    again.holds(again.text);
    let nameless = Row {
        phase: Phase::Again,
        ..*row("d2")
    };
    nameless.holds(nameless.text);
    let bytes_came_twice = Row {
        phase: Phase::First { by_ref: true },
        claim: Claim::Pending,
        reason: Reason::None,
        ..*row("p7")
    };
    // Midnight in UTC is 07:00 there.
    bytes_came_twice.holds(&bytes_came_twice.text.replace("12.39", "07.00"));
    let before = Row {
        claim: Claim::Unclear,
        reason: Reason::Duplicate,
        ..bytes_came_twice
    };
    before.holds(&before.text.replace("12.39", "06.59"));
}

#[test]
fn a_refusal_as_the_second_of_its_day_is_believed_of_a_question_only() {
    let text =
        "R#900001 S10.081234567890 GAGAL. Transaksi dobel, ulangi dengan counter=2. Saldo 267.484";
    let first = Row {
        text,
        claim: Claim::Unclear,
        reason: Reason::Duplicate,
        ..*row("f2")
    };
    first.holds(text);
    let again = Row {
        phase: Phase::Again,
        claim: FAILED,
        ..first
    };
    again.holds(text);
}

#[test]
fn e_09_a_failure_of_our_product_for_another_destination_is_none_of_ours() {
    for said in ["GAGAL. Stok kosong", "SUKSES. SN: 1", "akan diproses"] {
        let text = format!("R#900001 S10.081299999999 {said}. Saldo 1.000");
        assert_eq!(row("f2").read(&text).claim, Claim::Unclear, "{text}");
    }
}

#[test]
fn e_09_every_row_about_another_destination_is_unclear() {
    for row in ROWS.iter().filter(|row| row.claim == Claim::Delivered) {
        let other = Row {
            names: (row.names.0, row.names.1, "081299990000"),
            claim: Claim::Unclear,
            ..*row
        };
        assert_eq!(other.read(row.text).claim, Claim::Unclear, "{}", row.name);
        let other = Row {
            names: ("777777", "X99", row.names.2),
            ..*row
        };
        assert_eq!(other.read(row.text).claim, Claim::Unclear, "{}", row.name);
    }
}

/// A server that nobody else is like: `SIAP` is delivered, `TUNDA` is under way.
fn own_patterns() -> [Pattern; 3] {
    [
        (Says::Delivered, r"R#[refid] .*?[product]\.[dest] SIAP, kode (?<sn>\S+) harga (?<harga>\S+) sisa (?<saldo>[\d.]+)"),
        (Says::Pending, r"[dest] TUNDA"),
        (Says::Failed, r"[dest] (?:TOLAK|SIAP TOLAK)"),
    ]
    .map(|(says, regex)| Pattern {
        says,
        regex: regex.to_owned(),
    })
}

#[test]
fn an_operators_patterns_read_what_no_generic_one_does() {
    let patterns = own_patterns();
    for pattern in &patterns {
        pattern.check().unwrap();
    }
    let read = |text: &str| row("s2").read_by(&patterns, text);
    let seen = read("R#900001 trx S10.081234567890 SIAP, kode AB.12/3 harga 10.850 sisa 989.150");
    assert_eq!(seen.claim, Claim::Delivered);
    assert_eq!(seen.sn.unwrap().as_str(), "AB.12/3");
    assert_eq!(seen.price, Money::rupiah(10_850));
    assert_eq!(seen.balance, Money::rupiah(989_150));
    let seen = read("R#900001 S10.081234567890 TUNDA dulu");
    assert_eq!(seen.claim, Claim::Pending);
    let seen = read("R#900001 S10.081234567890 TOLAK, stok kosong");
    assert_eq!((seen.claim, seen.reason), (FAILED, Reason::OutOfStock));
    assert_eq!(
        read(row("s2").text).claim,
        Claim::Delivered,
        "the generic ones"
    );
}

#[test]
fn e_09_an_operators_pattern_is_bound_first() {
    let careless = [Pattern {
        says: Says::Delivered,
        regex: "SIAP.*([refid]|[dest]|.)".to_owned(),
    }];
    for text in [
        "R#900009 S10.081234567890 SIAP 081234567890",
        "S5.081234567890 SIAP",
        "R#900001 SIAP",
        "R#900001 S10.081234567890 SIAP (REFUND)",
        "081234567890 SIAP",
    ] {
        let seen = row("s2").read_by(&careless, text);
        assert_eq!(seen.claim, Claim::Unclear, "{text}");
    }
    let before = "R#900001 S10.081234567890 sudah pernah jam 18:46 SIAP";
    assert_eq!(
        row("d1").read_by(&careless, before).reason,
        Reason::Duplicate
    );
}

#[test]
fn two_patterns_that_do_not_agree_prove_nothing() {
    let patterns = own_patterns();
    let text = "R#900001 S10.081234567890 TOLAK 081234567890 TUNDA";
    assert_eq!(row("s2").read_by(&patterns, text).claim, Claim::Unclear);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_none_without_our_names_settles_anything(text in ".{0,400}") {
        let seen = row("s2").read(&text);
        if !text.contains("081234567890") && !text.contains("900001") {
            prop_assert!([Claim::Unclear, REFUSED].contains(&seen.claim));
        }
    }

    #[test]
    fn replies_cut_and_glued_together_never_deliver_without_their_names(
        one in 0..ROWS.len(),
        other in 0..ROWS.len(),
        cut in 0_usize..200,
    ) {
        let head: String = ROWS[one].text.chars().take(cut).collect();
        let text = format!("{head} {}", ROWS[other].text);
        let seen = row("s2").read(&text);
        if seen.claim == Claim::Delivered {
            prop_assert!(seen.target.is_some() && (seen.our_ref.is_some() || seen.sku.is_some()));
        }
    }
}

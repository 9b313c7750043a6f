//! Hostile bytes: whatever a server, or somebody who claims to be it, says is read without a panic, within bounds, about nothing but what was
//! asked, and never into more than it says. `entry` holds what must be true of every input, these strategies find the inputs.

mod entry;
#[path = "../../../../tests/fuzz/spoil.rs"]
mod spoil;

use std::time::{Duration, Instant};

use eraflazz_core::supplier::{Claim, Formed, Reason, Sighting};
use eraflazz_suppliers::otomax::{ReplyForm, ReportForm, Says};
use proptest::prelude::*;
use proptest::sample::select;

use entry::{FORMS, REFERENCE, SKU, TARGET};
use spoil::{spoils, spoilt};

const FAILED: Claim = Claim::Refused {
    formed: Formed::Yes,
};

/// What a server of this family says about a purchase.
#[derive(Clone, Debug)]
struct Said {
    reference: &'static str,
    sku: &'static str,
    target: &'static str,
    words: &'static str,
    claim: Claim,
}

impl Said {
    fn ours() -> impl Strategy<Value = Self> {
        words().prop_map(|(words, claim)| Self {
            reference: REFERENCE,
            sku: SKU,
            target: TARGET,
            words,
            claim,
        })
    }

    /// About somebody else's purchase: one of its names at least is not ours.
    fn of_another() -> impl Strategy<Value = Self> {
        const OTHER: [(&str, &str, &str); 6] = [
            ("777333", SKU, TARGET),
            (REFERENCE, "X25", TARGET),
            (REFERENCE, SKU, "085566667777"),
            (REFERENCE, SKU, "0812345678901"),
            ("777333", SKU, "085566667777"),
            ("9000011", "S100", TARGET),
        ];
        (Self::ours(), select(&OTHER[..])).prop_map(|(said, (reference, sku, target))| Self {
            reference,
            sku,
            target,
            ..said
        })
    }

    /// As it is written by different servers.
    fn text(&self, template: usize) -> String {
        let Self {
            reference,
            sku,
            target,
            words,
            ..
        } = self;
        match template % 4 {
            0 => format!(
                "T#77 R#{reference} Telkomsel 10.000 {sku}.{target} {words}. Saldo 278.334 - 10.850 = 267.484 @19:11"
            ),
            1 => format!("R#{reference} {sku}.2.{target} {words}. Sisa saldo Rp 71.150"),
            2 => format!(
                "Yth. AGEN, TrxID={reference} kode {sku} ke {target} {words} Saldo=990000 CLIENTID={reference}."
            ),
            _ => format!("RefID: {reference} trx {sku}. {target}, {words}"),
        }
    }

    fn json(&self, is_inside: bool) -> String {
        let Self {
            reference,
            sku,
            target,
            words,
            ..
        } = self;
        let object = format!(
            r#"{{"refid":"{reference}","product":"{sku}","dest":"{target}","message":"{words}","trxid":"77","price":10850}}"#
        );
        if is_inside {
            format!(r#"{{"success":true,"data":{object}}}"#)
        } else {
            object
        }
    }

    fn xml(&self, is_struct: bool) -> String {
        let fields = [
            ("REQUESTID", self.reference),
            ("PRODUCT", self.sku),
            ("DEST", self.target),
            ("MESSAGE", self.words),
            ("PRICE", "10850"),
        ];
        let fields = fields.map(|(name, value)| {
            if is_struct {
                format!(
                    "<member><name>{name}</name><value><string>{value}</string></value></member>"
                )
            } else {
                format!("<{name}>{value}</{name}>")
            }
        });
        format!(
            "<?xml version=\"1.0\"?>\n<reply>{}</reply>",
            fields.concat()
        )
    }

    fn written(&self, form: ReplyForm, template: usize) -> String {
        match form {
            ReplyForm::Text => self.text(template),
            ReplyForm::Json => self.json(template.is_multiple_of(2)),
            ReplyForm::Xml => self.xml(template.is_multiple_of(2)),
        }
    }

    /// The query of a report.
    fn query(&self, status: &str) -> String {
        let message = self.text(0);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("refid", self.reference);
        query.append_pair("message", &message);
        query.append_pair("status", status);
        query.finish()
    }
}

/// What is said of a purchase, and what that is.
fn words() -> impl Strategy<Value = (&'static str, Claim)> {
    select(vec![
        ("SUKSES. SN/Ref: 0041002387165532", Claim::Delivered),
        ("BERHASIL, HRG:10850 SN:1234567890", Claim::Delivered),
        ("akan diproses @20:39", Claim::Pending),
        ("status Menunggu Jawaban", Claim::Pending),
        ("GAGAL. Stok kosong", FAILED),
        ("GAGAL. Nomor tujuan salah", FAILED),
        ("ditolak, produk ditutup", FAILED),
    ])
}

/// What stands around a reply without being about anything.
fn advert() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "PROMO SUKSES BERKAH. ",
        "Server gangguan sudah pulih. ",
        "Trx lancar! \u{200b}\u{a0}",
        "Info: transaksi GAGAL kemarin sudah direfund. ",
        "\u{feff}\t\r\n",
    ])
}

fn is_a_verdict(seen: &Sighting) -> bool {
    seen.claim != Claim::Unclear
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn hostile_replies_are_never_read_into_more_than_they_say(
        said in Said::ours(),
        form in select(&FORMS[..]),
        template in 0..4_usize,
        spoils in spoils(),
    ) {
        let body = said.written(form, template).into_bytes();
        let seen = entry::reply_as(form, &spoilt(body, &spoils));
        if spoils.is_empty() {
            prop_assert_eq!(seen.map(|one| one.claim), [said.claim; 2]);
        }
    }

    #[test]
    fn e_09_a_reply_about_another_purchase_is_no_verdict_about_ours(
        said in Said::of_another(),
        form in select(&FORMS[..]),
        template in 0..4_usize,
        (before, behind) in (advert(), advert()),
    ) {
        let body = match form {
            ReplyForm::Text => format!("{before}{} {behind}", said.text(template)),
            ReplyForm::Json | ReplyForm::Xml => said.written(form, template),
        };
        for seen in entry::reply_as(form, body.as_bytes()) {
            prop_assert!(!is_a_verdict(&seen), "{body}: {seen:?}");
        }
    }

    /// The fields name ours, the text in them another, or the other way about.
    #[test]
    fn e_09_a_reply_that_names_two_purchases_is_no_verdict_about_either(
        said in Said::ours(),
        another in Said::of_another(),
        template in 0..2_usize,
        form in select(vec![ReplyForm::Json, ReplyForm::Xml]),
        swapped: bool,
    ) {
        let (fields, text) = if swapped { (&another, &said) } else { (&said, &another) };
        let body = fields.written(form, template).replace(fields.words, &text.text(template));
        for seen in entry::reply_as(form, body.as_bytes()) {
            prop_assert!(!is_a_verdict(&seen), "{body}: {seen:?}");
        }
    }

    #[test]
    fn a_reply_with_two_results_has_none(
        said in Said::ours(),
        (words, claim) in words(),
        form in select(&FORMS[..]),
        template in 0..4_usize,
        status in select(vec!["20", "2", "40"]),
    ) {
        let by_status = match status {
            "20" => Claim::Delivered,
            "40" => FAILED,
            _ => Claim::Pending,
        };
        let body = match form {
            ReplyForm::Text => {
                // Only in front of the serial number is a status looked for.
                let text = said.text(template).replacen(said.words, &format!("{words} {}", said.words), 1);
                prop_assume!(!words.contains("SN"));
                text
            }
            ReplyForm::Json => said.json(template.is_multiple_of(2)).replacen(r#""refid""#, &format!(r#""status":"{status}","refid""#), 1),
            ReplyForm::Xml => said.xml(false).replacen("<reply>", &format!("<reply><status>{status}</status>"), 1),
        };
        let other = if form == ReplyForm::Text { claim } else { by_status };
        for seen in entry::reply_as(form, body.as_bytes()) {
            if other == said.claim {
                prop_assert!(seen.claim == said.claim || !is_a_verdict(&seen));
            } else {
                prop_assert!(!is_a_verdict(&seen), "{body}: {seen:?}");
            }
        }
    }

    #[test]
    fn hostile_bytes_claim_nothing(body: Vec<u8>) {
        for seen in entry::reply(&body) {
            prop_assert!(!is_a_verdict(&seen));
        }
        for seen in entry::report("", Some(&body)) {
            prop_assert!(!is_a_verdict(&seen));
        }
    }

    #[test]
    fn inv_35_hostile_reports_are_never_read_into_more_than_they_say(
        said in Said::ours(),
        status in select(vec!["20", "2", "40", "43", ""]),
        posted: bool,
        spoils in spoils(),
    ) {
        let bytes = spoilt(said.query(status).into_bytes(), &spoils);
        let text = String::from_utf8_lossy(&bytes);
        let _ = if posted { entry::report("", Some(&bytes)) } else { entry::report(&text, None) };
    }

    #[test]
    fn e_09_a_report_whose_fields_and_text_name_two_purchases_is_none(
        said in Said::ours(),
        another in Said::of_another(),
        status in select(vec!["20", "40"]),
        swapped: bool,
    ) {
        let (fields, text) = if swapped { (&another, &said) } else { (&said, &another) };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("refid", fields.reference);
        query.append_pair("kp", fields.sku);
        query.append_pair("msisdn", fields.target);
        query.append_pair("status", status);
        query.append_pair("message", &text.text(0));
        let query = query.finish();
        let seen = entry::report_as(ReportForm::Otomax, &query, None);
        prop_assert!(!is_a_verdict(&seen), "{query}: {seen:?}");
    }

    #[test]
    fn hostile_patterns_are_refused_or_say_nothing_of_another_purchase(
        regex in r"([a-zA-Z0-9 .*+?^$|(){}\\#@]|\[refid\]|\[dest\]|\[product\]|\(\?<sn>|\(\?<harga>|\.\*|\\d+|\[[a-z]){0,12}",
        says in select(vec![Says::Delivered, Says::Pending, Says::Failed, Says::PerhapsFailed, Says::Refused, Says::AccountFault]),
        said in Said::of_another(),
        ours in Said::ours(),
        template in 0..4_usize,
    ) {
        let seen = entry::pattern(says, &regex, said.text(template).as_bytes());
        prop_assert!(seen.is_none_or(|seen| !is_a_verdict(&seen)));
        entry::pattern(says, &regex, ours.text(template).as_bytes());
    }
}

proptest! {
    // Each of these goes over a socket.
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn hostile_answers_are_never_read_into_more_than_they_say(
        said in Said::ours(),
        template in 0..4_usize,
        spoils in spoils(),
    ) {
        let exchange = entry::answer(&spoilt(said.text(template).into_bytes(), &spoils));
        if spoils.is_empty() {
            prop_assert_eq!(exchange.sightings[0].claim, said.claim);
        }
    }

    #[test]
    fn inv_12_hostile_http_after_the_purchase_was_read_is_never_a_proof_that_it_was_not(
        said in Said::ours(),
        head in select(vec![
            "HTTP/1.1 200 OK", "HTTP/1.0 500 X", "HTTP/2 200", "HTTP/1.1 100 Continue", "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/", "SSH-2.0", "",
        ]),
        length in 0..400_usize,
        spoils in spoils(),
    ) {
        let mut bytes = format!("{head}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n").into_bytes();
        bytes.extend(said.text(0).into_bytes());
        entry::wire(&spoilt(bytes, &spoils));
    }

    #[test]
    fn inv_37_hostile_balances_are_read_to_the_rupiah_or_refused_without_a_secret(
        written in "-?[0-9]{1,16}([.,][0-9]{0,3}){0,3}",
        words in select(vec!["Saldo", "Sisa saldo:", "M-Bal =", "Pin Salah. Saldo", "Saldo anda kurang"]),
        spoils in spoils(),
    ) {
        let _ = entry::balance(&spoilt(format!("{words} {written}! Terima kasih").into_bytes(), &spoils));
    }
}

/// The samples lie there once for the fuzz targets and once for this test: what each must say is the end of its name.
#[test]
fn the_corpus_of_the_fuzz_targets_holds() {
    let corpus = |target: &str| -> Vec<(String, Vec<u8>)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/");
        let files = std::fs::read_dir(format!("{folder}{target}")).unwrap();
        files
            .map(|file| {
                let file = file.unwrap();
                let name = file
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned();
                (name, std::fs::read(file.path()).unwrap())
            })
            .collect()
    };
    let word = |seen: &Sighting| match seen.claim {
        Claim::Delivered => "delivered",
        Claim::Pending => "pending",
        Claim::Refused { .. } => "failed",
        Claim::Unclear => "unclear",
        Claim::NotSent => "unsent",
    };
    let told = |name: &str, seen: &[Sighting]| {
        let all: Vec<_> = seen.iter().map(word).collect();
        let (_, expected) = name.rsplit_once('-').unwrap();
        let is_expected = match expected {
            "unclear" => all.iter().all(|word| *word == "unclear"),
            other => all.contains(&other),
        };
        assert!(is_expected, "{name}: {all:?}");
    };
    for (name, body) in corpus("otomax_reply") {
        told(&name, &entry::reply(&body));
    }
    for (name, query) in corpus("otomax_report") {
        told(
            &name,
            &entry::report(std::str::from_utf8(&query).unwrap(), None),
        );
        told(&name, &entry::report("", Some(&query)));
    }
    for (name, bytes) in corpus("otomax_wire") {
        told(&name, &entry::wire(&bytes).sightings);
    }
    for (name, bytes) in corpus("otomax_pattern") {
        let seen = entry::pattern_and_reply(&bytes).expect(&name);
        told(&name, &[seen]);
    }
}

/// Whatever fills a page is read at once: nothing goes over the rest of it for each of its words (T-24).
#[test]
fn t_24_a_page_of_anything_costs_little_time() {
    let page = 32 * 1024;
    let heads = [
        (ReplyForm::Text, "R#900001 S10.081234567890 ", " SUKSES"),
        (ReplyForm::Json, r#"{"refid":"900001","message":""#, r#""}"#),
        (ReplyForm::Xml, "<a>", "</a>"),
    ];
    let words = [
        "R#900001 ",
        "R#9.",
        "S10.081234567890 ",
        "S10.0812 ",
        "081234567890 ",
        "«081234567890» ",
        "S10. ",
        "A-A-",
        "saldo tidak ",
        "saldo 1.000 ",
        "SN: ",
        "SN: é",
        "sudah pernah ",
        "sudah pernah jam ",
        "T#1 ",
        "#1 ",
        "gagal kirim ",
        "tidak sukses ",
        "status ",
        "ip ",
        "agen ",
        "nomor ",
        "harga 1",
        "1.",
        "<a>",
        "<a></a>",
        "&amp;",
        "[",
        "{\"a\":",
        "\"",
        "\\",
        "\u{200b}",
        "\u{a0}é",
    ];
    for word in words {
        for (form, head, end) in heads {
            let body = format!("{head}{}{end}", word.repeat(page / word.len()));
            assert_quick(word, || drop(entry::reply_as(form, body.as_bytes())));
        }
        let body = word.repeat(page / word.len());
        let query = format!("refid=900001&kp=S10&msisdn=081234567890&message={body}");
        assert_quick(word, || drop(entry::report(&query, None)));
    }
    let fields: Vec<String> = (0..page / 8).map(|n| format!("a{n}=1")).collect();
    let query = fields.join("&");
    assert_quick("fields", || drop(entry::report(&query, None)));
}

/// The best of three: other tests share the machine. What goes over the page for each of its words takes far longer.
fn assert_quick(what: &str, read: impl Fn()) {
    let quickest = (0..3)
        .map(|_| {
            let began = Instant::now();
            read();
            began.elapsed()
        })
        .find(|took| *took < Duration::from_secs(2));
    assert!(quickest.is_some(), "a page of {what}");
}

/// A refusal of our account needs no name, and is all that a text without one can say.
#[test]
fn e_09_a_text_without_our_names_refuses_our_account_or_says_nothing() {
    for body in [
        "Pin Salah",
        "IP 203.0.113.9 tidak terdaftar",
        "SUKSES. SN: 1",
        "GAGAL. Stok kosong",
        "akan diproses",
    ] {
        for seen in entry::reply(body.as_bytes()) {
            let is_account = seen.reason == Reason::AccountFault;
            assert!(is_account || !is_a_verdict(&seen), "{body}: {seen:?}");
        }
    }
}

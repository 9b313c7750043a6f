//! `[seller]`: selling to servers of the `OtomaX` family in their own dialect. Off unless it says so.

use std::time::Duration;

use eraflazz_core::catalog::ProductKind;
use eraflazz_core::ids::SupplierRef;
use eraflazz_core::supplier::{AttemptView, Claim, Reason};
use eraflazz_core::text::{Sku, Slug, Target};
use eraflazz_suppliers::otomax::{Config, Otomax};

use super::span::Span;
use crate::seller::telling::Why;
use crate::seller::texts::{Field, Occasion, Read, Sentences};
use crate::seller::{Dialect, Texts};
use crate::strict::Section;

/// `[seller]`, once it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seller {
    /// The part of its addresses that is this house's own: `/otomax/{realm}/trx`.
    pub realm: Slug,
    /// How long the first answer may be held back for a final state.
    pub wait: Duration,
    /// What buyers read.
    pub sentences: Sentences,
}

/// The longest wait for a final state (D16).
const WAIT_MAX: Span = Span::seconds(8);

impl Seller {
    /// What the section says; `None` if it is off. It is checked all the same, so that turning it on finds nothing new.
    pub(super) fn read(mut section: Section<'_>) -> Option<Self> {
        let enabled = section.or("enabled", false);
        let realm = if enabled {
            section.required("realm")
        } else {
            section.optional("realm")
        };
        let none = Span::millis(0);
        let wait = section.within("wait", none, none..=WAIT_MAX);
        let otomax = read_texts(&mut section, Dialect::Otomax);
        let irs = read_texts(&mut section, Dialect::Irs);
        section.end();
        let seller = Self {
            realm: realm?,
            wait: wait.duration(),
            sentences: Sentences {
                otomax: otomax?,
                irs: irs?,
            },
        };
        enabled.then_some(seller)
    }
}

fn read_texts(section: &mut Section<'_>, dialect: Dialect) -> Option<Texts> {
    let mut given = section.section(dialect.section());
    let read = Texts::read(dialect, |key| given.optional(key));
    let texts = match read {
        // That the usual ones read as they mean is held by a test.
        Ok(texts) if texts == Texts::usual(dialect) => Some(texts),
        Ok(texts) => {
            for (key, rule) in misread(&texts) {
                given.refuse(key, rule);
            }
            Some(texts)
        }
        Err(wrong) => {
            for (key, rule) in wrong {
                given.refuse(key, rule);
            }
            None
        }
    };
    given.end();
    texts
}

/// The sentences that a reader of this family would take for something else than they mean, by key, with what they must be taken for.
fn misread(texts: &Texts) -> Vec<(&'static str, &'static str)> {
    let Some(reader) = Reader::new() else {
        return vec![("", "no reader could be made to hold the sentences against")];
    };
    let misread = Occasion::ALL.into_iter().filter_map(|occasion| {
        let facts = occasion.facts();
        let rule = reader.misreads(texts, occasion)?;
        Some((facts.key, rule))
    });
    misread.collect()
}

/// Our own adapter for this family, and a purchase to ask it about.
struct Reader {
    adapter: Otomax,
    about: AttemptView,
}

impl Reader {
    fn new() -> Option<Self> {
        let config = Config::new(
            "http://127.0.0.1:6969",
            "ERZ001",
            "1234",
            "rahasia",
            Config::silent_profile(),
        );
        Some(Self {
            adapter: Otomax::new(config).ok()?,
            about: AttemptView {
                kind: ProductKind::Prepaid,
                supplier_ref: SupplierRef::parse("900001")?,
                their_ref: None,
                sku: Sku::new("S10").ok()?,
                target: Target::new("081234567890").ok()?,
                sends: 1,
                age: Duration::ZERO,
            },
        })
    }

    /// How the sentence must read, if it reads otherwise with some reason in it.
    fn misreads(&self, texts: &Texts, occasion: Occasion) -> Option<&'static str> {
        const SN: &str = "1111-2222-3333-4444-5555/BUDI SANTOSO/R1/1300VA";
        let expected = occasion.facts().reads;
        if expected == Read::Not {
            return None;
        }
        let phases: &[bool] = if occasion.answers_a_question() {
            &[false]
        } else {
            &[true, false]
        };
        for why in Why::ALL {
            let said = texts.say(occasion, |field| match field {
                Field::Trx => "TRX-20260101-0A1B2C3D".to_owned(),
                Field::Ref => "900001".to_owned(),
                Field::Product => "S10".to_owned(),
                Field::Dest => "081234567890".to_owned(),
                Field::Sn => SN.to_owned(),
                Field::Reason => why.words(),
                Field::Price => "10.850".to_owned(),
                Field::Balance | Field::After => "267.484".to_owned(),
                Field::Before => "278.334".to_owned(),
                Field::Made | Field::Time => "18:46".to_owned(),
                Field::Changed => "22/11 18:46".to_owned(),
                Field::Moment => "22/11 18:46:05".to_owned(),
                Field::Rule => "dest: 3 to 64 characters".to_owned(),
            });
            for is_first in phases {
                let read = self
                    .adapter
                    .read_reply(&self.about, *is_first, said.as_bytes());
                let sn = read.sn.as_ref().map(ToString::to_string);
                let rule = match (expected, read.claim) {
                    (Read::Pending, Claim::Pending)
                    | (Read::Refused, Claim::Refused { .. })
                    | (Read::Nothing, Claim::Unclear)
                    | (Read::Not, _) => None,
                    // A first sending is refused because of another purchase: what a careful reader does not believe it asks about.
                    (Read::Refused, Claim::Unclear) if read.reason == Reason::Duplicate => None,
                    (Read::Delivered, Claim::Delivered) if sn.as_deref() == Some(SN) => None,
                    (Read::Delivered, Claim::Delivered) => {
                        Some("must give the serial number whole: `SN/Ref: {sn}. Saldo …`")
                    }
                    (Read::Pending, _) => {
                        Some("must read as a purchase in process: `{product}.{dest} akan diproses`")
                    }
                    (Read::Delivered, _) => {
                        Some("must read as a delivery: `{product}.{dest} SUKSES`")
                    }
                    (Read::Refused, _) => {
                        Some("must read as a failure: `{product}.{dest} GAGAL. {reason}`")
                    }
                    (Read::Nothing, _) => {
                        Some("must read as unknown, which proves nothing: `TIDAK ADA transaksi`")
                    }
                };
                if rule.is_some() {
                    return rule;
                }
            }
        }
        None
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::strict::{Node, Problems, parse_toml};

    fn read(text: &str) -> (Option<Seller>, Problems) {
        let mut problems = Problems::default();
        let Node::Table(table) = parse_toml(text).unwrap() else {
            unreachable!("a file is a table")
        };
        let seller = Seller::read(Section::new("seller", table, &mut problems));
        (seller, problems)
    }

    fn refused(text: &str) -> String {
        let (_, problems) = read(text);
        problems.all()[0].field.clone()
    }

    #[test]
    fn it_is_off_unless_it_says_so() {
        for text in ["", "enabled = false", "realm = \"toko\""] {
            let (seller, problems) = read(text);
            assert!(
                seller.is_none() && problems.is_empty(),
                "{text}: {problems}"
            );
        }
        let (seller, problems) = read("enabled = true\nrealm = \"toko\"\nwait = \"2s\"");
        assert!(problems.is_empty(), "{problems}");
        let seller = seller.unwrap();
        assert_eq!(seller.realm.as_str(), "toko");
        assert_eq!(seller.wait, Duration::from_secs(2));
        assert_eq!(seller.sentences, Sentences::default());
    }

    #[rstest]
    #[case("enabled = true", "seller.realm")]
    #[case("enabled = true\nrealm = \"A/b\"", "seller.realm")]
    #[case("wait = \"9s\"", "seller.wait")]
    #[case("colour = 1", "seller.colour")]
    #[case("[texts]\nshouted = \"x\"", "seller.texts.shouted")]
    #[case("[texts]\naccepted = \"\"", "seller.texts.accepted")]
    #[case(
        "[texts]\naccepted = \"{ref} {product}.{dest} akan diproses\\n\"",
        "seller.texts.accepted"
    )]
    #[case(
        "[texts]\naccepted = \"{ref} {product}.{dest} akan diproses {sn}\"",
        "seller.texts.accepted"
    )]
    #[case(
        "[texts]\naccepted = \"{ref} {product}.{dest akan diproses\"",
        "seller.texts.accepted"
    )]
    #[case(
        "[texts]\naccepted = \"{ref} {product} akan diproses\"",
        "seller.texts.accepted"
    )]
    #[case::another_place(
        "[irs_texts]\nmalformed = \"GAGAL. {rule} {balance}\"",
        "seller.irs_texts.malformed"
    )]
    fn what_is_wrong_is_named(#[case] text: &str, #[case] field: &str) {
        assert_eq!(refused(text), field);
    }

    /// What a buyer's server would take for something else is money.
    #[rstest]
    #[case::says_nothing("accepted", "R#{ref} {product}.{dest} ok")]
    #[case::an_acceptance_that_is_a_success(
        "accepted",
        "R#{ref} {product}.{dest} SUKSES akan diproses"
    )]
    #[case::a_success_in_process(
        "delivered",
        "R#{ref} {product}.{dest} masih diproses. SN/Ref: {sn}. Saldo {balance}"
    )]
    #[case::a_cut_serial_number(
        "delivered",
        "R#{ref} {product}.{dest} SUKSES. Saldo {balance} {sn}"
    )]
    #[case::a_failure_that_is_none("failed", "R#{ref} {product}.{dest} belum berhasil. {reason}")]
    #[case::a_failure_that_is_a_success("has_failed", "R#{ref} {product}.{dest} SUKSES. {reason}")]
    #[case::open_as_failed("open", "R#{ref} {product}.{dest} GAGAL")]
    #[case::unknown_as_failed("unknown", "R#{ref} {dest} GAGAL")]
    fn a_sentence_that_reads_otherwise_is_refused(#[case] key: &str, #[case] sentence: &str) {
        let text = format!("[texts]\n{key} = \"{sentence}\"");
        assert_eq!(refused(&text), format!("seller.texts.{key}"));
    }

    #[test]
    fn the_usual_sentences_read_as_they_mean() {
        for dialect in Dialect::ALL {
            let texts = Texts::read(dialect, |_| None).unwrap();
            assert_eq!(misread(&texts), [], "{dialect}");
        }
    }

    #[test]
    fn a_sentence_of_ones_own_is_taken() {
        let text = "enabled = true\nrealm = \"toko\"\n[texts]\ndelivered = \"R#{ref} {product}.{dest} SUKSES. SN/Ref: {sn}. Saldo {balance}\"";
        let (seller, problems) = read(text);
        assert!(problems.is_empty(), "{problems}");
        assert_ne!(seller.unwrap().sentences, Sentences::default());
    }
}

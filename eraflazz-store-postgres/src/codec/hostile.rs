//! Hostile bytes in bodies: whatever lies there is an error that names table and row, or what was written; never another amount.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../tests/fuzz/spoil.rs"]
pub(crate) mod spoil;

use std::fmt::Debug;

use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::member::Member;
use eraflazz_core::order::{Attempt, LogRow, Order};
use eraflazz_core::payment::Payment;
use eraflazz_core::ports::InboxRow;
use eraflazz_core::webhook::EndpointState;
use proptest::prelude::*;
use proptest::sample::select;

use super::samples::{self, ID};
use super::*;
use crate::sealed::{SealedEndpoint, SealedKey};
use spoil::{spoils, spoilt};

/// A value, shown, and as it is written again.
type Read = (String, Vec<u8>);

/// What lies in one kind of body.
struct Kind {
    table: &'static str,
    /// The sample as it is written.
    written: fn() -> Vec<u8>,
    /// What such bytes are, shown, and as they are written again.
    read: fn(&[u8]) -> Result<Read, Trouble>,
    sample: fn() -> String,
}

macro_rules! kinds {
    ($($table:ident: $type:ty = $sample:path;)*) => {
        const KINDS: &[Kind] = &[$(Kind {
            table: $table,
            written: || encode($table, ID, &$sample()).unwrap(),
            read: |bytes| {
                let value: $type = decode($table, ID, bytes)?;
                Ok((shown(&value), encode($table, ID, &value)?))
            },
            sample: || shown(&$sample()),
        }),*];
    };
}

kinds! {
    ORDERS: Order = samples::order;
    ATTEMPTS: Attempt = samples::attempt;
    LOG: LogRow = samples::log_row;
    INBOX: InboxRow = samples::callback;
    INQUIRIES: Inquiry = samples::inquiry;
    PAYMENTS: Payment = samples::payment;
    MEMBERS: Member = samples::member;
    KEYS: SealedKey = samples::key;
    ENDPOINTS: SealedEndpoint = samples::endpoint;
    ENDPOINT_STATES: EndpointState = samples::endpoint_state;
}

fn shown<T: Debug>(value: &T) -> String {
    format!("{value:?}")
}

impl Kind {
    fn refuses(&self, bytes: &[u8]) {
        let error = (self.read)(bytes).unwrap_err().to_string();
        assert!(error.contains(self.table), "{error}");
        assert!(error.contains(&ID.to_string()), "{error}");
        assert!(error.len() < 300, "{error}");
    }
}

/// The bytes of each kind as this program's predecessors wrote them. If this fails, a value has another shape now: rows of [`FORMAT`] must still be read, so
/// give the new shape the next format, and pin that beside these.
#[test]
fn the_bytes_of_a_format_never_change() {
    let pinned = include_str!("pinned.txt");
    let lines = pinned.lines().filter(|line| !line.starts_with('#'));
    let mut pins: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(' ')).collect();
    for kind in KINDS {
        let place = pins.iter().position(|(table, _)| *table == kind.table);
        let written = hex(&(kind.written)());
        let (_, pin) = pins.remove(place.unwrap_or_else(|| panic!("{} {written}", kind.table)));
        assert_eq!(written, pin, "{}", kind.table);
        let (read, again) = (kind.read)(&bytes(pin)).unwrap();
        assert_eq!(read, (kind.sample)(), "{}", kind.table);
        assert_eq!(hex(&again), pin, "{}", kind.table);
    }
    assert!(pins.is_empty(), "of nothing that is kept: {pins:?}");
}

#[test]
fn inv_02_a_body_with_any_bit_flipped_is_an_error_that_names_table_and_row() {
    for kind in KINDS {
        let whole = (kind.written)();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            kind.refuses(&flipped);
        }
        for end in 0..whole.len() {
            kind.refuses(&whole[..end]);
        }
        kind.refuses(&[&whole[..], &[0]].concat());
    }
}

#[test]
fn inv_02_a_body_in_the_place_of_another_is_an_error() {
    for kind in KINDS {
        let whole = (kind.written)();
        for other in KINDS.iter().filter(|other| other.table != kind.table) {
            other.refuses(&whole);
        }
    }
    let order = encode(ORDERS, ID, &samples::order()).unwrap();
    let moved = decode::<Order>(ORDERS, uuid::Uuid::nil(), &order).unwrap_err();
    assert!(moved.to_string().contains("orders, 00000000-"), "{moved}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn hostile_bodies_are_what_was_written_or_errors(which in 0..KINDS.len(), spoils in spoils()) {
        let kind = &KINDS[which];
        let whole = (kind.written)();
        let hostile = spoilt(whole.clone(), &spoils);
        if hostile == whole {
            prop_assert_eq!((kind.read)(&hostile).unwrap().0, (kind.sample)());
        } else {
            kind.refuses(&hostile);
        }
    }

    /// Of a body that somebody wrote on purpose the law is core's; here it is read or refused, and what is read is written and read again as the same.
    #[test]
    fn hostile_bodies_under_a_right_checksum_are_values_or_errors(
        which in 0..KINDS.len(),
        spoils in spoils(),
        random in proptest::option::weighted(0.2, prop::collection::vec(any::<u8>(), 0..300)),
    ) {
        let kind = &KINDS[which];
        let body = random.unwrap_or_else(|| spoilt((kind.written)()[HEAD..].to_vec(), &spoils));
        let sum = checksum(kind.table, ID, &body).to_le_bytes();
        let hostile = [&[FORMAT][..], &sum, &body].concat();
        match (kind.read)(&hostile) {
            Ok((read, again)) => prop_assert_eq!((kind.read)(&again).unwrap().0, read),
            Err(_) => kind.refuses(&hostile),
        }
    }

    #[test]
    fn hostile_bytes_are_no_body(bytes: Vec<u8>, table in select(KINDS.iter().map(|kind| kind.table).collect::<Vec<_>>())) {
        for kind in KINDS.iter().filter(|kind| kind.table == table) {
            kind.refuses(&bytes);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    pairs.map(byte).collect()
}

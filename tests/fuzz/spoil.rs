// How near-valid inputs are spoilt: a valid text or block of bytes, and a few small things done to it that people, networks and
// strangers do. Included by the property tests of each room that reads foreign bytes.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One thing done to an input.
#[derive(Clone, Debug)]
pub(crate) enum Spoil {
    /// A bit is turned.
    Flip(Index, u8),
    /// The end is missing.
    Cut(Index),
    /// Some bytes are missing.
    Drop(Index, usize),
    /// Some bytes come again.
    Again(Index, usize),
    /// Something strange stands there.
    Insert(Index, &'static [u8]),
    /// Something strange stands in the place of the n-th number or word.
    Replace(Index, &'static [u8]),
    /// The n-th name of an object comes again at the front, with another value.
    NameAgain(Index, &'static [u8]),
    /// The n-th value lies deep inside lists.
    Deep(Index, usize),
}

/// What stands where it should not: unusual numbers, words of the trade, other encodings, and what ends or opens things.
const STRANGE: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    "\u{202e}".as_bytes(),
    "０８１".as_bytes(),
    "\u{130}\u{131}".as_bytes(),
    b"\"\\ud800\"",
    b"\"\\u0000\"",
    b"\"\\u0053ukses\"",
    b"\"Sukses\"",
    b"\"SUKSES \"",
    b"\"Gagal\"",
    b"\"00\"",
    b"0",
    b"-0",
    b"00",
    b"1e3",
    b"1E400",
    b"0.1",
    b"10000.005",
    b"-1",
    b"9007199254740993",
    b"18446744073709551616",
    b"99999999999999999999999999999999999999999999999999",
    b"1000000000001",
    b"null",
    b"true",
    b"\"\"",
    b"\" \"",
    b"[]",
    b"{}",
    b"[{}]",
    b"{\"data\":{}}",
    b"\"",
    b"\\",
    b",",
    b":",
    b"{",
    b"}",
    b"]",
    b"|",
    b"\r\n\r\n",
    b"<html>",
];

/// A few of them, in order.
pub(crate) fn spoils() -> impl Strategy<Value = Vec<Spoil>> {
    let at = any::<Index>;
    let strange = || select(STRANGE);
    prop::collection::vec(
        prop_oneof![
            2 => (at(), 0..8_u8).prop_map(|(at, bit)| Spoil::Flip(at, bit)),
            1 => at().prop_map(Spoil::Cut),
            1 => (at(), 1..12_usize).prop_map(|(at, len)| Spoil::Drop(at, len)),
            1 => (at(), 1..40_usize).prop_map(|(at, len)| Spoil::Again(at, len)),
            2 => (at(), strange()).prop_map(|(at, what)| Spoil::Insert(at, what)),
            6 => (at(), strange()).prop_map(|(at, what)| Spoil::Replace(at, what)),
            2 => (at(), strange()).prop_map(|(at, what)| Spoil::NameAgain(at, what)),
            1 => (at(), 1..300_usize).prop_map(|(at, depth)| Spoil::Deep(at, depth)),
        ],
        0..4,
    )
}

/// The input with all of it done.
pub(crate) fn spoilt(mut bytes: Vec<u8>, spoils: &[Spoil]) -> Vec<u8> {
    for spoil in spoils {
        if !bytes.is_empty() {
            spoil.apply(&mut bytes);
        }
    }
    bytes
}

impl Spoil {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let len = bytes.len();
        match self {
            Self::Flip(at, bit) => bytes[at.index(len)] ^= 1 << bit,
            Self::Cut(at) => bytes.truncate(at.index(len)),
            Self::Drop(at, many) => {
                let from = at.index(len);
                bytes.drain(from..len.min(from + many));
            }
            Self::Again(at, many) => {
                let from = at.index(len);
                let again = bytes[from..len.min(from + many)].to_vec();
                bytes.splice(from..from, again);
            }
            Self::Insert(at, what) => {
                let from = at.index(len + 1);
                bytes.splice(from..from, what.iter().copied());
            }
            Self::Replace(at, what) => {
                let words = words(bytes);
                if let Some(word) = one(*at, &words) {
                    bytes.splice(word.0..word.1, what.iter().copied());
                }
            }
            Self::NameAgain(at, what) => {
                let names: Vec<_> = words(bytes)
                    .into_iter()
                    .filter(|(_, end)| bytes.get(*end) == Some(&b':'))
                    .collect();
                let open = bytes.iter().rposition(|byte| *byte == b'{');
                if let (Some((from, to)), Some(open)) = (one(*at, &names), open) {
                    let mut again = bytes[from..to].to_vec();
                    again.push(b':');
                    again.extend_from_slice(what);
                    again.push(b',');
                    let inside = open + 1;
                    bytes.splice(inside..inside, again);
                }
            }
            Self::Deep(at, depth) => {
                let words = words(bytes);
                if let Some((from, to)) = one(*at, &words) {
                    bytes.splice(to..to, std::iter::repeat_n(b']', *depth));
                    bytes.splice(from..from, std::iter::repeat_n(b'[', *depth));
                }
            }
        }
    }
}

fn one(at: Index, of: &[(usize, usize)]) -> Option<(usize, usize)> {
    (!of.is_empty()).then(|| of[at.index(of.len())])
}

/// Where quoted texts and bare words begin and end.
fn words(bytes: &[u8]) -> Vec<(usize, usize)> {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let from = at;
        if bytes[at] == b'"' {
            at += 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            at = bytes.len().min(at + 1);
            found.push((from, at));
        } else if is_bare(bytes[at]) {
            while at < bytes.len() && is_bare(bytes[at]) {
                at += 1;
            }
            found.push((from, at));
        } else {
            at += 1;
        }
    }
    found
}

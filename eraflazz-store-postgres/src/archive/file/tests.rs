//! Hostile bytes in a file of the archive: it is refused by its name, or its rows are what was written.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;
use crate::codec::hostile::spoil::{spoils, spoilt};
use crate::codec::{LOG, encode, samples};

fn rows() -> Vec<Row> {
    let rows = (1..4_i64).map(|seq| Row {
        subject: samples::ID,
        seq,
        version: seq,
        body: encode(LOG, samples::ID, &samples::log_row()).unwrap(),
    });
    rows.collect()
}

/// What is read of a file with these bytes, if the database has the hash of those.
fn read_of(bytes: &[u8], hashed: &[u8]) -> Result<Vec<Row>, ArchiveError> {
    thread_local!(static FILE: PathBuf = {
        let name = format!("archived-{}-{:?}.gz", std::process::id(), std::thread::current().id());
        std::env::temp_dir().join(name)
    });
    FILE.with(|path| {
        fs::write(path, bytes).unwrap();
        let rows = read(path, &Sha256::digest(hashed));
        fs::remove_file(path).unwrap();
        if let Err(error) = &rows {
            assert!(matches!(error, ArchiveError::Damaged { path: named, .. } if named == path));
            assert!(error.to_string().len() < 500, "{error}");
        }
        rows
    })
}

fn packed_of(text: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

fn text() -> Vec<u8> {
    let mut text = Vec::new();
    let packed = pack(&rows()).unwrap();
    GzDecoder::new(packed.as_slice())
        .read_to_end(&mut text)
        .unwrap();
    text
}

/// The rows that a reader which shares nothing with ours finds in a text, if it is one to the last letter.
fn told(text: &[u8]) -> Option<Vec<serde_json::Value>> {
    let lines = std::str::from_utf8(text).ok()?.lines();
    lines.map(|line| serde_json::from_str(line).ok()).collect()
}

#[test]
fn what_is_spoilt_is_read_as_it_is() {
    let packed = pack(&rows()).unwrap();
    assert_eq!(read_of(&packed, &packed).unwrap(), rows());
    let again = packed_of(&text());
    assert_eq!(read_of(&again, &again).unwrap(), rows());
}

proptest! {
    #[test]
    fn a_spoilt_file_is_refused(spoils in spoils(), any: Vec<u8>) {
        let packed = pack(&rows()).unwrap();
        let bytes = spoilt(packed.clone(), &spoils);
        prop_assert_eq!(read_of(&bytes, &packed).is_ok(), bytes == packed);
        prop_assert!(read_of(&any, &packed).is_err());
    }

    #[test]
    fn a_spoilt_file_with_its_own_hash_is_refused_or_as_it_was(spoils in spoils()) {
        let packed = pack(&rows()).unwrap();
        let bytes = spoilt(packed, &spoils);
        if let Ok(read) = read_of(&bytes, &bytes) {
            prop_assert_eq!(read, rows(), "its own checksum holds");
        }
    }

    #[test]
    fn spoilt_lines_are_refused_or_say_what_they_say(spoils in spoils()) {
        let text = spoilt(text(), &spoils);
        let bytes = packed_of(&text);
        if let Ok(read) = read_of(&bytes, &bytes) {
            let Some(told) = told(&text) else {
                // What is there for people is not read, whatever it became.
                prop_assert_eq!(read, rows());
                return Ok(());
            };
            prop_assert_eq!(told.len(), read.len());
            for (told, row) in told.iter().zip(&read) {
                prop_assert_eq!(told["seq"].as_i64(), Some(row.seq));
                prop_assert_eq!(told["version"].as_i64(), Some(row.version));
                let body = Base64::encode_string(&row.body);
                prop_assert_eq!(told["body"].as_str(), Some(body.as_str()));
            }
        }
    }
}

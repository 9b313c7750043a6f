//! Against a plain vector of bytes, whatever is read, written and resized; and the file stays as it was.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::{StorageBackend, Untouched};

#[derive(Clone, Debug)]
enum Op {
    Write(usize, Vec<u8>),
    Resize(usize),
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let write = (
        0..20_000_usize,
        proptest::collection::vec(1..=255_u8, 1..9_000),
    );
    let op = prop_oneof![
        3 => write.prop_map(|(at, bytes)| Op::Write(at, bytes)),
        1 => (0..30_000_usize).prop_map(Op::Resize),
    ];
    proptest::collection::vec(op, 0..12)
}

fn file(content: &[u8]) -> (PathBuf, File) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!(
        "eraflazz-untouched-{}-{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, content).unwrap();
    let file = File::open(&path).unwrap();
    (path, file)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn it_reads_like_a_file_that_was_written(len in 0..20_000_usize, ops in ops()) {
        let content: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let (path, opened) = file(&content);
        let beside = Untouched::new(opened).unwrap();
        let mut model = content.clone();
        for op in ops {
            match op {
                Op::Write(at, bytes) => {
                    // As redb does: it grows the file before it writes there.
                    if model.len() < at + bytes.len() {
                        model.resize(at + bytes.len(), 0);
                        beside.set_len(u64::try_from(model.len()).unwrap()).unwrap();
                    }
                    model[at..at + bytes.len()].copy_from_slice(&bytes);
                    beside.write(u64::try_from(at).unwrap(), &bytes).unwrap();
                }
                Op::Resize(len) => {
                    model.resize(len, 0);
                    beside.set_len(u64::try_from(len).unwrap()).unwrap();
                }
            }
            let mut read = vec![7; model.len()];
            beside.read(0, &mut read).unwrap();
            prop_assert!(read == model);
            prop_assert_eq!(beside.len().unwrap(), u64::try_from(model.len()).unwrap());
        }
        let behind = beside.read(u64::try_from(model.len()).unwrap(), &mut [0]);
        prop_assert!(behind.is_err());
        prop_assert!(std::fs::read(&path).unwrap() == content);
        std::fs::remove_file(path).unwrap();
    }
}

//! Hostile bytes in the files of a store: whatever lies there, opening is an error that names the file, or a store whose books close.

mod entry;
mod history;
#[path = "../../../../tests/fuzz/spoil.rs"]
mod spoil;

use eraflazz_store_memory::{Damage, FolderError};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use entry::{Archived, Body, Ram};
use history::history;
use spoil::{spoils, spoilt};

fn whole_journal() -> Vec<Body> {
    entry::bodies(&history(u64::MAX).0)
}

#[test]
fn the_history_that_is_spoilt_is_read_as_it_is() {
    let (journal, archive) = history(u64::MAX);
    assert!(entry::journal(&whole_journal()).is_ok());
    assert!(entry::rows(&entry::rows_of(&journal)).is_ok());
    assert!(entry::files(&journal.bytes(), &archive.bytes()).is_ok());
    let (journal, archive) = history(1);
    for which in Archived::ALL {
        assert!(entry::archived(&journal, &archive, which, 0, |row| row).is_ok());
    }
}

#[test]
fn inv_02_a_batch_that_is_gone_is_named() {
    let rows = entry::rows_of(&history(u64::MAX).0);
    let all = || (1_u64..).zip(&rows);
    assert!(entry::rows_at(all()).is_ok());
    for (gone, _) in all().take(rows.len() - 1) {
        let error = entry::rows_at(all().filter(|(seq, _)| *seq != gone)).unwrap_err();
        let FolderError::Batch { batch, damage, .. } = error else {
            panic!("{error}");
        };
        assert_eq!((batch, damage), (gone, Damage::Missing));
    }
}

/// The corpus of the fuzz targets is read by this store. After a change of the format: write it anew, from `bytes_of`, `rows_of` and what `archived` passes of the history.
#[test]
fn the_corpus_of_the_fuzz_targets_holds() {
    let corpus = |target: &str| -> Vec<Vec<u8>> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fuzz/corpus/");
        let files = std::fs::read_dir(format!("{folder}{target}")).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect()
    };
    let opened = |opens: &dyn Fn(&[u8]) -> bool, target| {
        let files = corpus(target);
        files.iter().filter(|bytes| opens(bytes)).count()
    };
    assert!(opened(&|bytes| entry::journal_of(bytes).is_ok(), "journal") > 0);
    assert!(
        opened(
            &|bytes| entry::rows(&[bytes.to_vec()]).is_ok(),
            "journal_row"
        ) > 0
    );
    let (journal, archive) = history(1);
    let archived = |bytes: &[u8]| entry::archived_of(&journal, &archive, bytes).is_ok();
    assert_eq!(opened(&archived, "archive"), 5, "rows as they were");
    let bodies = whole_journal();
    assert!(entry::journal_of(&entry::bytes_of(&bodies)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn inv_03_a_batch_of_hostile_entries_is_refused_or_leaves_books_that_close(
        which: Index,
        spoils in spoils(),
        more in -2..3_i64,
    ) {
        thread_local!(static BODIES: Vec<Body> = whole_journal());
        let mut bodies = BODIES.with(Clone::clone);
        let which = which.index(bodies.len());
        let (entries, body) = &mut bodies[which];
        *body = spoilt(std::mem::take(body), &spoils);
        *entries = entries.saturating_add_signed(i32::try_from(more).unwrap());
        let _ = entry::journal(&bodies);
    }

    #[test]
    fn inv_03_batches_in_another_order_or_again_are_refused_or_leave_books_that_close(
        order in prop::collection::vec(any::<Index>(), 1..20),
    ) {
        thread_local!(static BODIES: Vec<Body> = whole_journal());
        let bodies = BODIES.with(Clone::clone);
        let order: Vec<Body> = order.iter().map(|at| at.get(&bodies).clone()).collect();
        let _ = entry::journal(&order);
    }

    #[test]
    fn hostile_bytes_under_a_right_checksum_are_no_batch(entries in 0..4_u32, body: Vec<u8>) {
        let opened = entry::journal(&[(entries, body.clone())]);
        prop_assert!(opened.is_err() || (entries == 0 && body.is_empty()) || entries > 0);
    }

    #[test]
    fn a_spoilt_row_of_the_journal_is_refused(which: Index, spoils in spoils()) {
        thread_local!(static ROWS: Vec<Vec<u8>> = entry::rows_of(&history(u64::MAX).0));
        let mut rows = ROWS.with(Clone::clone);
        let row = &mut rows[which.index(ROWS.with(Vec::len))];
        let whole = row.clone();
        *row = spoilt(whole.clone(), &spoils);
        let is_whole = *row == whole;
        prop_assert_eq!(entry::rows(&rows).is_ok(), is_whole);
    }

    #[test]
    fn a_hostile_row_of_the_archive_is_refused_or_answers(
        which in select(&Archived::ALL[..]),
        nth in 0..40_usize,
        spoils in spoils(),
    ) {
        thread_local!(static FILES: (Ram, Ram) = history(1));
        FILES.with(|(journal, archive)| {
            let _ = entry::archived(journal, archive, which, nth, |row| spoilt(row, &spoils));
        });
    }

    #[test]
    fn hostile_bytes_under_a_right_checksum_are_refused_or_answer(bytes: Vec<u8>) {
        thread_local!(static FILES: (Ram, Ram) = history(1));
        FILES.with(|(journal, archive)| {
            let _ = entry::archived_of(journal, archive, &bytes);
        });
    }
}

proptest! {
    // Whole files: redb reads all of them.
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn hostile_files_are_refused_or_answer(of_journal: bool, spoils in spoils()) {
        thread_local!(static FILES: (Vec<u8>, Vec<u8>) = {
            let (journal, archive) = history(u64::MAX);
            (journal.bytes(), archive.bytes())
        });
        let (mut journal, mut archive) = FILES.with(Clone::clone);
        let file = if of_journal { &mut journal } else { &mut archive };
        *file = spoilt(std::mem::take(file), &spoils);
        let _ = entry::files(&journal, &archive);
    }
}

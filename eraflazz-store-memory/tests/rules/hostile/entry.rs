//! What hostile bytes may do in the files of a store: each function puts them where a file has bytes, under checksums that fit, opens the
//! store, and panics if what opens is not a store whose books close. Called by the properties beside this file and by the fuzz targets of
//! `tests/fuzz`.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use eraflazz_core::ledger::Recount;
use eraflazz_core::ports::{Catalog, Ledger, Members, OrderFilter, Page, Store, Vault, VaultError};
use eraflazz_store_memory::{FolderError, MemoryStore, StoreSettings};
use redb::{Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};
use secrecy::SecretSlice;

const BATCHES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("batches");
const SHELVES: TableDefinition<'_, (u8, &[u8]), &[u8]> = TableDefinition::new("shelves");
const BLOCKS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("blocks");
const TRANSFERS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("transfers");

/// The format number, the count of entries, the size of the body and the checksum before it; its own checksum follows.
const STATED: usize = 14;
/// Nothing here is given more than this, however much it claims.
const BODY_MAX: usize = 1 << 20;

/// What a batch holds: how many entries, and their bytes.
pub(crate) type Body = (u32, Vec<u8>);

/// A journal of these batches, under checksums that fit.
pub(crate) fn journal(bodies: &[Body]) -> Result<(), FolderError> {
    let ram = Ram::default();
    write(&ram, BATCHES, |table| {
        let mut before = 0;
        for (seq, (entries, body)) in (1_u64..).zip(bodies) {
            let row = batch(seq, before, *entries, body);
            before = u32::from_le_bytes(row[STATED..STATED + 4].try_into().unwrap());
            table.insert(seq, row.as_slice()).unwrap();
        }
    });
    opened(&ram, &Ram::default())
}

/// The same, from bytes: of each batch its count of entries in one byte, its size in two, and its body.
pub(crate) fn journal_of(mut bytes: &[u8]) -> Result<(), FolderError> {
    let mut bodies = Vec::new();
    while let Some(([entries, low, high], rest)) = bytes.split_first_chunk::<3>() {
        let size = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (body, rest) = rest.split_at(size);
        bodies.push((u32::from(*entries), body.to_vec()));
        bytes = rest;
    }
    journal(&bodies)
}

/// The bytes that [`journal_of`] reads.
pub(crate) fn bytes_of(bodies: &[Body]) -> Vec<u8> {
    let written = bodies.iter().flat_map(|(entries, body)| {
        let entries = u8::try_from(*entries).unwrap();
        let [low, high] = u16::try_from(body.len()).unwrap().to_le_bytes();
        [&[entries, low, high], body.as_slice()].concat()
    });
    written.collect()
}

/// The row of a batch.
fn batch(seq: u64, before: u32, entries: u32, body: &[u8]) -> Vec<u8> {
    let mut row = 10_u16.to_le_bytes().to_vec();
    row.extend_from_slice(&entries.to_le_bytes());
    row.extend_from_slice(&u32::try_from(body.len()).unwrap().to_le_bytes());
    row.extend_from_slice(&before.to_le_bytes());
    let packed = lz4_flex::block::compress(body);
    let mut sum = crc32fast::Hasher::new();
    sum.update(&seq.to_le_bytes());
    sum.update(&row);
    sum.update(&packed);
    row.extend_from_slice(&sum.finalize().to_le_bytes());
    row.extend_from_slice(&packed);
    row
}

/// A journal whose rows are these, as they are.
pub(crate) fn rows(rows: &[Vec<u8>]) -> Result<(), FolderError> {
    rows_at((1..).zip(rows))
}

/// The same, each in a place of its own.
pub(crate) fn rows_at<'a>(
    rows: impl Iterator<Item = (u64, &'a Vec<u8>)>,
) -> Result<(), FolderError> {
    let ram = Ram::default();
    write(&ram, BATCHES, |table| {
        for (seq, row) in rows {
            table.insert(seq, row.as_slice()).unwrap();
        }
    });
    opened(&ram, &Ram::default())
}

/// Two files that hold these bytes.
pub(crate) fn files(journal: &[u8], archive: &[u8]) -> Result<(), FolderError> {
    opened(&Ram::holding(journal), &Ram::holding(archive))
}

/// The bodies of the batches in the journal, for spoiling.
pub(crate) fn bodies(journal: &Ram) -> Vec<Body> {
    rows_of(journal)
        .iter()
        .map(|row| {
            let word = |at: usize| u32::from_le_bytes(row[at..at + 4].try_into().unwrap());
            let size = usize::try_from(word(6)).unwrap().min(BODY_MAX);
            let body = lz4_flex::block::decompress(&row[STATED + 4..], size).unwrap();
            (word(2), body)
        })
        .collect()
}

/// The rows of the journal.
pub(crate) fn rows_of(journal: &Ram) -> Vec<Vec<u8>> {
    let db = open(&journal.copy());
    let table = db.begin_read().unwrap().open_table(BATCHES).unwrap();
    let rows = table.iter().unwrap();
    rows.map(|row| row.unwrap().1.value().to_vec()).collect()
}

/// Which row of an archive.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Archived {
    /// A row that stays in memory whole.
    Shelf,
    /// Orders and their logs.
    Block,
    /// Transfers.
    Transfers,
}

impl Archived {
    pub(crate) const ALL: [Self; 3] = [Self::Shelf, Self::Block, Self::Transfers];
}

/// The two files with a row of the archive that holds hostile bytes: the first byte says of which kind, the second which of them, the rest is what
/// lies in it. With no rest it is as it was.
pub(crate) fn archived_of(journal: &Ram, archive: &Ram, bytes: &[u8]) -> Result<(), FolderError> {
    let (place, body) = bytes.split_at(bytes.len().min(2));
    let at = |n: usize| usize::from(place.get(n).copied().unwrap_or_default());
    let which = Archived::ALL[at(0) % Archived::ALL.len()];
    archived(journal, archive, which, at(1), |row| {
        if body.is_empty() { row } else { body.to_vec() }
    })
}

/// The two files with the `nth` row of its kind in the archive passed through `spoil`, under a checksum that fits.
pub(crate) fn archived(
    journal: &Ram,
    archive: &Ram,
    which: Archived,
    nth: usize,
    spoil: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Result<(), FolderError> {
    let archive = archive.copy();
    match which {
        Archived::Shelf => write(&archive, SHELVES, |table| {
            let rows = table.iter().unwrap().map(Result::unwrap);
            let keys: Vec<(u8, Vec<u8>)> = rows
                .map(|(key, _)| {
                    let (shelf, key) = key.value();
                    (shelf, key.to_vec())
                })
                .collect();
            let (shelf, key) = &keys[nth % keys.len()];
            let mut whole = vec![*shelf];
            whole.extend_from_slice(key);
            let place = (*shelf, key.as_slice());
            let value = table.get(place).unwrap().unwrap().value()[4..].to_vec();
            let sealed = seal("shelves", &whole, &spoil(value));
            table.insert(place, sealed.as_slice()).unwrap();
        }),
        Archived::Block => write(&archive, BLOCKS, |table| {
            let last = table.last().unwrap().unwrap().0.value();
            let key = u32::try_from(nth).unwrap() % (last + 1);
            let Some(row) = table.get(key).unwrap().map(|row| row.value().to_vec()) else {
                return;
            };
            let row = repack("blocks", &key.to_be_bytes(), &row, spoil);
            table.insert(key, row.as_slice()).unwrap();
        }),
        Archived::Transfers => write(&archive, TRANSFERS, |table| {
            let firsts: Vec<u64> = table
                .iter()
                .unwrap()
                .map(|row| row.unwrap().0.value())
                .collect();
            let key = firsts[nth % firsts.len()];
            let row = table.get(key).unwrap().unwrap().value().to_vec();
            let row = repack("transfers", &key.to_be_bytes(), &row, spoil);
            table.insert(key, row.as_slice()).unwrap();
        }),
    }
    opened(&journal.copy(), &archive)
}

fn repack(
    table: &str,
    key: &[u8],
    packed: &[u8],
    spoil: impl FnOnce(Vec<u8>) -> Vec<u8>,
) -> Vec<u8> {
    let plain = lz4_flex::block::decompress_size_prepended(&packed[4..]).unwrap();
    seal(
        table,
        key,
        &lz4_flex::block::compress_prepend_size(&spoil(plain)),
    )
}

fn seal(table: &str, key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut sum = crc32fast::Hasher::new();
    sum.update(table.as_bytes());
    sum.update(key);
    sum.update(bytes);
    [&sum.finalize().to_le_bytes(), bytes].concat()
}

/// Opens what lies there. An error says what is wrong; a store answers whatever it is asked, and if it opens by its journal alone its books
/// close, because every batch went through the rules again.
fn opened(journal: &Ram, archive: &Ram) -> Result<(), FolderError> {
    let by_journal_alone = archive.is_empty();
    let settings = StoreSettings::default();
    let opened = MemoryStore::open_on(journal.clone(), archive.clone(), Arc::new(Plain), settings);
    match opened {
        Ok(store) => {
            ask_everything(&store, by_journal_alone);
            Ok(())
        }
        Err(error) => {
            let told = error.to_string();
            assert!(told.len() < 1_000, "{told}");
            assert!(
                told.contains("journal.redb") || told.contains("archive.redb"),
                "it does not name the file: {told}"
            );
            Err(error)
        }
    }
}

fn ask_everything(store: &MemoryStore, books_close: bool) {
    let page = Page::first(Page::MAX);
    let _ = now(store.depth());
    let _ = now(store.snapshot());
    let _ = now(store.supplier_funds());
    let _ = now(store.open_cases(&page));
    let _ = now(store.due(eraflazz_core::time::Timestamp::from_micros(i64::MAX), 1_000));
    if let Ok(members) = now(store.members()) {
        for member in members.iter().take(100) {
            let _ = now(store.mutations(member.id, &page));
            let orders = now(store.orders_of(member.id, &OrderFilter::default(), &page));
            for order in orders.unwrap_or_default() {
                let _ = now(store.log(order.id.into()));
                let _ = now(store.orders(&[order.id]));
            }
        }
    }
    let mut recount = Recount::default();
    if let Ok(rows) = now(store.transfers(0, 10_000)) {
        recount.add(&rows);
    }
    let kept = now(store.trial_balance(recount.rows(), 10_000));
    if books_close {
        let kept = kept.unwrap().unwrap();
        recount.add(&kept.rows);
        let differences = recount.differences(&kept);
        assert!(differences.is_empty(), "INV-3: {differences:?}");
        for wallet in now(store.wallets()).unwrap() {
            assert!(
                wallet.held >= eraflazz_core::money::Money::ZERO,
                "INV-4: {wallet:?}"
            );
        }
    }
}

fn now<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a store over plain storage waited"),
    }
}

fn open(ram: &Ram) -> Database {
    Database::builder()
        .create_with_backend(ram.clone())
        .unwrap()
}

fn write<K: redb::Key + 'static, V: redb::Value + 'static>(
    ram: &Ram,
    table: TableDefinition<'_, K, V>,
    act: impl FnOnce(&mut redb::Table<'_, K, V>),
) {
    let db = open(ram);
    let transaction = db.begin_write().unwrap();
    act(&mut transaction.open_table(table).unwrap());
    transaction.commit().unwrap();
}

/// A file that is not one. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ram(Arc<Mutex<Vec<u8>>>);

impl Ram {
    pub(crate) fn holding(bytes: &[u8]) -> Self {
        Self(Arc::new(Mutex::new(bytes.to_vec())))
    }

    /// Another one with the same in it.
    pub(crate) fn copy(&self) -> Self {
        Self::holding(&self.lock())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.lock().clone()
    }

    fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap()
    }
}

impl StorageBackend for Ram {
    fn len(&self) -> io::Result<u64> {
        Ok(self.lock().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.lock();
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let to = from.checked_add(out.len());
        let found = to.and_then(|to| bytes.get(from..to));
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > 1 << 30 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.lock().resize(len, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut bytes = self.lock();
        let from = usize::try_from(offset).map_err(io::Error::other)?;
        let to = from + data.len();
        if bytes.len() < to {
            bytes.resize(to, 0);
        }
        bytes[from..to].copy_from_slice(data);
        Ok(())
    }
}

/// A vault that seals nothing: what is sealed is not what is looked at here.
#[derive(Debug)]
pub(crate) struct Plain;

impl Vault for Plain {
    fn seal(&self, _: &str, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        Ok(plain.to_vec())
    }

    fn open(&self, _: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, VaultError> {
        Ok(sealed.to_vec().into())
    }
}

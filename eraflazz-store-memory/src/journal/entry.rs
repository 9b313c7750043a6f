//! What a batch is made of: one entry for each thing that was accepted.

use std::borrow::Cow;

use eraflazz_core::catalog::CatalogChange;
use eraflazz_core::ids::{InboxId, MemberId};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::member::Member;
use eraflazz_core::ports::{InboxRow, InboxState};
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};

use super::batch::{BODY_MAX, Damage};
use super::delta::Unit;
use super::sealed::{SealedEndpoint, SealedKey};

/// Something that was accepted, as it was asked for. Reading it back means doing it again: balances and indexes are not written.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Entry<'a> {
    /// A unit of a commit.
    Unit(Box<Unit<'a>>),
    /// A callback that came.
    Inbox(Cow<'a, InboxRow>),
    /// A callback set aside.
    InboxAside(InboxId, InboxState),
    /// Changes of the catalog, made together.
    Catalog(Cow<'a, [CatalogChange]>),
    /// A member created or replaced.
    Member(Cow<'a, Member>),
    /// A key created or replaced.
    Key(SealedKey),
    /// An endpoint created or replaced.
    Endpoint(SealedEndpoint),
    /// An endpoint removed.
    NoEndpoint(MemberId),
    /// An inquiry that was answered.
    Inquiry(Cow<'a, Inquiry>),
}

/// Entries, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    entries: u32,
    /// Set for good once an entry could not be written: then none of them is.
    broken: bool,
}

impl Body {
    /// Adds an entry.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) {
        let written = postcard::serialize_with_flavor(entry, Onto(&mut self.bytes));
        self.broken |= written.is_err();
        self.entries += 1;
    }

    /// Where it ends now, to come back to with [`Self::back_to`].
    pub(crate) const fn end(&self) -> (usize, u32) {
        (self.bytes.len(), self.entries)
    }

    /// Forgets what was added since.
    pub(crate) fn back_to(&mut self, (end, entries): (usize, u32)) {
        self.bytes.truncate(end);
        self.entries = entries;
    }

    /// How many bytes it has so far.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) const fn entries(&self) -> u32 {
        self.entries
    }

    /// All of it, or why it cannot be kept.
    pub(crate) fn bytes(&self) -> Result<&[u8], &'static str> {
        if self.broken {
            Err("an entry has no binary form; nothing was written")
        } else if self.bytes.len() > BODY_MAX {
            Err(
                "more was asked for at once than a batch of the journal may hold; nothing was written",
            )
        } else {
            Ok(&self.bytes)
        }
    }
}

/// The entries in `body`, of which there must be exactly `count`.
pub(crate) fn entries(
    count: u32,
    mut body: &[u8],
) -> impl Iterator<Item = Result<Entry<'static>, Damage>> {
    let mut left = count;
    std::iter::from_fn(move || {
        if left == 0 {
            let rest = std::mem::take(&mut body);
            return (!rest.is_empty()).then_some(Err(Damage::Entries));
        }
        left -= 1;
        if let Ok((entry, rest)) = postcard::take_from_bytes(body) {
            body = rest;
            Some(Ok(entry))
        } else {
            (left, body) = (0, &[]);
            Some(Err(Damage::Entries))
        }
    })
}

/// Bytes go to the end of a buffer.
struct Onto<'a>(&'a mut Vec<u8>);

impl Flavor for Onto<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn aside(n: u128) -> Entry<'static> {
        Entry::InboxAside(InboxId(Uuid::from_u128(n)), InboxState::Orphan)
    }

    fn read(count: u32, bytes: &[u8]) -> Result<usize, Damage> {
        entries(count, bytes).map(|entry| entry.map(|_| 1)).sum()
    }

    #[test]
    fn entries_are_counted_and_nothing_follows_them() {
        let mut body = Body::default();
        for n in 0..3 {
            body.push(&aside(n));
        }
        let bytes = body.bytes().unwrap();
        assert_eq!(read(3, bytes), Ok(3));
        assert_eq!(read(2, bytes), Err(Damage::Entries));
        assert_eq!(read(4, bytes), Err(Damage::Entries));
        for len in 0..bytes.len() {
            assert_eq!(read(3, &bytes[..len]), Err(Damage::Entries), "{len}");
        }
    }

    #[test]
    fn what_was_refused_leaves_the_body() {
        let mut body = Body::default();
        body.push(&aside(1));
        let end = body.end();
        body.push(&aside(3));
        body.back_to(end);
        body.push(&aside(2));
        assert_eq!((body.entries(), read(2, body.bytes().unwrap())), (2, Ok(2)));
    }
}

//! Orders by the serial numbers that they brought.

use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use eraflazz_core::ids::{OrderId, SupplierId};
use eraflazz_core::text::Sn;

use super::Map;

/// Finds orders by a hash of the supplier and the serial number: what is found may carry another number and is compared by whoever asks. A
/// number is rarely seen twice, so the first order that has it needs no list.
#[derive(Debug, Default)]
pub(crate) struct Serials(Map<u64, Carriers>);

#[derive(Debug)]
enum Carriers {
    One(OrderId),
    Several(Vec<OrderId>),
}

impl Carriers {
    fn ids(&self) -> &[OrderId] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Several(ids) => ids,
        }
    }
}

impl Serials {
    pub(super) fn insert(&mut self, supplier: SupplierId, sn: &Sn, id: OrderId) {
        match self.0.entry(hash(supplier, sn)) {
            Entry::Vacant(free) => {
                free.insert(Carriers::One(id));
            }
            Entry::Occupied(mut known) => {
                let ids = known.get().ids();
                if !ids.contains(&id) {
                    let ids = ids.iter().copied().chain([id]).collect();
                    known.insert(Carriers::Several(ids));
                }
            }
        }
    }

    pub(super) fn remove(&mut self, supplier: SupplierId, sn: &Sn, id: OrderId) {
        let Entry::Occupied(mut known) = self.0.entry(hash(supplier, sn)) else {
            return;
        };
        let ids = known.get().ids().iter().copied();
        let rest: Vec<OrderId> = ids.filter(|known| *known != id).collect();
        if rest.is_empty() {
            known.remove();
        } else {
            known.insert(Carriers::Several(rest));
        }
    }

    /// Orders that may carry this number.
    pub(crate) fn candidates(&self, supplier: SupplierId, sn: &Sn) -> &[OrderId] {
        self.0
            .get(&hash(supplier, sn))
            .map_or(&[], |known| known.ids())
    }
}

fn hash(supplier: SupplierId, sn: &Sn) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((supplier, sn))
}

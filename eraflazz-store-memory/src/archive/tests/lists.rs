//! Pages of long lists.

use redb::backends::InMemoryBackend;

use super::world::{World, member};
use crate::archive::Archive;

#[test]
fn a_page_deep_in_a_long_list_is_the_one_that_was_asked_for() {
    let archive = Archive::open_on(InMemoryBackend::new(), 1 << 20).unwrap();
    let mut world = World::new(11);
    for _ in 0..4 {
        world.live(2_200);
        archive.checkpoint(world.checkpoint()).unwrap();
    }
    let newest_first: Vec<_> = world
        .born
        .iter()
        .rev()
        .filter(|id| world.orders[id].order.member == member(1))
        .collect();
    assert!(newest_first.len() > 1_100, "the list has several rows");
    for (skip, limit) in [
        (0, 5),
        (511, 3),
        (512, 3),
        (513, 3),
        (1_023, 4),
        (1_024, 200),
    ] {
        let page: Vec<_> = archive
            .look()
            .unwrap()
            .orders_of(member(1), skip, None, None)
            .unwrap()
            .take(limit)
            .map(|order| order.unwrap().id)
            .collect();
        let expected: Vec<_> = newest_first
            .iter()
            .skip(skip)
            .take(limit)
            .map(|id| **id)
            .collect();
        assert_eq!(page, expected);
        let Some(last) = skip.checked_sub(1) else {
            continue;
        };
        let last = Some(*newest_first[last]);
        let turned = archive.look().unwrap();
        let turned = turned.orders_of(member(1), 0, None, last).unwrap();
        let turned: Vec<_> = turned.take(limit).map(|order| order.unwrap().id).collect();
        assert_eq!(turned, expected, "the same page, by the order before it");
    }
}

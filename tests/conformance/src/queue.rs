//! The suite for queues: a bell that is prompt and loses nothing by itself.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use eraflazz_core::ids::OrderId;
use eraflazz_core::ports::{Due, Queue};
use eraflazz_core::time::Timestamp;
use tokio::time::timeout;

/// All cases for a queue. Takes a function that gives a fresh, empty `Arc<dyn Queue>` each time it is called and awaited. The queue must
/// have room for a thousand items.
#[macro_export]
macro_rules! queue_suite {
    ($fresh:expr) => {
        $crate::cases! { $fresh;
            queue::bell:
                what_is_pushed_is_taken
                take_takes_no_more_than_asked
                a_push_wakes_who_waits
                every_waiter_is_woken_when_there_is_work_for_all
                the_same_item_may_wait_twice
                a_dropped_take_loses_nothing
                ack_may_be_repeated
                pushing_nothing_is_nothing;
        }
    };
}

/// Long enough for any machine; no case that passes waits for it.
const PROMPT: Duration = Duration::from_secs(20);

fn items(count: u8) -> Vec<Due> {
    (0..count)
        .map(|number| Due::Order(OrderId::mint(Timestamp::from_millis(1), &[number; 10])))
        .collect()
}

/// Takes until `count` items are there.
async fn drain(queue: &dyn Queue, count: usize) -> Vec<Due> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let some = timeout(PROMPT, queue.take(count)).await.unwrap();
        assert!(!some.is_empty(), "take waits until there is work");
        taken.extend(some);
    }
    taken.sort();
    taken
}

/// Lets a take reach the queue; whether it waits there.
async fn is_waiting<T>(taking: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) -> bool {
    poll_fn(|context| Poll::Ready(taking.as_mut().poll(context).is_pending())).await
}

/// The cases.
pub mod bell {
    use super::{Arc, Due, PROMPT, Poll, Queue, drain, is_waiting, items, poll_fn, timeout};

    /// All of it, and the depth says how much there is.
    pub async fn what_is_pushed_is_taken(queue: Arc<dyn Queue>) {
        assert_eq!(queue.depth().await, 0);
        let mut pushed = items(9);
        queue.push(&pushed).await;
        assert_eq!(queue.depth().await, 9);
        pushed.sort();
        assert_eq!(drain(&*queue, 9).await, pushed);
        assert_eq!(queue.depth().await, 0);
    }

    /// At most `max`, at least one.
    pub async fn take_takes_no_more_than_asked(queue: Arc<dyn Queue>) {
        queue.push(&items(9)).await;
        let mut left = 9;
        while left > 0 {
            let taken = timeout(PROMPT, queue.take(4)).await.unwrap();
            assert!((1..=4).contains(&taken.len()), "took {}", taken.len());
            left -= taken.len();
        }
    }

    /// Who waits on an empty queue gets what comes.
    pub async fn a_push_wakes_who_waits(queue: Arc<dyn Queue>) {
        let mut waiting = queue.take(10);
        assert!(is_waiting(&mut waiting).await, "an empty queue has nothing");
        queue.push(&items(1)).await;
        let taken = timeout(PROMPT, waiting).await.unwrap();
        assert_eq!(taken, items(1));
    }

    /// Eight waiters, eight items pushed at once: nobody sleeps on.
    pub async fn every_waiter_is_woken_when_there_is_work_for_all(queue: Arc<dyn Queue>) {
        let mut waiters: Vec<_> = (0..8).map(|_| queue.take(1)).collect();
        for waiting in &mut waiters {
            assert!(is_waiting(waiting).await, "an empty queue has nothing");
        }
        queue.push(&items(8)).await;
        let mut all = Vec::new();
        let everybody = poll_fn(|context| {
            waiters.retain_mut(|waiting| match waiting.as_mut().poll(context) {
                Poll::Ready(taken) => {
                    all.extend(taken);
                    false
                }
                Poll::Pending => true,
            });
            if waiters.is_empty() {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        });
        // Polled together, yet woken one by one: it ends only if each wakes the next.
        timeout(PROMPT, everybody).await.unwrap();
        all.sort();
        assert_eq!(all, items(8));
    }

    /// A double bell is harmless, so a queue may keep both or one.
    pub async fn the_same_item_may_wait_twice(queue: Arc<dyn Queue>) {
        let item = items(1);
        queue.push(&item).await;
        queue.push(&item).await;
        let taken = timeout(PROMPT, queue.take(10)).await.unwrap();
        assert!(taken.iter().all(|due| item.contains(due)) && !taken.is_empty());
    }

    /// Takes that are given up leave everything to the next one.
    pub async fn a_dropped_take_loses_nothing(queue: Arc<dyn Queue>) {
        for _given_up in 0..100 {
            let mut taking = queue.take(10);
            assert!(is_waiting(&mut taking).await, "an empty queue has nothing");
        }
        queue.push(&items(9)).await;
        assert_eq!(drain(&*queue, 9).await.len(), 9);
    }

    /// Also for what was never taken.
    pub async fn ack_may_be_repeated(queue: Arc<dyn Queue>) {
        queue.push(&items(2)).await;
        let taken = drain(&*queue, 2).await;
        for _repeated in 0..2 {
            queue.ack(&taken).await;
        }
        queue.ack(&items(9)).await;
        let none: [Due; 0] = [];
        queue.ack(&none).await;
        assert_eq!(queue.depth().await, 0);
    }

    /// An empty push wakes nobody for nothing.
    pub async fn pushing_nothing_is_nothing(queue: Arc<dyn Queue>) {
        queue.push(&[]).await;
        assert_eq!(queue.depth().await, 0);
        let item = items(1);
        queue.push(&item).await;
        assert_eq!(drain(&*queue, 1).await, item);
    }
}

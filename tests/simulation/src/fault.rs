//! Everything that can go wrong, by name; how often each does in this world, and how often it did.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::chance::Chance;

macro_rules! faults {
    ($(#[doc = $doc:literal] $name:ident = $word:literal,)+) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Fault { $(#[doc = $doc] $name,)+ }

        impl Fault {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// Its name in figures and stories.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }

            /// What happens, in a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $doc.trim_ascii(),)+ }
            }
        }
    };
}

faults! {
    /// The process dies about to commit.
    CrashBeforeCommit = "crash_before_commit",
    /// The process dies once its commit is there, before it hears of it.
    CrashAfterCommit = "crash_after_commit",
    /// The process dies with the intent committed, before the first byte.
    CrashBeforeSend = "crash_before_send",
    /// The process dies while the supplier works on its request.
    CrashDuringSend = "crash_during_send",
    /// The process dies with a status question under way.
    CrashDuringAsk = "crash_during_ask",
    /// The process dies when a member was told, before that is written down.
    CrashAfterWebhook = "crash_after_webhook",
    /// The process freezes for minutes, another takes its place, then it goes on beside the other.
    ProcessDoubled = "process_doubled",
    /// A worker is held up between its intent and the call until its lease is (half) over.
    WorkerPaused = "worker_paused",
    /// The host's clock jumps ahead.
    ClockJumpsAhead = "clock_jumps_ahead",
    /// The host's clock is set back; the engine's stands still until the host has caught up.
    ClockSetBack = "clock_set_back",
    /// The store is out of reach of a commit: nothing was written.
    CommitRefused = "commit_refused",
    /// A commit gets lost and nobody knows.
    CommitLost = "commit_lost",
    /// A commit is made and its acknowledgement lost.
    CommitUnacknowledged = "commit_unacknowledged",
    /// A commit takes seconds to begin.
    CommitDelayed = "commit_delayed",
    /// A commit is acknowledged seconds late.
    CommitAcknowledgedLate = "commit_acknowledged_late",
    /// A read of the store fails.
    ReadFails = "read_fails",
    /// A read of the store is answered with what was true seconds ago.
    ReadSlow = "read_slow",
    /// A callback cannot be stored.
    InboxFails = "inbox_fails",
    /// The bell loses what it carries.
    QueueEmptied = "queue_emptied",
    /// The bell rings several times for everything.
    QueueDoubled = "queue_doubled",
    /// The connection to a supplier is never made.
    ConnectFails = "connect_fails",
    /// A request gets lost on its way.
    RequestLost = "request_lost",
    /// A request arrives after its sender has given up.
    RequestLate = "request_late",
    /// A reply gets lost.
    ReplyLost = "reply_lost",
    /// A reply comes at the last moment, or just after it.
    ReplyLate = "reply_late",
    /// A reply cannot be understood.
    ReplyGarbled = "reply_garbled",
    /// A reply names the reference of another purchase.
    ReplyWrongRef = "reply_wrong_ref",
    /// A reply names another destination.
    ReplyWrongTarget = "reply_wrong_target",
    /// A reply names another product.
    ReplyWrongProduct = "reply_wrong_product",
    /// A reply says two things that contradict each other.
    ReplySaysBoth = "reply_says_both",
    /// A reply says the same twice.
    ReplyDoubled = "reply_doubled",
    /// A reply is older than what was said before: still in process.
    ReplyReordered = "reply_reordered",
    /// The adapter panics.
    AdapterPanics = "adapter_panics",
    /// The adapter never returns.
    AdapterHangs = "adapter_hangs",
    /// A list shows a purchase under two ids.
    ListShowsTwo = "list_shows_two",
    /// A list shows an older purchase of the same goods, which nobody here made.
    ListShowsOlder = "list_shows_older",
    /// A callback gets lost.
    CallbackLost = "callback_lost",
    /// A callback comes hours late.
    CallbackLate = "callback_late",
    /// A callback comes several times.
    CallbackDoubled = "callback_doubled",
    /// An old callback comes after a newer one.
    CallbackReordered = "callback_reordered",
    /// A callback comes before the reply.
    CallbackBeforeReply = "callback_before_reply",
    /// A callback names another order.
    CallbackWrongRef = "callback_wrong_ref",
    /// A callback of a stranger.
    CallbackForged = "callback_forged",
    /// Reading a callback panics.
    CallbackPoisonous = "callback_poisonous",
    /// A delivered order is said to have failed.
    VerdictContradicted = "verdict_contradicted",
    /// What failed is delivered after all.
    LateSuccess = "late_success",
    /// What was delivered is taken back.
    LateReversal = "late_reversal",
    /// A failure by a code that may still turn.
    DoubtfulFailure = "doubtful_failure",
    /// More is billed than was agreed.
    PriceRaised = "price_raised",
    /// What is billed cannot be read.
    PriceUnreadable = "price_unreadable",
    /// A delivery without its serial number.
    SnEmpty = "sn_empty",
    /// A serial number that another delivery had.
    SnRepeated = "sn_repeated",
    /// Our deposit there is used up, it says.
    SupplierOutOfFunds = "supplier_out_of_funds",
    /// The product is closed there.
    SupplierClosed = "supplier_closed",
    /// It is in its cut-off.
    SupplierCutOff = "supplier_cut_off",
    /// The seller has no stock.
    SupplierOutOfStock = "supplier_out_of_stock",
    /// Too many calls, it says.
    SupplierRateLimits = "supplier_rate_limits",
    /// It thinks it has done this already.
    SupplierSaysDuplicate = "supplier_says_duplicate",
    /// It does not know the transaction.
    SupplierForgets = "supplier_forgets",
    /// The whole supplier does not answer for a while.
    SupplierDown = "supplier_down",
    /// A member sends the same order twice at once.
    MemberRepeats = "member_repeats",
    /// A member uses a reference again for something else.
    MemberReusesRef = "member_reuses_ref",
    /// A member's endpoint answers with an error.
    EndpointFails = "endpoint_fails",
    /// A member's endpoint never answers.
    EndpointHangs = "endpoint_hangs",
    /// An operator clicks twice.
    OperatorRepeats = "operator_repeats",
    /// People at two desks give back most of what a member paid, at once.
    OperatorsRefund = "operators_refund",
    /// A supplier is switched off during the sale, and on again.
    CatalogEdited = "catalog_edited",
    /// The power goes: what was not synced is lost, torn or out of order.
    StorageTorn = "storage_torn",
    /// A write to the disk fails.
    StorageFails = "storage_fails",
    /// The disk is full.
    StorageFull = "storage_full",
}

const COUNT: usize = Fault::ALL.len();

/// How often each kind strikes in one world, and how often it did.
#[derive(Debug)]
pub struct Faults {
    rates: [u32; COUNT],
    fired: [AtomicU64; COUNT],
    armed: [AtomicBool; COUNT],
    over: AtomicBool,
    chance: Chance,
}

impl Faults {
    /// Faults at these rates, in parts of a million chances each.
    pub const fn new(rates: [u32; COUNT], chance: Chance) -> Self {
        Self {
            rates,
            fired: [const { AtomicU64::new(0) }; COUNT],
            armed: [const { AtomicBool::new(false) }; COUNT],
            over: AtomicBool::new(false),
            chance,
        }
    }

    /// A world's own mix: about half of the kinds, each at a rate of its own.
    pub fn mix(chance: &Chance) -> [u32; COUNT] {
        let mut rates = [0; COUNT];
        let share = u32::try_from(chance.between(0, 100)).unwrap_or(50);
        for (rate, fault) in rates.iter_mut().zip(Fault::ALL) {
            let often = [300, 3_000, 20_000, 60_000];
            let drawn = *chance.pick(&often);
            if chance.percent(share) {
                *rate = fault.scaled(drawn);
            }
        }
        rates
    }

    /// Whether the fault strikes now. Counts it if it does.
    pub fn strike(&self, fault: Fault) -> bool {
        let strikes = self.is_drawn(fault);
        if strikes {
            self.count(fault);
        }
        strikes
    }

    /// Whether the fault is drawn now, to strike later.
    pub fn is_drawn(&self, fault: Fault) -> bool {
        if self.are_over() {
            return false;
        }
        let rate = self.rates[fault as usize];
        self.armed[fault as usize].swap(false, Ordering::Relaxed)
            || (rate > 0 && self.chance.happens(rate))
    }

    /// The next time that it can strike, it does.
    pub fn arm(&self, fault: Fault) {
        self.armed[fault as usize].store(true, Ordering::Relaxed);
    }

    /// The fault struck.
    pub fn count(&self, fault: Fault) {
        self.fired[fault as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// From now on nothing goes wrong any more.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Whether nothing goes wrong any more.
    pub fn are_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// How often each kind struck.
    pub fn fired(&self) -> [u64; COUNT] {
        std::array::from_fn(|place| self.fired[place].load(Ordering::Relaxed))
    }
}

impl Fault {
    /// The rate of this kind where the usual one is `drawn`: what stops a whole process or supplier is rarer, and what is drawn once for the
    /// life of a process is more common.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are as common as each other"
    )]
    const fn scaled(self, drawn: u32) -> u32 {
        match self {
            Self::CrashBeforeCommit
            | Self::CrashAfterCommit
            | Self::CrashBeforeSend
            | Self::CrashDuringSend
            | Self::CrashDuringAsk
            | Self::CrashAfterWebhook
            | Self::ProcessDoubled => drawn / 30,
            Self::SupplierDown => drawn / 60,
            Self::AdapterHangs | Self::WorkerPaused => drawn / 3,
            // Few processes die over a disk, and few purchases must be looked for in a list.
            Self::StorageTorn
            | Self::StorageFails
            | Self::StorageFull
            | Self::ListShowsTwo
            | Self::ListShowsOlder => drawn * 15,
            Self::ClockJumpsAhead
            | Self::ClockSetBack
            | Self::CatalogEdited
            | Self::OperatorsRefund => drawn * 5,
            Self::LateSuccess => drawn * 10,
            Self::LateReversal => drawn * 3,
            _ => drawn,
        }
    }
}

//! Random histories on the engine and on the reference agree in every state and every balance (money-safety section 13, INV-1 to INV-25 as far as
//! the outside sees them). The engine runs on a disk, so that a death is a replay of its journal.

mod reference;

use std::time::Duration;

use end_to_end::{Say, Script, Setup, World, dedicated, rp, secs};
use eraflazz_core::engine::{MoneyMove, OperationError, SubmitError};
use eraflazz_core::ids::{BankId, MemberId, SupplierId};
use eraflazz_core::ledger::Account;
use eraflazz_core::order::{Aggregate, PublicStatus, RefundAsked, Resolution, Ruling};
use eraflazz_core::ports::{Ledger, Store};
use eraflazz_core::supplier::{Formed, Reason};
use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use tokio::runtime::Runtime;

use self::reference::{ASKING, Act, Books, SELL, STEP, Sale, Stage, Word};

const OPENING: i64 = 60_000;
const FLOAT: i64 = 100_000_000;

impl ReferenceStateMachine for Books {
    type State = Self;
    type Transition = Act;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self::with(OPENING)).boxed()
    }

    fn transitions(state: &Self) -> BoxedStrategy<Act> {
        let words = [
            Word::Delivered,
            Word::Elsewhere,
            Word::End,
            Word::FailedElsewhere,
            Word::FailedEnd,
            Word::Doubtful,
            Word::Pending,
            Word::Silent,
        ];
        let word = || prop::sample::select(words.to_vec());
        let submit = (0..2_usize, 0..12_u8, 0..4_u8, word(), word()).prop_map(
            |(member, name, to, first, second)| Act::Submit {
                member,
                name,
                to,
                words: [first, second],
            },
        );
        let deposit = (0..2_usize, 0..4_u8, 1..3_i64).prop_map(|(member, name, n)| Act::Deposit {
            member,
            name,
            amount: n * 15_000,
        });
        let pass = (1..40_i64).prop_map(|minutes| Act::Pass { minutes });
        if state.sales.is_empty() {
            return submit.boxed();
        }
        let order = || 0..state.sales.len();
        let reported = prop::sample::select(words[..7].to_vec());
        let report =
            (order(), 0..2_usize, reported).prop_map(|(order, attempt, word)| Act::Report {
                order,
                attempt,
                word,
            });
        let answers = vec![
            Word::Delivered,
            Word::Elsewhere,
            Word::FailedElsewhere,
            Word::FailedEnd,
            Word::Pending,
        ];
        let ask = (order(), prop::sample::select(answers))
            .prop_map(|(order, word)| Act::Ask { order, word });
        let truths = vec![Word::Delivered, Word::FailedEnd, Word::Silent];
        let reverse = (order(), prop::sample::select(truths))
            .prop_map(|(order, truth)| Act::Reverse { order, truth });
        let rule =
            (order(), any::<bool>()).prop_map(|(order, delivered)| Act::Rule { order, delivered });
        let amounts = prop::sample::select(vec![0, 1, SELL / 5 * 3, SELL, SELL + 1]);
        let refund = (order(), 0..3_u8, amounts).prop_map(|(order, name, amount)| Act::Refund {
            order,
            name,
            amount,
        });
        prop_oneof![
            3 => refund,
            6 => submit,
            8 => report,
            2 => ask,
            3 => reverse,
            3 => rule,
            1 => deposit,
            1 => pass,
            1 => Just(Act::Die),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, act: &Act) -> bool {
        state.covers(act)
    }

    fn apply(mut state: Self, act: &Act) -> Self {
        state.act(act);
        state
    }
}

/// The engine, its suppliers and their clock.
struct House {
    runtime: Runtime,
    world: World,
}

const fn say(word: Word) -> Say {
    match word {
        Word::Delivered => Say::Delivered,
        Word::Elsewhere => Say::Refused(Formed::No, Reason::Duplicate),
        Word::End => Say::Refused(Formed::No, Reason::BadDestination),
        Word::FailedElsewhere => Say::Refused(Formed::Yes, Reason::Duplicate),
        Word::FailedEnd => Say::Refused(Formed::Yes, Reason::BadDestination),
        Word::Doubtful => Say::Refused(Formed::Doubtful, Reason::Duplicate),
        Word::Pending => Say::Pending,
        Word::Silent => Say::Unclear(Reason::Timeout),
    }
}

/// Member 1 never buys twice for one number.
fn number(member: usize, name: u8, to: u8) -> String {
    match member {
        0 => format!("08123456{to:04}"),
        _ => format!("08570{name:03}{to:04}"),
    }
}

fn seconds(n: i64) -> Duration {
    secs(n.try_into().unwrap())
}

impl House {
    fn member(&self, n: usize) -> MemberId {
        [self.world.shop, self.world.h2h][n]
    }

    async fn order(world: &World, members: [MemberId; 2], sale: &Sale) -> Aggregate {
        let name = format!("N-{}", sale.name).parse().unwrap();
        let found = world.store().by_ref(members[sale.member], &name).await;
        found.unwrap().unwrap()
    }

    async fn act(world: &mut World, books: &Books, act: &Act) {
        let members = [world.shop, world.h2h];
        match *act {
            Act::Submit {
                member,
                name,
                to,
                words,
            } => Self::submit(world, books, (member, name, to), words).await,
            Act::Report {
                order,
                attempt,
                word,
            } => {
                let agg = Self::order(world, members, &books.sales[order]).await;
                world.call_back(&agg.order, attempt, say(word)).await;
            }
            Act::Ask { order, word } => {
                let agg = Self::order(world, members, &books.sales[order]).await;
                let open = agg.attempts.last().unwrap();
                let supplier = world.supplier(open.supplier.index());
                supplier.turn(&open.supplier_ref, say(word));
                world.pass(seconds(ASKING)).await;
                let supplier = world.supplier(open.supplier.index());
                supplier.turn(&open.supplier_ref, say(Word::Silent));
            }
            Act::Reverse { order, truth } => {
                let agg = Self::order(world, members, &books.sales[order]).await;
                let by = agg.order.delivery.as_ref().unwrap().attempt;
                let place = usize::from(by.0) - 1;
                let attempt = &agg.attempts[place];
                world
                    .call_back(&agg.order, place, say(Word::FailedElsewhere))
                    .await;
                let supplier = world.supplier(attempt.supplier.index());
                supplier.turn(&attempt.supplier_ref, say(truth));
                world.pass(seconds(ASKING)).await;
                supplier.turn(&attempt.supplier_ref, say(Word::Silent));
            }
            Act::Rule { order, delivered } => {
                let agg = Self::order(world, members, &books.sales[order]).await;
                Self::rule(world, &agg, delivered).await;
            }
            Act::Refund {
                order,
                name,
                amount,
            } => {
                let agg = Self::order(world, members, &books.sales[order]).await;
                let asked = RefundAsked {
                    reference: format!("cs-{name}").parse().unwrap(),
                    amount: rp(amount),
                    note: "goodwill".into(),
                };
                // What is refused changes nothing: that is what the comparison sees.
                let by = "siti".parse().unwrap();
                let _ = world.engine.refund(agg.order.id, asked, by).await;
            }
            Act::Deposit {
                member,
                name,
                amount,
            } => {
                let money = MoneyMove {
                    source: "bca".into(),
                    reference: format!("line {member} {name}"),
                    amount: rp(amount),
                    by: "owner".parse().unwrap(),
                };
                // The same line with another amount is refused and changes nothing.
                let _ = world
                    .engine
                    .deposit(members[member], BankId(0), money)
                    .await;
            }
            Act::Pass { minutes } => world.pass(seconds(minutes * 60)).await,
            Act::Die => {
                world.life.end();
                world.restart();
                world.engine.ready().await;
            }
        }
        world.pass(seconds(STEP)).await;
    }

    async fn submit(
        world: &World,
        books: &Books,
        (member, name, to): (usize, u8, u8),
        words: [Word; 2],
    ) {
        let of = [world.shop, world.h2h][member];
        let number = number(member, name, to);
        let known = world
            .store()
            .by_ref(of, &format!("N-{name}").parse().unwrap())
            .await
            .unwrap();
        let is_taken = books.sales.last().is_some_and(|sale| {
            sale.member == member && sale.name == name && sale.stage != Stage::Refused
        });
        if known.is_none() && is_taken {
            for (n, word) in words.into_iter().enumerate() {
                let script = Script::says(say(word)).then(say(Word::Silent));
                world.supplier(n).script_for(&number, script);
            }
        }
        let wish = world.wish_of(of, &format!("N-{name}"), &number);
        let before = known.map(|agg| agg.order);
        match (before, world.try_submit(wish).await) {
            (None, taken) => drop(taken.unwrap()),
            (Some(before), Ok(again)) => assert_eq!(before.id, again.id, "INV-18"),
            (Some(_), Err(SubmitError::RefMismatch)) => {}
            (Some(_), Err(other)) => panic!("{other}"),
        }
    }

    async fn rule(world: &World, agg: &Aggregate, delivered: bool) {
        let ruling = if delivered {
            Resolution::Delivered {
                sn: None,
                cost: None,
            }
        } else {
            // What a person has in hand is the supplier's own word.
            for attempt in &agg.attempts {
                let supplier = world.supplier(attempt.supplier.index());
                supplier.callback(&attempt.supplier_ref, say(Word::FailedEnd));
            }
            Resolution::NotDelivered {
                proof: "statement line 7".into(),
            }
        };
        // Of what nobody knows yet, else of what was delivered, else of the last that failed.
        let open = agg.attempts.iter().find(|tried| tried.state.is_open());
        let delivery = agg.order.delivery.as_ref().map(|was| was.attempt);
        let about = open.map(|tried| tried.no).or(delivery);
        let about = about.or(agg.attempts.last().map(|tried| tried.no));
        let ruling = Ruling {
            resolution: ruling,
            attempt: about,
        };
        let by = "siti".parse().unwrap();
        match world.engine.resolve(agg.order.id, ruling, by).await {
            Ok(_) | Err(OperationError::Illegal(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }

    async fn compare(&self, books: &Books) {
        let world = &self.world;
        let members = [world.shop, world.h2h];
        for sale in &books.sales {
            let agg = Self::order(world, members, sale).await;
            let status = match sale.stage {
                Stage::Refused | Stage::Returned => PublicStatus::Failed,
                Stage::Open => PublicStatus::Processing,
                Stage::Delivered(_) | Stage::LateDelivered => PublicStatus::Success,
                Stage::Reversed => PublicStatus::Refund,
            };
            let is = (
                agg.order.status(),
                agg.order.is_disputed(),
                agg.attempts.len(),
            );
            let must_be = (status, sale.disputed, sale.attempts.len());
            assert_eq!(is, must_be, "{sale:?}\n{agg:#?}");
        }
        for (n, purse) in books.purses.iter().enumerate() {
            let wallet = world.wallet(self.member(n)).await;
            let is = (wallet.available, wallet.held, wallet.receivable);
            let must_be = (rp(purse.available), rp(purse.held), rp(purse.owed));
            assert_eq!(is, must_be, "member {n}");
        }
        for (supplier, spent) in (0..).map(SupplierId).zip(books.spent) {
            let prepaid = world.store().balance(Account::Prepaid(supplier)).await;
            assert_eq!(prepaid.unwrap(), rp(FLOAT - spent), "supplier {supplier}");
        }
        for (account, must_be) in [
            (Account::Revenue, books.revenue),
            (Account::LossDelivery, books.loss),
        ] {
            let is = world.store().balance(account).await.unwrap();
            assert_eq!(is, rp(must_be), "{account}");
        }
        world.audit().await;
    }
}

/// The engine against the reference.
struct Agrees;

impl StateMachineTest for Agrees {
    type SystemUnderTest = House;
    type Reference = Books;

    fn init_test(_: &Books) -> House {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let setup = Setup::default()
            .supplier(dedicated(), Script::delivers())
            .supplier(dedicated(), Script::delivers())
            .deposit(OPENING)
            .float(FLOAT)
            .settings(|settings| {
                settings.sweep_interval = secs(20);
                settings.policy.order_deadline = Duration::from_hours(24);
            })
            .on_disk();
        let world = runtime.block_on(setup.start());
        House { runtime, world }
    }

    fn apply(mut house: House, books: &Books, act: Act) -> House {
        let world = &mut house.world;
        house.runtime.block_on(House::act(world, books, &act));
        house
    }

    fn check_invariants(house: &House, books: &Books) {
        house.runtime.block_on(house.compare(books));
    }
}

/// 64 histories, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let asked = std::env::var("PROPTEST_CASES").is_ok();
    ProptestConfig {
        cases: if asked { usual.cases } else { 64 },
        ..usual
    }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn inv_01_to_25_random_histories_agree_with_the_reference(sequential 1..40 => Agrees);
}

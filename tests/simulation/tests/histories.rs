//! Random histories, judged by the auditor: whatever was ordered and whatever went wrong, it objects to nothing.
//!
//! The reference of the state machine knows nothing but which world it is; the auditor is the model. A history that fails is made shorter by proptest
//! until every order and every fault in it is needed, and printed with its story.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by panicking, and tells of it"
)]

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use simulation::Planned;
use simulation::fault::Fault;
use simulation::vendor::Manner;
use simulation::world::{Act, History, Wanted};

/// The seed of a world: its suppliers, members and prices.
#[derive(Clone, Debug)]
struct Seed(u64);

impl ReferenceStateMachine for Seed {
    type State = Self;
    type Transition = Act;

    fn init_state() -> BoxedStrategy<Self> {
        (0..1_000_u64).prop_map(Self).boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Act> {
        let counter = prop::option::weighted(0.3, 1..3_u8);
        let again = prop::bool::weighted(0.3);
        let order = (0..2_u16, again, counter).prop_map(|(member, again, counter)| Act::Order {
            member,
            again,
            counter,
        });
        prop_oneof![
            5 => order,
            6 => prop::sample::select(Fault::ALL.to_vec()).prop_map(Act::GoesWrong),
            3 => (1..4_000_u64).prop_map(Act::Pass),
            1 => Just(Act::Round),
        ]
        .boxed()
    }

    fn apply(state: Self, _: &Act) -> Self {
        state
    }
}

/// The house, and an auditor who watches it.
struct Audited;

impl StateMachineTest for Audited {
    type SystemUnderTest = History;
    type Reference = Seed;

    fn init_test(seed: &Seed) -> History {
        std::panic::set_hook(Box::new(|panic| {
            if panic.payload().downcast_ref::<Planned>().is_none() {
                eprintln!("{panic}");
            }
        }));
        // Suppliers that make something of every fault.
        let manner = Manner {
            refuses: 15,
            takes_time: 50,
            fails: 60,
        };
        History::begin(&Wanted {
            seed: seed.0,
            orders: 0,
            story: true,
            durable: None,
            rates: Some([0; Fault::ALL.len()]),
            manner: Some(manner),
        })
        .unwrap()
    }

    fn apply(mut house: History, _: &Seed, act: Act) -> History {
        house.act(&act);
        house
    }

    fn check_invariants(house: &History, _: &Seed) {
        assert_eq!(house.violations(), []);
    }

    fn teardown(house: History, _: Seed) {
        let outcome = house.end();
        assert_eq!(outcome.violations, [], "{}", outcome.story);
    }
}

/// 96 histories, or as many as `PROPTEST_CASES` says.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let asked = std::env::var("PROPTEST_CASES").is_ok();
    ProptestConfig {
        cases: if asked { usual.cases } else { 96 },
        ..usual
    }
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn inv_01_to_35_random_histories_are_not_objected_to(sequential 1..40 => Audited);
}

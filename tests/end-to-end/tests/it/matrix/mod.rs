//! The crash matrix (money-safety sections 7 and 13): every commit, every supplier exchange and every message on an order's path, in every
//! story, at every kind of supplier. Die there, begin anew on the same record, run to the end, and compare with the run in which nobody died.

mod cancel;
#[cfg(feature = "postgres")]
mod database;
mod refund;
mod run;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use end_to_end::{Place, rp};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::supplier::{Profile, Status};

use self::run::{Cut, End, Home, Run, run};
use self::story::{Story, profiles};

/// Whether this end is right: a crashed run ends as the one without a death did; or, where what was cut off is never told again, as one does in
/// which that call got no answer. An order that is still open has its money held and a case before a person (C6, section 5 "Giving up").
struct Judge<'a> {
    home: &'a Home,
    story: &'a Story,
    profile: &'a Profile,
    reference: Run,
    cut_off: BTreeMap<Cut, Run>,
}

impl Judge<'_> {
    /// Whether it ended as if nobody had died.
    fn judge(&mut self, crashed: &Run) -> Result<bool, String> {
        let total = |end: &End| end.delivered.iter().sum::<u32>();
        if !crashed.died {
            return Err("it never came by".to_owned());
        }
        is_in_order(&crashed.end, self.profile)?;
        if total(&crashed.end) > total(&self.reference.end).max(1) {
            return Err("delivered twice".to_owned());
        }
        if crashed.end == self.reference.end {
            return Ok(true);
        }
        let Some(cut) = crashed.cut else {
            return Err("another end, though no call was cut off".to_owned());
        };
        let arrives = cut.arrived || matches!(self.profile.status, Status::Resubmit { .. });
        if arrives && self.story.tells_again(cut.supplier, self.profile.status) {
            return Err("another end, though everything is told again".to_owned());
        }
        let unheard = self.cut_off.entry(cut).or_insert_with(|| {
            let story = self.story.cut_off(cut.supplier, cut.arrived);
            run(self.home, &story, self.profile, None)
        });
        if crashed.end == unheard.end {
            return Ok(false);
        }
        Err(format!("not even as with {cut:?}: {:?}", unheard.end))
    }
}

fn is_in_order(end: &End, profile: &Profile) -> Result<(), String> {
    // What is owed and the markup, or the price of the goods.
    let price = if profile.bills.is_some() {
        10_300
    } else {
        10_500
    };
    let case = match end.review {
        "escalated" => end.cases.contains(&CaseKind::Escalated),
        "disputed" => end.cases.contains(&CaseKind::Disputed),
        _ => !end.is_open,
    };
    if !case {
        return Err("neither at its end nor before a person".to_owned());
    }
    if end.is_open != (end.wallet.held == rp(price)) {
        return Err("held money of no open order".to_owned());
    }
    if end.is_open && !end.endings.is_empty() {
        return Err("told of an end before it".to_owned());
    }
    Ok(())
}

fn crash_everywhere(which: &str, home: &Home) {
    let (places, ends, classes) = crash_in(which, home, &Story::all());
    assert_eq!(classes, classes_of(which), "{which}");
    let always = ["Refused", "InFlight", "Succeeded", "Returned"];
    // Where nobody signs what is reported, it turns nothing by itself.
    let turned: &[&str] = match which {
        "text" => &[],
        _ => &["Reversed", "LateDelivered"],
    };
    for state in always.iter().chain(turned) {
        let is_there = ends.iter().any(|end| end.starts_with(state));
        assert!(is_there, "{which}: no story ends {state}: {ends:?}");
    }
    assert_eq!(places, places_of(which));
}

/// Where a process can die at a supplier of this kind: who cannot be asked is not.
fn places_of(which: &str) -> BTreeSet<Place> {
    let asks = |place: &Place| matches!(place, Place::BeforeAsk | Place::AfterAsk);
    let can_ask = matches!(kind(which).status, Status::Dedicated | Status::Listing);
    let all = Place::ALL.into_iter();
    all.filter(|place| can_ask || !asks(place)).collect()
}

/// The classes of money-safety section 5 that the stories go through at a supplier of this kind. What nobody signs is a hint, and turns nothing.
fn classes_of(which: &str) -> BTreeSet<&'static str> {
    let always = [
        "not_sent",
        "rejected_unformed",
        "rejected_formed",
        "doubt",
        "pending",
        "unknown",
        "await_sn",
        "success",
    ];
    let signed = ["late_success", "reversal_heard", "conflict", "nothing"];
    let more: &[&'static str] = match which {
        "text" | "vip" | "otomax" => &["hint"],
        // A reversal is confirmed by asking, and asking is sending again there.
        "resubmit" => &signed,
        _ => &["late_reversal"],
    };
    let also: &[&'static str] = match which {
        "text" | "resubmit" => &[],
        _ => &signed,
    };
    always.iter().chain(more).chain(also).copied().collect()
}

fn kind(which: &str) -> Profile {
    let found = profiles().into_iter().find(|(name, _)| *name == which);
    found.unwrap().1
}

/// The kinds of places where somebody died; in what states the orders ended where nobody did, and what was made there of all that was heard.
type Seen = (BTreeSet<Place>, BTreeSet<String>, BTreeSet<&'static str>);

/// Dies everywhere in these stories.
#[expect(clippy::print_stdout, reason = "figures for whoever runs it by hand")]
fn crash_in(which: &str, home: &Home, stories: &[Story]) -> Seen {
    use Place::{AfterCommit, AfterTold, BeforeCommit, BeforeSend, BeforeTold};
    let (mut places, mut ends, mut classes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let profile = &kind(which);
    let (mut runs, mut otherwise, mut wrong) = (0, 0, Vec::new());
    for (n, story) in stories.iter().enumerate() {
        let reference = run(home, story, profile, None);
        is_in_order(&reference.end, profile).unwrap();
        let points = reference.points.clone();
        // One that is refused at birth needs no supplier, and its member has the answer in hand.
        let path: &[Place] = if story.paid {
            &[BeforeCommit, AfterCommit, BeforeSend, BeforeTold, AfterTold]
        } else {
            &[BeforeCommit, AfterCommit]
        };
        for place in path {
            let passed = points.iter().filter(|point| point.place == *place);
            assert!(passed.count() > 0, "{which}, {}: {place:?}", story.name);
        }
        places.extend(points.iter().map(|point| point.place));
        ends.insert(reference.end.state.clone());
        classes.extend(reference.classes.iter().copied());
        let mut judge = Judge {
            home,
            story,
            profile,
            reference,
            cut_off: BTreeMap::new(),
        };
        for point in home.tries(n, points) {
            let crashed = run(home, story, profile, Some(point));
            runs += 1;
            match judge.judge(&crashed) {
                Ok(same) => otherwise += u32::from(!same),
                Err(why) => wrong.push(format!(
                    "{which}, {}, {point:?}: {why}\n  {:?}\n  {:?}",
                    story.name, judge.reference.end, crashed.end
                )),
            }
        }
    }
    println!("{which}, {home:?}: {runs} deaths, {otherwise} of them lost an answer for good");
    assert!(
        wrong.is_empty(),
        "{} of {runs}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    (places, ends, classes)
}

#[test]
fn e_22_c_01_to_c_12_at_a_supplier_that_can_be_asked() {
    crash_everywhere("dedicated", &Home::Memory);
}

#[test]
fn e_22_c_01_to_c_12_at_a_supplier_that_is_asked_by_sending_again() {
    crash_everywhere("resubmit", &Home::Memory);
}

#[test]
fn e_22_c_01_to_c_12_at_a_supplier_of_texts() {
    crash_everywhere("text", &Home::Memory);
}

#[test]
fn e_22_c_01_to_c_12_at_a_supplier_that_knows_its_own_references_only() {
    crash_everywhere("listing", &Home::Memory);
}

#[test]
fn e_22_c_01_to_c_12_where_a_list_is_read_and_nobody_signs() {
    crash_everywhere("vip", &Home::Memory);
}

#[test]
fn e_22_c_01_to_c_12_where_questions_are_answered_and_nobody_signs() {
    crash_everywhere("otomax", &Home::Memory);
}

/// From the inquiry to the payment, which nobody else takes over.
#[test]
fn e_35_e_22_c_01_to_c_12_of_a_bill() {
    crash_everywhere("bills", &Home::Memory);
}

#[test]
fn e_35_e_22_c_01_to_c_12_of_a_bill_on_disk() {
    crash_everywhere("bills", &Home::Disk);
}

#[test]
fn e_22_c_01_to_c_12_on_disk_at_a_supplier_that_can_be_asked() {
    crash_everywhere("dedicated", &Home::Disk);
}

#[test]
fn e_22_c_01_to_c_12_on_disk_at_a_supplier_that_is_asked_by_sending_again() {
    crash_everywhere("resubmit", &Home::Disk);
}

#[test]
fn e_22_c_01_to_c_12_on_disk_at_a_supplier_of_texts() {
    crash_everywhere("text", &Home::Disk);
}

#[test]
fn e_22_c_01_to_c_12_on_disk_at_a_supplier_that_knows_its_own_references_only() {
    crash_everywhere("listing", &Home::Disk);
}

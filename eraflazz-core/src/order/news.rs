//! What is new in what a signed callback says. The same callback may be delivered any number of times (E-6), and whoever has a supplier's key may send ever new
//! words (T-24): what changes nothing leaves nothing.

use super::bind::bind;
use super::judge::{Class, judge, speaks_against};
use super::log::Channel;
use super::model::AttemptState;
use super::said::{Novelty, Saying};
use super::step::{Illegal, Step};
use super::watch;
use crate::ids::AttemptNo;
use crate::supplier::{Claim, Formed, Profile, Sighting};
use crate::text::TheirRef;

/// Whether a signed callback says something that none has said before; remembers it. Anything else is always new.
pub(super) fn novelty(
    step: &mut Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
) -> Result<Novelty, Illegal> {
    let Channel::Callback { signed: true, .. } = channel else {
        return Ok(Novelty::New);
    };
    let saying = Saying::of(sightings);
    let attempt = step.touch(no)?;
    let novelty = attempt.said.novelty(saying);
    attempt.said.remember(saying);
    Ok(novelty)
}

/// Whether words that a signed callback had said before are to be asked about: they say for certain what is not so as the attempt is settled now, so that they
/// were found wrong since, or are true once more (E-6). They may be the same callback delivered again, so they are never believed; and while something of
/// that kind is looked into, or is a standing reversal, they say nothing. A doubtful failure is no certainty: of it that it was contradicted when it was
/// said, or the attempt turned since.
pub(super) fn is_worth_a_look(
    step: &Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    taken: &[TheirRef],
    profile: &Profile,
) -> bool {
    let Some(attempt) = step.attempt(no) else {
        return false;
    };
    let has_turned = matches!(
        attempt.state,
        AttemptState::LateSuccess | AttemptState::LateReversal
    );
    let is_certain = |said: &Sighting| {
        let doubtful = Claim::Refused {
            formed: Formed::Doubtful,
        };
        said.claim.is_definitive() && said.claim != doubtful
    };
    let is_open = has_turned
        || sightings.iter().any(is_certain)
        || attempt.said.is_contested(Saying::of(sightings));
    let stands = attempt.state != AttemptState::LateReversal
        && attempt.reversal.is_some_and(|heard| heard.by_message);
    let bench = step.bench(channel, profile);
    let is_against = || {
        sightings.iter().any(|said| {
            bind(attempt, said, channel, taken).is_ok()
                && speaks_against(attempt, said, channel, &bench)
        })
    };
    is_open && !stands && watch::takes_hint(attempt, profile, step.ctx) && is_against()
}

/// Whether one more saying than are remembered is worth a row in the log: it has the supplier asked, as often as its checks allow, or where it cannot be asked
/// settles what is open. What changes nothing leaves nothing, so that whoever has a supplier's key fills no log with ever new words (T-24).
pub(super) fn changes_anything(
    step: &Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    taken: &[TheirRef],
    profile: &Profile,
) -> bool {
    let Some(attempt) = step.attempt(no) else {
        return false;
    };
    let hint = channel.as_hint();
    let bench = step.bench(hint, profile);
    let mut bound = sightings
        .iter()
        .filter(|said| bind(attempt, said, hint, taken).is_ok());
    if !attempt.state.is_open() {
        return watch::takes_hint(attempt, profile, step.ctx)
            && bound.any(|said| speaks_against(attempt, said, hint, &bench));
    }
    let is_asked_soon = attempt.call_open
        || step
            .order
            .next_action_at
            .is_some_and(|at| at <= step.ctx.now.plus(profile.min_gap));
    let has_checks = usize::from(attempt.checks) < profile.poll.len();
    let has_it_asked = watch::can_ask(attempt, profile) && has_checks && !is_asked_soon;
    bound.any(|said| {
        let class = judge(attempt, said, hint, &bench);
        (class == Class::Hint && has_it_asked) || !matches!(class, Class::Hint | Class::Nothing)
    })
}

/// Remembers of what a signed callback says that something contradicts it.
pub(super) fn contest(
    step: &mut Step<'_>,
    no: AttemptNo,
    sightings: &[Sighting],
    channel: Channel,
    classes: &[Class],
) -> Result<(), Illegal> {
    let is_signed = matches!(channel, Channel::Callback { signed: true, .. });
    let is_contested = step.order.is_disputed() || classes.contains(&Class::LateReversal);
    if is_signed && is_contested && sightings.iter().any(|said| said.claim.is_definitive()) {
        let saying = Saying::of(sightings);
        step.touch(no)?.said.contest(saying);
    }
    Ok(())
}

//! From a reply in free text to a sighting: one closed reading, pure.
//!
//! A reply is whatever the seller's operator typed into a template. So nothing is believed that is not about our reference, our code or our
//! destination, the words of the status are looked for only behind the destination (adverts in front and behind say "SUKSES" too), and
//! a text with two results, or none, proves nothing.

use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{Claim, Formed, ReadError, Reason, Sighting};
use eraflazz_core::text::{Sku, Sn, Target, TheirRef};
use regex::Regex;

use super::bank;
use super::number::{exact, rupiah};
use super::pattern::{self, Pattern, Says};
use super::repeat::{Phase, Sent, is_this_one};

#[cfg(test)]
mod corpus;

/// What a reply must be about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// Our reference.
    pub(super) supplier_ref: &'a SupplierRef,
    /// The supplier's product code, as it was sent.
    pub(super) sku: &'a Sku,
    /// The destination, as it was sent.
    pub(super) target: &'a Target,
    /// What is answered.
    pub(super) phase: Phase,
    /// When it was sent; `None` if that is not known here.
    pub(super) sent: Option<Sent>,
}

/// What `body` says about what was asked. `patterns` are tried before the generic ones, on what is bound like everything else.
pub(super) fn read(asked: &Asked<'_>, patterns: &[Pattern], body: &str) -> Sighting {
    let text = plain(body);
    if text.is_empty() || text.starts_with('<') {
        return unclear(Reason::Unreadable);
    }
    if bank::NOT_FOUND.is_match(&text) {
        return unclear(Reason::NotFound);
    }
    let names = Names::find(asked, &text);
    let zone = names.zone(&text).filter(|_| !is_elsewhere(asked, &text));
    let Some(zone) = zone else {
        return refused_account(&text).unwrap_or(unclear(Reason::Unreadable));
    };
    let said = &text[zone.from..zone.until];
    let told = &text[zone.from..];
    let was_before = bank::ALREADY.is_match(&text[..zone.until]);
    let is_ref_echoed = names.reference == Echo::Ours;
    if was_before && !is_this_one(asked.phase, is_ref_echoed, asked.sent, &text) {
        // Whose number and whose serial number it shows, nobody knows.
        return Sighting {
            balance: balance(told),
            their_ref: None,
            ..names.sighting(asked, Claim::Unclear, Reason::Duplicate)
        };
    }
    if let Some(found) = pattern::read(patterns, asked, &text) {
        let is_taken_back = bank::NEGATED.is_match(said) || bank::REVERSED.is_match(said);
        let (claim, reason) = match found.says {
            Says::Delivered if is_taken_back || !names.is_target => {
                (Claim::Unclear, Reason::Contradiction)
            }
            // Why it failed, the words may say as well.
            Says::Failed => match failure(said) {
                why @ (FAILED, _) => why,
                _ => (FAILED, Reason::None),
            },
            says @ (Says::Delivered
            | Says::Pending
            | Says::PerhapsFailed
            | Says::Refused
            | Says::AccountFault
            | Says::Unclear) => says.claim(),
        };
        return found.told.on(names.sighting(asked, claim, reason), told);
    }
    let (claim, reason) = match status(said) {
        Status::None => {
            return refused_account(&text).unwrap_or(unclear(Reason::Unreadable));
        }
        Status::Contradiction => (Claim::Unclear, Reason::Contradiction),
        Status::Pending => (Claim::Pending, Reason::None),
        Status::Delivered if names.is_target => (Claim::Delivered, Reason::None),
        // Only our reference is there: too little for a delivery.
        Status::Delivered => (Claim::Unclear, Reason::Unreadable),
        // What a status answer tells of a purchase is final for it, wherever it stopped.
        Status::Failed((REFUSED, Reason::SupplierFunds)) if was_before => {
            (FAILED, Reason::SupplierFunds)
        }
        Status::Failed((FAILED, Reason::None)) if bank::DOUBLE.is_match(said) => {
            (FAILED, Reason::Duplicate)
        }
        Status::Failed(why) => why,
    };
    let price = bank::PRICE
        .captures(told)
        .filter(|_| claim == Claim::Delivered)
        .map(|found| exact(&found["price"]).filter(|price| *price >= Money::ZERO));
    Sighting {
        sn: bank::SERIAL
            .captures(told)
            .filter(|_| claim == Claim::Delivered)
            .and_then(|found| Sn::read(found["sn"].trim_end_matches('.'))),
        price: price.flatten().filter(|price| !price.is_zero()),
        price_unread: price == Some(None),
        balance: balance(told),
        ..names.sighting(asked, claim, reason)
    }
}

impl pattern::Told<'_> {
    /// `sighting` with what the groups of a pattern say; what they leave out, the generic patterns look for in `told`.
    fn on(self, sighting: Sighting, told: &str) -> Sighting {
        let is_delivery = sighting.claim == Claim::Delivered;
        let price = self.price.filter(|_| is_delivery);
        let price = price.map(|text| exact(text).filter(|price| *price >= Money::ZERO));
        let their_ref = self.their_ref.and_then(|number| TheirRef::new(number).ok());
        Sighting {
            sn: self.sn.filter(|_| is_delivery).and_then(Sn::read),
            price: price.flatten().filter(|price| !price.is_zero()),
            price_unread: price == Some(None),
            balance: self.balance.and_then(rupiah).or_else(|| balance(told)),
            their_ref: their_ref.or(sighting.their_ref),
            ..sighting
        }
    }
}

const REFUSED: Claim = Claim::Refused { formed: Formed::No };
const FAILED: Claim = Claim::Refused {
    formed: Formed::Yes,
};
const DOUBTFUL: Claim = Claim::Refused {
    formed: Formed::Doubtful,
};

const fn unclear(reason: Reason) -> Sighting {
    Sighting::new(Claim::Unclear, reason)
}

/// One line, single spaces: NBSP, tabs and line breaks are spaces, what has no width is nothing.
pub(super) fn plain(body: &str) -> String {
    let visible: String = body
        .chars()
        .filter(|c| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    /// It is not there.
    Absent,
    /// Every one that is there is ours.
    Ours,
    /// One that is there is somebody else's.
    Foreign,
}

impl Echo {
    fn of<'t>(ours: &str, found: impl Iterator<Item = &'t str>) -> Self {
        found.fold(Self::Absent, |so_far, name| {
            if so_far == Self::Foreign || !name.eq_ignore_ascii_case(ours) {
                Self::Foreign
            } else {
                Self::Ours
            }
        })
    }
}

/// The names that bind a reply (E-9).
struct Names {
    reference: Echo,
    code: Echo,
    is_target: bool,
    their_ref: Option<TheirRef>,
    /// Where the words about the status begin.
    behind: usize,
}

/// Where the words about the status stand.
struct Zone {
    from: usize,
    until: usize,
}

impl Names {
    fn find(asked: &Asked<'_>, text: &str) -> Self {
        let ours = asked.supplier_ref.as_str();
        let references: Vec<_> = bank::REFERENCE
            .captures_iter(text)
            .filter_map(|found| found.name("name"))
            .collect();
        let targets: Vec<usize> = tokens(text, asked.target.as_str()).collect();
        let codes: Vec<&str> = targets
            .iter()
            .filter_map(|at| bank::ATTACHED.captures(end_of(&text[..*at])))
            .filter_map(|found| found.name("code"))
            .map(|found| found.as_str())
            .collect();
        let numbers: Vec<&str> = bank::TRANSACTION
            .captures_iter(text)
            .filter_map(|found| found.name("name"))
            .map(|found| found.as_str())
            .collect();
        // Some servers call our reference TrxID, most their own number.
        let is_ours = |number: &&str| number.eq_ignore_ascii_case(ours);
        let echoed = references
            .iter()
            .map(regex::Match::as_str)
            .chain(numbers.iter().copied().filter(is_ours));
        Self {
            reference: Echo::of(ours, echoed),
            code: Echo::of(asked.sku.as_str(), codes.into_iter()),
            is_target: !targets.is_empty(),
            their_ref: only(numbers.iter().copied().filter(|number| !is_ours(number)))
                .and_then(|number| TheirRef::new(number).ok()),
            behind: match (targets.first(), references.first()) {
                (Some(at), _) => at + asked.target.as_str().len(),
                (None, Some(found)) => found.end(),
                (None, None) => 0,
            },
        }
    }

    /// What they are bound to, and `claim`.
    fn sighting(&self, asked: &Asked<'_>, claim: Claim, reason: Reason) -> Sighting {
        Sighting {
            our_ref: (self.reference == Echo::Ours).then_some(*asked.supplier_ref),
            their_ref: self.their_ref.clone(),
            sku: (self.code == Echo::Ours).then(|| asked.sku.clone()),
            target: self.is_target.then(|| asked.target.clone()),
            ..Sighting::new(claim, reason)
        }
    }

    /// Where to look for the status; `None` if the reply is not about what was asked: it holds a name that is somebody else's, or neither our
    /// reference nor our code with our destination.
    fn zone(&self, text: &str) -> Option<Zone> {
        let is_foreign = self.reference == Echo::Foreign || self.code == Echo::Foreign;
        let is_bound = self.reference == Echo::Ours || (self.is_target && self.code == Echo::Ours);
        if is_foreign || !is_bound {
            return None;
        }
        let behind = &text[self.behind..];
        let length = bank::ZONE_END
            .find_iter(behind)
            .map(|found| found.start())
            .find(|at| !bank::NO_ZONE_END.is_match(&behind[*at..]))
            .unwrap_or(behind.len());
        Some(Zone {
            from: self.behind,
            until: self.behind + length,
        })
    }
}

/// The one name that is there, however often; `None` if there are several: which of them is the transaction's, nobody knows.
fn only<'t>(mut names: impl Iterator<Item = &'t str>) -> Option<&'t str> {
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

/// As much of the end of `text` as a product code in front of a destination can take, and more. What looks for one at the end of a text that may be a page
/// must not go over all of it for each destination that the page names (T-24).
fn end_of(text: &str) -> &str {
    const BYTES_MAX: usize = 256;
    let from = text.ceil_char_boundary(text.len().saturating_sub(BYTES_MAX));
    &text[from..]
}

/// Where `token` stands in `text`, not as a part of a longer word or number.
fn tokens<'t>(text: &'t str, token: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(token)
        .map(|(at, _)| at)
        .filter(move |at| {
            let before = text[..*at].chars().next_back();
            let after = text[at + token.len()..].chars().next();
            !before.is_some_and(is_part) && !after.is_some_and(is_part)
        })
}

/// What the words behind the destination say.
enum Status {
    None,
    Contradiction,
    Pending,
    Delivered,
    Failed((Claim, Reason)),
}

/// A conflict is never settled by which word comes first.
fn status(zone: &str) -> Status {
    if bank::NEGATED.is_match(zone) {
        return Status::Contradiction;
    }
    let rest = bank::PENDING.replace_all(zone, " ");
    let is_pending = bank::PENDING.is_match(zone);
    let is_success = bank::SUCCESS.is_match(&rest);
    let failed = bank::FAILED.find(&rest);
    match (is_pending, is_success, failed) {
        (false, false, None) => Status::None,
        (true, false, None) => Status::Pending,
        (false, true, None) if bank::REVERSED.is_match(zone) => Status::Contradiction,
        (false, true, None) => Status::Delivered,
        (false, false, Some(word)) => Status::Failed(failure(&rest[word.start()..])),
        _ => Status::Contradiction,
    }
}

/// Whether a text names another purchase: another reference, another product for our destination, or our product for another one.
pub(super) fn names_another(asked: &Asked<'_>, body: &str) -> bool {
    let text = plain(body);
    let names = Names::find(asked, &text);
    names.reference == Echo::Foreign || names.code == Echo::Foreign || is_elsewhere(asked, &text)
}

/// Whether our product is named with another destination.
fn is_elsewhere(asked: &Asked<'_>, text: &str) -> bool {
    bank::GOODS.captures_iter(text).any(|goods| {
        goods["code"].eq_ignore_ascii_case(asked.sku.as_str())
            && !goods["target"].eq_ignore_ascii_case(asked.target.as_str())
    })
}

/// What a text without any name says, for whoever knows by other means what it is about.
pub(super) fn words(body: &str) -> Option<(Claim, Reason)> {
    let text = plain(body);
    match status(&text) {
        Status::None => None,
        Status::Contradiction => Some((Claim::Unclear, Reason::Contradiction)),
        Status::Pending => Some((Claim::Pending, Reason::None)),
        Status::Delivered => Some((Claim::Delivered, Reason::None)),
        Status::Failed(why) => Some(why),
    }
}

/// Why a purchase failed, from the word that says so on. The first that fits.
pub(super) fn failure(text: &str) -> (Claim, Reason) {
    if bank::ACCOUNT.is_match(text) {
        return (REFUSED, Reason::AccountFault);
    }
    let table: [(&Regex, Claim, Reason); 15] = [
        (&bank::TIMEOUT, DOUBTFUL, Reason::Timeout),
        (&bank::FUNDS, REFUSED, Reason::SupplierFunds),
        (&bank::BILL_PAID, FAILED, Reason::BadDestination),
        (&bank::BILL_NONE, FAILED, Reason::BadDestination),
        (&bank::DESTINATION_BLOCKED, FAILED, Reason::BadDestination),
        (&bank::AREA, FAILED, Reason::Other),
        (&bank::DESTINATION_STATE, FAILED, Reason::BadDestination),
        (&bank::DESTINATION, FAILED, Reason::BadDestination),
        (&bank::PRODUCT, FAILED, Reason::ProductClosed),
        (&bank::PRICE_MOVED, FAILED, Reason::Price),
        (&bank::QUANTITY, FAILED, Reason::BadDestination),
        (&bank::CUT_OFF, FAILED, Reason::CutOff),
        (&bank::STOCK, FAILED, Reason::OutOfStock),
        (&bank::TROUBLE, FAILED, Reason::SellerTrouble),
        (&bank::FAILED, FAILED, Reason::None),
    ];
    table
        .into_iter()
        .find(|(pattern, ..)| pattern.is_match(text))
        .map_or((FAILED, Reason::None), |(_, claim, reason)| (claim, reason))
}

/// A refusal of our account, in a reply about nothing else: one that tells of success or process speaks of a transaction, and its footer may
/// say anything.
fn refused_account(text: &str) -> Option<Sighting> {
    let is_about_a_transaction = bank::SUCCESS.is_match(text) || bank::PENDING.is_match(text);
    (bank::ACCOUNT.is_match(text) && !is_about_a_transaction)
        .then(|| Sighting::new(REFUSED, Reason::AccountFault))
}

/// What is left of our deposit, in a reply to that question. A refusal is never zero.
pub(super) fn balance_of(body: &str) -> Result<Money, ReadError> {
    let text = plain(body);
    match balance(&text) {
        Some(balance) => Ok(balance),
        None if bank::ACCOUNT.is_match(&text) => Err(ReadError::Refused {
            code: "account".to_owned(),
        }),
        None => Err(ReadError::Unreadable("no balance in the reply".to_owned())),
    }
}

/// What is left of our deposit, as the reply shows it. A hint: replies that cross each other show sums that do not add up.
fn balance(text: &str) -> Option<Money> {
    let sum = bank::BALANCE_SUM.captures(text);
    let found = sum.or_else(|| bank::BALANCE.captures(text))?;
    rupiah(&found["after"])
}

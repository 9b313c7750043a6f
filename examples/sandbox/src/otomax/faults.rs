//! What can go wrong in a text: which plans can be played, and what a fault makes of what is told.

use super::{
    Unplayable,
    words::{self, Telling},
};
use crate::{fault::Fault, script::Plan};

/// Whether a text server can do what `plan` says.
pub(super) fn playable(plan: &Plan) -> Result<(), Unplayable> {
    let said = plan.faults.iter().filter_map(|spoilt| {
        if let Fault::SayRc(code) = &spoilt.fault {
            Some(code)
        } else {
            None
        }
    });
    let codes = std::iter::once(&plan.rc)
        .chain(plan.later.iter().map(|later| &later.rc))
        .chain(said);
    for code in codes {
        if words::find(code).is_none() {
            return Err(Unplayable::Code(code.clone()));
        }
    }
    let strange = plan
        .faults
        .iter()
        .map(|spoilt| &spoilt.fault)
        .find(|fault| {
            !matches!(
                fault,
                Fault::Late { .. }
                    | Fault::Lost
                    | Fault::CutBody
                    | Fault::HtmlPage(_)
                    | Fault::EmptyBody(_)
                    | Fault::HttpStatus(_)
                    | Fault::WrongRef
                    | Fault::WrongDestination
                    | Fault::LowercaseSku
                    | Fault::Contradiction
                    | Fault::SayRc(_)
                    | Fault::SnMissing
                    | Fault::SnEmpty
                    | Fault::WebhookBeforeAnswer
                    | Fault::WebhookRepeated(_)
                    | Fault::WebhookWrongDestination
                    | Fault::WebhookUnknownRef
                    | Fault::WebhookNever
            )
        });
    strange.map_or(Ok(()), |fault| Err(Unplayable::Fault(fault.clone())))
}

/// What the faults of an answer make of what it tells.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others change no text, or are not played here"
)]
pub(super) fn spoilt(mut telling: Telling, faults: &[Fault]) -> Telling {
    for fault in faults {
        match fault {
            Fault::WrongRef => "123456789012345678".clone_into(&mut telling.ref_id),
            Fault::WrongDestination | Fault::WebhookWrongDestination => {
                "089999999999".clone_into(&mut telling.target);
            }
            Fault::LowercaseSku => telling.sku = telling.sku.to_lowercase(),
            Fault::Contradiction => telling.words = "GAGAL. SUKSES",
            Fault::SayRc(code) => {
                if let Some(number) = words::find(code) {
                    (telling.words, telling.status) = (number.words, number.status);
                }
            }
            Fault::SnMissing | Fault::SnEmpty => telling.sn.clear(),
            _ => {}
        }
    }
    telling
}

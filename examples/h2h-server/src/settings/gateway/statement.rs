//! `[gateway.<name>]` with `kind = "statement"`: a bank account of the house whose statement a person brings, as a file.

use std::collections::BTreeSet;

use eraflazz_core::engine::BankAccount;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{Environment, Method};

use crate::strict::Section;

/// A bank account whose statement a person brings.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The account, as members are told of it.
    pub account: BankAccount,
    /// How members pay: by transfer.
    pub methods: BTreeSet<Method>,
}

/// The account, if nothing is wrong with it. Its play money is on this machine, as nobody is asked about it.
pub(super) fn read(
    section: &mut Section<'_>,
    environment: Option<Environment>,
) -> (Option<Statement>, Option<bool>) {
    let number: Option<String> = section.required("account");
    let bank: Option<String> = section.required("bank");
    let holder: Option<String> = section.required("holder");
    let is_number = |text: &String| {
        (5..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if number.as_ref().is_some_and(|text| !is_number(text)) {
        section.refuse("account", "5 to 32 digits");
    }
    for (key, text) in [("bank", &bank), ("holder", &holder)] {
        let is_text =
            |text: &String| (1..=100).contains(&text.len()) && !text.chars().any(char::is_control);
        if text.as_ref().is_some_and(|text| !is_text(text)) {
            section.refuse(key, "1 to 100 bytes without control characters");
        }
    }
    let is_here = environment.map(|environment| environment == Environment::Sandbox);
    let statement = match (number, bank, holder, environment) {
        (Some(number), Some(bank), Some(holder), Some(environment)) => Some(Statement {
            account: BankAccount {
                environment,
                number,
                bank,
                holder,
                // Nobody pushes anything.
                read_above: Money::ZERO,
            },
            methods: [Method::Transfer].into(),
        }),
        _ => None,
    };
    (statement, is_here)
}

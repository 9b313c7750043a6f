//! `webhook`: where members are told about their orders.

use clap::{Subcommand, ValueEnum};
use eraflazz_core::text::Slug;
use serde_json::json;

use super::desk::{Desk, DeskError};
use super::show::{Show, facts};
use super::words::order as order_name;
use crate::admin::{NewWebhook, Replay, ToldAgain, WebhookFormat, WebhookTold};

/// `webhook …`.
#[derive(Debug, Subcommand)]
pub enum WebhookCommand {
    /// Where a member is told, and how it fares
    Show {
        /// The code of the member
        member: Slug,
    },
    /// Sets where a member is told; a new secret is shown this once
    Set {
        /// The code of the member
        member: Slug,
        /// Where to
        url: String,
        /// In which form
        #[arg(long, value_enum, default_value_t = FormatWord::Standard)]
        format: FormatWord,
        /// Signs with a new secret as well, until `webhook settle`
        #[arg(long)]
        rotate: bool,
    },
    /// Signs with the new secret alone: the receiver has changed over
    Settle {
        /// The code of the member
        member: Slug,
    },
    /// The member is told no more; what waits is dropped
    Remove {
        /// The code of the member
        member: Slug,
    },
    /// Tells of one order once more
    Redeliver {
        /// Its id or its code
        #[arg(value_parser = order_name)]
        order: String,
    },
    /// Tells of every order of a time once more, after an outage of the receiver
    Replay {
        /// The code of the member
        member: Slug,
        /// From, like 2026-01-31T00:00:00+07:00
        #[arg(long)]
        from: String,
        /// Up to
        #[arg(long)]
        to: String,
    },
}

/// [`WebhookFormat`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum FormatWord {
    /// A JSON POST signed by Standard Webhooks
    Standard,
    /// An unsigned GET for old panels
    #[value(alias = "legacy-get")]
    LegacyGet,
    /// The same in the words of `OtomaX`
    #[value(alias = "otomax-get")]
    OtomaxGet,
    /// The same in the words of IRS
    #[value(alias = "irs-get")]
    IrsGet,
    /// An unsigned POST in the words of Digiflazz
    #[value(alias = "digiflazz-post")]
    DigiflazzPost,
}

pub(super) async fn run(command: WebhookCommand, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let path = |member: &Slug, what: &str| format!("/members/{member}/webhook{what}");
    let told = match command {
        WebhookCommand::Show { member } => desk.get(&path(&member, "")).await?,
        WebhookCommand::Set {
            member,
            url,
            format,
            rotate,
        } => {
            let format = match format {
                FormatWord::Standard => WebhookFormat::Standard,
                FormatWord::LegacyGet => WebhookFormat::LegacyGet,
                FormatWord::OtomaxGet => WebhookFormat::OtomaxGet,
                FormatWord::IrsGet => WebhookFormat::IrsGet,
                FormatWord::DigiflazzPost => WebhookFormat::DigiflazzPost,
            };
            let new = NewWebhook {
                url,
                format,
                rotate,
            };
            desk.post(&path(&member, ""), &new).await?
        }
        WebhookCommand::Settle { member } => {
            desk.post(&path(&member, "/settle"), &json!({})).await?
        }
        WebhookCommand::Remove { member } => {
            let told = desk.post(&path(&member, "/remove"), &json!({})).await?;
            return show.answer(told, |_: &ToldAgain| "removed".to_owned());
        }
        WebhookCommand::Redeliver { order } => {
            let path = format!("/orders/{order}/redeliver");
            let told = desk.post(&path, &json!({})).await?;
            return show.answer(told, |told: &ToldAgain| again(*told));
        }
        WebhookCommand::Replay { member, from, to } => {
            let (path, replay) = (path(&member, "/replay"), Replay { from, to });
            let told = desk.post(&path, &replay).await?;
            return show.answer(told, |told: &ToldAgain| again(*told));
        }
    };
    show.answer(told, |told: &WebhookTold| {
        let secret = told.secret.as_ref();
        facts(&[
            ("url", told.url.clone()),
            ("is", told.state.clone()),
            ("waiting", told.waiting.to_string()),
            ("parked", told.parked.to_string()),
            (
                "secret",
                secret.map_or_else(
                    || "not shown again".to_owned(),
                    |secret| format!("{secret}  (shown this once)"),
                ),
            ),
        ])
    })
}

fn again(told: ToldAgain) -> String {
    format!("{} order(s) are told once more", told.orders)
}

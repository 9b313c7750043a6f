//! `buyer`: with what servers of the `OtomaX` family sign.

use clap::Subcommand;
use eraflazz_core::member::KeyState;
use eraflazz_core::text::Slug;
use ipnet::IpNet;
use serde_json::json;

use super::desk::{Desk, DeskError};
use super::show::{Show, facts, table};
use super::words::word;
use crate::admin::{BuyerIssued, BuyerTold, NewBuyer};
use crate::seller::BuyerId;

/// `buyer …`.
#[derive(Debug, Subcommand)]
pub enum BuyerCommand {
    /// Every login, without PIN and password
    List,
    /// A new login; its PIN and password are shown this once
    Issue {
        /// Its memberID: 3 to 32 characters of A-Z 0-9
        id: BuyerId,
        /// The code of the member that it orders for
        #[arg(long)]
        member: Slug,
        /// Where it calls from, like 203.0.113.9/32. May be given several times
        #[arg(long = "network", required = true, value_parser = word::<IpNet>)]
        networks: Vec<IpNet>,
        /// It may say PIN and password in clear, for a server that cannot sign
        #[arg(long)]
        plain: bool,
    },
    /// Good for nothing from now on, for ever
    Revoke {
        /// Its memberID
        id: BuyerId,
    },
}

pub(super) async fn run(command: BuyerCommand, desk: &Desk, show: Show) -> Result<(), DeskError> {
    match command {
        BuyerCommand::List => {
            let buyers = desk.get("/buyers").await?["buyers"].take();
            show.answer(buyers, |buyers: &Vec<BuyerTold>| {
                table(
                    ["id", "member", "from", "in clear", "state"],
                    buyers.iter().map(row),
                )
            })
        }
        BuyerCommand::Issue {
            id,
            member,
            networks,
            plain,
        } => {
            let new = NewBuyer {
                id,
                member,
                networks,
                plain,
            };
            let issued = desk.post("/buyers", &new).await?;
            show.answer(issued, |issued: &BuyerIssued| {
                let [id, member, networks, plain, _] = row(&issued.buyer);
                facts(&[
                    ("memberID", id),
                    ("pin", format!("{}  (shown this once)", issued.pin)),
                    (
                        "password",
                        format!("{}  (shown this once)", issued.password),
                    ),
                    ("member", member),
                    ("from", networks),
                    ("in clear", plain),
                ])
            })
        }
        BuyerCommand::Revoke { id } => {
            let path = format!("/buyers/{id}/revoke");
            let revoked = desk.post(&path, &json!({})).await?;
            show.answer(revoked, |buyer: &BuyerTold| {
                let [id, member, _, _, state] = row(buyer);
                facts(&[("memberID", id), ("member", member), ("state", state)])
            })
        }
    }
}

fn row(buyer: &BuyerTold) -> [String; 5] {
    let networks: Vec<String> = buyer.networks.iter().map(ToString::to_string).collect();
    let state = match buyer.state {
        KeyState::Active => "active",
        KeyState::Revoked => "revoked",
    };
    [
        buyer.id.clone(),
        buyer.member.clone(),
        networks.join(" "),
        if buyer.plain { "yes" } else { "no" }.to_owned(),
        state.to_owned(),
    ]
}

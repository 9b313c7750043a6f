//! `key`: with what programs of members and operators sign.

use clap::Subcommand;
use eraflazz_core::engine::SystemDice;
use eraflazz_core::member::{KeyState, Scope};
use eraflazz_core::ports::Dice as _;
use eraflazz_core::text::{KeyId, Operator, Slug};
use ipnet::IpNet;
use serde_json::json;

use super::desk::{Desk, DeskError};
use super::show::{Show, facts, table};
use super::words::word;
use crate::admin::{HolderTold, KeyIssued, KeyTold, NewKey};

/// `key …`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Every key, without secrets
    List,
    /// A new key; its secret is shown this once
    Issue {
        /// The code of the member it speaks for
        #[arg(
            long,
            required_unless_present = "operator",
            conflicts_with = "operator"
        )]
        member: Option<Slug>,
        /// The operator it speaks for
        #[arg(long)]
        operator: Option<Operator>,
        /// trx:write, trx:read for members; admin:* or admin:read, admin:money, admin:catalog, admin:members for operators
        #[arg(long = "scope", required = true, value_parser = word::<Scope>)]
        scopes: Vec<Scope>,
        /// Where it may be used from, like 203.0.113.0/24; anywhere if not given
        #[arg(long = "network", value_parser = word::<IpNet>)]
        networks: Vec<IpNet>,
        /// Its public part; made up if not given
        #[arg(long)]
        id: Option<KeyId>,
    },
    /// Good for nothing from now on, for ever
    Revoke {
        /// Its public part
        id: KeyId,
    },
}

pub(super) async fn run(command: KeyCommand, desk: &Desk, show: Show) -> Result<(), DeskError> {
    match command {
        KeyCommand::List => {
            let keys = desk.get("/keys").await?["keys"].take();
            show.answer(keys, |keys: &Vec<KeyTold>| {
                let rows = keys.iter().map(row);
                table(["id", "holder", "scopes", "from", "state"], rows)
            })
        }
        KeyCommand::Issue {
            member,
            operator,
            scopes,
            networks,
            id,
        } => {
            let id = match id {
                Some(id) => id,
                None => made_up()?,
            };
            let new = NewKey {
                id,
                member,
                operator,
                scopes,
                networks,
            };
            let issued = desk.post("/keys", &new).await?;
            show.answer(issued, |issued: &KeyIssued| {
                let [id, holder, scopes, networks, _] = row(&issued.key);
                facts(&[
                    ("id", id),
                    ("secret", format!("{}  (shown this once)", issued.secret)),
                    ("holder", holder),
                    ("scopes", scopes),
                    ("from", networks),
                ])
            })
        }
        KeyCommand::Revoke { id } => {
            let revoked = desk.post(&format!("/keys/{id}/revoke"), &json!({})).await?;
            show.answer(revoked, |key: &KeyTold| {
                let [id, holder, _, _, state] = row(key);
                facts(&[("id", id), ("holder", holder), ("state", state)])
            })
        }
    }
}

fn made_up() -> Result<KeyId, DeskError> {
    let id = format!(
        "ek_live_{}",
        base16ct::lower::encode_string(&SystemDice.roll())
    );
    KeyId::new(&id).map_err(|error| DeskError::NotReady(error.to_string()))
}

fn row(key: &KeyTold) -> [String; 5] {
    let holder = match &key.holder {
        HolderTold::Member(code) => format!("member {code}"),
        HolderTold::Operator(name) => format!("operator {name}"),
    };
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.word()).collect();
    let networks: Vec<String> = key.networks.iter().map(ToString::to_string).collect();
    let networks = if networks.is_empty() {
        "anywhere".to_owned()
    } else {
        networks.join(" ")
    };
    let state = match key.state {
        KeyState::Active => "active",
        KeyState::Revoked => "revoked",
    };
    [
        key.id.clone(),
        holder,
        scopes.join(" "),
        networks,
        state.to_owned(),
    ]
}

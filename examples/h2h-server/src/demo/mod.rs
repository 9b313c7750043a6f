//! The demo: two fake suppliers and the server on loopback, real orders over real HTTP, and books that close.

mod client;
mod house;
mod recount;
mod scenes;

use std::error::Error;

use comfy_table::Table;
use eraflazz_core::engine::Engine;
use eraflazz_core::ids::SupplierId;
use eraflazz_core::order::{Aggregate, AttemptState};
use eraflazz_core::text::{RefId, Slug};

use client::Client;
use house::House;
use scenes::Played;

use crate::cli::show::print;

/// Whatever stops the demo.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Plays every scene and prints what came of it. Fails if anything is off; the last line is `books close` if nothing is.
pub async fn run() -> Result<(), Failure> {
    let house = House::open().await?;
    let agen = Client::new(
        house.base(),
        "ek_test_agen_demo",
        "demo-secret-of-agen-demo-0123456789",
    )?;
    let poor = Client::new(
        house.base(),
        "ek_test_agen_miskin",
        "demo-secret-of-agen-miskin-0123456789",
    )?;
    print(&format!(
        "server {}, suppliers {} and {}\n",
        house.base(),
        house.alfa.base_url(),
        house.beta.base_url()
    ))?;

    let played = scenes::play(&house, &agen, &poor).await?;
    let engine = house.server.engine().clone();
    print(&format!(
        "Orders, as the client saw them and as they went:\n{}\n",
        orders(&engine, &played).await?
    ))?;
    print(&format!(
        "Mutations of agen-demo (DEBIT = in, CREDIT = out):\n{}\n",
        mutations(&agen).await?
    ))?;
    let bought = [
        (SupplierId(0), house.alfa.ledger()),
        (SupplierId(1), house.beta.ledger()),
    ];
    print(&format!(
        "What the suppliers' own ledgers say was bought:\n{}\n",
        ledgers(&bought)
    ))?;

    let mut off: Vec<String> = played
        .iter()
        .filter_map(|scene| {
            scene
                .off
                .as_ref()
                .map(|off| format!("{}: {off}", scene.name))
        })
        .collect();
    off.extend(recount::recount(&engine, &bought).await?);
    house.close().await?;
    if off.is_empty() {
        print(
            "Independent recount: each balance is the sum of its transfers, each order is conserved, no order was bought twice.",
        )?;
        print("books close")?;
        return Ok(());
    }
    for line in &off {
        print(&format!("OFF: {line}"))?;
    }
    Err("the books do not close".into())
}

async fn orders(engine: &Engine, played: &[Played]) -> Result<Table, Failure> {
    let mut table = Table::new();
    table.set_header(["scene", "ref_id", "HTTP", "answer", "path", "ms", ""]);
    for scene in played {
        let path = path(engine, scene.ref_id).await?;
        let verdict = if scene.off.is_some() {
            "OFF"
        } else {
            "as it must"
        };
        let took = scene.took.as_millis().to_string();
        table.add_row([
            scene.name,
            scene.ref_id,
            &scene.http.to_string(),
            &scene.said,
            &path,
            &took,
            verdict,
        ]);
    }
    Ok(table)
}

/// The way an order went: each attempt with its supplier, its sends and its end.
async fn path(engine: &Engine, ref_id: &str) -> Result<String, Failure> {
    let catalog = engine.catalog().await?;
    for code in ["agen-demo", "agen-miskin"] {
        let member = engine
            .members()
            .member_by_code(&Slug::new(code)?)
            .await?
            .ok_or("a member is missing")?;
        if let Some(order) = engine.order(member.id, &RefId::new(ref_id)?).await? {
            let agg: Aggregate = engine
                .aggregate(order.id)
                .await?
                .ok_or("an order is missing")?;
            let steps = agg.attempts.iter().map(|attempt| {
                let name = catalog
                    .supplier(attempt.supplier)
                    .map_or("?", |info| info.slug.as_str());
                let sends = if attempt.sends > 1 {
                    format!(" x{}", attempt.sends)
                } else {
                    String::new()
                };
                format!("{name}{sends} {}", word(attempt.state))
            });
            let steps: Vec<String> = steps.collect();
            return Ok(if steps.is_empty() {
                "refused at birth".to_owned()
            } else {
                steps.join(", ")
            });
        }
    }
    Ok("not kept".to_owned())
}

const fn word(state: AttemptState) -> &'static str {
    match state {
        AttemptState::Sending => "sending",
        AttemptState::NotSent | AttemptState::Withheld => "not sent",
        AttemptState::Rejected { .. } => "rejected",
        AttemptState::Pending => "pending",
        AttemptState::Unknown => "unknown",
        AttemptState::AwaitSn => "awaits SN",
        AttemptState::Success => "delivered",
        AttemptState::Conflict => "conflict",
        AttemptState::LateSuccess => "delivered late",
        AttemptState::LateReversal => "reversed",
    }
}

async fn mutations(agen: &Client) -> Result<Table, Failure> {
    let answer = agen.get("/api/v1/mutations?limit=100").await?;
    let mut table = Table::new();
    table.set_header(["type", "amount", "before", "after", "description"]);
    let rows = answer.body["data"]["mutations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for row in rows.iter().rev() {
        let cell = |field: &str| {
            row[field]
                .as_str()
                .map_or_else(|| row[field].to_string(), str::to_owned)
        };
        table.add_row([
            cell("type"),
            cell("amount"),
            cell("balance_before"),
            cell("balance_after"),
            cell("description"),
        ]);
    }
    Ok(table)
}

fn ledgers(bought: &[(SupplierId, sandbox::Ledger)]) -> Table {
    let mut table = Table::new();
    table.set_header([
        "supplier",
        "ref_id",
        "number",
        "state",
        "posts",
        "executed",
        "delivered",
        "charged",
    ]);
    for (_, ledger) in bought {
        for purchase in &ledger.purchases {
            table.add_row([
                ledger.name.clone(),
                purchase.ref_id.clone(),
                purchase.customer_no.clone(),
                format!("{:?}", purchase.state),
                purchase.posts.to_string(),
                purchase.executions.to_string(),
                purchase.deliveries.to_string(),
                purchase.charged.to_string(),
            ]);
        }
    }
    table
}

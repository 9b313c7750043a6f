//! What is done to a database that servers share: migrated, checked, and its epoch raised. None of it needs a server.

use eraflazz_core::engine::Engine;
use eraflazz_core::money::Money;
use eraflazz_core::ports::SupplierFunds;
use eraflazz_store_postgres::Part;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::desk::DeskError;
use super::show::{Show, facts, table};
use super::{ArchiveArgs, EpochCommand, MigrateArgs};
use crate::monitor::Monitor;
use crate::serve::engine_over;
use crate::settings::{Database, Role, Settings, Store};
use crate::store::{Checked, Migrated, Opened, Record, Shared, StoreError};
use crate::wording;

/// What was found in a database.
#[derive(Debug, Serialize, Deserialize)]
struct CheckTold {
    transfers: u64,
    closes: bool,
    differences: Vec<String>,
}

/// The epochs, and what a person compares before one is raised.
#[derive(Debug, Serialize, Deserialize)]
struct EpochTold {
    /// In the database.
    recorded: u16,
    /// In the file, if it says one.
    filed: Option<u16>,
    suppliers: Vec<SupplierTold>,
}

/// A supplier, by our books and by its own.
#[derive(Debug, Serialize, Deserialize)]
struct SupplierTold {
    supplier: String,
    prepaid: Money,
    /// What open purchases may still cost.
    exposure: Money,
    /// What it says is left of ours, if it answers.
    balance: Option<Money>,
}

fn wrong(error: &StoreError) -> DeskError {
    DeskError::NotReady(error.to_string())
}

/// Brings the schema to the version that this program knows; repeating it changes nothing.
pub async fn migrate(args: MigrateArgs, store: &Store, show: Show) -> Result<(), DeskError> {
    let Store::Postgres(database) = store else {
        let why = "store.kind: only a database is migrated: --store postgres://…";
        return Err(DeskError::NotReady(why.to_owned()));
    };
    let servers = args
        .server_role
        .into_iter()
        .map(|role| (role, Part::Server));
    let reports = args
        .report_role
        .into_iter()
        .map(|role| (role, Part::Reports));
    let roles: Vec<(String, Part)> = servers.chain(reports).collect();
    let Migrated { is_new, epoch } = database
        .migrate(&roles)
        .await
        .map_err(|error| wrong(&error))?;
    let told = json!({"new": is_new, "epoch": epoch.number()});
    show.answer(told, |_: &Value| {
        let what = if is_new { "made" } else { "up to date" };
        format!(
            "the schema eraflazz is {what}, its epoch is {}",
            epoch.number()
        )
    })
}

/// Recounts the books of a database; servers may run.
pub async fn check(database: &Database, show: Show) -> Result<(), DeskError> {
    let Checked {
        transfers,
        differences,
    } = database.check().await.map_err(|error| wrong(&error))?;
    let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
    if !lines.is_empty() {
        return Err(DeskError::NotReady(format!(
            "the books do not close:\n{}",
            lines.join("\n")
        )));
    }
    let told = CheckTold {
        transfers,
        closes: true,
        differences: lines,
    };
    show.answer(json!(told), |told: &CheckTold| {
        format!(
            "{} transfers; every balance is the sum of its transfers",
            told.transfers
        )
    })
}

/// Moves logs of ended orders into files, or reads those files.
pub async fn archive(args: ArchiveArgs, store: &Store, show: Show) -> Result<(), DeskError> {
    let Store::Postgres(database) = store else {
        let why =
            "store.kind: only the logs of a database are moved: a folder has its archive within it";
        return Err(DeskError::NotReady(why.to_owned()));
    };
    let into = args.into.as_deref();
    let Some(before) = args.before else {
        let found = database.check_archive(into).await;
        let found = found.map_err(|error| wrong(&error))?;
        if !found.wrong.is_empty() {
            let lines = found.wrong.join("\n");
            return Err(DeskError::NotReady(format!(
                "the archive is not what was written:\n{lines}"
            )));
        }
        let told = json!({"files": found.files, "orders": found.orders, "rows": found.rows});
        return show.answer(told, |_: &Value| {
            format!(
                "{} files with the logs of {} orders, {} rows; each is as it was written",
                found.files, found.orders, found.rows
            )
        });
    };
    let moved = database.archive(into, before).await;
    let moved = moved.map_err(|error| wrong(&error))?;
    let told = json!({
        "orders": moved.orders, "rows": moved.rows, "files": moved.files, "bytes": moved.bytes, "left": moved.left,
    });
    show.answer(told, |_: &Value| {
        format!(
            "moved the logs of {} orders, {} rows, into {} files of {} KiB; {} orders from before {before} keep theirs: something about them is open",
            moved.orders, moved.rows, moved.files, moved.bytes.div_ceil(1024), moved.left
        )
    })
}

/// Shows the epochs and what to compare, or raises them.
pub async fn epoch(command: EpochCommand, settings: Settings, show: Show) -> Result<(), DeskError> {
    let opened = settings.store.open(&Monitor::default(), Role::Api).await;
    let opened = opened.map_err(|error| wrong(&error))?;
    let engine = engine_over(&opened, &settings, &Monitor::default());
    let engine = engine.map_err(|error| DeskError::NotReady(error.to_string()))?;
    let Opened::Shared(shared) = &opened else {
        let why = "engine.epoch: without a database the epoch is in the settings: raise it there";
        return Err(DeskError::NotReady(why.to_owned()));
    };
    match command {
        EpochCommand::Show => {
            let told = compared(shared, opened.record(), &engine).await?;
            show.answer(json!(told), |told: &EpochTold| words(told))
        }
        EpochCommand::Raise { checked: false } => {
            let told = compared(shared, opened.record(), &engine).await?;
            show.answer(json!(told), |told: &EpochTold| words(told))?;
            let why = "nothing was raised: compare each balance with what is left by the books, then say `h2h-server epoch raise --checked`";
            Err(DeskError::NotReady(why.to_owned()))
        }
        EpochCommand::Raise { checked: true } => {
            let raised = shared.raise_epoch().await.map_err(|error| wrong(&error))?;
            show.answer(json!({"epoch": raised.number()}), |_: &Value| {
                format!(
                    "the epoch is {0}: write {0} into store.epoch_file of every other machine, then start the servers",
                    raised.number()
                )
            })
        }
    }
}

async fn compared(
    shared: &Shared,
    record: &dyn Record,
    engine: &Engine,
) -> Result<EpochTold, DeskError> {
    let silent = |error: &dyn std::fmt::Display| DeskError::NotReady(error.to_string());
    let epochs = shared.epochs().await.map_err(|error| wrong(&error))?;
    engine.stand_by().await.map_err(|error| silent(&error))?;
    let snapshot = record.snapshot().await.map_err(|error| silent(&error))?;
    let funds = record.supplier_funds().await;
    let mut suppliers = Vec::new();
    for fund in funds.map_err(|error| silent(&error))? {
        let SupplierFunds {
            supplier,
            prepaid,
            exposure,
        } = fund;
        let named = snapshot.supplier(supplier);
        suppliers.push(SupplierTold {
            supplier: named.map_or_else(|| supplier.0.to_string(), |info| info.slug.to_string()),
            prepaid,
            exposure,
            balance: engine.check_balance(supplier).await,
        });
    }
    Ok(EpochTold {
        recorded: epochs.recorded.number(),
        filed: epochs.filed.ok().map(eraflazz_core::ids::Epoch::number),
        suppliers,
    })
}

fn words(told: &EpochTold) -> String {
    let filed = told
        .filed
        .map_or_else(|| "none".to_owned(), |filed| filed.to_string());
    let head = facts(&[
        ("in the database", told.recorded.to_string()),
        ("in the file", filed),
    ]);
    let rows = told.suppliers.iter().map(|told| {
        let left = told.prepaid.checked_sub(told.exposure);
        [
            told.supplier.clone(),
            wording::rupiah(told.prepaid),
            wording::rupiah(told.exposure),
            left.map_or_else(|| "?".to_owned(), wording::rupiah),
            told.balance
                .map_or_else(|| "does not answer".to_owned(), wording::rupiah),
        ]
    });
    let columns = [
        "supplier",
        "booked",
        "may still cost",
        "so at least",
        "it says",
    ];
    format!("{head}\n{}", table(columns, rows))
}

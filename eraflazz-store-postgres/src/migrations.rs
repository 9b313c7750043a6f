//! The schema, version by version, in a schema of its own with a table of migrations of its own, so that it lives beside whatever else a database has.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// What was migrated when is in here.
const TABLE: &str = "eraflazz.migrations";

/// Every migration: number, name, statements. Never changed once released: the next one mends the last.
const ALL: [(i64, &str, &str); 6] = [
    (
        1,
        "the record",
        include_str!("../migrations/0001_the_record.sql"),
    ),
    (
        2,
        "many processes",
        include_str!("../migrations/0002_many_processes.sql"),
    ),
    (
        3,
        "the archive",
        include_str!("../migrations/0003_the_archive.sql"),
    ),
    (
        4,
        "the reports",
        include_str!("../migrations/0004_the_reports.sql"),
    ),
    (
        5,
        "the roles",
        include_str!("../migrations/0005_the_roles.sql"),
    ),
    (
        6,
        "another cluster",
        include_str!("../migrations/0006_another_cluster.sql"),
    ),
];

/// All of them, to be run.
pub(crate) fn migrator() -> Migrator {
    let migrations = ALL.map(|(version, name, statements)| {
        let kind = MigrationType::Simple;
        Migration::new(version, name.into(), kind, statements.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.into());
    migrator.create_schema("eraflazz");
    migrator.dangerous_set_table_name(TABLE);
    migrator
}

/// The version that this program knows.
pub(crate) const fn known() -> i64 {
    ALL[ALL.len() - 1].0
}

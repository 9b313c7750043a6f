//! Before an order is taken every wallet is compared with its transfers (money-safety section 7): what was folded of them, and the rest.

use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::{Account, Difference, rules};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::world::{BANK, accepted, database, done, member, money, open, rupiah, shelves};

/// Somebody with the rights of an owner, and a statement.
async fn by_hand(conn: &mut PgConnection, statement: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
    done.execute(conn).await.unwrap();
}

fn accounts(of: MemberId) -> [(&'static str, Account); 3] {
    [
        ("available", Account::Available(of)),
        ("held", Account::Held(of)),
        ("receivable", Account::Receivable(of)),
    ]
}

#[test]
fn inv_03_a_wallet_changed_by_hand_by_one_rupiah_is_named() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        member(&store, "siti", 10_000).await;
        accepted(&store, budi, 1_000).await;
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let verify = async || store.verify_wallets().await.unwrap();
        // All of it above the folds, some above and some below, and so again.
        for _folded in 0..3 {
            assert_eq!(verify().await, []);
            for (column, account) in accounts(budi) {
                let change = async |conn: &mut PgConnection, change: &str| {
                    let its = format!(
                        "UPDATE eraflazz.wallets SET {change} WHERE member = '{}'",
                        budi.0
                    );
                    by_hand(conn, &its).await;
                };
                change(&mut conn, &format!("{column} = {column} + 1")).await;
                let found = verify().await;
                let named: Vec<_> = found
                    .iter()
                    .map(|it| (it.account, it.kept - it.sum))
                    .collect();
                assert_eq!(named, [(account, 100)]);
                // Nothing is spent of it any more: it keeps nobody else from work.
                change(&mut conn, "frozen = true").await;
                assert_eq!(verify().await, []);
                change(
                    &mut conn,
                    &format!("{column} = {column} - 1, frozen = false"),
                )
                .await;
            }
            let deposit = money(|subject| rules::deposit(subject, budi, BANK, rupiah(5)));
            done(&store, deposit).await;
            assert!(store.fold().await.unwrap());
            accepted(&store, budi, 1_000).await;
        }
    });
}

/// A transfer that no wallet knows of, and a member whose wallet is gone, are found as well.
#[test]
fn inv_03_what_only_the_transfers_know_is_named() {
    conformance::run(async {
        let url = database();
        let store = open(&url).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let once_more = "INSERT INTO eraflazz.transfers (subject, effect, n, line, debit, credit, amount, at)
            SELECT gen_random_uuid(), effect, n, line, debit, credit, 7, at FROM eraflazz.transfers LIMIT 1";
        by_hand(&mut conn, once_more).await;
        let difference = |kept: i128, sum: i128| Difference {
            account: Account::Available(budi),
            kept,
            sum,
        };
        for _folded in 0..2 {
            let found = store.verify_wallets().await.unwrap();
            assert_eq!(found, [difference(1_000_000, 1_000_700)]);
            assert!(store.fold().await.unwrap());
        }
        by_hand(&mut conn, "DELETE FROM eraflazz.wallets").await;
        let found = store.verify_wallets().await.unwrap();
        assert_eq!(found, [difference(0, 1_000_700)]);
    });
}

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::catalog::sample::{self, rupiah};
use crate::catalog::{CatalogData, DestinationRule, Price, ProductKind, TargetForm, TierId};

const ALPHA: SupplierId = SupplierId(0);
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn row(sku: &str, category: &str, brand: &str, price: i64) -> PriceRow {
    PriceRow {
        sku: Sku::new(sku).unwrap(),
        name: Some(format!("{brand} {sku}")),
        category: Some(category.to_owned()),
        brand: Some(brand.to_owned()),
        kind: None,
        price: rupiah(price),
        active: true,
        stock: None,
        multi: Some(true),
        cut_off: None,
        description: None,
        form: None,
    }
}

fn list(rows: Vec<PriceRow>) -> PriceList {
    PriceList {
        goods: ProductKind::Prepaid,
        rows,
        refused: Vec::new(),
    }
}

/// The list that says what the sample has of `alpha` already: `sku0` of `X10`, `sku1` of `PLN20`.
fn as_it_is() -> Vec<PriceRow> {
    vec![
        row("SKU0", "Pulsa", "XL", 10_400),
        row("sku1", "PLN", "PLN", 20_000),
    ]
}

fn planned(snapshot: &Snapshot, list: &PriceList) -> Plan {
    plan(snapshot, ALPHA, list, None, &Rules::default(), NOW).unwrap()
}

fn synced(snapshot: &Snapshot, rows: Vec<PriceRow>) -> (Snapshot, Statistics) {
    let plan = planned(snapshot, &list(rows));
    let statistics = plan.statistics;
    let whole = Some((ALPHA, NOW));
    let after = CatalogChange::apply(snapshot, &plan.commit(snapshot.version(), whole)).unwrap();
    (after, statistics)
}

fn switch(snapshot: &Snapshot, mapping: u32, active: bool) -> Snapshot {
    let change = CatalogChange::SetMappingActive {
        mapping: MappingId(mapping),
        active,
    };
    CatalogChange::apply(snapshot, &[change]).unwrap()
}

#[test]
fn a_list_that_says_what_is_there_changes_nothing() {
    let (after, statistics) = synced(&sample::snapshot(), as_it_is());
    assert_eq!(statistics.unchanged, 2);
    assert_eq!(after.sync_mark(ALPHA).synced_at, Some(NOW));
    let mut data = after.data();
    data.syncs.clear();
    assert_eq!(data, sample::data());
}

#[rstest]
#[case::empty(Vec::new(), PlanError::Empty)]
#[case::sells_nothing(vec![PriceRow { active: false, ..row("sku0", "Pulsa", "XL", 1) }], PlanError::NothingSold)]
fn a_bad_list_is_refused(#[case] rows: Vec<PriceRow>, #[case] error: PlanError) {
    let snapshot = sample::snapshot();
    let found = plan(&snapshot, ALPHA, &list(rows), None, &Rules::default(), NOW);
    assert_eq!(found, Err(error));
}

#[test]
fn what_the_supplier_closes_is_closed_and_opened_again_with_it() {
    let mut rows = as_it_is();
    rows[0].active = false;
    let (closed, statistics) = synced(&sample::snapshot(), rows);
    let route = closed.mapping(MappingId(0)).unwrap();
    assert!(route.active && !route.listed && !route.is_open());
    assert_eq!((statistics.updated, statistics.unchanged), (1, 1));
    let (open, _) = synced(&closed, as_it_is());
    assert!(open.mapping(MappingId(0)).unwrap().is_open());
}

#[test]
fn inv_17_what_people_or_a_bill_above_the_cap_closed_stays_closed() {
    let closed = switch(&sample::snapshot(), 0, false);
    let mut rows = as_it_is();
    rows[0].price = rupiah(10_300);
    let (after, _) = synced(&closed, rows.clone());
    let route = after.mapping(MappingId(0)).unwrap();
    assert_eq!((route.active, route.cost), (false, rupiah(10_300)));
    rows[0].active = false;
    let (after, _) = synced(&after, rows);
    let (after, _) = synced(&after, as_it_is());
    assert!(!after.mapping(MappingId(0)).unwrap().active);
}

#[test]
fn the_base_price_follows_the_best_route_and_what_a_person_set_stays_until_that_moves() {
    let snapshot = sample::snapshot();
    let mut rows = as_it_is();
    assert_eq!(
        synced(&snapshot, rows.clone())
            .0
            .product(ProductId(0))
            .unwrap()
            .base_price,
        rupiah(10_500)
    );
    rows[0].price = rupiah(10_700);
    let (after, _) = synced(&snapshot, rows);
    assert_eq!(
        after.product(ProductId(0)).unwrap().base_price,
        rupiah(10_700)
    );
    // A route that is not the best says nothing about it.
    let mut data = sample::data();
    data.mappings[0].priority = 200;
    let second = Snapshot::new(7, data).unwrap();
    let mut rows = as_it_is();
    rows[0].price = rupiah(9_000);
    let (after, _) = synced(&second, rows);
    assert_eq!(
        after.product(ProductId(0)).unwrap().base_price,
        rupiah(10_500)
    );
}

#[rstest]
#[case(11_550, None)]
#[case(11_551, Some(11_551))]
#[case(5_250, None)]
#[case(5_249, Some(5_249))]
fn inv_17_a_price_beyond_the_threshold_waits_while_its_cost_counts_at_once(
    #[case] price: i64,
    #[case] asked: Option<i64>,
) {
    let snapshot = sample::snapshot();
    let mut rows = as_it_is();
    rows[0].price = rupiah(price);
    let (after, statistics) = synced(&snapshot, rows.clone());
    assert_eq!(after.mapping(MappingId(0)).unwrap().cost, rupiah(price));
    let id = ApprovalId::BasePrice(ProductId(0));
    let proposal = after.approval(id).map(|found| found.proposal);
    let expected = asked.map(|to| Proposal::BasePrice {
        product: ProductId(0),
        from: rupiah(10_500),
        to: rupiah(to),
    });
    assert_eq!(proposal, expected);
    assert_eq!(statistics.approvals, u32::from(asked.is_some()));
    let base = if asked.is_some() { 10_500 } else { price };
    assert_eq!(
        after.product(ProductId(0)).unwrap().base_price,
        rupiah(base)
    );
    // Back within it, nobody need be asked any more.
    rows[0].price = rupiah(10_600);
    let (back, _) = synced(&after, rows);
    assert_eq!(back.approval(id).is_some(), base == 5_250);
}

#[test]
fn a_route_that_the_list_has_no_more_is_asked_about_once() {
    let snapshot = sample::snapshot();
    let (after, statistics) = synced(&snapshot, as_it_is().split_off(1));
    let id = ApprovalId::Withdrawal(MappingId(0));
    assert!(after.approval(id).is_some() && after.mapping(MappingId(0)).unwrap().is_open());
    assert_eq!(statistics.approvals, 1);
    let (again, statistics) = synced(&after, as_it_is().split_off(1));
    assert_eq!(statistics.approvals, 0);
    let (back, _) = synced(&again, as_it_is());
    assert_eq!(back.approval(id), None);
    // The list had it: it could not be read.
    let unread = PriceList {
        goods: ProductKind::Prepaid,
        rows: as_it_is().split_off(1),
        refused: vec!["row 1: (\"SKU0\") price: above zero".to_owned()],
    };
    let plan = planned(&snapshot, &unread);
    assert_eq!(plan.changes, []);
    assert_eq!((plan.statistics.passed_over, plan.statistics.total), (1, 2));
}

#[test]
fn a_new_category_comes_with_the_usual_markups() {
    let mut rows = as_it_is();
    rows.push(row("ff70", "Games", "FREE FIRE", 9_100));
    rows.push(row("xld1gb", "Data", "XL", 15_000));
    let (after, statistics) = synced(&sample::snapshot(), rows);
    assert_eq!((statistics.created, statistics.categories_created), (2, 2));
    let diamonds = after.product_coded(&sample::code("FF70")).unwrap();
    assert!(diamonds.active && diamonds.multi);
    assert_eq!(
        diamonds.destination,
        DestinationRule::Digits { min: 8, max: 12 }
    );
    assert_eq!(diamonds.base_price, rupiah(9_100));
    let paid = |code: &str, tier| {
        let product = after.product_coded(&sample::code(code)).unwrap();
        after.prices().price(
            crate::ids::MemberId(uuid::Uuid::nil()),
            TierId(tier),
            product,
        )
    };
    assert_eq!(paid("FF70", 0), Some(Price::Flat(rupiah(3_000))));
    assert_eq!(paid("FF70", 1), Some(Price::Flat(rupiah(1_500))));
    assert_eq!(paid("XLD1GB", 0), Some(Price::Flat(rupiah(2_500))));
    assert_eq!(paid("XLD1GB", 1), Some(Price::Flat(rupiah(1_200))));
    assert_eq!(
        paid("X10", 0),
        Some(Price::Flat(rupiah(500))),
        "what is there stays"
    );
}

#[test]
fn an_empty_catalog_gets_the_tiers_of_the_markups() {
    let data = CatalogData {
        suppliers: sample::data().suppliers,
        ..CatalogData::default()
    };
    let empty = Snapshot::new(0, data).unwrap();
    let (after, statistics) = synced(&empty, as_it_is());
    assert_eq!((statistics.created, statistics.categories_created), (2, 2));
    let tiers: Vec<&str> = after
        .tiers()
        .iter()
        .map(|tier| tier.slug.as_str())
        .collect();
    assert_eq!(tiers, ["retail", "reseller"]);
    assert_eq!(after.prices().rules().count(), 4);
}

#[rstest]
#[case("Gaib", "BARANG", "gaib")]
#[case("Games", "MOBILE LEGENDS", "games")]
#[case("3D & TV", "X", "k3d-tv")]
#[case("", "X", "lainnya")]
fn what_nobody_has_looked_at_is_created_closed(
    #[case] category: &str,
    #[case] brand: &str,
    #[case] slug: &str,
) {
    let mut rows = as_it_is();
    rows.push(row("new1", category, brand, 1_000));
    let plan = planned(&sample::snapshot(), &list(rows.clone()));
    assert!(
        plan.remarks[0]
            .text
            .contains("closed until a person opens it")
    );
    let (after, _) = synced(&sample::snapshot(), rows);
    let product = after.product_coded(&sample::code("NEW1")).unwrap();
    assert!(!product.active);
    assert_eq!(
        after.category(product.category).unwrap().slug.as_str(),
        slug
    );
}

/// A game with zones is sold where the list says how its supplier is told the two, and nowhere else.
#[test]
fn players_with_a_zone_are_sold_where_it_is_known_how_they_are_told() {
    let mut rows = as_it_is();
    let legends = |sku: &str, form: Option<&str>| PriceRow {
        form: form.map(|form| TargetForm::new(form).unwrap()),
        ..row(sku, "Games", "MOBILE LEGENDS", 18_000)
    };
    rows.push(legends("ml1", Some("{user_id}{zone_id}")));
    rows.push(legends("ml2", Some("{user_id}|{server}")));
    rows.push(PriceRow {
        form: Some(TargetForm::new("{user_id}|{server}").unwrap()),
        ..row("gi60", "Games", "Genshin Impact", 12_000)
    });
    let (after, _) = synced(&sample::snapshot(), rows);
    let made = |code: &str| {
        let product = after.product_coded(&sample::code(code)).unwrap();
        let form = after.mappings_of(product.id)[0].form.clone();
        (product, form.map(|form| form.as_str().to_owned()))
    };
    let (legends, form) = made("ML1");
    assert!(legends.active);
    assert_eq!(form.as_deref(), Some("{user_id}{zone_id}"));
    // It does not go with the game.
    let (strange, form) = made("ML2");
    assert!(!strange.active);
    assert_eq!(form, None);
    // Told, but by one source only: a person looks first.
    let (genshin, form) = made("GI60");
    assert!(!genshin.active);
    assert_eq!(form.as_deref(), Some("{user_id}|{server}"));
    let player = genshin.normalise("800012345(os_asia)", false);
    assert_eq!(player.unwrap().destination.as_str(), "800012345(os_asia)");
}

/// Bills come from a list of their own: neither list closes, or asks a person to close, what is on the other.
#[test]
fn a_list_of_bills_says_nothing_of_prepaid_goods_and_the_other_way_round() {
    let bill = |sku: &str, brand: &str, form: Option<&str>| PriceRow {
        price: Money::ZERO,
        multi: None,
        form: form.map(|form| TargetForm::new(form).unwrap()),
        ..row(sku, "Pascabayar", brand, 1)
    };
    let bills = PriceList {
        goods: ProductKind::Postpaid,
        rows: vec![
            bill("pln", "PLN PASCABAYAR", None),
            bill("samsat", "SAMSAT", Some("{payment_code},{identity_no}")),
            bill("pdam", "PDAM", None),
            bill("x10", "BPJS KESEHATAN", None),
        ],
        refused: Vec::new(),
    };
    let before = sample::snapshot();
    let made = planned(&before, &bills);
    assert_eq!((made.statistics.created, made.statistics.approvals), (3, 0));
    assert_eq!(made.statistics.passed_over, 1, "the code of prepaid goods");
    let after = CatalogChange::apply(&before, &made.changes).unwrap();
    let product = |code: &str| after.product_coded(&sample::code(code)).unwrap();
    let pln = product("PLN");
    assert_eq!((pln.kind, pln.active), (ProductKind::Postpaid, true));
    assert_eq!(
        pln.destination,
        DestinationRule::Digits { min: 12, max: 12 }
    );
    assert!(!product("PDAM").active && !product("SAMSAT").active);
    let form = after.mappings_of(product("SAMSAT").id)[0].form.clone();
    assert_eq!(form.unwrap().as_str(), "{payment_code},{identity_no}");
    assert_eq!(planned(&after, &bills).changes, []);
    // The prepaid list knows none of them, and asks nobody about them.
    let prepaid = planned(&after, &list(as_it_is()));
    assert_eq!(prepaid.changes, []);
    // One that is on its own list no more is asked about.
    let mut fewer = bills;
    fewer.rows.remove(1);
    let asked = planned(&after, &fewer);
    assert_eq!(asked.statistics.approvals, 1);
}

#[test]
fn goods_are_never_mapped_to_a_product_that_only_has_the_same_code() {
    let mut rows = as_it_is();
    rows.push(row("x10", "Pulsa", "XL", 10_000));
    rows.push(PriceRow {
        name: Some("Cek Username ML".to_owned()),
        ..row("cekml", "Games", "MOBILE LEGENDS", 1)
    });
    rows.push(row("has.dot", "Pulsa", "XL", 10_000));
    let plan = planned(&sample::snapshot(), &list(rows));
    assert_eq!(plan.changes, []);
    assert_eq!((plan.statistics.passed_over, plan.remarks.len()), (3, 3));
}

#[test]
fn one_category_is_synced_by_any_of_its_names() {
    let snapshot = sample::snapshot();
    let mut rows = as_it_is();
    rows[0].price = rupiah(10_450);
    rows[1].price = rupiah(20_100);
    for only in ["pulsa", "Pulsa", "PULSA"] {
        let plan = plan(
            &snapshot,
            ALPHA,
            &list(rows.clone()),
            Some(only),
            &Rules::default(),
            NOW,
        );
        assert_eq!(plan.unwrap().statistics.total, 1, "{only}");
    }
    // What is missing elsewhere is not looked at.
    let only = plan(
        &snapshot,
        ALPHA,
        &list(rows[..1].to_vec()),
        Some("pulsa"),
        &Rules::default(),
        NOW,
    );
    assert_eq!(only.unwrap().statistics.approvals, 0);
    let none = plan(
        &snapshot,
        ALPHA,
        &list(rows),
        Some("Voucher"),
        &Rules::default(),
        NOW,
    );
    assert_eq!(none, Err(PlanError::NoSuchCategory));
}

#[test]
fn a_plan_is_for_the_catalog_that_it_was_made_from() {
    let snapshot = sample::snapshot();
    let changes = planned(&snapshot, &list(as_it_is())).commit(snapshot.version(), None);
    let moved = switch(&snapshot, 1, false);
    let error = CatalogChange::apply(&moved, &changes).unwrap_err();
    assert!(error.is_overtaken(), "{error}");
}

#[test]
fn the_run_of_a_schedule_is_begun_by_one() {
    let snapshot = sample::snapshot();
    let begin = |at| CatalogChange::BeginRun {
        supplier: ALPHA,
        due: NOW,
        at,
        until: at.plus(Duration::from_mins(15)),
    };
    let begun = CatalogChange::apply(&snapshot, &[begin(NOW)]).unwrap();
    assert!(
        CatalogChange::apply(&begun, &[begin(NOW)])
            .unwrap_err()
            .is_overtaken()
    );
    let late = NOW.plus(Duration::from_mins(15));
    let again = CatalogChange::apply(&begun, &[begin(late)]).unwrap();
    let (ended, _) = synced(&again, as_it_is());
    let later = late.plus(Duration::from_hours(1));
    assert!(
        CatalogChange::apply(&ended, &[begin(later)])
            .unwrap_err()
            .is_overtaken()
    );
}

/// Rows about what we have and about what we do not have.
fn any_rows() -> impl Strategy<Value = Vec<PriceRow>> {
    let one = (
        0_usize..8,
        prop_oneof![Just("Pulsa"), Just("PLN"), Just("Games"), Just("Gaib")],
        prop_oneof![Just("XL"), Just("PLN"), Just("FREE FIRE"), Just("LAIN")],
        1_i64..40_000,
        any::<bool>(),
        proptest::option::of(0_u64..3),
    );
    proptest::collection::vec(one, 1..8).prop_map(|rows| {
        let mut seen = BTreeSet::new();
        rows.into_iter()
            .filter(|(sku, ..)| seen.insert(*sku))
            .map(|(sku, category, brand, price, active, stock)| PriceRow {
                active,
                stock,
                ..row(&format!("sku{sku}"), category, brand, price)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn a_sync_is_repeated_without_effect_and_never_touches_what_people_closed(
        lists in proptest::collection::vec(any_rows(), 1..5),
        closed in proptest::collection::vec(any::<bool>(), 3),
    ) {
        let mut snapshot = sample::snapshot();
        for (mapping, closed) in (0_u32..).zip(closed) {
            snapshot = switch(&snapshot, mapping, !closed);
        }
        for rows in lists {
            let rows = list(rows);
            let made = match plan(&snapshot, ALPHA, &rows, None, &Rules::default(), NOW) {
                Ok(made) => made,
                Err(error) => {
                    prop_assert_eq!(error, PlanError::NothingSold);
                    prop_assert!(rows.rows.iter().all(|row| !row.active));
                    continue;
                }
            };
            let statistics = made.statistics;
            let sum = statistics.created + statistics.updated + statistics.unchanged
                + statistics.skipped_inactive + statistics.passed_over;
            prop_assert_eq!(statistics.total, sum);
            let after = CatalogChange::apply(&snapshot, &made.commit(snapshot.version(), None)).unwrap();
            for before in snapshot.mappings() {
                let now = after.mapping(before.id).unwrap();
                prop_assert_eq!(now.active, before.active);
                let said = rows.rows.iter().find(|row| key(&row.sku) == key(&before.sku));
                let is_theirs = before.supplier == ALPHA;
                if let Some(row) = said.filter(|_| is_theirs) {
                    prop_assert_eq!((now.listed, now.cost), (row.active, row.price));
                } else {
                    prop_assert_eq!(now, before);
                }
            }
            for before in snapshot.products() {
                let now = after.product(before.id).unwrap();
                prop_assert_eq!(now.active, before.active);
                let moved = (now.base_price.hundredths() - before.base_price.hundredths()).abs();
                prop_assert!(moved * 2 <= before.base_price.hundredths());
            }
            let again = plan(&after, ALPHA, &rows, None, &Rules::default(), NOW).unwrap();
            prop_assert_eq!(again.changes, Vec::new());
            prop_assert_eq!(again.statistics.approvals, 0);
            snapshot = after;
        }
    }
}

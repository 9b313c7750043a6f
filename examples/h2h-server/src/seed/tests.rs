//! The seed file as a whole: the example, and every kind of mistake by its place.

use std::path::Path;

use eraflazz_core::catalog::{DestinationRule, Operator};
use eraflazz_core::member::Scope;
use eraflazz_core::money::Money;
use eraflazz_core::time::Timestamp;
use eraflazz_core::{catalog, ids::MemberId};
use rstest::rstest;

use super::*;

const SECRET: &str = "k9wq-Vt3n-61zz-Lm8r-Qx7d";

pub(super) fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("seed.example.toml");
    let text = std::fs::read_to_string(path).unwrap();
    text.replace("isi-dengan-secret-agen-anda-sendiri", SECRET)
}

/// Member ids 1, 2, 3…
fn mint() -> impl FnMut() -> MemberId {
    let mut last = 0;
    move || {
        last += 1;
        MemberId::mint(Timestamp::from_millis(0), &[last; 10])
    }
}

pub(super) fn plan(text: &str) -> Result<Plan, Problems> {
    Seed::read(text).and_then(|seed| seed.plan(mint()))
}

fn told(text: &str) -> String {
    plan(text).unwrap_err().to_string()
}

/// The example with one text in place of another.
fn spoilt(old: &str, new: &str) -> String {
    let example = example();
    assert!(example.contains(old), "{old} is not in the example");
    told(&example.replacen(old, new, 1))
}

#[test]
fn the_example_becomes_a_catalog_members_and_money() {
    let plan = plan(&example()).unwrap();
    let empty = catalog::Snapshot::default();
    let snapshot = catalog::CatalogChange::apply(&empty, &plan.catalog).unwrap();
    let pulsa = &snapshot.products()[0];
    assert_eq!(
        pulsa.destination,
        DestinationRule::Phone {
            operators: vec![Operator::Telkomsel],
            strict: false
        }
    );
    assert_eq!(pulsa.cut_off.unwrap().to_string(), "23:45-00:15");
    assert_eq!(
        snapshot.products()[1].destination,
        DestinationRule::PlnMeter
    );
    assert_eq!(snapshot.mappings()[1].cost, "20049.50".parse().unwrap());

    assert_eq!(snapshot.products()[1].brand, "Token PLN");

    let [central, shop] = &plan.members[..] else {
        panic!("two members are in the example")
    };
    assert_eq!(shop.upline, Some(central.id));
    assert_eq!(shop.name, "toko-maju");
    assert_eq!(shop.limits.orders_per_minute, Some(60));
    assert_eq!(
        plan.balances,
        [(central.id, Money::rupiah(1_000_000).unwrap())]
    );
    assert_eq!(
        plan.floats,
        [(
            snapshot.suppliers()[0].id,
            Money::rupiah(5_000_000).unwrap()
        )]
    );

    let [key] = &plan.keys[..] else {
        panic!("one key is in the example")
    };
    assert_eq!(key.holder.member(), Some(central.id));
    assert!(key.allows(Scope::TrxWrite) && !key.allows(Scope::Admin));
    let own = snapshot.prices().price(shop.id, shop.tier, pulsa);
    assert_eq!(
        own,
        Some(catalog::Price::Sell(Money::rupiah(10_300).unwrap()))
    );
}

#[test]
fn t_07_the_secret_of_the_example_is_refused() {
    let example = example().replace(SECRET, "isi-dengan-secret-agen-anda-sendiri");
    assert_eq!(
        told(&example),
        "members[0].keys[0].secret: is a placeholder: put your own here"
    );
}

#[rstest]
#[case(
    r#"category = "pulsa""#,
    r#"category = "puls""#,
    r#"products[0].category: no such category "puls""#
)]
#[case(
    r#"product = "PLN20""#,
    r#"product = "PLN21""#,
    r#"mappings[1].product: no such product "PLN21""#
)]
#[case(
    r#"supplier = "digiflazz""#,
    r#"supplier = "digi""#,
    r#"mappings[0].supplier: no such supplier "digi""#
)]
#[case(
    "tier = \"reseller\"\n#",
    "tier = \"gold\"\n#",
    r#"members[0].tier: no such tier "gold""#
)]
#[case(
    r#"member = "toko-maju""#,
    r#"member = "toko""#,
    r#"prices[4].member: no such member "toko""#
)]
#[case(
    r#"upline = "agen-pusat""#,
    r#"upline = "agen""#,
    r#"members[1].upline: no such member "agen""#
)]
fn a_name_that_means_nothing_is_named(#[case] old: &str, #[case] new: &str, #[case] line: &str) {
    assert_eq!(spoilt(old, new), line);
}

#[rstest]
#[case(
    r#"slug = "pln""#,
    r#"slug = "pulsa""#,
    "categories[1].slug: is used twice"
)]
#[case(
    r#"code = "PLN20""#,
    r#"code = "S10""#,
    "products[1].code: is used twice"
)]
#[case(
    r#"code = "toko-maju""#,
    r#"code = "agen-pusat""#,
    "members[1].code: is used twice"
)]
fn a_name_used_twice_is_named(#[case] old: &str, #[case] new: &str, #[case] line: &str) {
    assert_eq!(spoilt(old, new).lines().next(), Some(line));
}

#[rstest]
#[case(
    "base_price = 10150",
    "base_price = 10150.5",
    "products[0].base_price: a number is whole; an amount with a fraction is a text with two decimals"
)]
#[case(
    "base_price = 10150",
    "base_price = 9999999999999",
    "products[0].base_price: an amount is at most 10^12 rupiah"
)]
#[case(
    "base_price = 10150",
    "price = 1",
    "products[0].price: unknown field; known here: code, name, category, brand, destination, input_fields, base_price, min_margin, loss_leader, cut_off, multi, sn_required, active, kind"
)]
#[case("base_price = 10150", "", "products[0].base_price: required")]
#[case(
    r#""23:45-00:15""#,
    r#""23:45""#,
    "products[0].cut_off: a cut-off is HH:MM-HH:MM in Jakarta time with two different times"
)]
#[case(
    r#"{ phone = ["telkomsel"] }"#,
    r#"{ phone = ["simpati"] }"#,
    "products[0].destination.phone[0]: expected one of telkomsel, by_u, indosat, tri, xl, axis, smartfren"
)]
#[case(r#"{ phone = ["telkomsel"] }"#, r"{ strict = true }", r#"products[0].destination: one of "phone", "pln_meter", "fields", { phone = [operators] }, { digits = [min, max] }, { player = [min, max], zone = [min, max] }"#)]
#[case(r#"{ phone = ["telkomsel"] }"#, r"{ player = [6, 10] }", r#"products[0].destination: one of "phone", "pln_meter", "fields", { phone = [operators] }, { digits = [min, max] }, { player = [min, max], zone = [min, max] }"#)]
#[case(r#"{ phone = ["telkomsel"] }"#, r#"[["telkomsel"]]"#, r#"products[0].destination: a list is not one of "phone", "pln_meter", "fields", { phone = [operators] }, { digits = [min, max] }, { player = [min, max], zone = [min, max] }"#)]
#[case(
    r#"kind = "shop""#,
    r#"kind = "toko""#,
    "members[1].kind: expected one of shop, h2h"
)]
#[case(
    r#"scopes = ["trx:write", "trx:read"]"#,
    r#"scopes = ["trx:*"]"#,
    "members[0].keys[0].scopes[0]: expected one of trx:write, trx:read, admin:*, admin:read, admin:money, admin:catalog, admin:members, trx:plain"
)]
#[case(
    "networks = []",
    r#"networks = ["ten"]"#,
    "members[0].keys[0].networks[0]: an address or a network like 10.0.0.0/8 is expected"
)]
#[case(
    "[[prices]]",
    "[[price]]",
    "price: unknown key; known here: categories, mappings, members, operators, prices, products, suppliers, tiers"
)]
fn a_field_that_breaks_its_rule_is_named(#[case] old: &str, #[case] new: &str, #[case] line: &str) {
    assert_eq!(spoilt(old, new), line);
}

#[rstest]
#[case("flat = 350", "", "prices[0]: needs one of flat, ppm and sell")]
#[case(
    "flat = 350",
    "flat = 350\nppm = 1",
    "prices[0]: needs one of flat, ppm and sell"
)]
#[case(
    "flat = 350",
    "flat = 350\nmember = \"toko-maju\"",
    "prices[0]: needs either tier or member"
)]
#[case(
    "flat = 350",
    "flat = 350\nproduct = \"S10\"",
    "prices[0]: needs either category or product"
)]
#[case(
    "balance = 1000000",
    "balance = -1",
    "members[0].balance: zero to 10^12 rupiah"
)]
#[case(
    "float = 5000000",
    "float = -1",
    "suppliers[0].float: zero to 10^12 rupiah"
)]
#[case(
    "credit_limit = 50000",
    "credit_limit = -1",
    "members[1].credit_limit: zero or more"
)]
#[case(
    "credit_limit = 50000",
    "unlimited = true\nlimits = {}",
    "members[1].limits: not together with unlimited"
)]
#[case(
    r#"scopes = ["trx:write", "trx:read"]"#,
    "scopes = []",
    "members[0].keys[0].scopes: at least one, or the key opens nothing"
)]
#[case(
    "balance = 1000000",
    r#"upline = "toko-maju""#,
    "members[0].upline: stands above its member in the file"
)]
#[case(
    "balance = 1000000",
    r#"upline = "agen-pusat""#,
    "members[0].upline: stands above its member in the file"
)]
#[case("cost = 10150", "cost = 0", "mappings[0].cost: is not above zero")]
#[case(
    "flat = 500",
    "flat = 500\n[[prices]]\ntier = \"retail\"\ncategory = \"pln\"\nflat = 1",
    "prices[3]: is a second rule for the same buyers and goods"
)]
fn a_rule_of_the_whole_is_named(#[case] old: &str, #[case] new: &str, #[case] line: &str) {
    assert_eq!(spoilt(old, new), line);
}

#[test]
fn key_ids_are_unique_and_a_member_has_two_at_most() {
    let key = |id: &str| {
        format!("[[members.keys]]\nid = \"{id}\"\nsecret = \"{SECRET}\"\nscopes = [\"trx:read\"]\n")
    };
    let with = |keys: &[&str]| {
        let keys: String = keys.iter().map(|id| key(id)).collect();
        plan(&format!("{}\n{keys}", example()))
    };
    assert!(with(&["ek_test_1", "ek_test_2"]).is_ok());
    assert_eq!(
        with(&["ek_test_1", "ek_test_2", "ek_test_3"])
            .unwrap_err()
            .to_string(),
        "members[1].keys[2]: a holder has at most 2 active keys at once"
    );
    assert_eq!(
        with(&["ek_test_agen_pusat_1"]).unwrap_err().to_string(),
        "members[1].keys[0].id: is used twice"
    );
}

#[test]
fn t_03_no_operator_signs_with_a_secret_that_somebody_else_has() {
    let operator = |name: &str, secret: &str| {
        format!(
            "[[operators]]\nname = \"{name}\"\n[[operators.keys]]\nid = \"ek_test_{name}_1\"\n\
             secret = \"{secret}\"\nscopes = [\"admin:*\"]\n"
        )
    };
    let own = operator("dewi", "a-secret-of-dewi-77");
    assert!(plan(&format!("{}\n{own}", example())).is_ok());
    let members = plan(&format!("{}\n{}", example(), operator("dewi", SECRET))).unwrap_err();
    let rule = "is somebody else's secret: an operator has one of its own";
    assert_eq!(
        members.to_string(),
        format!("operators[0].keys[0].secret: {rule}")
    );
    let two = format!("{own}{}", operator("tono", "a-secret-of-dewi-77"));
    let another = plan(&format!("{}\n{two}", example())).unwrap_err();
    assert_eq!(
        another.to_string(),
        format!("operators[1].keys[0].secret: {rule}")
    );
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let broken = example()
        .replace(r#"category = "pln""#, r#"category = "listrik""#)
        .replace("flat = 350", "flat = 350\nsell = 1");
    assert_eq!(
        told(&broken).lines().collect::<Vec<_>>(),
        [
            r#"products[1].category: no such category "listrik""#,
            "prices[0]: needs one of flat, ppm and sell",
            r#"prices[2].category: no such category "listrik""#,
            r#"prices[3].category: no such category "listrik""#,
        ]
    );
}

#[test]
fn every_supplier_is_one_of_the_settings() {
    let seed = Seed::read(&example()).unwrap();
    let mut problems = Problems::default();
    seed.check_suppliers(&[Slug::new("digiflazz").unwrap()].into(), &mut problems);
    assert!(problems.is_empty());
    seed.check_suppliers(&[Slug::new("other").unwrap()].into(), &mut problems);
    assert_eq!(
        problems.to_string(),
        r#"suppliers[0].slug: no such supplier "digiflazz" in the settings: add [suppliers.digiflazz]"#
    );
}

#[test]
fn t_20_no_secret_is_shown() {
    let seed = Seed::read(&example()).unwrap();
    let plan = seed.plan(mint()).unwrap();
    assert!(!format!("{seed:?} {plan:?}").contains(SECRET));
    let short = spoilt(SECRET, "canary-7f3a");
    assert_eq!(
        short,
        "members[0].keys[0].secret: must have at least 16 bytes"
    );
    let broken = told(&example().replace(&format!("\"{SECRET}\""), &format!("\"{SECRET}")));
    assert!(broken.starts_with("not TOML at line "), "{broken}");
    assert!(!broken.contains(SECRET));
}

#[test]
fn an_absent_file_is_named() {
    let told = Seed::load(Path::new("absent.toml"))
        .unwrap_err()
        .to_string();
    assert!(told.starts_with("absent.toml: cannot be read"), "{told}");
}

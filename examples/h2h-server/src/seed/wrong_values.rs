//! Every field of a seed with values that break its rule: each is told by its place, in words for people.

use std::collections::BTreeSet;

use rstest::rstest;

use super::tests::{example, plan};
use crate::strict::sample::{assert_told, known, with};

const WRONG: [(&str, [&str; 2]); 79] = [
    ("categories", ["1", "[1]"]),
    ("categories[0].slug", [r#""A B""#, "1"]),
    ("categories[0].name", [r#""""#, "7"]),
    ("tiers", ["1", "[[]]"]),
    ("tiers[0].slug", [r#""A B""#, "true"]),
    ("tiers[0].name", [r#""""#, "[]"]),
    ("suppliers", ["{}", r#"["a"]"#]),
    ("suppliers[0].slug", [r#""""#, "1"]),
    ("suppliers[0].name", [r#""""#, "1"]),
    ("suppliers[0].active", [r#""yes""#, "1"]),
    ("suppliers[0].float", ["-1", r#""ten""#]),
    ("suppliers[0].quota_orders", ["-1", r#""ten""#]),
    ("suppliers[0].quota_amount", ["-1", r#""10.505""#]),
    ("products", ["1", "[1]"]),
    ("products[0].code", [r#""s 10""#, "10"]),
    ("products[0].name", [r#""""#, "10"]),
    ("products[0].category", [r#""nope""#, "1"]),
    ("products[0].brand", [r#""a\nb""#, "1"]),
    (
        "products[0].destination",
        [r#""email""#, "{ digits = [5, 4] }"],
    ),
    ("products[0].destination.phone", ["1", r#"["simpati"]"#]),
    ("products[0].destination.strict", ["1", r#""yes""#]),
    ("products[0].destination.digits", ["[1]", "[1, 256]"]),
    ("products[0].destination.player", ["[1]", "[1, 256]"]),
    ("products[0].destination.zone", ["[1]", "[1, 256]"]),
    ("products[0].input_fields", ["1", "[1]"]),
    ("products[0].base_price", ["-1", "1.5"]),
    ("products[0].min_margin", ["-1", r#""1,5""#]),
    ("products[0].loss_leader", ["1", r#""true""#]),
    ("products[0].cut_off", [r#""23:45""#, "2345"]),
    ("products[0].multi", ["1", "[]"]),
    ("products[0].sn_required", ["0", r#""no""#]),
    ("products[0].active", ["0", r#""no""#]),
    ("products[0].kind", [r#""bill""#, "1"]),
    ("mappings", ["1", "[1]"]),
    ("mappings[0].product", [r#""NOPE""#, "1"]),
    ("mappings[0].supplier", [r#""nope""#, "1"]),
    ("mappings[0].sku", [r#""""#, "10"]),
    ("mappings[0].cost", ["0", r#""10.505""#]),
    ("mappings[0].priority", ["-1", "65536"]),
    ("mappings[0].stock", ["-1", r#""many""#]),
    ("mappings[0].cut_off", [r#""00:00-00:00""#, "[]"]),
    ("mappings[0].active", ["1", r#""on""#]),
    ("mappings[0].form", [r#""{user_id""#, r#""{user_id}""#]),
    ("mappings[0].quota_orders", ["4294967296", "1.5"]),
    ("mappings[0].quota_amount", ["-1", "[]"]),
    ("prices", ["1", "[1]"]),
    ("prices[0].tier", [r#""nope""#, "1"]),
    ("prices[0].category", [r#""nope""#, "1"]),
    ("prices[0].flat", ["-20000", r#""x""#]),
    ("prices[1].ppm", ["10000001", r#""1%""#]),
    ("prices[4].member", [r#""nope""#, "1"]),
    ("prices[4].product", [r#""NOPE""#, "1"]),
    ("prices[4].sell", ["0", "[]"]),
    ("members", ["1", "[1]"]),
    ("members[0].code", [r#""A B""#, "1"]),
    ("members[0].name", ["1", "[]"]),
    ("members[0].tier", [r#""nope""#, "1"]),
    ("members[0].kind", [r#""toko""#, "1"]),
    ("members[0].upline", [r#""nope""#, "1"]),
    ("members[0].credit_limit", ["-1", r#""x""#]),
    ("members[0].status", [r#""asleep""#, "1"]),
    ("members[0].late_success", [r#""maybe""#, "1"]),
    ("members[0].strict_operator", ["1", r#""yes""#]),
    ("members[0].limits", ["1", "{ orders = 1 }"]),
    ("members[0].limits.orders_per_minute", ["-1", r#""60""#]),
    ("members[0].limits.reads_per_minute", ["-1", "4294967296"]),
    ("members[0].limits.price_lists_per_minute", ["[]", "true"]),
    ("members[0].unlimited", ["1", r#""yes""#]),
    ("members[0].balance", ["-1", r#""x""#]),
    ("members[0].keys", ["1", "[1]"]),
    ("members[0].keys[0].id", [r#""""#, "1"]),
    ("members[0].keys[0].secret", [r#""short""#, "1"]),
    ("members[0].keys[0].scopes", ["[]", r#"["trx:*"]"#]),
    (
        "members[0].keys[0].networks",
        [r#""10.0.0.0/8""#, r#"["ten"]"#],
    ),
    ("operators", ["1", "[1]"]),
    ("operators[0].name", [r#""""#, "1"]),
    ("operators[0].keys", ["1", "[1]"]),
    ("operators[0].keys[0].scopes", ["[]", r#"["trx:read"]"#]),
    ("x", ["1", "[]"]),
];

fn document() -> toml::Table {
    let operators = "[[operators]]\nname = \"dewi\"\n[[operators.keys]]\nid = \"ek_test_dewi_1\"\n\
                     secret = \"a-secret-of-dewi-77\"\nscopes = [\"admin:*\"]\n";
    toml::from_str(&format!("{}\n{operators}", example())).unwrap()
}

#[test]
fn every_wrong_value_is_told_by_place_and_rule() {
    assert!(plan(&toml::to_string(&document()).unwrap()).is_ok());
    for (path, values) in WRONG {
        for value in values {
            let problems = plan(&with(&document(), path, value))
                .err()
                .unwrap_or_default();
            assert_told(path, value, &problems);
        }
    }
}

#[test]
fn every_field_is_tried() {
    let unnumbered = |path: &str| path.replace(|c: char| c.is_ascii_digit(), "");
    let tried: BTreeSet<String> = WRONG.iter().map(|(path, _)| unnumbered(path)).collect();
    for entry in [
        "",
        "categories[0].",
        "tiers[0].",
        "suppliers[0].",
        "products[0].",
        "products[0].destination.",
        "mappings[0].",
        "prices[0].",
        "members[0].",
        "members[0].limits.",
        "members[0].keys[0].",
        "operators[0].",
    ] {
        let problems = plan(&with(&document(), &format!("{entry}x"), "1")).unwrap_err();
        let known = known(&problems);
        assert!(!known.is_empty(), "{entry}: {problems}");
        for field in known {
            let path = unnumbered(&format!("{entry}{field}"));
            assert!(tried.contains(&path), "{path}");
        }
    }
}

#[rstest]
// Below zero, and exactly nothing.
#[case(
    "prices[0].flat",
    "-20000",
    "prices[0].flat: gives product S10 a price that is not 1 to 10^12 rupiah"
)]
#[case(
    "prices[0].flat",
    "-10150",
    "prices[0].flat: gives product S10 a price that is not 1 to 10^12 rupiah"
)]
#[case(
    "prices[1].ppm",
    "-1000000",
    "prices[1].ppm: gives product S10 a price that is not 1 to 10^12 rupiah"
)]
// A member's own rule counts for that member alone.
#[case("prices[4].sell", "100", "")]
#[case("prices[0].flat", "-10149", "")]
fn a_price_that_nobody_can_be_charged_is_refused_where_it_is_written(
    #[case] path: &str,
    #[case] value: &str,
    #[case] expected: &str,
) {
    let told = plan(&with(&document(), path, value)).err();
    assert_eq!(
        told.map(|problems| problems.to_string())
            .unwrap_or_default(),
        expected
    );
}

#[test]
fn a_margin_that_leaves_nothing_to_buy_with_is_told_by_the_price() {
    let text = with(&document(), "products[0].min_margin", "10300");
    let told = plan(&text).unwrap_err().to_string();
    // Retail pays 10,500 and reseller 10,252; only the second is too little, as is the shop's own 10,300.
    assert_eq!(
        told,
        "prices[1].ppm: leaves nothing to buy product S10 with after its min_margin\n\
         prices[4].sell: leaves nothing to buy product S10 with after its min_margin"
    );
}

#[test]
fn a_rule_that_a_more_particular_one_covers_is_not_looked_at() {
    let covered = format!(
        "{}\n[[prices]]\ntier = \"retail\"\nproduct = \"S10\"\nsell = 10500\n",
        with(&document(), "prices[0].flat", "-20000")
    );
    assert!(plan(&covered).is_ok());
}

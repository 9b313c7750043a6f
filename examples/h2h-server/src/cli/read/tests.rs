//! What lines come out for what lines go in.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

fn outcome(account: &Account, lines: &[Value], unclear_max: u8) -> (Vec<Value>, Option<String>) {
    let input: Vec<String> = lines.iter().map(Value::to_string).collect();
    let mut output = Vec::new();
    let ended = run(
        account,
        input.join("\n").as_bytes(),
        &mut output,
        unclear_max,
    );
    let told = String::from_utf8(output).unwrap();
    let told = told.lines().map(|line| serde_json::from_str(line).unwrap());
    (told.collect(), ended.err().map(|error| error.to_string()))
}

fn one(kind: &str, mut line: Value) -> Value {
    line["ref"] = "900001".into();
    line["product"] = "S10".into();
    line["dest"] = "081234567890".into();
    let (told, ended) = outcome(&super::kind(kind).unwrap(), &[line], 100);
    assert_eq!(ended, None);
    told.into_iter().next().unwrap()
}

#[test]
fn a_delivery_is_told_with_all_that_it_tells() {
    let told = one(
        "otomax",
        json!({"phase": "first", "text":
        "T#77 R#900001 S10.081234567890 SUKSES. SN/Ref: 0041. Hrg 10.850. Saldo 278.334 - 10.850 = 267.484"}),
    );
    assert_eq!(told["class"], "success");
    assert_eq!(told["sn"], "0041");
    assert_eq!(told["price"], 10_850);
    assert_eq!(told["balance"], 267_484);
    assert!(
        told["why"].as_str().unwrap().starts_with("it says"),
        "{told}"
    );
}

#[rstest]
#[case("first", "R#900001 S10.081234567890 akan diproses", "pending")]
#[case(
    "first",
    "R#900001 S10.081234567890 GAGAL. Stok kosong",
    "rejected_formed"
)]
#[case(
    "first",
    "R#900001 S10.081234567890 GAGAL. Pin salah",
    "rejected_unformed"
)]
#[case("status", "R#900001 S10.081234567890 GAGAL. Pin salah", "unknown")]
#[case("first", "R#900001 S10.081234567890 GAGAL Timeout", "doubt")]
#[case("first", "R#900009 S10.081234567890 SUKSES. SN: 1", "unknown")]
#[case(
    "first",
    "R#900001 S10.081234567890 sudah pernah jam 16:16, status Sukses. SN: 1",
    "unknown"
)]
#[case(
    "status",
    "R#900001 S10.081234567890 sudah pernah jam 16:16, status Sukses. SN: 1",
    "success"
)]
#[case("status", "TIDAK ADA transaksi", "unknown")]
fn a_reply_is_judged_as_core_judges_it(
    #[case] phase: &str,
    #[case] text: &str,
    #[case] class: &str,
) {
    let told = one("otomax", json!({"phase": phase, "text": text}));
    assert_eq!(told["class"], class, "{told}");
}

#[test]
fn a_body_is_read_as_it_was_on_the_wire() {
    let data = |rc: &str, status: &str| {
        json!({"data": {"ref_id": "900001", "buyer_sku_code": "s10", "customer_no": "081234567890",
        "status": status, "rc": rc, "sn": "41", "price": 10_000}})
    };
    let told = one(
        "digiflazz",
        json!({"phase": "first", "body": data("00", "Sukses")}),
    );
    assert_eq!(
        (&told["class"], &told["sn"]),
        (&"success".into(), &"41".into())
    );
    let told = one(
        "digiflazz",
        json!({"body": data("02", "Gagal").to_string()}),
    );
    assert_eq!(told["class"], "rejected_formed");
    let told = one("digiflazz", json!({"body": "<html>"}));
    assert_eq!(told["class"], "unknown");
}

/// A list tells of many purchases; the row about the one that was asked about is read, and two such rows are nobody's.
#[test]
fn a_list_is_read_by_the_row_about_the_purchase() {
    let row = |id: &str, number: &str, status: &str| {
        json!({"trxid": id, "data": number, "code": "S10", "service": "Telkomsel 10.000", "status": status,
            "note": "0123456789012345", "price": 10_500})
    };
    let (ours, others) = (
        row("A", "081234567890", "success"),
        row("B", "0812", "error"),
    );
    let list = |rows: &[Value]| json!({"phase": "status", "body": {"result": true, "data": rows, "message": "ok"}});
    let told = one("vip", list(&[others.clone(), ours.clone()]));
    assert_eq!(
        (&told["class"], &told["price"]),
        (&"success".into(), &10_500.into())
    );
    let told = one("vip", list(&[ours, row("C", "081234567890", "success")]));
    assert_eq!(told["class"], "unknown");
    let told = one("vip", list(&[others]));
    assert_eq!(told["class"], "unknown");
    let refused = json!({"result": false, "data": null, "message": "Saldo tidak mencukupi"});
    let told = one("vip", json!({"phase": "first", "body": refused}));
    assert_eq!(told["class"], "rejected_unformed");
    assert!(
        told["why"].as_str().unwrap().ends_with("(SupplierFunds)"),
        "{told}"
    );
    let told = one("vip", json!({"phase": "status", "body": refused}));
    assert_eq!(told["class"], "unknown");
}

#[test]
fn a_line_that_is_no_question_is_told_and_the_others_are_read() {
    let account = super::kind("otomax").unwrap();
    let good = json!({"text": "x", "ref": "1", "product": "S10", "dest": "0812"});
    let (told, ended) = outcome(&account, &[json!({"text": "x"}), good, json!([])], 100);
    let classes: Vec<&Value> = told.iter().map(|line| &line["class"]).collect();
    assert_eq!(classes, ["unreadable", "unknown", "unreadable"]);
    assert!(ended.unwrap().starts_with("2 of 3 lines"));
}

#[test]
fn drift_is_a_failure_above_its_threshold() {
    let account = super::kind("otomax").unwrap();
    let line = |text: &str| json!({"text": text, "ref": "900001", "product": "S10", "dest": "081234567890"});
    let lines = [
        line("apa ini"),
        line("R#900001 S10.081234567890 akan diproses"),
    ];
    assert_eq!(outcome(&account, &lines, 50).1, None);
    let ended = outcome(&account, &lines, 49).1.unwrap();
    assert!(
        ended.starts_with("drift: 1 of 2 replies are unclear"),
        "{ended}"
    );
}

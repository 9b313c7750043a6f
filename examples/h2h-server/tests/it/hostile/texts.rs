//! Hostile texts: bodies in XML, statements as files, and queries of buyers are read as exactly what they say or refused by name.

use eraflazz_core::money::Money;
use h2h_server::admin::NewLine;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::admin::REQUESTS;
use super::seller::SIGNED;
use super::spoil::{spoils, spoilt};
use super::{lossy, seller, statement, xml};

/// Texts that both formats can hold, and numbers that both can.
const TEXTS: &[&str] = &[
    "",
    " ",
    "-",
    "XL10",
    "<&>\"'",
    "]]>",
    "a,b",
    "é",
    "\t\n",
    "\r",
    "1e3",
    "10050.505",
    "+1",
    "-1",
    "true",
    "null",
    "item",
    "0.0.0.0/0",
    "DEPOSIT",
    "toko|maju",
    "2026-02-30",
    "019b7706-8000-7a1b-8c3d-4e5f60718293",
];
const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    99,
    100,
    200,
    65_535,
    65_536,
    4_294_967_296,
    1_000_000_000_000,
    1_000_000_000_001,
    i64::MAX,
    i64::MIN,
];

/// What becomes of a field. It keeps its kind: XML does not say which it has.
#[derive(Clone, Debug)]
enum Fate {
    Stays,
    Goes,
    Is(&'static str, i64),
}

/// The same with another value of the same kind; in a list or a table, of its first.
fn other(value: &Value, text: &str, number: i64) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(said) => json!(!said),
        Value::Number(_) => json!(number),
        Value::String(_) => json!(text),
        Value::Array(values) => {
            let mut values = values.clone();
            if let Some(first) = values.first_mut() {
                *first = other(first, text, number);
            }
            Value::Array(values)
        }
        Value::Object(fields) => {
            let mut fields = fields.clone();
            if let Some((_, first)) = fields.iter_mut().next() {
                *first = other(first, text, number);
            }
            Value::Object(fields)
        }
    }
}

/// What XML can say of a value: it has no word for nothing, nor for a table without a field.
fn sayable(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), sayable(value)))
            .filter(|(_, value)| {
                !value.is_null() && value.as_object().is_none_or(|fields| !fields.is_empty())
            })
            .collect(),
        Value::Array(values) => values.iter().map(sayable).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// One of the requests, with fields that are missing, strange, of a stranger or, one of them, there twice.
fn near_requests() -> impl Strategy<Value = (usize, Vec<(String, Value)>)> {
    let fate = prop_oneof![
        6 => Just(Fate::Stays),
        2 => Just(Fate::Goes),
        2 => (select(TEXTS), select(NUMBERS)).prop_map(|(text, number)| Fate::Is(text, number)),
    ];
    let fates = prop::collection::vec(fate, 14);
    let foreign = select(vec!["balance", "status", "by", "Amount", "member_id"]);
    let more = prop::option::weighted(0.2, (foreign, select(TEXTS)));
    let twice = prop::option::weighted(0.1, any::<Index>());
    (0..REQUESTS.len(), fates, more, twice).prop_map(|(which, fates, more, twice)| {
        let whole: Value = serde_json::from_str(REQUESTS[which].whole).unwrap();
        let whole = sayable(&whole);
        let mut fields = Vec::new();
        for ((name, value), fate) in whole.as_object().unwrap().iter().zip(fates) {
            match fate {
                Fate::Stays => fields.push((name.clone(), value.clone())),
                Fate::Goes => {}
                Fate::Is(text, number) => fields.push((name.clone(), other(value, text, number))),
            }
        }
        fields.extend(more.map(|(name, text)| (name.to_owned(), json!(text))));
        if let (Some(twice), false) = (twice, fields.is_empty()) {
            fields.push(fields[twice.index(fields.len())].clone());
        }
        (which, fields)
    })
}

#[test]
fn every_request_can_be_written_in_xml() {
    for request in &REQUESTS {
        let whole: Value = serde_json::from_str(request.whole).unwrap();
        let fields = sayable(&whole).as_object().unwrap().clone();
        let read = xml::both(request, &fields.into_iter().collect::<Vec<_>>());
        assert!(read.is_ok(), "{}: {read:?}", request.whole);
    }
}

const REQUEST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<request><ref_id>TRX-0001</ref_id><product>s10</product><destination>0812&#51;4567890</destination><max_price>10500</max_price><fields><zone_id>2012</zone_id></fields></request>";
const KEY: &str = "<request><id>ek_live_toko_0001</id><member>toko-maju</member><scopes><item>trx:write</item><item>trx:read</item></scopes><networks/></request>";

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn t_06_t_12_a_request_in_xml_is_read_as_the_same_in_json((which, fields) in near_requests()) {
        let _ = xml::both(&REQUESTS[which], &fields);
    }

    #[test]
    fn t_12_hostile_xml_is_read_as_written_or_refused(
        text in select(vec![REQUEST, KEY]),
        spoils in spoils(),
        any: Vec<u8>,
    ) {
        let _ = xml::any(&spoilt(text.into(), &spoils));
        prop_assert_eq!(xml::any(&any), 0);
    }
}

fn lines() -> impl Strategy<Value = Vec<NewLine>> {
    let words = prop_oneof![
        select(vec![
            "",
            " ",
            "TRSF BUDI",
            "a,b",
            "\"",
            "\"\"",
            "a\nb",
            "\r",
            "\u{feff}",
            "=1+1"
        ])
        .prop_map(str::to_owned),
        "\\PC{0,12}"
    ];
    let amounts = (
        select(vec![100_i64, 5_043_700, 5_043_750]),
        prop::option::of(-3..3_i64),
    );
    let line = (select(vec!["2026-01-01", "2026-01-02"]), amounts, words);
    let line = line.prop_map(|(date, (amount, balance), text)| NewLine {
        date: date.to_owned(),
        amount: Money::from_hundredths(amount),
        text,
        balance: balance.map(Money::from_hundredths),
        occurrence: 0,
    });
    prop::collection::vec(line, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn e_31_a_statement_is_read_line_by_line_as_it_was_written(written in lines()) {
        let read = statement::file(&statement::written(&written)).unwrap();
        let read = read.into_iter().map(|line| NewLine { occurrence: 0, ..line });
        prop_assert_eq!(read.collect::<Vec<_>>(), written);
    }

    #[test]
    fn e_31_hostile_statements_are_read_line_by_line_or_refused(
        written in lines(),
        spoils in spoils(),
        bare in "(2026-01-0[12]|20|),(7000|7000.00|07000|X|),(X|X |\"X|\"X\"|\"\"X|),(|1|1.0|-0)\r?\n?(,|\"|X)?",
        any in "\\PC{0,80}",
    ) {
        let _ = statement::file(&lossy(&spoilt(statement::written(&written).into_bytes(), &spoils)));
        for twice in ["", "\n2026-01-01,7000,X,\n"] {
            let _ = statement::file(&format!("date,amount,text,balance{twice}\n{bare}"));
        }
        let _ = statement::file(&any);
    }
}

/// A query of a buyer's; in each dialect, for each thing that can be asked.
const QUERIES: [&str; 6] = [
    SIGNED,
    "product=S10&dest=2.081234567890&refID=900001&memberID=ERZ001&pin=123456&password=canary-7f3a-k9wq-Vt3n-61zz&check=1",
    "memberID=ERZ001&sign=-ZA-V-2UufEK3JqQVZoRuLGF2Uk",
    "cmd=ticket&amount=1000000&memberID=ERZ001&pin=123456&password=canary-7f3a-k9wq-Vt3n-61zz",
    "cmd=trx&product=S10&counter=2&dest=12345678%282012%29&refID=900.001&memberID=erz001&sign=-ZA-V-2UufEK3JqQVZoRuLGF2Uk",
    "id=ERZ001&pin=123456&user=u1&pass=canary-7f3a-k9wq-Vt3n-61zz&kodeproduk=S10&tujuan=081234567890&counter=1&idtrx=900001",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn t_06_hostile_queries_of_buyers_are_read_once_as_written_or_refused(
        which in select(&QUERIES[..]),
        spoils in spoils(),
        any in "\\PC{0,60}",
        near in "([a-zA-Z]{0,8}(=[a-zA-Z0-9%+.|&]{0,6})?&?){0,6}",
    ) {
        prop_assert!(seller::query(which) > 0);
        let _ = seller::query(&lossy(&spoilt(which.into(), &spoils)));
        let _ = seller::query(&any);
        let _ = seller::query(&format!("{SIGNED}&{near}"));
    }

    /// The fields of a signed query, each perhaps another one.
    #[test]
    fn inv_35_a_captured_signature_orders_nothing_else(
        product in select(vec!["s10", "S10", "s100", "s10|081234567890", "S5"]),
        dest in select(vec!["081234567890", "81234567890", "081234567891", "2.081234567890"]),
        ref_id in select(vec!["900001", "90000", "900002", "1900001", "900001 "]),
        member in select(vec!["ERZ001", "erz001", "ERZ002", "ERZ0011"]),
        more in select(vec!["", "&check=1", "&counter=2", "&qty=1"]),
    ) {
        let sign = SIGNED.split_once("sign=").unwrap().1;
        let ref_id = ref_id.replace(' ', "%20");
        let product = product.replace('|', "%7C");
        seller::query(&format!("product={product}&dest={dest}&refID={ref_id}&memberID={member}&sign={sign}{more}"));
    }
}

/// What is spoilt here is signed: without this no spoilt query might ever be.
#[test]
fn the_signed_query_is_signed() {
    assert!(seller::is_rightly_signed(SIGNED));
}

//! Hostile bytes: whatever a caller, an operator's file or a proxy's header holds is read as exactly what it says or refused by name.

mod admin;
mod entry;
mod seller;
#[path = "../../../../../tests/fuzz/spoil.rs"]
mod spoil;
mod statement;
mod texts;
mod wire;
mod xml;

use std::collections::BTreeSet;

use h2h_server::auth::Scheme;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use admin::REQUESTS;
use entry::CANARY;
use spoil::{spoils, spoilt};

use crate::document::{DOCUMENT, operations, there};

const ORDER: &str = r#"{"ref_id":"TRX-0001","product":"s10","destination":"081234567890","max_price":10500,"counter":2}"#;
const SEED: &str = include_str!("../../../seed.example.toml");
const CATALOG: &str = r#"{"categories":[{"slug":"pulsa","name":"Pulsa"}],"suppliers":[{"slug":"digiflazz","name":"Digiflazz"}],"products":[{"code":"S10","name":"Telkomsel 10.000","category":"pulsa","destination":{"phone":["telkomsel"],"strict":true},"base_price":10150,"cut_off":"23:45-00:15"}],"mappings":[{"product":"S10","supplier":"digiflazz","sku":"s10","cost":"10150.50","priority":1}]}"#;

fn settings_file() -> String {
    include_str!("../../../settings.sandbox.toml")
        .replace("dev-0a1b2c3d-1111-2222-3333-444455556666", CANARY)
        .replace("seed = \"examples/h2h-server/seed.sandbox.toml\"", "")
}

/// What becomes of a field.
#[derive(Clone, Debug)]
enum Fate {
    Stays,
    Goes,
    Is(&'static str),
    IsToo(&'static str),
}

/// What people, programs and strangers write where something else belongs.
const ODD: &[&str] = &[
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1",
    "65536",
    "4294967296",
    "1000000000000",
    "1000000000001",
    "18446744073709551615",
    "18446744073709551616",
    "1.0",
    "10050.5",
    "1e3",
    "00",
    "\"\"",
    "\" \"",
    "\"-1\"",
    "\"-0.01\"",
    "\"10050.5\"",
    "\"10050.505\"",
    "\"1e3\"",
    "\"+1\"",
    "\"1000000000000.01\"",
    "\"٣\"",
    "\"toko\\u0000maju\"",
    "\"toko|maju\"",
    "\"../../etc\"",
    "\"DEPOSIT\"",
    "\"deposit\"",
    "\"canary-7f3a-k9wq-Vt3n-61zz\"",
    "{}",
    "{\"deposit\":null}",
    "{\"delivered\":{}}",
    "{\"orders_per_minute\":null,\"credit_limit\":1}",
    "{\"orders_per_minute\":-1}",
    "{\"product\":\"XL10\",\"supplier\":\"digiflazz\",\"sku\":7}",
    "[]",
    "[[]]",
    "[\"trx:read\",\"trx:read\"]",
    "[\"admin:money\",{\"a\":[null]}]",
    "[\"0.0.0.0/0\",\"2001:DB8::/32\"]",
    "[\"203.0.113.7/33\"]",
];

/// One of the requests with fields that are missing, odd, doubled or somebody else's.
fn near_requests() -> impl Strategy<Value = (usize, Vec<u8>)> {
    let odd = || select(ODD);
    let fate = prop_oneof![
        6 => Just(Fate::Stays),
        2 => Just(Fate::Goes),
        2 => odd().prop_map(Fate::Is),
        1 => odd().prop_map(Fate::IsToo),
    ];
    let foreign = select(vec![
        "balance", "status", "role", "by", "member", "Amount", "amount ", "cost", "",
    ]);
    let more = prop::option::weighted(0.2, (foreign, odd()));
    let fates = prop::collection::vec(fate, 12);
    (0..REQUESTS.len(), fates, more).prop_map(|(which, fates, more)| {
        let whole: Value = serde_json::from_str(REQUESTS[which].whole).unwrap();
        let mut fields = Vec::new();
        for ((name, value), fate) in whole.as_object().unwrap().iter().zip(fates) {
            match fate {
                Fate::Stays => fields.push(format!("\"{name}\":{value}")),
                Fate::Goes => {}
                Fate::Is(odd) => fields.push(format!("\"{name}\":{odd}")),
                Fate::IsToo(odd) => {
                    fields.extend([format!("\"{name}\":{odd}"), format!("\"{name}\":{value}")]);
                }
            }
        }
        fields.extend(more.map(|(name, odd)| format!("\"{name}\":{odd}")));
        (which, format!("{{{}}}", fields.join(",")).into_bytes())
    })
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What the fuzz target of this name starts from.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/");
    let files = std::fs::read_dir(format!("{folder}{target}")).unwrap();
    let corpus: Vec<_> = files
        .map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(!corpus.is_empty());
    corpus
}

#[test]
fn the_corpus_of_the_fuzz_targets_holds() {
    for bytes in corpus("order_json") {
        let _ = entry::order(&bytes);
    }
    for bytes in corpus("admin_json") {
        let _ = admin::any(&bytes);
    }
    for bytes in corpus("query") {
        let _ = entry::query(&lossy(&bytes));
    }
    for bytes in corpus("seed_toml") {
        let _ = entry::seed(&lossy(&bytes));
    }
    for bytes in corpus("catalog_json") {
        let _ = entry::catalog(&bytes, true);
    }
    for bytes in corpus("settings_toml") {
        let _ = entry::settings(&bytes);
    }
    for bytes in corpus("request") {
        entry::stranger(&bytes);
    }
    for bytes in corpus("forwarded") {
        entry::forwarded(&bytes);
    }
    let statements = corpus("statement_csv");
    let read = statements
        .iter()
        .filter(|bytes| statement::file(&lossy(bytes)).is_ok());
    assert_eq!((read.count(), statements.len()), (2, 5));
    let bodies = corpus("request_xml");
    let read = bodies.iter().filter(|bytes| xml::any(bytes) > 0);
    assert_eq!((read.count(), bodies.len()), (4, 10));
    let queries = corpus("seller_query");
    let read = queries
        .iter()
        .filter(|bytes| seller::query(&lossy(bytes)) > 0);
    assert_eq!((read.count(), queries.len()), (6, 10));
}

/// Every body that the document knows is one of those that are spoilt here, with every field that it can have.
#[test]
fn no_request_with_a_body_is_forgotten() {
    let mut seen = BTreeSet::new();
    for (path, method, told) in operations(&DOCUMENT) {
        let schema = &told["requestBody"]["content"]["application/json"]["schema"];
        let Some(name) = schema["$ref"].as_str() else {
            assert!(
                schema.is_null(),
                "{method} {path} has a body without a name"
            );
            continue;
        };
        let name = name.rsplit('/').next().unwrap();
        // These have properties of their own: a whole catalog and Digiflazz's orders here, the others where their adapters are.
        if [
            "CatalogFile",
            "GatewayNotification",
            "SupplierReport",
            "TopUp",
        ]
        .contains(&name)
        {
            continue;
        }
        let request = REQUESTS.iter().find(|request| (request.schema)() == name);
        let request =
            request.unwrap_or_else(|| panic!("{method} {path} takes {name}, which nobody spoils"));
        let properties = there(schema)["properties"].as_object().unwrap();
        let fields: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        let named = request.names.iter().filter(|name| !name.contains('/'));
        assert_eq!(named.copied().collect::<BTreeSet<_>>(), fields, "{name}");
        let whole: Value = serde_json::from_str(request.whole).unwrap();
        let whole = whole.as_object().unwrap().keys().map(String::as_str);
        assert_eq!(whole.collect::<BTreeSet<_>>(), fields, "{name}");
        seen.insert(name.to_owned());
    }
    assert_eq!(seen.len(), REQUESTS.len(), "one is no request any more");
}

#[test]
fn what_is_spoilt_is_read_as_it_is() {
    assert!(entry::order(ORDER.as_bytes()).is_ok());
    assert!(entry::catalog(CATALOG.as_bytes(), true).is_ok());
    for request in &REQUESTS {
        assert!(request.body(request.whole.as_bytes()).is_ok());
    }
    entry::settings(settings_file().as_bytes()).unwrap();
    for scheme in [Scheme::A, Scheme::B] {
        let request = entry::signed(scheme, ORDER.as_bytes());
        assert!(entry::proven(&request).unwrap().is_ok());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn t_02_t_09_t_10_hostile_orders_are_read_as_written_or_refused(spoils in spoils()) {
        let _ = entry::order(&spoilt(ORDER.into(), &spoils));
    }

    #[test]
    fn t_05_t_06_hostile_orders_of_digiflazz_are_read_as_written_or_refused(spoils in spoils()) {
        prop_assert!(seller::top_up(seller::TOP_UP.as_bytes()).is_ok());
        let _ = seller::top_up(&spoilt(seller::TOP_UP.into(), &spoils));
    }

    #[test]
    fn hostile_bytes_are_no_order(body: Vec<u8>) {
        prop_assert!(entry::order(&body).is_err());
        prop_assert!(seller::top_up(&body).is_err());
    }

    #[test]
    fn t_02_t_06_t_10_near_requests_are_read_as_written_or_refused(
        (which, body) in near_requests(),
    ) {
        let _ = REQUESTS[which].body(&body);
    }

    #[test]
    fn t_02_t_06_t_10_hostile_requests_are_read_as_written_or_refused(
        which: Index,
        spoils in spoils(),
    ) {
        let request = which.get(&REQUESTS);
        let _ = request.body(&spoilt(request.whole.into(), &spoils));
    }

    #[test]
    fn hostile_bytes_are_no_request(body: Vec<u8>) {
        prop_assert_eq!(admin::any(&body), 0);
    }

    #[test]
    fn t_06_hostile_queries_are_read_once_or_refused(spoils in spoils(), any in "\\PC{0,60}") {
        let _ = entry::query(&lossy(&spoilt(b"wait=8000&status=SUCCESS&cursor=a%2Bb+c".to_vec(), &spoils)));
        let _ = entry::query(&any);
    }

    #[test]
    fn t_08_a_request_that_was_changed_anywhere_is_not_believed(
        by_a: bool,
        which in 0..5_u8,
        spoils in spoils(),
    ) {
        let scheme = if by_a { Scheme::A } else { Scheme::B };
        let whole = entry::signed(scheme, ORDER.as_bytes());
        let mut request = whole.clone();
        match which {
            0 => request.path = lossy(&spoilt(request.path.into_bytes(), &spoils)),
            1 => request.timestamp = spoilt(request.timestamp, &spoils),
            2 => request.nonce = spoilt(request.nonce, &spoils),
            3 => request.signature = spoilt(request.signature, &spoils),
            _ => request.body = spoilt(request.body, &spoils),
        }
        // Scheme A signs neither path nor nonce; the case of hex says nothing.
        if by_a {
            request.path.clone_from(&whole.path);
            request.nonce.clone_from(&whole.nonce);
        }
        let same = request.signature.eq_ignore_ascii_case(&whole.signature)
            && request.signature.starts_with(b"v1=") == whole.signature.starts_with(b"v1=")
            && entry::Request { signature: Vec::new(), ..request.clone() }
                == entry::Request { signature: Vec::new(), ..whole };
        let believed = entry::proven(&request).is_some_and(|proven| proven.is_ok());
        prop_assert_eq!(believed, same);
    }

    #[test]
    fn t_08_a_captured_signature_is_good_for_nothing_else(bytes: Vec<u8>) {
        entry::stranger(&bytes);
        entry::stranger(&[b"nonce-7f3a\n1767225600\n", bytes.as_slice()].concat());
    }

    #[test]
    fn t_08_no_hostile_header_is_an_address(value: Vec<u8>, spoils in spoils()) {
        entry::forwarded(&value);
        entry::forwarded(&spoilt(b"198.51.100.7, [2001:db8::7]:4711, 10.0.0.2".to_vec(), &spoils));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn inv_05_hostile_seed_files_are_planned_or_refused_by_name(spoils in spoils(), any in "\\PC{0,200}") {
        let _ = entry::seed(&lossy(&spoilt(SEED.into(), &spoils)));
        let _ = entry::seed(&any);
    }

    #[test]
    fn inv_05_hostile_catalogs_are_imported_or_refused_by_name(
        spoils in spoils(),
        is_json: bool,
        any: Vec<u8>,
    ) {
        let file = if is_json { CATALOG } else { SEED };
        let _ = entry::catalog(&spoilt(file.into(), &spoils), is_json);
        let _ = entry::catalog(&any, is_json);
    }

    #[test]
    fn t_20_hostile_settings_are_taken_or_refused_without_their_secrets(spoils in spoils(), any: Vec<u8>) {
        let _ = entry::settings(&spoilt(settings_file().into_bytes(), &spoils));
        let _ = entry::settings(&any);
    }
}

/// A name of a hundred thousand parts is a table in a table in a table: it must not become the depth of a stack.
#[test]
fn t_11_toml_does_not_nest_without_end() {
    for deep in [
        format!("{}x = 1", "a.".repeat(100_000)),
        format!("[{}x]", "a.".repeat(100_000)),
        format!("[[{}x]]", "a.".repeat(100_000)),
        format!("x = {}", "[".repeat(100_000)),
        format!("x = {}", "{a=".repeat(100_000)),
        format!("x = {{{}x = 1}}", "a.".repeat(100_000)),
    ] {
        let start: String = deep.chars().take(12).collect();
        assert!(entry::seed(&deep).is_err(), "{start}");
        let _ = entry::catalog(deep.as_bytes(), false);
        assert!(entry::settings(deep.as_bytes()).is_err(), "{start}");
    }
}

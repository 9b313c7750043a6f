//! Hostile bytes: whatever a caller, an operator's file or a proxy's header holds is read as exactly what it says or refused by name.

mod entry;
#[path = "../../../../../tests/fuzz/spoil.rs"]
mod spoil;

use h2h_server::auth::Scheme;
use proptest::prelude::*;

use entry::CANARY;
use spoil::{spoils, spoilt};

const ORDER: &str = r#"{"ref_id":"TRX-0001","product":"s10","destination":"081234567890","max_price":10500,"counter":2}"#;
const SEED: &str = include_str!("../../../seed.example.toml");
const CATALOG: &str = r#"{"categories":[{"slug":"pulsa","name":"Pulsa"}],"suppliers":[{"slug":"digiflazz","name":"Digiflazz"}],"products":[{"code":"S10","name":"Telkomsel 10.000","category":"pulsa","destination":{"phone":["telkomsel"],"strict":true},"base_price":10150,"cut_off":"23:45-00:15"}],"mappings":[{"product":"S10","supplier":"digiflazz","sku":"s10","cost":"10150.50","priority":1}]}"#;

fn settings_file() -> String {
    include_str!("../../../settings.sandbox.toml")
        .replace("dev-0a1b2c3d-1111-2222-3333-444455556666", CANARY)
        .replace("seed = \"examples/h2h-server/seed.sandbox.toml\"", "")
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
}

#[test]
fn what_is_spoilt_is_read_as_it_is() {
    assert!(entry::order(ORDER.as_bytes()).is_ok());
    assert!(entry::catalog(CATALOG.as_bytes(), true).is_ok());
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
    fn hostile_bytes_are_no_order(body: Vec<u8>) {
        prop_assert!(entry::order(&body).is_err());
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

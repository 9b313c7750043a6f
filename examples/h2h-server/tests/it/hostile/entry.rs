//! What hostile bytes may do at the server: each function takes them where a reader of ours does, and panics if something was read that is
//! not there, or if what is wrong is not named. Called by the properties beside this file and by the fuzz targets of `tests/fuzz`.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use eraflazz_core::catalog::Snapshot;
use eraflazz_core::ids::MemberId;
use eraflazz_core::money::Money;
use eraflazz_core::text::Slug;
use eraflazz_core::time::Timestamp;
use h2h_server::auth::{
    API_KEY, AuthError, NONCE, Parts, SIGNATURE, Scheme, Signed, TIMESTAMP, Verified,
    client_address, sign_a, sign_b, verify,
};
use h2h_server::requests::NewTransaction;
use h2h_server::seed::{Seed, Standing};
use h2h_server::settings::{Settings, Source};
use h2h_server::strict::{
    Fault, Node, Problems, parse_json, parse_query, parse_toml, parse_up_to, read_json,
};
use serde_json::Value;

/// A secret that no message may repeat.
pub(crate) const CANARY: &str = "canary-7f3a-k9wq-Vt3n-61zz";

/// The body of an order.
pub(crate) fn order(body: &[u8]) -> Result<NewTransaction, Fault> {
    assert_eq!(parse_json(body).is_ok(), is_strict_json(body));
    let read = read_json::<NewTransaction>(body);
    match &read {
        Ok(order) => {
            let plain: Value = serde_json::from_slice(body).unwrap();
            let text = |name: &str| plain[name].as_str().unwrap_or_default();
            assert_eq!(order.ref_id.as_str(), text("ref_id"));
            assert_eq!(order.product.as_str(), text("product").to_ascii_uppercase());
            assert_eq!(order.destination.as_str(), text("destination"));
            assert_eq!(
                order.max_price.map(Money::hundredths),
                plain["max_price"].as_i64().map(|rupiah| rupiah * 100)
            );
            assert!(order.max_price.is_none_or(Money::is_transferable), "INV-5");
            assert_eq!(
                u64::from(order.counter),
                plain["counter"].as_u64().unwrap_or(1)
            );
            assert!(
                plain.as_object().unwrap().len() <= 7,
                "nothing else is bound"
            );
        }
        Err(fault) => assert_named(fault),
    }
    read
}

/// Whether a reader that shares nothing with ours finds every name once and every number a plain integer.
pub(crate) fn is_strict_json(body: &[u8]) -> bool {
    // Numbers and names as they are written: only `serde_json` decides what is JSON, and it keeps the last of a doubled name.
    let Ok(text) = std::str::from_utf8(body) else {
        return false;
    };
    let Ok(plain) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    // Outside texts every colon follows a name.
    let (mut colons, mut in_text, mut escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b':' if !in_text => colons += 1,
            _ => {}
        }
    }
    names(&plain) == colons
        && depth(&plain) <= 64
        && plain_numbers(&plain)
        && body.len() <= 64 * 1024
}

/// How many names there are.
fn names(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(names).sum(),
        Value::Object(fields) => fields.len() + fields.values().map(names).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// How deep it goes.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Whether every number is an integer of 64 bits.
fn plain_numbers(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_u64() || number.is_i64(),
        Value::Array(values) => values.iter().all(plain_numbers),
        Value::Object(fields) => fields.values().all(plain_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// The part of an address after the question mark.
pub(crate) fn query(text: &str) -> Result<Node, Fault> {
    let read = parse_query(Some(text));
    match &read {
        Ok(Node::Table(parameters)) => {
            let plain: Vec<_> = url::form_urlencoded::parse(text.as_bytes()).collect();
            assert_eq!(plain.len(), parameters.len(), "each name once");
            for (name, value) in plain {
                let read = parameters.get(&*name);
                assert!(matches!(read, Some(Node::Untyped(text)) if *text == value));
            }
        }
        Ok(other) => panic!("a query is a table, not {other:?}"),
        Err(fault) => assert_named(fault),
    }
    read
}

/// A seed file, to its plan.
pub(crate) fn seed(text: &str) -> Result<(), Problems> {
    let read = Seed::read(text);
    let seed = read.inspect_err(assert_all_named)?;
    let mut roll = [0_u8; 10];
    let plan = seed.plan(|| {
        roll[9] = roll[9].wrapping_add(1);
        MemberId::mint(NOW, &roll)
    });
    plan.map(|_| assert_bounded(&seed))
        .inspect_err(assert_all_named)
}

/// A catalog that an operator brings in, as TOML or JSON.
pub(crate) fn catalog(body: &[u8], is_json: bool) -> Result<(), Problems> {
    let node = if is_json {
        parse_up_to(body, 8 * 1024 * 1024)
    } else {
        match std::str::from_utf8(body) {
            Ok(text) => parse_toml(text),
            Err(_) => return Ok(()),
        }
    };
    let node = match node {
        Ok(node) => node,
        Err(fault) => {
            assert_named(&fault);
            return Ok(());
        }
    };
    let seed = Seed::from_node(node).inspect_err(assert_all_named)?;
    let (catalog, configured) = (
        Snapshot::default(),
        BTreeSet::from([Slug::new("digiflazz").unwrap()]),
    );
    let standing = Standing {
        catalog: &catalog,
        members: &[],
        configured: &configured,
    };
    seed.import(&standing)
        .map(|_| assert_bounded(&seed))
        .inspect_err(assert_all_named)
}

/// A settings file.
pub(crate) fn settings(text: &[u8]) -> Result<(), Problems> {
    thread_local!(static FILE: std::path::PathBuf = {
        let name = format!("hostile-{}-{:?}.toml", std::process::id(), std::thread::current().id());
        std::env::temp_dir().join(name)
    });
    FILE.with(|file| {
        std::fs::write(file, text).unwrap();
        let source = Source::new().file(file).environment(HashMap::new());
        let loaded = Settings::load(&source);
        std::fs::remove_file(file).unwrap();
        match loaded {
            Ok(settings) => {
                assert!(!format!("{settings:?}").contains(CANARY), "T-20");
                Ok(())
            }
            Err(problems) => {
                assert_all_named(&problems);
                Err(problems)
            }
        }
    })
}

/// The parts of a request that are signed, and the signature, each as bytes that a stranger chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) timestamp: Vec<u8>,
    pub(crate) nonce: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

const SECRET: &[u8] = b"sk_test_eraflazz_0123456789abcdef";
const THEN: &str = "1767225600";
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A request that is rightly signed by the scheme.
pub(crate) fn signed(scheme: Scheme, body: &[u8]) -> Request {
    let (path, nonce) = ("/api/v1/transactions?wait=1", "nonce-7f3a");
    let signature = match scheme {
        Scheme::A => sign_a(body, THEN, SECRET),
        Scheme::B => {
            let signed = Signed {
                timestamp: THEN,
                nonce,
                method: "POST",
                path_and_query: path,
                body,
            };
            sign_b(&signed, SECRET)
        }
    };
    Request {
        path: path.to_owned(),
        timestamp: THEN.into(),
        nonce: nonce.into(),
        signature: signature.into(),
        body: body.to_vec(),
    }
}

/// Whether the request is believed. `None` if its headers are none.
pub(crate) fn proven(request: &Request) -> Option<Result<Verified, AuthError>> {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (API_KEY, b"ek_test_0001".as_slice()),
        ("content-type", b"application/json"),
        (TIMESTAMP, &request.timestamp),
        (NONCE, &request.nonce),
        (SIGNATURE, &request.signature),
    ] {
        let value = HeaderValue::from_bytes(value).ok()?;
        headers.append(HeaderName::from_static(name), value);
    }
    let parts = Parts {
        method: &Method::POST,
        path_and_query: &request.path,
        headers: &headers,
        body: &request.body,
    };
    Some(verify(&parts, SECRET, NOW))
}

/// A request of somebody who holds a signature that was good for another request and makes up everything else: nonce, moment and body, a line
/// each.
pub(crate) fn stranger(bytes: &[u8]) {
    for scheme in [Scheme::A, Scheme::B] {
        let captured = signed(scheme, b"{}");
        let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
        let mut line = || lines.next().unwrap_or_default().to_vec();
        let request = Request {
            nonce: line(),
            timestamp: line(),
            body: line(),
            ..captured.clone()
        };
        let is_replay = request.body == captured.body && request.timestamp == captured.timestamp;
        if let Some(Ok(verified)) = proven(&request) {
            assert!(is_replay, "T-8: {request:?}");
            assert!(scheme == Scheme::A || request.nonce == captured.nonce);
            assert_eq!(verified.scheme, scheme);
        }
    }
}

/// What stands in `X-Forwarded-For`, from a proxy that is trusted and from a stranger.
pub(crate) fn forwarded(value: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(value) else {
        return;
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-forwarded-for", value);
    let trusted = ["10.0.0.0/8".parse().unwrap()];
    let stranger = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
    assert_eq!(client_address(stranger, &headers, &trusted), stranger);
    let _ = client_address(Ipv4Addr::new(10, 0, 0, 1).into(), &headers, &trusted);
}

/// What was taken can be charged and booked: an amount below zero is read, and refused by name.
fn assert_bounded(seed: &Seed) {
    let prices = seed.products.iter().map(|product| product.base_price);
    let costs = seed.mappings.iter().map(|mapping| mapping.cost);
    for amount in prices.chain(costs) {
        assert!(
            amount >= Money::ZERO && amount <= Money::MAX_AMOUNT,
            "INV-5: {amount}"
        );
    }
}

pub(crate) fn assert_named(fault: &Fault) {
    let told = fault.to_string();
    assert!(!fault.detail().is_empty());
    assert!(!told.contains(CANARY), "T-20: {told}");
    assert!(fault.detail().len() < 2_000, "{told}");
}

fn assert_all_named(problems: &Problems) {
    assert!(!problems.is_empty());
    let told = problems.to_string();
    assert!(!told.contains(CANARY), "T-20: {told}");
}

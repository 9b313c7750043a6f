//! Who may administer: no member, no key without the scope, nothing twice, and never without an audit line.

use reqwest::Method;
use serde_json::{Value, json};

use crate::house::{Client, House, Told, nonce, seconds};
use crate::leaks::captured;

/// Every route that only looks.
const READS: [&str; 20] = [
    "/categories",
    "/categories/pulsa",
    "/products",
    "/products/XL10",
    "/mappings",
    "/mappings/0",
    "/suppliers",
    "/suppliers/digiflazz",
    "/approvals",
    "/members/agen/webhook",
    "/members",
    "/members/agen",
    "/keys",
    "/balances",
    "/orders",
    "/orders/00000000-0000-0000-0000-000000000001",
    "/pending",
    "/orphans",
    "/books",
    "/catalog",
];

/// Every route that changes something, with the key of the seed that may call it (`members` has the catalog as well) and a body that
/// means something.
fn changes() -> Vec<(&'static str, &'static str, Value)> {
    let order = "00000000-0000-0000-0000-000000000001";
    let deposit = json!({"member": "toko", "amount": 1, "source": "bca", "reference": "R"});
    let float = json!({"supplier": "digiflazz", "amount": 1, "source": "bca", "reference": "R", "kind": "bought"});
    let key = json!({"id": "ek_test_new_00001", "member": "toko", "scopes": ["trx:read"]});
    let member = json!({"code": "baru", "tier": "retail", "kind": "shop"});
    let price = json!({"tier": "retail", "product": "XL10", "flat": 500});
    let case = json!({"subject": order, "version": 1, "kind": "surplus", "note": "n"});
    vec![
        ("/members", "members", member),
        ("/members/agen", "members", json!({"name": "Agen"})),
        ("/members/agen/freeze", "money", json!({"note": "n"})),
        ("/members/agen/thaw", "money", json!({"note": "n"})),
        (
            "/members/agen/webhook",
            "members",
            json!({"url": "https://agen.example.com/hook"}),
        ),
        ("/members/agen/webhook/settle", "members", json!({})),
        ("/members/agen/webhook/remove", "members", json!({})),
        (
            "/members/agen/webhook/replay",
            "members",
            json!({"from": "", "to": ""}),
        ),
        (
            "/orders/00000000-0000-0000-0000-000000000001/redeliver",
            "members",
            json!({}),
        ),
        ("/keys", "members", key),
        ("/keys/ek_test_toko_0001/revoke", "members", json!({})),
        ("/deposits", "money", deposit),
        ("/floats", "money", float),
        (
            "/orders/00000000-0000-0000-0000-000000000001/resolve",
            "money",
            json!({"version": 1, "resolution": "absorb"}),
        ),
        (
            "/orders/00000000-0000-0000-0000-000000000001/cancel",
            "money",
            json!({"version": 1}),
        ),
        ("/cases/close", "money", case),
        ("/backup", "everything", json!({"name": "copy"})),
        ("/catalog/import", "members", json!({})),
        (
            "/catalog/switch",
            "members",
            json!({"product": "XL10", "active": true}),
        ),
        ("/catalog/sync", "members", json!({"supplier": "digiflazz"})),
        (
            "/approvals/withdrawal-0",
            "members",
            json!({"version": "9f86d081884c7d65", "approve": true}),
        ),
        ("/prices", "members", price),
        (
            "/prices/remove",
            "members",
            json!({"tier": "retail", "product": "XL10"}),
        ),
        (
            "/products/XL10/base-price",
            "members",
            json!({"base_price": 10_000}),
        ),
    ]
}

/// The same, entry by entry of the catalog.
fn entry_changes() -> Vec<(&'static str, &'static str, Value)> {
    let seen = "9f86d081884c7d65";
    vec![
        (
            "/categories",
            "members",
            json!({"slug": "games", "name": "Games"}),
        ),
        (
            "/categories/pulsa",
            "members",
            json!({"version": seen, "name": "Pulsa reguler"}),
        ),
        (
            "/products",
            "members",
            json!({"code": "XL99", "name": "XL 99", "category": "pulsa", "destination": "phone", "base_price": 1}),
        ),
        (
            "/products/XL10",
            "members",
            json!({"version": seen, "multi": true}),
        ),
        (
            "/mappings",
            "members",
            json!({"product": "XL10", "supplier": "digiflazz", "sku": "xld10b", "cost": 1}),
        ),
        (
            "/mappings/0",
            "members",
            json!({"version": seen, "active": false}),
        ),
        (
            "/suppliers",
            "members",
            json!({"slug": "digiflazz", "name": "Sandbox"}),
        ),
        (
            "/suppliers/digiflazz",
            "members",
            json!({"version": seen, "active": true}),
        ),
    ]
}

pub(crate) fn routes() -> Vec<(Method, &'static str, &'static str, Value)> {
    let reads = READS.map(|path| (Method::GET, path, "read", Value::Null));
    let changes = changes().into_iter().chain(entry_changes());
    let changes = changes.map(|(path, scope, body)| (Method::POST, path, scope, body));
    reads.into_iter().chain(changes).collect()
}

pub(crate) async fn call(
    client: &Client,
    method: &Method,
    path: &str,
    body: &Value,
    nonce: &str,
) -> Told {
    let path = format!("/api/v1/admin{path}");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let request = client.signed(method, &path, body.as_bytes(), seconds(), nonce);
    Told::of(request.send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn t_03_no_member_and_no_stranger_administers() {
    let house = House::open().await;
    let (agen, reader) = (
        house.agen(),
        house.client("ek_test_tono_0001", "test-secret-of-tono-0001-abcdef"),
    );
    let nobody = house.client("ek_test_nobody_01", "a-secret-that-nobody-has");
    let log = captured();
    for (method, path, scope, body) in routes() {
        let told = call(&agen, &method, path, &body, &nonce()).await;
        assert_eq!(
            told.refusal(),
            (403, "SCOPE_MISSING"),
            "a member on {method} {path}"
        );
        let told = call(&nobody, &method, path, &body, &nonce()).await;
        assert_eq!(
            told.refusal(),
            (401, "UNAUTHENTICATED"),
            "nobody on {method} {path}"
        );
        let unsigned = house.url(&format!("/api/v1/admin{path}"));
        let unsigned = agen
            .http
            .request(method.clone(), unsigned)
            .send()
            .await
            .unwrap();
        assert_eq!(Told::of(unsigned).await.refusal(), (400, "MISSING_HEADER"));
        if scope != "read" {
            let told = call(&reader, &method, path, &body, &nonce()).await;
            assert_eq!(
                told.refusal(),
                (403, "SCOPE_MISSING"),
                "a reader on {method} {path}"
            );
        }
    }
    // Nothing of it happened, and the attempts stand in the audit.
    let members = house.dewi().get("/api/v1/admin/members/baru").await;
    assert_eq!(members.refusal(), (404, "NOT_FOUND"));
    let log = log.text();
    let refused = log
        .lines()
        .filter(|line| line.contains("audit: administration"));
    let by_members = refused.filter(|line| {
        line.contains("key=\"ek_test_agen_0001\"") && line.contains("result=\"SCOPE_MISSING\"")
    });
    assert!(by_members.count() >= routes().len());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_03_a_scope_opens_its_own_routes_only() {
    let house = House::open().await;
    let keys = [
        (
            "read",
            house.client("ek_test_tono_0001", "test-secret-of-tono-0001-abcdef"),
        ),
        (
            "money",
            house.client("ek_test_kasir_001", "test-secret-of-kasir-001-abcdef"),
        ),
        (
            "members",
            house.client("ek_test_rekrut_01", "test-secret-of-rekrut-01-abcdef"),
        ),
    ];
    for (method, path, scope, body) in routes() {
        for (own, client) in &keys {
            let told = call(client, &method, path, &body, &nonce()).await;
            let is_refused = told.refusal() == (403, "SCOPE_MISSING");
            assert_eq!(
                is_refused,
                *own != scope,
                "{own} on {method} {path}: {}",
                told.text
            );
            assert_ne!(told.http, 500, "{path}");
        }
    }
    // An operator's key orders nothing, whatever it may administer.
    for path in ["/balance", "/products", "/transactions", "/mutations"] {
        let told = house.dewi().get(&format!("/api/v1{path}")).await;
        assert_eq!(told.refusal(), (403, "SCOPE_MISSING"), "{path}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_03_members_keys_are_no_way_to_more_scopes() {
    let house = House::open().await;
    let recruiter = house.client("ek_test_rekrut_01", "test-secret-of-rekrut-01-abcdef");
    let more = json!({"id": "ek_test_mine_0001", "operator": "rekrut", "scopes": ["admin:*"]});
    assert_eq!(
        recruiter.admin("/keys", &more).await.refusal(),
        (403, "SCOPE_MISSING")
    );
    let revoke = recruiter
        .admin("/keys/ek_test_dewi_0001/revoke", &json!({}))
        .await;
    assert_eq!(revoke.refusal(), (403, "SCOPE_MISSING"));
    let credit = json!({"code": "kredit", "tier": "retail", "kind": "shop", "credit_limit": 1});
    assert_eq!(
        recruiter.admin("/members", &credit).await.refusal(),
        (403, "SCOPE_MISSING")
    );
    let credit = json!({"credit_limit": 1_000_000});
    assert_eq!(
        recruiter.admin("/members/toko", &credit).await.refusal(),
        (403, "SCOPE_MISSING")
    );
    let mixed =
        json!({"id": "ek_test_mix_00001", "member": "toko", "scopes": ["trx:read", "admin:read"]});
    assert_eq!(
        house.dewi().admin("/keys", &mixed).await.refused_field(),
        (422, "/scopes")
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_04_a_captured_call_of_an_operator_is_worth_nothing() {
    let house = House::open().await;
    let dewi = house.dewi();
    let body = json!({"member": "toko", "amount": 5_000, "source": "bca", "reference": "ONCE"});
    let first = call(&dewi, &Method::POST, "/deposits", &body, "nonce-admin-1").await;
    assert_eq!(first.http, 200, "{}", first.text);
    let again = call(&dewi, &Method::POST, "/deposits", &body, "nonce-admin-1").await;
    assert_eq!(again.refusal(), (401, "UNAUTHENTICATED"));
    // Scheme A does not cover the path, so it opens nothing here.
    let simple = dewi.signed_simply(
        &Method::POST,
        "/api/v1/admin/deposits",
        body.to_string().as_bytes(),
    );
    assert_eq!(simple.send().await.unwrap().status(), 401);
    for at in [seconds() - 301, seconds() + 302] {
        let late = dewi.signed(&Method::GET, "/api/v1/admin/members", b"", at, &nonce());
        let late = Told::of(late.send().await.unwrap()).await;
        assert_eq!(late.refusal(), (401, "TIMESTAMP_OUT_OF_RANGE"));
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inv_37_an_audit_line_says_who_did_what_and_masks() {
    let log = captured();
    let house = House::open().await;
    let dewi = house.dewi();
    let body =
        json!({"member": "lain", "amount": 123_456, "source": "bca", "reference": "AUDIT-1"});
    let told = dewi.admin("/deposits", &body).await;
    assert_eq!(told.http, 200);
    let request = told.headers["x-request-id"].to_str().unwrap().to_owned();
    let issued = dewi
        .admin(
            "/keys",
            &json!({"id": "ek_test_audit_001", "member": "lain", "scopes": ["trx:read"]}),
        )
        .await;
    let secret = issued.data("secret").to_owned();
    assert_eq!(secret.len(), 64, "{}", issued.text);
    house.close().await;
    let log = log.text();
    let line = log
        .lines()
        .find(|line| line.contains("audit: ") && line.contains(&request))
        .unwrap();
    for part in [
        "operator=\"dewi\"",
        "action=\"deposit\"",
        "member lain",
        "amount=123456",
        "reference=AUDIT-1 source=bca",
        "result=\"done\"",
        "source=127.0.0.1",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!log.contains(&secret), "a secret is in the log");
    assert!(
        !log.contains("test-secret-of-dewi"),
        "a secret is in the log"
    );
}

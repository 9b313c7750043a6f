//! The API in XML: the same answers, the same refusals, the same signatures over raw bytes.

use h2h_server::auth::{Signed, sign_a, sign_b};
use reqwest::Method;
use rstest::rstest;

use crate::house::{Client, House, nonce, order, seconds};

/// An answer in XML.
struct Said {
    http: u16,
    kind: String,
    text: String,
}

impl Said {
    async fn of(response: reqwest::Response) -> Self {
        let kind = response.headers().get("content-type");
        let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
        assert_eq!(response.headers()["vary"], "accept");
        Self {
            http: response.status().as_u16(),
            kind,
            text: response.text().await.unwrap(),
        }
    }

    /// What stands in the only element of this name.
    fn within(&self, name: &str) -> &str {
        let (_, rest) = self
            .text
            .split_once(&format!("<{name}>"))
            .unwrap_or_else(|| panic!("no {name}: {}", self.text));
        rest.split_once(&format!("</{name}>")).unwrap().0
    }
}

impl Client {
    fn xml(&self, path: &str, body: &[u8], sent: &[u8]) -> reqwest::RequestBuilder {
        let (timestamp, nonce) = (seconds().to_string(), nonce());
        let method = if body.is_empty() {
            Method::GET
        } else {
            Method::POST
        };
        let signed = Signed {
            timestamp: &timestamp,
            nonce: &nonce,
            method: method.as_str(),
            path_and_query: path,
            body,
        };
        let request = self
            .http
            .request(method.clone(), format!("{}{path}", self.base))
            .header("accept", "application/xml")
            .header("x-api-key", &self.key)
            .header("x-timestamp", &timestamp)
            .header("x-nonce", &nonce)
            .header("x-signature", sign_b(&signed, self.secret.as_bytes()));
        if sent.is_empty() {
            request
        } else {
            let request = request.header("content-type", "application/xml");
            request.body(sent.to_vec())
        }
    }

    async fn buys_in_xml(&self, body: &str) -> Said {
        let bytes = body.as_bytes();
        let request = self.xml("/api/v1/transactions", bytes, bytes);
        Said::of(request.send().await.unwrap()).await
    }

    async fn asks_for_xml(&self, path: &str) -> Said {
        Said::of(self.xml(path, b"", b"").send().await.unwrap()).await
    }
}

fn body(ref_id: &str, destination: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<request>\n  <ref_id>{ref_id}</ref_id>\n  <product>xl10</product>\n  <destination>{destination}</destination>\n</request>"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_in_xml_is_the_order_in_json() {
    let house = House::open().await;
    let (agen, number) = (house.agen(), "087800002001");
    let said = agen.buys_in_xml(&body("X-1", number)).await;
    assert_eq!(
        (said.http, said.kind.as_str()),
        (200, "application/xml; charset=utf-8")
    );
    assert!(
        said.text.starts_with(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><response><code>200</code><data>"
        )
    );
    assert_eq!(
        (said.within("ref_id"), said.within("product")),
        ("X-1", "XL10")
    );
    assert!(
        !said.text.contains("<sn>"),
        "null is left out: {}",
        said.text
    );
    // The same reference in JSON is the same order, and the other way round (INV-18).
    let told = agen.post(&order("X-1", number)).await;
    assert_eq!(told.data("trx_id"), said.within("trx_id"));
    assert_eq!(told.headers["idempotent-replayed"], "true");
    let told = agen.until("X-1", "SUCCESS").await;
    let said = agen.asks_for_xml("/api/v1/transactions/X-1").await;
    assert_eq!(
        (said.within("sn"), said.within("status")),
        (told.data("sn"), "SUCCESS")
    );
    let said = agen.asks_for_xml("/api/v1/transactions?limit=1").await;
    assert!(
        said.within("transactions").starts_with("<item>"),
        "{}",
        said.text
    );
    let said = agen.asks_for_xml("/api/v1/balance").await;
    assert_eq!(said.within("balance"), "49989500");
    assert_eq!(house.sandbox.deliveries_to(number), 1);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_told_in_xml_with_field_and_rule() {
    let house = House::open().await;
    let agen = house.agen();
    let good = body("X-2", "087800002002");
    for (bad, http, code, pointer, rule) in [
        (
            good.replace("X-2", "TRX|1"),
            422,
            "VALIDATION_FAILED",
            "/ref_id",
            "VALUE",
        ),
        (
            good.replace("</request>", "<price>1</price></request>"),
            422,
            "VALIDATION_FAILED",
            "/price",
            "UNKNOWN_FIELD",
        ),
        (
            good.replace("</request>", "<max_price>1.0</max_price></request>"),
            422,
            "VALIDATION_FAILED",
            "/max_price",
            "TYPE",
        ),
        (
            good.replace("</request>", "<product>XL5</product></request>"),
            400,
            "MALFORMED_XML",
            "/product",
            "DUPLICATE_KEY",
        ),
        (
            good.replace(
                "<request>",
                "<!DOCTYPE request [<!ENTITY a \"b\">]><request>",
            ),
            400,
            "MALFORMED_XML",
            "",
            "SYNTAX",
        ),
        (
            good.replace("<product>", "<product a=\"b\">"),
            422,
            "VALIDATION_FAILED",
            "/product",
            "UNKNOWN_FIELD",
        ),
    ] {
        let said = agen.buys_in_xml(&bad).await;
        assert_eq!(
            (said.http, said.within("error_code")),
            (http, code),
            "{}",
            said.text
        );
        let told = said.within("errors");
        assert!(
            told.contains(&format!("<pointer>{pointer}</pointer>")),
            "{told}"
        );
        assert!(told.contains(&format!("<code>{rule}</code>")), "{told}");
    }
    let said = agen.asks_for_xml("/api/v1/transactions/none").await;
    assert_eq!(
        (said.http, said.within("error_code")),
        (404, "TRANSACTION_NOT_FOUND")
    );
    let said = agen.asks_for_xml("/api/v1/nowhere").await;
    assert_eq!(
        (said.http, said.within("error_code")),
        (404, "ROUTE_NOT_FOUND")
    );
    let stranger = house.client("ek_test_agen_0001", "another-secret-of-no-one-abcdefgh");
    let said = stranger.asks_for_xml("/api/v1/balance").await;
    assert_eq!(
        (said.http, said.within("error_code")),
        (401, "UNAUTHENTICATED")
    );
    assert_eq!(agen.balance().await, 50_000_000);
    house.close().await;
}

/// The bytes are signed as they are sent: XML that says the same in other bytes is another request (T-8), and the short scheme is for JSON alone.
#[tokio::test(flavor = "multi_thread")]
async fn t_08_xml_is_signed_byte_by_byte() {
    let house = House::open().await;
    let agen = house.agen();
    let good = body("X-3", "087800002003");
    let other = good.replace('\n', "");
    let request = agen.xml("/api/v1/transactions", good.as_bytes(), other.as_bytes());
    let said = Said::of(request.send().await.unwrap()).await;
    assert_eq!(
        (said.http, said.within("error_code")),
        (401, "UNAUTHENTICATED")
    );
    let timestamp = seconds().to_string();
    let simply = agen
        .http
        .post(house.url("/api/v1/transactions"))
        .header("accept", "application/xml")
        .header("content-type", "application/xml")
        .header("x-api-key", &agen.key)
        .header("x-timestamp", &timestamp)
        .header(
            "x-signature",
            sign_a(good.as_bytes(), &timestamp, agen.secret.as_bytes()),
        )
        .body(good);
    let said = Said::of(simply.send().await.unwrap()).await;
    assert_eq!(
        (said.http, said.within("error_code")),
        (401, "UNAUTHENTICATED")
    );
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_administers_in_xml_as_well() {
    let house = House::open().await;
    let wanted = "<request><id>ek_test_xml_0001</id><member>agen</member><scopes><item>trx:read</item></scopes><networks/></request>";
    let bytes = wanted.as_bytes();
    let request = house.dewi().xml("/api/v1/admin/keys", bytes, bytes);
    let said = Said::of(request.send().await.unwrap()).await;
    assert_eq!(said.http, 200, "{}", said.text);
    assert_eq!(said.within("scopes"), "<item>trx:read</item>");
    let reader = house.client("ek_test_xml_0001", said.within("secret"));
    assert_eq!(reader.get("/api/v1/balance").await.http, 200);
    house.close().await;
}

/// Bytes that are none of ours, with a right signature: a refusal by name, at once.
#[rstest]
#[case::billion_laughs("<!DOCTYPE r [<!ENTITY a \"haha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;\">]><request><ref_id>&c;</ref_id></request>".to_owned(), 400)]
#[case::external("<!DOCTYPE r SYSTEM \"http://127.0.0.1:1/x.dtd\"><request/>".to_owned(), 400)]
#[case::deep("<request>".to_owned() + &"<a>".repeat(20_000), 400)]
#[case::many("<request>".to_owned() + &"<a/>".repeat(16_000) + "</request>", 400)]
#[case::large("<request>".to_owned() + &"x".repeat(64 * 1024), 413)]
#[case::json("{\"ref_id\":\"A\"}".to_owned(), 400)]
#[case::utf_16("\u{feff}<request/>".to_owned(), 400)]
#[tokio::test(flavor = "multi_thread")]
async fn t_12_hostile_xml_is_refused(#[case] body: String, #[case] http: u16) {
    let house = House::open().await;
    let said = house.agen().buys_in_xml(&body).await;
    assert_eq!(said.http, http, "{}", said.text);
    assert!(
        said.text.len() < 2_000,
        "nothing of it is repeated at length"
    );
    house.close().await;
}

/// A browser or a program that says nothing gets JSON.
#[tokio::test(flavor = "multi_thread")]
async fn json_is_what_is_told_to_who_says_nothing() {
    let house = House::open().await;
    let told = house.agen().get("/api/v1/balance").await;
    assert_eq!(told.headers["content-type"], "application/json");
    assert_eq!(told.headers["vary"], "accept");
    house.close().await;
}

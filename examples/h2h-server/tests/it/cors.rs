//! Pages in browsers: only those of origins that the settings name, and only the members' API.

use reqwest::{Method, RequestBuilder, Response};

use crate::house::{House, nonce, order, seconds};

const OURS: &str = "https://toko.example.com";
const MEMBERS: [&str; 4] = ["transactions", "transactions/A-1", "balance", "products"];

async fn house() -> House {
    let origins = format!("{OURS},http://localhost:5173");
    House::open_with(&[("SERVER__CORS_ORIGINS", &origins)]).await
}

/// What a browser asks before it lets a page of `origin` send a signed request.
fn preflight(house: &House, path: &str, origin: &str) -> RequestBuilder {
    let url = house.url(&format!("/api/v1/{path}"));
    let http = house.agen().http;
    http.request(Method::OPTIONS, url)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header(
            "Access-Control-Request-Headers",
            "content-type,x-api-key,x-nonce,x-signature,x-timestamp",
        )
}

fn told<'a>(response: &'a Response, header: &str) -> &'a str {
    let value = response.headers().get(header);
    value.map_or("", |value| value.to_str().unwrap())
}

fn assert_no_page(response: &Response) {
    for (name, value) in response.headers() {
        let name = name.as_str();
        let opens = name == "access-control-allow-origin" || name.ends_with("credentials");
        assert!(!opens, "{name}: {value:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_27_a_page_of_an_origin_that_is_named_may_sign_and_send() {
    let house = house().await;
    for origin in [OURS, "http://localhost:5173"] {
        for path in MEMBERS {
            let response = preflight(&house, path, origin).send().await.unwrap();
            assert!(response.status().is_success(), "{path}");
            assert_eq!(told(&response, "access-control-allow-origin"), origin);
            assert_eq!(told(&response, "access-control-allow-credentials"), "");
            let headers = told(&response, "access-control-allow-headers");
            for name in [
                "x-api-key",
                "x-timestamp",
                "x-nonce",
                "x-signature",
                "content-type",
            ] {
                assert!(
                    headers.split(',').any(|one| one == name),
                    "{name}: {headers}"
                );
            }
            assert!(told(&response, "vary").contains("origin"));
        }
        let body = order("CORS-1", "087800009001").to_string();
        let agen = house.agen();
        let path = "/api/v1/transactions";
        let signed = agen.signed(&Method::POST, path, body.as_bytes(), seconds(), &nonce());
        let response = signed.header("Origin", origin).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(told(&response, "access-control-allow-origin"), origin);
        assert!(told(&response, "access-control-expose-headers").contains("x-request-id"));
        // A refusal can be read by the page as well.
        let unsigned = agen.http.get(house.url("/api/v1/balance"));
        let response = unsigned.header("Origin", origin).send().await.unwrap();
        assert_eq!(response.status(), 400);
        assert_eq!(told(&response, "access-control-allow-origin"), origin);
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_27_no_other_page_and_no_page_of_administration() {
    let house = house().await;
    let others = [
        "https://toko.example.com.evil.example",
        "https://evil-toko.example.com",
        "https://a.toko.example.com",
        "http://toko.example.com",
        "https://toko.example.com:8443",
        "https://TOKO.example.com",
        "null",
        "*",
    ];
    for origin in others {
        for path in MEMBERS {
            let response = preflight(&house, path, origin).send().await.unwrap();
            assert_no_page(&response);
        }
        let read = house.agen().http.get(house.url("/api/v1/balance"));
        assert_no_page(&read.header("Origin", origin).send().await.unwrap());
    }
    for path in ["admin/members", "admin/deposits", "admin/backup"] {
        assert_no_page(&preflight(&house, path, OURS).send().await.unwrap());
    }
    house.close().await;

    let house = House::open().await;
    for path in MEMBERS {
        let response = preflight(&house, path, OURS).send().await.unwrap();
        assert_eq!(response.status(), 405, "nobody is named: {path}");
        assert_no_page(&response);
    }
    house.close().await;
}

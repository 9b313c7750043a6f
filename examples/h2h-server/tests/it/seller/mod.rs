//! Selling to servers of the `OtomaX` family in their own dialect, over HTTP.

mod chain;
mod digiflazz;
mod door;
mod orders;
mod reports;

use sandbox::otomax::sign;
use serde_json::json;

use crate::house::{House, Told};

/// A house that sells, and one of its buyers.
struct Shop {
    house: House,
    buyer: Buyer,
}

/// A server that buys.
#[derive(Clone)]
pub(crate) struct Buyer {
    pub(crate) member: String,
    pub(crate) pin: String,
    pub(crate) password: String,
    base: String,
    http: reqwest::Client,
}

pub(crate) const ON: [(&str, &str); 2] = [("SELLER__ENABLED", "true"), ("SELLER__REALM", "toko")];

impl Shop {
    async fn open() -> Self {
        Self::open_with(&[], &json!({})).await
    }

    /// With these settings, and with a login that says this beside what all say.
    async fn open_with(more: &[(&str, &str)], login: &serde_json::Value) -> Self {
        let house = House::open_with(&[&ON[..], more].concat()).await;
        let buyer = Buyer::of(&house, "ERZ001", "agen", login).await;
        Self { house, buyer }
    }
}

impl Buyer {
    /// A login that an operator has issued for `member`.
    pub(crate) async fn of(
        house: &House,
        id: &str,
        member: &str,
        more: &serde_json::Value,
    ) -> Self {
        let mut wanted = json!({"id": id, "member": member, "networks": ["127.0.0.1/32"]});
        let more = more.as_object().unwrap().clone();
        wanted.as_object_mut().unwrap().extend(more);
        let told = house.dewi().admin("/buyers", &wanted).await;
        assert_eq!(told.http, 200, "{}", told.text);
        Self {
            member: id.to_owned(),
            pin: told.data("pin").to_owned(),
            password: told.data("password").to_owned(),
            base: house.url(""),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
        }
    }

    pub(crate) fn signed(&self, product: &str, dest: &str, ref_id: &str) -> String {
        let Self {
            member,
            pin,
            password,
            ..
        } = self;
        let sign = sign(&format!(
            "OtomaX|{member}|{product}|{dest}|{ref_id}|{pin}|{password}"
        ));
        format!("product={product}&qty=1&dest={dest}&refID={ref_id}&memberID={member}&sign={sign}")
    }

    /// Status, kind and text of the answer.
    async fn get(&self, path: &str) -> (u16, String) {
        let response = self.http.get(format!("{}{path}", self.base)).send();
        Self::read(response.await.unwrap()).await
    }

    async fn read(response: reqwest::Response) -> (u16, String) {
        let told = Told::of(response).await;
        if told.http == 200 {
            assert_eq!(told.headers["content-type"], "text/plain; charset=utf-8");
            assert!(!told.text.contains('\n') && told.text.len() <= 1_000);
        }
        (told.http, told.text)
    }

    async fn says(&self, query: &str) -> String {
        let (http, text) = self.get(&format!("/otomax/toko/trx?{query}")).await;
        assert_eq!(http, 200, "{text}");
        text
    }

    async fn buys(&self, dest: &str, ref_id: &str) -> String {
        self.says(&self.signed("XL10", dest, ref_id)).await
    }

    async fn asks(&self, dest: &str, ref_id: &str) -> String {
        let query = self.signed("XL10", dest, ref_id);
        self.says(&format!("{query}&check=1")).await
    }

    /// The answer to the question, once it says this.
    async fn until(&self, dest: &str, ref_id: &str, words: &str) -> String {
        let began = std::time::Instant::now();
        loop {
            let said = self.asks(dest, ref_id).await;
            if said.contains(words) {
                return said;
            }
            assert!(
                began.elapsed() < crate::house::PATIENCE,
                "not {words}: {said}"
            );
            tokio::task::yield_now().await;
        }
    }
}

/// What the code of an order, the time of the day and the minute of today leave of a sentence.
fn plain(said: &str) -> String {
    let words = said.split(' ').map(|word| {
        let is_time = |word: &str| {
            word.bytes().filter(|byte| *byte == b':').count() >= 1
                && word.bytes().any(|byte| byte.is_ascii_digit())
                && !word.contains("SN/Ref")
        };
        if word.starts_with("T#TRX-") {
            "T#".to_owned()
        } else if is_time(word) || (word.starts_with('@') && word.contains('/')) {
            let at = if word.starts_with('@') { "@" } else { "" };
            let end = if word.ends_with(',') {
                ","
            } else if word.ends_with('.') {
                "."
            } else {
                ""
            };
            format!("{at}…{end}")
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

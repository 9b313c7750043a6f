//! Canaries: what must never be printed (T-20).

use eraflazz_core::ports::Supplier;
use eraflazz_suppliers::digiflazz::{Config, Digiflazz};

use crate::peer::Peer;
use crate::support::{config, purchase};

const CANARIES: [&str; 4] = [
    "canary-user-7f3a",
    "canary-key-2d9c-b81e-sample",
    "canary-hook-5e10-77aa-sample",
    "canary-proxy-c4f2",
];

fn canary_config(base_url: &str) -> Config {
    Config {
        username: CANARIES[0].to_owned(),
        api_key: CANARIES[1].into(),
        webhook_secret: CANARIES[2].into(),
        proxy: Some(format!("http://user:{}@127.0.0.1:9", CANARIES[3]).into()),
        ..config(base_url)
    }
}

fn assert_silent(printed: &str) {
    for canary in CANARIES {
        assert!(!printed.contains(canary), "{canary} in {printed}");
    }
}

#[tokio::test]
async fn t_20_no_secret_is_printed() {
    let nobody = Peer::nobody().await;
    let base = format!("http://{nobody}/v1");
    assert_silent(&format!("{:?}", canary_config(&base)));
    let adapter = Digiflazz::new(canary_config(&base)).unwrap();
    assert_silent(&format!("{adapter:?} {adapter:#?}"));
    assert_silent(&format!("{:?}", adapter.send(&purchase()).await));
    let error = adapter.balance().await.unwrap_err();
    assert_silent(&format!("{error} {error:?}"));
    let error = adapter.price_list().await.unwrap_err();
    assert_silent(&format!("{error} {error:?}"));
}

#[test]
fn t_20_a_refused_setting_does_not_show_its_value() {
    let bad = |change: fn(&mut Config)| {
        let mut config = canary_config("http://127.0.0.1:9/v1");
        change(&mut config);
        let error = Digiflazz::new(config).unwrap_err();
        format!("{error} {error:?}")
    };
    let printed = [
        bad(|c| c.api_key = "canary-key".into()),
        bad(|c| c.webhook_secret = "canary-key".into()),
        bad(|c| c.username = "canary-key \n".to_owned()),
        bad(|c| c.proxy = Some("canary-key".into())),
        bad(|c| c.base_url = "https://canary-key@127.0.0.1/".to_owned()),
    ];
    for text in printed {
        assert!(text.starts_with("digiflazz: "), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

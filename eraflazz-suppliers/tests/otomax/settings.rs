//! Settings: each wrong one is named, none is shown.

use std::time::Duration;

use eraflazz_core::supplier::{Callback, Reference, Status};
use eraflazz_suppliers::otomax::{Config, Otomax, Preset};

use crate::support::config;

const HERE: &str = "http://127.0.0.1:6969";

#[test]
fn every_wrong_setting_is_named() {
    let wrong = |change: fn(&mut Config)| {
        let mut config = config(HERE);
        change(&mut config);
        Otomax::new(config).unwrap_err().field
    };
    assert_eq!(wrong(|c| c.bases.clear()), "bases");
    assert_eq!(wrong(|c| c.bases = vec![HERE.to_owned(); 3]), "bases");
    assert_eq!(
        wrong(|c| c.bases = vec!["ftp://127.0.0.1".to_owned()]),
        "bases"
    );
    assert_eq!(
        wrong(|c| c.order = "GET /trx?product={product}".to_owned()),
        "order"
    );
    assert_eq!(wrong(|c| c.order = "PUT /trx".to_owned()), "order");
    assert_eq!(wrong(|c| c.status = None), "status");
    assert_eq!(wrong(|c| c.status = Some("GET".to_owned())), "status");
    assert_eq!(wrong(|c| c.profile.status = Status::None), "status");
    assert_eq!(
        wrong(|c| c.profile.status = Status::Listing),
        "profile.status"
    );
    assert_eq!(
        wrong(|c| c.profile.callback = Callback::Signed),
        "profile.callback"
    );
    assert_eq!(
        wrong(|c| c.profile.reference = Reference::Theirs),
        "profile.reference"
    );
    assert_eq!(wrong(|c| c.sign_order = None), "sign_order");
    assert_eq!(
        wrong(|c| c.sign_order = Some("{sign}".to_owned())),
        "sign_order"
    );
    assert_eq!(
        wrong(|c| c.sign_balance = Some("{".to_owned())),
        "sign_balance"
    );
    assert_eq!(
        wrong(|c| c.clock.utc_offset_hours = 15),
        "clock.utc_offset_hours"
    );
    assert_eq!(
        wrong(|c| c.clock.slack = Duration::from_hours(25)),
        "clock.slack"
    );
    assert_eq!(wrong(|c| c.member = String::new()), "member");
    assert_eq!(wrong(|c| c.member = "a|b".to_owned()), "member");
    assert_eq!(wrong(|c| c.pin = "".into()), "pin");
    assert_eq!(wrong(|c| c.password = "a b".into()), "password");
    assert_eq!(wrong(|c| c.user = "a|b".to_owned()), "user");
    assert_eq!(
        wrong(|c| c.balance = Some("GET /?u={user}".to_owned())),
        "user"
    );
    assert_eq!(wrong(|c| c.proxy = Some("no address".into())), "proxy");
}

#[test]
fn every_preset_can_be_used_once_it_has_an_account() {
    let presets = [
        Preset::OtomaxSign,
        Preset::OtomaxBalance2,
        Preset::OtomaxPlain,
        Preset::Okeconnect,
        Preset::Serpul,
        Preset::Irs,
        Preset::ROne,
    ];
    for preset in presets {
        let profile = Config::silent_profile();
        let mut config = preset.config(HERE, "ERZ001", "1234", "rahasia", profile);
        config.user = "u1".to_owned();
        let asks = config.profile.status == Status::Dedicated;
        assert_eq!(asks, config.status.is_some(), "{preset:?}");
        assert!(Otomax::new(config).is_ok(), "{preset:?}");
    }
}

#[test]
fn t_26_a_pin_or_password_leaves_unencrypted_only_where_somebody_said_so() {
    let plain = Config {
        bases: vec!["http://203.0.113.7:6969".to_owned()],
        order: "GET /trx?product={product}&dest={dest}&refID={ref}&pin={pin}".to_owned(),
        ..config(HERE)
    };
    assert_eq!(Otomax::new(plain.clone()).unwrap_err().field, "bases");
    Otomax::new(Config {
        clear_text: true,
        ..plain.clone()
    })
    .unwrap();
    Otomax::new(Config {
        bases: vec!["https://h2h.example:6969".to_owned()],
        ..plain
    })
    .unwrap();
    let signed = Config {
        bases: vec!["http://203.0.113.7:6969".to_owned()],
        ..config(HERE)
    };
    Otomax::new(signed).unwrap();
}

#[test]
fn inv_37_no_secret_shows_in_debug_output_or_errors() {
    let canary = Config {
        member: "CANARY-member".to_owned(),
        user: "CANARY-user".to_owned(),
        pin: "CANARY-pin".into(),
        password: "CANARY-password".into(),
        sign_balance: Some("CANARY-prefix|{member}".to_owned()),
        proxy: Some("http://CANARY:CANARY@127.0.0.1:1".into()),
        ..config(HERE)
    };
    assert!(!format!("{canary:?}").contains("CANARY"));
    let otomax = Otomax::new(canary.clone()).unwrap();
    assert!(!format!("{otomax:?}").contains("CANARY"));
    let broken = Config {
        password: "CANARY with blanks".into(),
        ..canary
    };
    let error = Otomax::new(broken).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("CANARY"));
}

//! Settings: each wrong one is named, none is shown.

use eraflazz_core::supplier::{Callback, Reference, Status};
use eraflazz_suppliers::otomax::{Config, Otomax};

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
    assert_eq!(wrong(|c| c.member = String::new()), "member");
    assert_eq!(wrong(|c| c.member = "a|b".to_owned()), "member");
    assert_eq!(wrong(|c| c.pin = "".into()), "pin");
    assert_eq!(wrong(|c| c.password = "a b".into()), "password");
    assert_eq!(wrong(|c| c.user = "a|b".to_owned()), "user");
    assert_eq!(wrong(|c| c.proxy = Some("no address".into())), "proxy");
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

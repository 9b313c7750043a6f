//! What the query of a buyer may do: whatever is read of it is what it says, once, and a signature is good for the query that it was made for. Called by the
//! properties beside this file and by a fuzz target of `tests/fuzz`.

use std::collections::BTreeMap;

use h2h_server::seller::digiflazz::{TopUp, is_digest};
use h2h_server::seller::login::Login;
use h2h_server::seller::query::{Order, Parameters, Place, Proof, Wants};
use h2h_server::seller::sign::{Signed, is_signed};
use h2h_server::seller::texts::Dialect;
use h2h_server::strict::{Fault, read_json};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use super::entry::{CANARY, assert_named, is_strict_json};

/// A query that is rightly signed.
pub(crate) const SIGNED: &str = "product=s10&qty=1&dest=081234567890&refID=900001&memberID=ERZ001&sign=-ZA-V-2UufEK3JqQVZoRuLGF2Uk";
/// Whose it is.
const PIN: &str = "123456";
const PASSWORD: &str = "sample-password-01";

/// A query or a form, as each dialect and at each address; how many times something was read.
pub(crate) fn query(text: &str) -> usize {
    let mut read = 0;
    for dialect in Dialect::ALL {
        let parameters = match Parameters::read(text, dialect) {
            Ok(parameters) => parameters,
            Err(fault) => {
                assert_named(&fault);
                continue;
            }
        };
        let plain = plain(text);
        for place in [Place::Order, Place::Balance, Place::Ticket, Place::Said] {
            match parameters.request(place) {
                Ok(request) => {
                    read += 1;
                    let printed = format!("{request:?}");
                    assert!(!printed.contains(CANARY) || is_open(&plain), "INV-37");
                    let said = said(&plain, dialect);
                    assert_eq!(request.member, said("member"));
                    match &request.wants {
                        Wants::Order(order) => assert_order(order, &said),
                        Wants::Balance => {}
                        Wants::Ticket(amount) => assert_eq!(*amount, said("amount")),
                    }
                    assert_proven(&request.member, &request.proof, &request.wants, &said);
                }
                Err(fault) => assert_named(&fault),
            }
        }
    }
    read
}

/// Whether an order in the first dialect is signed by the login of [`SIGNED`].
pub(crate) fn is_rightly_signed(text: &str) -> bool {
    let request =
        Parameters::read(text, Dialect::Otomax).and_then(|read| read.request(Place::Order));
    let request = request.unwrap();
    let (Wants::Order(order), Proof::Sign(sign)) = (&request.wants, &request.proof) else {
        return false;
    };
    let signed = Signed::Order {
        member: &request.member,
        product: &order.written,
        dest: &order.dest,
        ref_id: order.ref_id.as_str(),
    };
    is_signed(signed, &login(), sign.expose_secret())
}

fn login() -> Login {
    Login {
        pin: PIN.into(),
        password: PASSWORD.into(),
    }
}

/// Whether the canary was sent as something that is no secret.
fn is_open(plain: &BTreeMap<String, String>) -> bool {
    let secrets = ["pin", "password", "pass", "sign"];
    plain
        .iter()
        .any(|(name, value)| !secrets.contains(&name.as_str()) && value.contains(CANARY))
}

/// The parameters as somebody else reads them, by their names in lower case.
fn plain(text: &str) -> BTreeMap<String, String> {
    let mut plain = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        let before = plain.insert(name.to_ascii_lowercase(), value.into_owned());
        assert_eq!(before, None, "T-6: {name} was said twice");
    }
    plain
}

/// What is said under our name of a parameter.
fn said(plain: &BTreeMap<String, String>, dialect: Dialect) -> impl Fn(&str) -> String {
    move |name| {
        let theirs = match (dialect, name) {
            (Dialect::Otomax, "member") => "memberid",
            (Dialect::Otomax, "ref_id") => "refid",
            (Dialect::Irs, "member") => "id",
            (Dialect::Irs, "ref_id") => "idtrx",
            (Dialect::Irs, "product") => "kodeproduk",
            (Dialect::Irs, "dest") => "tujuan",
            (Dialect::Irs, "password") => "pass",
            (Dialect::Otomax | Dialect::Irs, name) => name,
        };
        plain.get(theirs).cloned().unwrap_or_default()
    }
}

fn assert_order(order: &Order, said: &impl Fn(&str) -> String) {
    assert_eq!(order.ref_id.as_str(), said("ref_id"));
    assert_eq!(order.written, said("product"));
    assert_eq!(order.product.as_str(), said("product").to_ascii_uppercase());
    assert_eq!(order.dest, said("dest"));
    let (count, target) = match order.dest.split_once('.') {
        Some((count, target)) => (count.to_owned(), target),
        None => (said("counter"), order.dest.as_str()),
    };
    assert_eq!(order.target, target);
    let told = order.counter.map(|counter| counter.to_string());
    assert_eq!(told.unwrap_or_default(), count);
    assert_eq!(order.checks, said("check") == "1");
    assert!(["", "1"].contains(&said("qty").as_str()));
    let borders = ['|', '&', '=', '\0', '\n', '\r', ' '];
    for field in [order.ref_id.as_str(), &order.written, &order.dest] {
        let is_plain = field.is_ascii() && !field.contains(borders);
        // A reference may have blanks in it.
        assert!(is_plain || field == order.ref_id.as_str(), "T-5: {field}");
    }
}

/// What Digiflazz would send.
pub(crate) const TOP_UP: &str = r#"{"username":"DIGI01","commands":"topup","ref_id":"dfj026mt04zxal20","hp":"087800001233","pulsa_code":"XL10","sign":"5ab84b82b3297cb3d4a27ebcbdb0bd68"}"#;

/// A body of Digiflazz's: an order is exactly what stands there, or the fault names the field.
pub(crate) fn top_up(body: &[u8]) -> Result<Order, Fault> {
    let read = read_json::<TopUp>(body).and_then(|asked| Ok((asked.read()?, asked)));
    let ((proof, order), asked) = match read {
        Ok(read) => read,
        Err(fault) => {
            assert_named(&fault);
            return Err(fault);
        }
    };
    assert!(is_strict_json(body), "T-6, T-10");
    let plain: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(plain["ref_id"], order.ref_id.as_str());
    assert_eq!(
        (&plain["hp"], &plain["pulsa_code"]),
        (&json!(order.dest), &json!(order.written))
    );
    assert_eq!(
        (order.target == order.dest, order.counter, order.checks),
        (true, None, false)
    );
    assert!(order.written.eq_ignore_ascii_case(order.product.as_str()));
    assert!(
        !plain["commands"].as_str().unwrap().contains('-'),
        "a bill is no purchase"
    );
    let Proof::Digest(sign) = proof else {
        panic!("only a digest proves it");
    };
    let login = Login {
        pin: "000000".into(),
        password: "s3ller-key".into(),
    };
    let is_what_was_signed = asked.username == "sellerdemo" && asked.ref_id == "dfj026mt04zxal20";
    let is_right = is_digest(&asked.username, &login, &asked.ref_id, sign.expose_secret());
    assert!(
        !is_right || is_what_was_signed,
        "INV-35: a captured signature was good for something else"
    );
    Ok(order)
}

/// One way to prove it was said, and a signature is that of [`SIGNED`] only over what stands there.
fn assert_proven(member: &str, proof: &Proof, wants: &Wants, said: &impl Fn(&str) -> String) {
    let sign = match proof {
        Proof::Clear { pin, password } => {
            assert_eq!(pin.expose_secret(), said("pin"));
            assert_eq!(password.expose_secret(), said("password"));
            return;
        }
        Proof::Sign(sign) => sign.expose_secret(),
        Proof::Digest(_) => panic!("no query is signed so"),
    };
    assert_eq!(sign, said("sign"));
    let (signed, is_what_was_signed) = match wants {
        Wants::Order(order) => {
            let is_it = order.written.eq_ignore_ascii_case("s10")
                && order.dest == "081234567890"
                && order.ref_id.as_str() == "900001"
                && member.eq_ignore_ascii_case("erz001");
            let signed = Signed::Order {
                member,
                product: &order.written,
                dest: &order.dest,
                ref_id: order.ref_id.as_str(),
            };
            (signed, is_it)
        }
        Wants::Balance => (Signed::Balance { member }, false),
        Wants::Ticket(amount) => (Signed::Ticket { member, amount }, false),
    };
    assert!(
        !is_signed(signed, &login(), sign) || is_what_was_signed,
        "INV-35: a captured signature was good for something else"
    );
}

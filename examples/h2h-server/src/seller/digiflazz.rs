//! Digiflazz as a buyer: what it asks, who signed it, and what it reads. Pure.
//!
//! It sends the same prepaid request again to learn how an order stands, so that a known `ref_id` is a question here too. The signature covers the name, the
//! password and the reference alone: a request for other goods under a known reference is no order. `39` is the only code that decides nothing, and so what is
//! said whenever another order could be meant.
//!
//! Source: Digiflazz's pages for sellers (`prabayar/response-code`, `prabayar/webhook`); the field set of the request is from two sellers' programs.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use eraflazz_core::money::Money;
use eraflazz_core::order::Order as Taken;
use eraflazz_core::text::RefId;
use md5::{Digest as _, Md5};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::login::Login;
use super::query::{self, Order, Proof, check, fault, product_code};
use super::telling::{Standing, Why, serial};
use crate::openapi::{Shown, words};
use crate::strict::{Fault, Rule};

/// `POST /digiflazz/{realm}/prepaid`, as Digiflazz writes it. What else it writes is not read: its pages do not bound it.
#[derive(Clone, Deserialize, ToSchema)]
pub struct TopUp {
    /// The buyer's id.
    #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9_-]+$")]
    pub username: String,
    /// `topup` for all that is known. What asks for a bill (`…-pasca`) is refused.
    #[schema(min_length = 1, max_length = 32, pattern = "^[a-z]+$")]
    pub commands: String,
    /// The buyer's reference: the same one again is a question and buys nothing.
    #[schema(value_type = words::RefId)]
    pub ref_id: String,
    /// The destination.
    #[schema(min_length = 3, max_length = 64, pattern = "^[A-Za-z0-9@()_+-]+$")]
    pub hp: String,
    /// The code of the product.
    #[schema(min_length = 1, max_length = 20, pattern = "^[A-Za-z0-9_-]+$")]
    pub pulsa_code: String,
    /// `md5(username + password + ref_id)` in hexadecimal digits.
    #[schema(min_length = 1, max_length = 64)]
    pub sign: String,
}

impl Shown for TopUp {
    fn example() -> Value {
        json!({
            "username": "DIGI01", "commands": "topup", "ref_id": "dfj026mt04zxal20", "hp": "087800001233", "pulsa_code": "XL10",
            "sign": "5ab84b82b3297cb3d4a27ebcbdb0bd68",
        })
    }
}

impl TopUp {
    /// How it is proven, and the order that it makes.
    pub fn read(&self) -> Result<(Proof, Order), Fault> {
        const COMMANDS: &str = "1 to 32 small letters; bills are not sold at this address";
        check(
            "username",
            query::MEMBER,
            &self.username,
            1..=32,
            query::is_of_a_member,
        )?;
        // What asks for a bill has a `-`: it is never a purchase of prepaid goods.
        check("commands", COMMANDS, &self.commands, 1..=32, |byte| {
            byte.is_ascii_lowercase()
        })?;
        let ref_id = RefId::new(&self.ref_id);
        let ref_id = ref_id.map_err(|error| fault("ref_id", Rule::Value, error.rule))?;
        check(
            "hp",
            query::DEST,
            &self.hp,
            3..=64,
            query::is_of_a_destination,
        )?;
        let product = product_code("pulsa_code", &self.pulsa_code)?;
        check("sign", "1 to 64 characters", &self.sign, 1..=64, |_| true)?;
        let order = Order {
            ref_id,
            written: self.pulsa_code.clone(),
            product,
            dest: self.hp.clone(),
            target: self.hp.clone(),
            counter: None,
            checks: false,
        };
        Ok((Proof::Digest(self.sign.as_str().into()), order))
    }
}

/// Whether `sign` is this login's over the reference. One of a wrong form costs what a wrong one does (T-8, T-28).
pub fn is_digest(username: &str, login: &Login, ref_id: &str, sign: &str) -> bool {
    let mut given = [0; 16];
    let has_form = base16ct::mixed::decode(sign, &mut given).is_ok_and(|bytes| bytes.len() == 16);
    let digest = Md5::new()
        .chain_update(username)
        .chain_update(login.password.expose_secret())
        .chain_update(ref_id)
        .finalize();
    verify_slices_are_equal(&digest, &given).is_ok() & has_form
}

/// A response code of those who sell to Digiflazz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rc {
    /// Delivered.
    Success,
    /// Not delivered, or not taken.
    Failed,
    /// The number is wrong.
    WrongNumber,
    /// There is no such product.
    UnknownCode,
    /// Not known yet; the only one that decides nothing.
    Process,
    /// The product is closed or in trouble.
    OutOfService,
    /// The buyer is not known here.
    WrongAuthentication,
}

impl Rc {
    /// The code for how an order stands.
    pub const fn of(standing: Standing) -> Self {
        match standing {
            Standing::Open => Self::Process,
            Standing::Delivered => Self::Success,
            Standing::Reversed => Self::Failed,
            Standing::Failed(why) | Standing::Refused(why) => match why {
                Why::Destination => Self::WrongNumber,
                Why::Product => Self::UnknownCode,
                Why::Stock | Why::Trouble | Why::CutOff => Self::OutOfService,
                Why::Funds | Why::Price | Why::Double(_) | Why::Cancelled | Why::Other => {
                    Self::Failed
                }
            },
        }
    }

    /// The code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Success => "00",
            Self::Failed => "07",
            Self::WrongNumber => "14",
            Self::UnknownCode => "20",
            Self::Process => "39",
            Self::OutOfService => "106",
            Self::WrongAuthentication => "204",
        }
    }

    /// Digiflazz's own words for it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::WrongNumber => "INCORRECT DESTINATION NUMBER",
            Self::UnknownCode => "CODE NOT FOUND",
            Self::Process => "PROCESS",
            Self::OutOfService => "PRODUCT TEMPORARILY OUT OF SERVICE",
            Self::WrongAuthentication => "WRONG AUTHENTICATION",
        }
    }

    /// `0` not known, `1` delivered, `2` not. Whoever is not known here may have an order all the same, so that nothing is said of it.
    const fn status(self) -> &'static str {
        match self {
            Self::Process | Self::WrongAuthentication => "0",
            Self::Success => "1",
            Self::Failed | Self::WrongNumber | Self::UnknownCode | Self::OutOfService => "2",
        }
    }
}

/// An answer: everything in it is a text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    data: Told,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Told {
    ref_id: String,
    status: &'static str,
    code: String,
    hp: String,
    price: String,
    message: &'static str,
    balance: String,
    tr_id: String,
    rc: &'static str,
    sn: String,
}

impl Answer {
    /// How `order` stands, to whoever asks for `wanted`.
    pub fn about(wanted: &Order, order: &Taken, balance: Money) -> Self {
        let mut answer = Self::without_order(wanted, Rc::of(Standing::of(order)), balance);
        answer.data.price = order.quote.sell.floor_rupiah().to_string();
        answer.data.tr_id = order.trx_code.to_string();
        answer.data.sn = serial(order);
        answer
    }

    /// What is said where no order of ours is told of.
    pub fn without_order(wanted: &Order, rc: Rc, balance: Money) -> Self {
        Self {
            data: Told {
                ref_id: wanted.ref_id.to_string(),
                status: rc.status(),
                code: wanted.written.clone(),
                hp: wanted.dest.clone(),
                price: "0".to_owned(),
                message: rc.words(),
                balance: balance.floor_rupiah().to_string(),
                tr_id: String::new(),
                rc: rc.code(),
                sn: String::new(),
            },
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn login() -> Login {
        Login {
            pin: "000000".into(),
            password: "s3ller-key".into(),
        }
    }

    const REF: &str = "dfj026mt04zxal20";
    const SIGN: &str = "5ab84b82b3297cb3d4a27ebcbdb0bd68";

    #[rstest]
    #[case::the_vector("sellerdemo", REF, SIGN, true)]
    #[case::in_capitals("sellerdemo", REF, "5AB84B82B3297CB3D4A27EBCBDB0BD68", true)]
    #[case::of_another_ref("sellerdemo", "dfj026mt04zxal21", SIGN, false)]
    #[case::of_another_name("sellerdemp", REF, SIGN, false)]
    #[case::cut_off("sellerdemo", REF, "5ab84b82b3297cb3d4a27ebcbdb0bd", false)]
    #[case::longer("sellerdemo", REF, "5ab84b82b3297cb3d4a27ebcbdb0bd6800", false)]
    #[case::zeros("sellerdemo", REF, "00000000000000000000000000000000", false)]
    #[case::no_digits("sellerdemo", REF, "zab84b82b3297cb3d4a27ebcbdb0bd68", false)]
    #[case::nothing("sellerdemo", REF, "", false)]
    fn t_08_only_the_sign_of_the_vector_is_right(
        #[case] username: &str,
        #[case] ref_id: &str,
        #[case] sign: &str,
        #[case] is_right: bool,
    ) {
        assert_eq!(is_digest(username, &login(), ref_id, sign), is_right);
    }

    fn asked() -> TopUp {
        TopUp {
            username: "DIGI01".to_owned(),
            commands: "topup".to_owned(),
            ref_id: REF.to_owned(),
            hp: "087800001233".to_owned(),
            pulsa_code: "xl10".to_owned(),
            sign: SIGN.to_owned(),
        }
    }

    #[test]
    fn a_request_is_read_whole() {
        let (_, order) = asked().read().unwrap();
        assert_eq!(
            (order.product.as_str(), order.written.as_str()),
            ("XL10", "xl10")
        );
        assert_eq!(
            (order.target.as_str(), order.counter, order.checks),
            ("087800001233", None, false)
        );
    }

    #[rstest]
    #[case("username", |asked: &mut TopUp| "A|B".clone_into(&mut asked.username))]
    #[case("username", |asked: &mut TopUp| asked.username.clear())]
    #[case::a_bill("commands", |asked: &mut TopUp| "pay-pasca".clone_into(&mut asked.commands))]
    #[case("commands", |asked: &mut TopUp| asked.commands.clear())]
    #[case("ref_id", |asked: &mut TopUp| "a b".clone_into(&mut asked.ref_id))]
    #[case("hp", |asked: &mut TopUp| "08".clone_into(&mut asked.hp))]
    #[case("hp", |asked: &mut TopUp| "0812|345".clone_into(&mut asked.hp))]
    #[case("pulsa_code", |asked: &mut TopUp| "S 10".clone_into(&mut asked.pulsa_code))]
    #[case("sign", |asked: &mut TopUp| asked.sign.clear())]
    fn what_breaks_a_rule_is_named(#[case] field: &str, #[case] breaks: fn(&mut TopUp)) {
        let mut asked = asked();
        breaks(&mut asked);
        assert_eq!(asked.read().unwrap_err().field(), field);
    }

    /// Every way in which an order can stand, and what only `39` may say: nothing.
    #[test]
    fn only_process_decides_nothing_and_only_a_delivery_is_a_success() {
        let mut standings = vec![Standing::Open, Standing::Delivered, Standing::Reversed];
        standings.extend(Why::ALL.map(Standing::Failed));
        standings.extend(Why::ALL.map(Standing::Refused));
        for standing in standings {
            let rc = Rc::of(standing);
            assert_eq!(
                rc == Rc::Process,
                standing == Standing::Open,
                "{standing:?}"
            );
            assert_eq!(
                rc == Rc::Success,
                standing == Standing::Delivered,
                "{standing:?}"
            );
            assert_eq!(
                rc.status() == "0",
                standing == Standing::Open,
                "{standing:?}"
            );
            assert_eq!(
                rc.status() == "1",
                standing == Standing::Delivered,
                "{standing:?}"
            );
        }
        // Whoever is locked out may have an order that is under way.
        assert_eq!(Rc::WrongAuthentication.status(), "0");
    }

    #[test]
    fn an_answer_is_texts_alone() {
        let (_, wanted) = asked().read().unwrap();
        let answer = Answer::without_order(&wanted, Rc::Process, Money::rupiah(4_995_000).unwrap());
        assert_eq!(
            serde_json::to_value(&answer).unwrap(),
            json!({"data": {
                "ref_id": REF, "status": "0", "code": "xl10", "hp": "087800001233", "price": "0", "message": "PROCESS", "balance": "4995000",
                "tr_id": "", "rc": "39", "sn": "",
            }})
        );
    }
}

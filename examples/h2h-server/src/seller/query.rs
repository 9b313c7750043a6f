//! What a buyer asks, read out of a query or a form, once and in one way (T-6). Pure.

use std::collections::BTreeMap;

use eraflazz_core::text::{ProductCode, RefId};
use secrecy::SecretString;

use super::texts::Dialect;
use crate::strict::{Fault, PARAMETERS_MAX, Rule, Segment, decode_once};

/// A request as a buyer of this family writes it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The buyer's id, as it was sent.
    pub member: String,
    /// How it proves who it is.
    pub proof: Proof,
    /// What it wants.
    pub wants: Wants,
}

/// How a buyer proves who it is. Prints no secret.
#[derive(Clone, Debug)]
pub enum Proof {
    /// By a signature.
    Sign(SecretString),
    /// By one as Digiflazz makes it, over its name, the password and the reference.
    Digest(SecretString),
    /// By saying both in clear.
    Clear {
        /// The PIN.
        pin: SecretString,
        /// The password.
        password: SecretString,
    },
}

/// What a buyer wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wants {
    /// An order, or to know how one stands.
    Order(Order),
    /// Its deposit.
    Balance,
    /// To pay in this much, as it was written.
    Ticket(String),
}

/// An order as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The buyer's reference.
    pub ref_id: RefId,
    /// The product's code, as it was sent.
    pub written: String,
    /// The product's code.
    pub product: ProductCode,
    /// The destination, as it was sent: what is signed and echoed.
    pub dest: String,
    /// The destination alone.
    pub target: String,
    /// The how-manieth of its day; `None` where nothing is said.
    pub counter: Option<u8>,
    /// Whether it is a question only.
    pub checks: bool,
}

/// What is asked at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `/trx`.
    Order,
    /// `/balance`.
    Balance,
    /// `/ticket`.
    Ticket,
    /// `/?cmd=`: the query says it.
    Said,
}

pub(super) const MEMBER: &str = "1 to 32 characters of A-Z a-z 0-9 _ -";
pub(super) const DEST: &str = "3 to 64 characters of A-Z a-z 0-9 @ ( ) _ + -";
const QTY: &str = "1: products are sold by the piece, an amount is chosen by the product's code";

/// The parameters that a dialect knows, in lower case.
const fn known(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Otomax => &[
            "product", "qty", "dest", "refid", "memberid", "sign", "pin", "password", "user",
            "counter", "check", "jenis", "cmd", "amount",
        ],
        Dialect::Irs => &[
            "id",
            "pin",
            "user",
            "pass",
            "kodeproduk",
            "tujuan",
            "counter",
            "idtrx",
            "jenis",
        ],
    }
}

/// The parameters of a request: each once, whatever the case of its name, decoded once.
#[derive(Clone, Debug)]
pub struct Parameters {
    by_name: BTreeMap<String, String>,
    dialect: Dialect,
}

impl Parameters {
    /// Reads `text`, a query without its `?` or a form.
    pub fn read(text: &str, dialect: Dialect) -> Result<Self, Fault> {
        let mut by_name = BTreeMap::new();
        for (index, pair) in text.split('&').filter(|pair| !pair.is_empty()).enumerate() {
            if index == PARAMETERS_MAX {
                let rule = format!("at most {PARAMETERS_MAX} parameters");
                return Err(Fault::new(Rule::TooLarge, rule));
            }
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| Fault::new(Rule::Syntax, "a parameter is name=value"))?;
            let name = name.to_ascii_lowercase();
            if !known(dialect).contains(&name.as_str()) {
                // Its name is a stranger's text: it is not repeated.
                let rule = format!("known parameters: {}", known(dialect).join(", "));
                return Err(Fault::new(Rule::UnknownField, rule));
            }
            let value = decode_once(value).ok_or_else(|| {
                fault(
                    &name,
                    Rule::Encoding,
                    "a value is percent-encoded UTF-8, once",
                )
            })?;
            if by_name.insert(name.clone(), value).is_some() {
                let rule = "a parameter occurs once, in whatever case it is written";
                return Err(fault(&name, Rule::DuplicateKey, rule));
            }
        }
        Ok(Self { by_name, dialect })
    }

    /// The reference, for an answer about a request that cannot be read: only one that could be ours is repeated.
    pub fn ref_id(&self) -> Option<RefId> {
        let name = self.name_of_ref();
        RefId::new(self.by_name.get(name)?).ok()
    }

    const fn name_of_ref(&self) -> &'static str {
        match self.dialect {
            Dialect::Otomax => "refid",
            Dialect::Irs => "idtrx",
        }
    }

    /// The request that they make.
    pub fn request(&self, place: Place) -> Result<Request, Fault> {
        let place = match (place, self.said("cmd")) {
            (Place::Said, Some(command)) => match command.to_ascii_lowercase().as_str() {
                "trx" => Place::Order,
                "balance" => Place::Balance,
                "ticket" => Place::Ticket,
                _ => return Err(fault("cmd", Rule::Value, "trx, balance or ticket")),
            },
            (Place::Said, None) => return Err(fault("cmd", Rule::Required, "required")),
            (place, None) => place,
            (_, Some(_)) => {
                let rule = "not at this address";
                return Err(fault("cmd", Rule::UnknownField, rule));
            }
        };
        let wants = match place {
            Place::Order | Place::Said => Wants::Order(self.order()?),
            Place::Balance => Wants::Balance,
            Place::Ticket => Wants::Ticket(self.amount()?),
        };
        Ok(Request {
            member: self.member()?,
            proof: self.proof()?,
            wants,
        })
    }

    /// What is said under `name`; an empty value says nothing.
    fn said(&self, name: &str) -> Option<&str> {
        let value = self.by_name.get(name)?.as_str();
        (!value.is_empty()).then_some(value)
    }

    fn required(&self, name: &str) -> Result<&str, Fault> {
        self.said(name)
            .ok_or_else(|| fault(name, Rule::Required, "required"))
    }

    fn member(&self) -> Result<String, Fault> {
        let name = match self.dialect {
            Dialect::Otomax => "memberid",
            Dialect::Irs => "id",
        };
        let member = self.required(name)?;
        check(name, MEMBER, member, 1..=32, is_of_a_member)?;
        Ok(member.to_owned())
    }

    fn proof(&self) -> Result<Proof, Fault> {
        const EITHER: &str = "either sign, or pin and password";
        const SIGN: &str = "at most 64 characters";
        const CLEAR: &str = "at most 64 printable ASCII characters without |";
        let password = match self.dialect {
            Dialect::Otomax => "password",
            Dialect::Irs => "pass",
        };
        if let Some(user) = self.said("user") {
            check("user", CLEAR, user, 1..=64, is_signable)?;
        }
        match (self.said("sign"), self.said("pin"), self.said(password)) {
            (Some(sign), None, None) => {
                check("sign", SIGN, sign, 1..=64, |_| true)?;
                Ok(Proof::Sign(sign.into()))
            }
            (None, Some(pin), Some(word)) => {
                check("pin", CLEAR, pin, 1..=64, is_signable)?;
                check(password, CLEAR, word, 1..=64, is_signable)?;
                Ok(Proof::Clear {
                    pin: pin.into(),
                    password: word.into(),
                })
            }
            (None, None, None) | (Some(_), _, _) if self.dialect == Dialect::Otomax => {
                Err(fault("sign", Rule::Required, EITHER))
            }
            (_, None, _) => Err(fault("pin", Rule::Required, "required")),
            _ => Err(fault(password, Rule::Required, "required")),
        }
    }

    fn amount(&self) -> Result<String, Fault> {
        let amount = self.required("amount")?;
        let rule = "a whole amount in rupiah, in plain digits";
        check("amount", rule, amount, 1..=13, |byte| byte.is_ascii_digit())?;
        if amount.starts_with('0') {
            return Err(fault("amount", Rule::Value, rule));
        }
        Ok(amount.to_owned())
    }

    fn order(&self) -> Result<Order, Fault> {
        let (product, dest) = match self.dialect {
            Dialect::Otomax => ("product", "dest"),
            Dialect::Irs => ("kodeproduk", "tujuan"),
        };
        let name = self.name_of_ref();
        let ref_id = RefId::new(self.required(name)?);
        let ref_id = ref_id.map_err(|error| fault(name, Rule::Value, error.rule))?;
        let written = self.required(product)?.to_owned();
        let code = product_code(product, &written)?;
        let text = self.required(dest)?;
        let (prefix, target) = counted(text);
        check(dest, DEST, target, 3..=64, is_of_a_destination)?;
        let counter = match (self.counter()?, prefix) {
            (Some(_), Some(_)) => {
                let rule = "a repeat is counted once: here or in front of the destination";
                return Err(fault("counter", Rule::Value, rule));
            }
            (said, prefix) => said.or(prefix),
        };
        if self.said("qty").is_some_and(|qty| qty != "1") {
            return Err(fault("qty", Rule::Value, QTY));
        }
        if self.said("jenis").is_some() {
            let rule = "bills are not sold at this address";
            return Err(fault("jenis", Rule::Value, rule));
        }
        let checks = match self.said("check") {
            None | Some("0") => false,
            Some("1") => true,
            Some(_) => return Err(fault("check", Rule::Value, "1, or not at all")),
        };
        Ok(Order {
            ref_id,
            written,
            product: code,
            dest: text.to_owned(),
            target: target.to_owned(),
            counter,
            checks,
        })
    }

    fn counter(&self) -> Result<Option<u8>, Fault> {
        let Some(text) = self.said("counter") else {
            return Ok(None);
        };
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        let counter = text.parse().ok().filter(|count| (1..=99).contains(count));
        match counter {
            Some(counter) if is_plain => Ok(Some(counter)),
            _ => Err(fault("counter", Rule::Value, "1 to 99")),
        }
    }
}

/// The product that `written` under `name` names, in whatever case.
pub(super) fn product_code(name: &str, written: &str) -> Result<ProductCode, Fault> {
    ProductCode::new(&written.to_ascii_uppercase()).map_err(|_| {
        let rule = "1 to 20 characters of A-Z 0-9 _ -, letters in either case";
        fault(name, Rule::Value, rule)
    })
}

/// The repeat in front of a destination, `2.0812…`, and the destination.
fn counted(text: &str) -> (Option<u8>, &str) {
    let Some((count, target)) = text.split_once('.') else {
        return (None, text);
    };
    let is_plain = (1..=2).contains(&count.len())
        && count.bytes().all(|byte| byte.is_ascii_digit())
        && !count.starts_with('0');
    match count.parse() {
        Ok(counter) if is_plain => (Some(counter), target),
        _ => (None, text),
    }
}

pub(super) const fn is_of_a_member(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

pub(super) const fn is_of_a_destination(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'(' | b')' | b'_' | b'+' | b'-')
}

const fn is_signable(byte: u8) -> bool {
    byte > 0x1F && byte < 0x7F && byte != b'|'
}

pub(super) fn check(
    name: &str,
    rule: &'static str,
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    allowed: impl Fn(u8) -> bool,
) -> Result<(), Fault> {
    if length.contains(&text.len()) && text.bytes().all(allowed) {
        Ok(())
    } else {
        Err(fault(name, Rule::Value, rule))
    }
}

pub(super) fn fault(name: &str, rule: Rule, detail: &str) -> Fault {
    Fault::new(rule, detail).under(Segment::Key(name.to_owned()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const SIGN: &str = "sign=rC-4UZIwBDV8qXOWT0_ni_UDqtY";
    const ORDER: &str = "product=s10&qty=1&dest=081234567890&refID=900001&memberID=ERZ001";

    fn read(text: &str, dialect: Dialect) -> Result<Order, Fault> {
        let request = Parameters::read(text, dialect)?.request(Place::Order)?;
        match request.wants {
            Wants::Order(order) => Ok(order),
            Wants::Balance | Wants::Ticket(_) => unreachable!("an order was asked for"),
        }
    }

    fn order(more: &str) -> Result<Order, Fault> {
        read(&format!("{ORDER}&{SIGN}&{more}"), Dialect::Otomax)
    }

    fn refused(text: &str, place: Place) -> (String, Rule) {
        let parameters = Parameters::read(text, Dialect::Otomax);
        let fault = parameters.and_then(|read| read.request(place)).unwrap_err();
        (fault.field(), fault.rule())
    }

    #[test]
    fn an_order_is_read_as_it_was_sent() {
        let read = order("").unwrap();
        assert_eq!(read.ref_id.as_str(), "900001");
        assert_eq!(
            (read.written.as_str(), read.product.as_str()),
            ("s10", "S10")
        );
        assert_eq!(
            (read.dest, read.target),
            ("081234567890".to_owned(), "081234567890".to_owned())
        );
        assert_eq!((read.counter, read.checks), (None, false));
        assert!(order("check=1").unwrap().checks);
        assert!(!order("check=").unwrap().checks);
        assert_eq!(order("counter=2").unwrap().counter, Some(2));
    }

    #[test]
    fn names_are_read_in_any_case_and_each_once() {
        let text = format!("PRODUCT=S10&Dest=081234567890&refid=900001&MEMBERID=ERZ001&{SIGN}");
        assert_eq!(
            read(&text, Dialect::Otomax).unwrap().product.as_str(),
            "S10"
        );
        for twice in ["qty=1", "QTY=1", "refId=900002", "sign=x"] {
            let fault = order(twice).unwrap_err();
            assert_eq!(fault.rule(), Rule::DuplicateKey, "{twice}");
        }
    }

    #[test]
    fn a_repeat_is_counted_in_front_of_the_destination_as_well() {
        let text = ORDER.replace("dest=", "dest=2.");
        let order = read(&format!("{text}&{SIGN}"), Dialect::Otomax).unwrap();
        assert_eq!(
            (order.counter, order.target.as_str()),
            (Some(2), "081234567890")
        );
        assert_eq!(order.dest, "2.081234567890", "what was signed");
        let both = read(&format!("{text}&{SIGN}&counter=2"), Dialect::Otomax);
        assert_eq!(both.unwrap_err().field(), "counter");
    }

    #[test]
    fn irs_says_the_same_in_other_words() {
        let text = "id=ERZ001&pin=1234&user=u1&pass=rahasia&kodeproduk=S10&tujuan=081234567890&counter=1&idtrx=900001";
        let order = read(text, Dialect::Irs).unwrap();
        assert_eq!(order.ref_id.as_str(), "900001");
        assert_eq!((order.product.as_str(), order.counter), ("S10", Some(1)));
        assert!(read(&format!("{text}&check=1"), Dialect::Irs).is_err());
        assert!(read(&format!("{text}&{SIGN}"), Dialect::Irs).is_err());
    }

    #[rstest]
    #[case("a", "", Rule::Syntax)]
    #[case("dest[]=1", "", Rule::UnknownField)]
    #[case("price=1", "", Rule::UnknownField)]
    #[case("member_id=2", "", Rule::UnknownField)]
    #[case("%71ty=1", "", Rule::UnknownField)]
    #[case("counter=%zz", "counter", Rule::Encoding)]
    #[case("counter=%ff", "counter", Rule::Encoding)]
    #[case("counter=0", "counter", Rule::Value)]
    #[case("counter=100", "counter", Rule::Value)]
    #[case("counter=02", "counter", Rule::Value)]
    #[case("counter=+2", "counter", Rule::Value)]
    #[case("check=2", "check", Rule::Value)]
    #[case("jenis=5", "jenis", Rule::Value)]
    #[case("cmd=ticket", "cmd", Rule::UnknownField)]
    #[case("pin=1234", "sign", Rule::Required)]
    fn t_06_there_is_one_way_to_read_it(
        #[case] more: &str,
        #[case] field: &str,
        #[case] rule: Rule,
    ) {
        let fault = order(more).unwrap_err();
        assert_eq!((fault.field().as_str(), fault.rule()), (field, rule));
    }

    #[rstest]
    #[case("dest=081234567890", "dest=0812%7C345", "dest")]
    #[case("dest=081234567890", "dest=0812%26345", "dest")]
    #[case("dest=081234567890", "dest=0812%3D345", "dest")]
    #[case("dest=081234567890", "dest=0812%00345", "dest")]
    #[case("dest=081234567890", "dest=0812%0A345", "dest")]
    #[case("dest=081234567890", "dest=%EF%BC%90812345", "dest")]
    #[case("dest=081234567890", "dest=08123.45", "dest")]
    #[case("dest=081234567890", "dest=08%2525", "dest")]
    #[case("dest=081234567890", "dest=08", "dest")]
    #[case("refID=900001", "refID=9|1", "refid")]
    #[case("refID=900001", "refID=%5Brefid%5D", "refid")]
    #[case("product=s10", "product=S%2010", "product")]
    #[case("product=s10", "product=S1.0", "product")]
    #[case("memberID=ERZ001", "memberID=ERZ%7C1", "memberid")]
    #[case("qty=1", "qty=25000", "qty")]
    #[case("qty=1", "qty=-1", "qty")]
    fn t_05_no_field_holds_what_ends_one(
        #[case] good: &str,
        #[case] bad: &str,
        #[case] field: &str,
    ) {
        let text = format!("{ORDER}&{SIGN}").replace(good, bad);
        assert_eq!(
            refused(&text, Place::Order),
            (field.to_owned(), Rule::Value)
        );
    }

    #[test]
    fn an_empty_value_is_a_missing_one() {
        for (name, field) in [("dest", "dest"), ("refID", "refid"), ("product", "product")] {
            let text = format!("{ORDER}&{SIGN}");
            let (before, after) = text.split_once(&format!("{name}=")).unwrap();
            let rest = after.split_once('&').unwrap().1;
            let refused = refused(&format!("{before}{name}=&{rest}"), Place::Order);
            assert_eq!(refused, (field.to_owned(), Rule::Required));
        }
    }

    #[test]
    fn a_command_says_what_an_address_would() {
        let login = "memberID=ERZ001&pin=1&password=2";
        let read = |text: &str| {
            Parameters::read(text, Dialect::Otomax)
                .unwrap()
                .request(Place::Said)
        };
        assert_eq!(
            read(&format!("cmd=balance&{login}")).unwrap().wants,
            Wants::Balance
        );
        let ticket = read(&format!("cmd=Ticket&amount=1000000&{login}"))
            .unwrap()
            .wants;
        assert_eq!(ticket, Wants::Ticket("1000000".to_owned()));
        assert_eq!(read(&format!("cmd=rm&{login}")).unwrap_err().field(), "cmd");
        assert_eq!(read(login).unwrap_err().field(), "cmd");
        for amount in ["", "0", "01", "1.000", "-1", "1e3", "99999999999999"] {
            let text = format!("cmd=ticket&amount={amount}&{login}");
            assert_eq!(read(&text).unwrap_err().field(), "amount", "{amount}");
        }
    }

    #[test]
    fn inv_37_a_printed_request_keeps_its_secrets() {
        let parameters = Parameters::read(
            "memberID=ERZ001&pin=CANARY1&password=CANARY2",
            Dialect::Otomax,
        );
        let request = parameters.unwrap().request(Place::Balance).unwrap();
        assert!(!format!("{request:?}").contains("CANARY"));
    }

    proptest! {
        /// T-6: whatever bytes come, they are read in one way or refused by a rule, and what is read keeps the rules of its fields.
        #[test]
        fn t_06_no_text_breaks_the_reader(text in "\\PC{0,200}", more in "[a-zA-Z=&%0-9+.|]{0,120}") {
            for dialect in [Dialect::Otomax, Dialect::Irs] {
                for whole in [text.clone(), more.clone(), format!("{ORDER}&{SIGN}&{more}"), format!("{ORDER}{more}")] {
                    if let Ok(read) = Parameters::read(&whole, dialect) {
                        for place in [Place::Order, Place::Balance, Place::Ticket, Place::Said] {
                            if let Ok(request) = read.request(place) {
                                prop_assert!(request.member.len() <= 32);
                                if let Wants::Order(order) = request.wants {
                                    prop_assert!(order.dest.bytes().all(is_signable));
                                    prop_assert!(order.target.len() >= 3);
                                }
                            }
                        }
                    }
                }
            }
        }

        /// By grammar: an order in any order and case of its names reads the same.
        #[test]
        fn t_06_the_order_of_parameters_says_nothing(
            shuffled in Just(vec!["product=S10", "qty=1", "dest=081234567890", "refID=900001", "memberID=ERZ001", SIGN, "check=1"]).prop_shuffle(),
            upper in any::<bool>(),
        ) {
            let text = shuffled.iter().map(|pair| {
                let (name, value) = pair.split_once('=').unwrap();
                let name = if upper { name.to_uppercase() } else { name.to_lowercase() };
                format!("{name}={value}")
            }).collect::<Vec<_>>().join("&");
            prop_assert_eq!(read(&text, Dialect::Otomax).unwrap(), read(&format!("{ORDER}&{SIGN}&check=1").replace("s10", "S10"), Dialect::Otomax).unwrap());
        }
    }
}

//! What hostile bytes may do as the body of a request, an operator's or a member's: whichever of the requests it is taken for, it says exactly what the
//! bytes say, or the fault names the field. Called by the properties beside this file and by fuzz targets of `tests/fuzz`.

use std::borrow::Cow;
use std::net::IpAddr;

use h2h_server::admin::{
    BasePrice, Cancel, CaseToClaim, CaseToClose, CategoryChange, Decision, DepositsToCheck,
    DepositsToEnd, MappingChange, MemberChange, NewBackup, NewBuyer, NewCategory, NewDeposit,
    NewFloat, NewKey, NewLines, NewMapping, NewMember, NewProduct, NewRefund, NewSupplier, NewSync,
    NewTicket, NewWebhook, PriceNamed, ProductChange, Replay, Ruling, SupplierChange, Switch,
    WalletNote,
};
use h2h_server::openapi::Shown;
use h2h_server::requests::{self, AskedFor, NewTransaction};
use h2h_server::seed::PriceSeed;
use h2h_server::strict::{Fault, Node, Rule, parse_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::entry::{assert_named, is_strict_json};

/// A request with a body.
pub(crate) struct Request {
    /// What a bookkeeper would write into it, with every field that it can have.
    pub(crate) whole: &'static str,
    /// Every name that it can have, with those above it; `*` is any.
    pub(crate) names: &'static [&'static str],
    /// As it would be written again.
    pub(crate) read: fn(Node) -> Result<Value, Fault>,
    /// Its name in the document.
    pub(crate) schema: fn() -> Cow<'static, str>,
}

impl Request {
    /// The body as this request, as it would be written again.
    pub(crate) fn body(&self, body: &[u8]) -> Result<Value, Fault> {
        let read = parse_json(body).and_then(self.read);
        match &read {
            Ok(back) => {
                assert!(is_strict_json(body), "T-6, T-10");
                let plain: Value = serde_json::from_slice(body).unwrap();
                assert!(plain.is_object());
                assert!(self.knows_all_of("", &plain), "T-2: {plain}");
                assert!(is_said("", &plain, back), "{plain} was read as {back}");
            }
            Err(fault) => {
                assert_named(fault);
                self.assert_placed(fault, body);
            }
        }
        read
    }

    fn knows_all_of(&self, place: &str, plain: &Value) -> bool {
        let Value::Object(fields) = plain else {
            return true;
        };
        fields.iter().all(|(name, value)| {
            let place = format!("{place}/{name}");
            self.knows(&place) && self.knows_all_of(&place, value)
        })
    }

    fn knows(&self, place: &str) -> bool {
        let is_it = |known: &&str, name: &str| match known.strip_suffix('*') {
            Some(above) => name.starts_with(above),
            None => *known == name,
        };
        place
            .strip_prefix('/')
            .is_some_and(|name| self.names.iter().any(|known| is_it(known, name)))
    }

    /// A fault of a field, in what is an object, names that field.
    fn assert_placed(&self, fault: &Fault, body: &[u8]) {
        let is_object = serde_json::from_slice(body).is_ok_and(|plain: Value| plain.is_object());
        if fault.rule().is_malformed() || !is_object {
            return;
        }
        let place = fault.pointer();
        let first = place.split('/').nth(1).unwrap();
        let rule = fault.rule();
        if rule == Rule::UnknownField {
            assert!(!self.knows(&place), "{fault}");
        } else if rule == Rule::Required {
            assert!(self.knows(&place), "{fault}");
        } else if matches!(rule, Rule::Type | Rule::Value) {
            assert!(self.knows(&format!("/{first}")), "{fault}");
        } else {
            // A number is looked at before its name is.
            assert_eq!(rule, Rule::Number, "{fault}");
        }
    }
}

fn read<T: DeserializeOwned + Serialize>(body: Node) -> Result<Value, Fault> {
    body.read::<T>()
        .map(|request| serde_json::to_value(request).unwrap())
}

fn schema<T: Shown>() -> Cow<'static, str> {
    T::name()
}

// Members' requests are read only: they are written here.

fn order(body: Node) -> Result<Value, Fault> {
    body.read().map(|order: NewTransaction| {
        json!({
            "ref_id": order.ref_id, "product": order.product, "destination": order.destination, "fields": order.fields, "max_price": order.max_price,
            "counter": order.counter, "inquiry_id": order.inquiry_id,
        })
    })
}

fn inquiry(body: Node) -> Result<Value, Fault> {
    body.read().map(|asked: AskedFor| {
        json!({"ref_id": asked.ref_id, "product": asked.product, "destination": asked.destination, "fields": asked.fields})
    })
}

fn deposit(body: Node) -> Result<Value, Fault> {
    body.read().map(|deposit: requests::NewDeposit| {
        assert!(deposit.amount.is_transferable(), "INV-5");
        let payer = deposit.customer;
        json!({
            "ref_id": deposit.ref_id, "gateway": deposit.gateway, "method": deposit.method.word(), "amount": deposit.amount,
            "customer": {"name": payer.name, "email": payer.email, "phone": payer.phone},
        })
    })
}

fn transfer(body: Node) -> Result<Value, Fault> {
    body.read().map(|transfer: requests::NewTransfer| {
        assert!(transfer.amount.is_transferable(), "INV-5");
        json!({"ref_id": transfer.ref_id, "to": transfer.to, "amount": transfer.amount})
    })
}

/// Every request with a body that an operator or a member can make, but for the catalog, which `entry` has; a test beside this file holds the list against the
/// document.
pub(crate) const REQUESTS: [Request; 37] = [
    Request {
        whole: r#"{"ref_id":"TRX-0001","product":"s10","destination":"081234567890","fields":{"zone_id":"2012"},"max_price":10500,"counter":2,"inquiry_id":"019b7706-8000-7a1b-8c3d-4e5f60718293"}"#,
        names: &[
            "ref_id",
            "product",
            "destination",
            "fields",
            "fields/*",
            "max_price",
            "counter",
            "inquiry_id",
        ],
        read: order,
        schema: schema::<NewTransaction>,
    },
    Request {
        whole: r#"{"ref_id":"CEK-0001","product":"PLNPASCA","destination":"530000000001","fields":{"zone_id":"2012"}}"#,
        names: &["ref_id", "product", "destination", "fields", "fields/*"],
        read: inquiry,
        schema: schema::<AskedFor>,
    },
    Request {
        whole: r#"{"ref_id":"DEP-0001","gateway":"tripay","method":"qris","amount":100000,"customer":{"name":"Toko Maju","email":"kasir@toko-maju.example","phone":"081234567890"}}"#,
        names: &[
            "ref_id",
            "gateway",
            "method",
            "amount",
            "customer",
            "customer/name",
            "customer/email",
            "customer/phone",
        ],
        read: deposit,
        schema: schema::<requests::NewDeposit>,
    },
    Request {
        whole: r#"{"supplier":"digiflazz","amount":1000000,"bank":"BCA","owner":"PT SAMPLE"}"#,
        names: &["supplier", "amount", "bank", "owner"],
        read: read::<NewTicket>,
        schema: schema::<NewTicket>,
    },
    Request {
        whole: r#"{"id":"TOKO01","member":"toko-maju","networks":["203.0.113.0/28"],"plain":true}"#,
        names: &["id", "member", "networks", "plain"],
        read: read::<NewBuyer>,
        schema: schema::<NewBuyer>,
    },
    Request {
        whole: r#"{"member":"toko-maju","amount":500000,"source":"bca","reference":"2601010001","bank":1,"kind":"correction"}"#,
        names: &["member", "amount", "source", "reference", "bank", "kind"],
        read: read::<NewDeposit>,
        schema: schema::<NewDeposit>,
    },
    Request {
        whole: r#"{"supplier":"digiflazz","amount":"10000000.50","source":"bca","reference":"2601010002","bank":1,"kind":"bought","beyond":true}"#,
        names: &[
            "supplier",
            "amount",
            "source",
            "reference",
            "bank",
            "kind",
            "beyond",
        ],
        read: read::<NewFloat>,
        schema: schema::<NewFloat>,
    },
    Request {
        whole: r#"{"fix":true,"cursor":"019b7706-8000-8a1b-8c3d-4e5f60718293"}"#,
        names: &["fix", "cursor"],
        read: read::<DepositsToCheck>,
        schema: schema::<DepositsToCheck>,
    },
    Request {
        whole: r#"{"cursor":"019b7706-8000-8a1b-8c3d-4e5f60718293"}"#,
        names: &["cursor"],
        read: read::<DepositsToEnd>,
        schema: schema::<DepositsToEnd>,
    },
    Request {
        whole: r#"{"version":9,"resolution":"delivered","attempt":1,"sn":"0123456789012345","cost":"10050.50","proof":"statement of May","until":"2026-01-01T07:17:00+07:00"}"#,
        names: &[
            "version",
            "resolution",
            "attempt",
            "sn",
            "cost",
            "proof",
            "until",
        ],
        read: read::<Ruling>,
        schema: schema::<Ruling>,
    },
    Request {
        whole: r#"{"version":1}"#,
        names: &["version"],
        read: read::<Cancel>,
        schema: schema::<Cancel>,
    },
    Request {
        whole: r#"{"subject":"019b7706-8000-7a1b-8c3d-4e5f60718293","version":9,"kind":"surplus","note":"the supplier gave the cost back"}"#,
        names: &["subject", "version", "kind", "note"],
        read: read::<CaseToClose>,
        schema: schema::<CaseToClose>,
    },
    Request {
        whole: r#"{"subject":"019b7706-8000-7a1b-8c3d-4e5f60718293","version":1,"member":"toko-maju","note":"his slip shows it"}"#,
        names: &["subject", "version", "member", "note"],
        read: read::<CaseToClaim>,
        schema: schema::<CaseToClaim>,
    },
    Request {
        whole: r#"{"bank":"bri","lines":[{"date":"2026-01-01","amount":50437,"text":"TRSF BUDI","balance":"1050437.50","occurrence":1}]}"#,
        names: &[
            "bank",
            "lines",
            "lines/0/date",
            "lines/0/amount",
            "lines/0/text",
            "lines/0/balance",
            "lines/0/occurrence",
        ],
        read: read::<NewLines>,
        schema: schema::<NewLines>,
    },
    Request {
        whole: r#"{"code":"toko-maju","name":"Toko Maju","tier":"retail","kind":"shop","upline":"toko-induk","credit_limit":0,"limits":{"orders_per_minute":600,"reads_per_minute":null,"price_lists_per_minute":6},"guard_policy":"by_ref"}"#,
        names: &[
            "code",
            "name",
            "tier",
            "kind",
            "upline",
            "credit_limit",
            "limits",
            "guard_policy",
            "limits/orders_per_minute",
            "limits/reads_per_minute",
            "limits/price_lists_per_minute",
        ],
        read: read::<NewMember>,
        schema: schema::<NewMember>,
    },
    Request {
        whole: r#"{"name":"Toko Maju","tier":"reseller","status":"suspended","credit_limit":1000000,"limits":{"orders_per_minute":null},"guard_policy":"by_day_counter","late_success":"absorb","strict_operator":true}"#,
        names: &[
            "name",
            "tier",
            "status",
            "credit_limit",
            "limits",
            "guard_policy",
            "late_success",
            "strict_operator",
            "limits/orders_per_minute",
            "limits/reads_per_minute",
            "limits/price_lists_per_minute",
        ],
        read: read::<MemberChange>,
        schema: schema::<MemberChange>,
    },
    Request {
        whole: r#"{"note":"dispute of 2026-01-01 is being looked at"}"#,
        names: &["note"],
        read: read::<WalletNote>,
        schema: schema::<WalletNote>,
    },
    Request {
        whole: r#"{"id":"ek_live_toko_0001","member":"toko-maju","operator":"ani","scopes":["trx:write","trx:read"],"networks":["203.0.113.0/24","2001:db8::/32"]}"#,
        names: &["id", "member", "operator", "scopes", "networks"],
        read: read::<NewKey>,
        schema: schema::<NewKey>,
    },
    Request {
        whole: r#"{"url":"https://toko.example.com/hook","format":"legacy_get","rotate":true}"#,
        names: &["url", "format", "rotate"],
        read: read::<NewWebhook>,
        schema: schema::<NewWebhook>,
    },
    Request {
        whole: r#"{"from":"2026-01-01T00:00:00+07:00","to":"2026-01-02T00:00:00+07:00"}"#,
        names: &["from", "to"],
        read: read::<Replay>,
        schema: schema::<Replay>,
    },
    Request {
        whole: r#"{"tier":"retail","member":"toko-maju","category":"pulsa","product":"XL10","flat":-500,"ppm":-20000,"sell":"10500.25"}"#,
        names: &[
            "tier", "member", "category", "product", "flat", "ppm", "sell",
        ],
        read: read::<PriceSeed>,
        schema: schema::<PriceSeed>,
    },
    Request {
        whole: r#"{"tier":"retail","member":"toko-maju","category":"pulsa","product":"XL10"}"#,
        names: &["tier", "member", "category", "product"],
        read: read::<PriceNamed>,
        schema: schema::<PriceNamed>,
    },
    Request {
        whole: r#"{"base_price":"10050.50"}"#,
        names: &["base_price"],
        read: read::<BasePrice>,
        schema: schema::<BasePrice>,
    },
    Request {
        whole: r#"{"supplier":"digiflazz","category":"pulsa","product":"XL10","route":{"product":"XL10","supplier":"digiflazz","sku":"xld10"},"active":false}"#,
        names: &[
            "supplier",
            "category",
            "product",
            "route",
            "route/product",
            "route/supplier",
            "route/sku",
            "active",
        ],
        read: read::<Switch>,
        schema: schema::<Switch>,
    },
    Request {
        whole: r#"{"slug":"games","name":"Games","active":true}"#,
        names: &["slug", "name", "active"],
        read: read::<NewCategory>,
        schema: schema::<NewCategory>,
    },
    Request {
        whole: r#"{"version":"9f86d081884c7d65","name":"Games","active":false}"#,
        names: &["version", "name", "active"],
        read: read::<CategoryChange>,
        schema: schema::<CategoryChange>,
    },
    Request {
        whole: r#"{"code":"XL10","name":"XL 10.000","category":"pulsa","brand":"XL","destination":"phone","base_price":"10050.50","input_fields":[],"min_margin":-5,"loss_leader":true,"cut_off":"23:45-00:15","multi":true,"sn_required":true,"active":false}"#,
        names: &[
            "code",
            "name",
            "category",
            "brand",
            "destination",
            "base_price",
            "input_fields",
            "min_margin",
            "loss_leader",
            "cut_off",
            "multi",
            "sn_required",
            "active",
        ],
        read: read::<NewProduct>,
        schema: schema::<NewProduct>,
    },
    Request {
        whole: r#"{"version":"9f86d081884c7d65","name":"XL 10.000","category":"pulsa","brand":"XL","destination":"phone","base_price":"10050.50","input_fields":[],"min_margin":-5,"loss_leader":true,"cut_off":"23:45-00:15","multi":true,"sn_required":true,"active":false}"#,
        names: &[
            "version",
            "name",
            "category",
            "brand",
            "destination",
            "base_price",
            "input_fields",
            "min_margin",
            "loss_leader",
            "cut_off",
            "multi",
            "sn_required",
            "active",
        ],
        read: read::<ProductChange>,
        schema: schema::<ProductChange>,
    },
    Request {
        whole: r#"{"product":"XL10","supplier":"digiflazz","sku":"xld10","cost":"10050.50","priority":1,"stock":7,"cut_off":"23:45-00:15","form":"{user_id}{zone_id}","quota_orders":500,"quota_amount":"2000000.50","active":true}"#,
        names: &[
            "product",
            "supplier",
            "sku",
            "cost",
            "priority",
            "stock",
            "cut_off",
            "form",
            "quota_orders",
            "quota_amount",
            "active",
        ],
        read: read::<NewMapping>,
        schema: schema::<NewMapping>,
    },
    Request {
        whole: r#"{"version":"9f86d081884c7d65","cost":"10050.50","priority":1,"stock":7,"cut_off":"23:45-00:15","form":"{user_id}|{server}","quota_orders":500,"quota_amount":"2000000.50","active":true}"#,
        names: &[
            "version",
            "cost",
            "priority",
            "stock",
            "cut_off",
            "form",
            "quota_orders",
            "quota_amount",
            "active",
        ],
        read: read::<MappingChange>,
        schema: schema::<MappingChange>,
    },
    Request {
        whole: r#"{"slug":"digiflazz","name":"Digiflazz","active":true,"quota_orders":500,"quota_amount":"2000000.50","settings":{"kind":"digiflazz","username":"toko"}}"#,
        names: &[
            "slug",
            "name",
            "active",
            "quota_orders",
            "quota_amount",
            "settings",
            "settings/*",
        ],
        read: read::<NewSupplier>,
        schema: schema::<NewSupplier>,
    },
    Request {
        whole: r#"{"version":"9f86d081884c7d65","name":"Digiflazz","active":true,"quota_orders":500,"quota_amount":"2000000.50","settings":{"kind":"digiflazz","username":"toko"}}"#,
        names: &[
            "version",
            "name",
            "active",
            "quota_orders",
            "quota_amount",
            "settings",
            "settings/*",
        ],
        read: read::<SupplierChange>,
        schema: schema::<SupplierChange>,
    },
    Request {
        whole: r#"{"supplier":"digiflazz","force":true,"bills":true,"category":"Games","dry_run":true}"#,
        names: &["supplier", "force", "bills", "category", "dry_run"],
        read: read::<NewSync>,
        schema: schema::<NewSync>,
    },
    Request {
        whole: r#"{"version":"9f86d081884c7d65","approve":true,"note":"their new price"}"#,
        names: &["version", "approve", "note"],
        read: read::<Decision>,
        schema: schema::<Decision>,
    },
    Request {
        whole: r#"{"name":"before-upgrade"}"#,
        names: &["name"],
        read: read::<NewBackup>,
        schema: schema::<NewBackup>,
    },
    Request {
        whole: r#"{"version":5,"amount":4000,"reference":"CS-0017","note":"half of the voucher was used"}"#,
        names: &["version", "amount", "reference", "note"],
        read: read::<NewRefund>,
        schema: schema::<NewRefund>,
    },
    Request {
        whole: r#"{"ref_id":"TF-0001","to":"toko-maju","amount":250000}"#,
        names: &["ref_id", "to", "amount"],
        read: transfer,
        schema: schema::<requests::NewTransfer>,
    },
];

/// The body as each of the requests; how many take it.
pub(crate) fn any(body: &[u8]) -> usize {
    let read = REQUESTS.iter().map(|request| request.body(body));
    read.flatten().count()
}

/// Whether `back`, in the field `name`, is what the bytes say and nothing else.
pub(crate) fn is_said(name: &str, plain: &Value, back: &Value) -> bool {
    match (plain, back) {
        (Value::Object(plain), Value::Object(back)) => {
            let kept = plain.iter().all(|(name, plain)| match back.get(name) {
                Some(back) => is_said(name, plain, back),
                None => plain.is_null() || is_usual(name, plain),
            });
            let mut more = back.iter().filter(|(name, _)| !plain.contains_key(*name));
            kept && more.all(|(name, back)| is_usual(name, back))
        }
        (Value::Array(plain), Value::Array(back)) => {
            plain.len() == back.len() && plain.iter().zip(back).all(|(p, b)| is_said(name, p, b))
        }
        _ if plain == back => true,
        (Value::String(plain), Value::String(back)) if name == "networks" => {
            network(plain).is_some() && network(plain) == network(back)
        }
        (Value::String(plain), Value::String(back))
            if ["subject", "inquiry_id"].contains(&name) =>
        {
            digits_of_uuid(plain) == digits_of_uuid(back)
        }
        // A clock may be written without its zeros.
        (Value::String(plain), Value::String(back)) if name == "cut_off" => {
            let [said, read] = [plain, back].map(|text| clock_times(text));
            said.len() == 4 && said == read
        }
        // Members write codes in either case, operators as they are.
        (Value::String(plain), Value::String(back)) if name == "product" => {
            plain.to_ascii_uppercase() == *back
        }
        _ if AMOUNTS.contains(&name) => {
            hundredths(plain).is_some() && hundredths(plain) == hundredths(back)
        }
        _ => false,
    }
}

/// Hours and minutes of a window.
fn clock_times(text: &str) -> Vec<u8> {
    let numbers = text.split(['-', ':']);
    numbers.flat_map(|number| number.trim().parse()).collect()
}

const AMOUNTS: [&str; 8] = [
    "amount",
    "quota_amount",
    "balance",
    "cost",
    "credit_limit",
    "flat",
    "sell",
    "base_price",
];

/// What a field is that is not given; it may be left out again.
pub(crate) fn is_usual(name: &str, value: &Value) -> bool {
    match name {
        "bank" | "occurrence" => *value == json!(0),
        "counter" => *value == json!(1),
        "kind" => *value == json!("deposit"),
        "networks" => *value == json!([]),
        "format" => *value == json!("standard"),
        "plain" | "rotate" | "beyond" | "force" | "bills" | "dry_run" | "fix" => {
            *value == json!(false)
        }
        _ => value.is_null(),
    }
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    Some((address.parse().ok()?, prefix.parse().ok()?))
}

fn digits_of_uuid(text: &str) -> String {
    let bare = text.strip_prefix("urn:uuid:").unwrap_or(text);
    bare.trim_matches(['{', '}'])
        .replace('-', "")
        .to_ascii_lowercase()
}

/// An amount as people write it, counted in hundredths.
fn hundredths(value: &Value) -> Option<i128> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.as_str()),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    // Zeros behind the second digit say nothing.
    let beyond = part.get(2..).unwrap_or_default().trim_end_matches('0');
    let part = if beyond.is_empty() {
        part.get(..2).unwrap_or(part)
    } else {
        part
    };
    let digits = format!("{whole}{part:0<2}");
    let is_plain = !whole.is_empty() && part.len() <= 2;
    let is_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    let counted = digits.parse::<i128>().ok()?;
    (is_plain && is_digits).then_some(sign * counted)
}

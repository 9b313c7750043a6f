//! The small words of the API as schemas: texts with a rule, amounts, closed lists. They stand in for core's types, which know nothing of
//! documents; a field says `#[schema(value_type = words::Slug)]`.

use std::borrow::Cow;

use eraflazz_core::{catalog, commit, member, order, payment, text};
use serde_json::{Value, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, ObjectBuilder, OneOfBuilder, Schema, SchemaType, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::Shown;

macro_rules! named {
    ($name:ident, $schema:expr, $($example:tt)+) => {
        #[doc = concat!("Schema `", stringify!($name), "`.")]
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }

        impl Shown for $name {
            fn example() -> Value {
                json!($($example)+)
            }
        }
    };
}

/// A text and the pattern that says of it what core's rule says.
macro_rules! text {
    ($name:ident, $rule:expr, $pattern:literal, $example:literal) => {
        named!($name, text($rule, $pattern), $example);
    };
}

/// A closed list. A word that core adds does not compile until it stands here.
macro_rules! list {
    ($name:ident, $of:ty, [$($word:ident),+]) => {
        named!($name, {
            const fn each(word: $of) -> $of {
                match word {
                    $(<$of>::$word => <$of>::$word,)+
                }
            }
            ObjectBuilder::new()
                .schema_type(Type::String)
                .enum_values(Some([$(json!(each(<$of>::$word))),+]))
        }, ([$(<$of>::$word),+][0]));
    };
}

fn text(rule: &str, pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(rule))
        .pattern(Some(pattern))
}

text!(
    RefId,
    text::RefId::RULE,
    "^[A-Za-z0-9._-]{1,64}$",
    "TRX-0001"
);
text!(
    Slug,
    text::Slug::RULE,
    "^[a-z][a-z0-9_-]{0,31}$",
    "toko-maju"
);
text!(
    ProductCode,
    text::ProductCode::RULE,
    "^[A-Z0-9_-]{1,20}$",
    "XL10"
);
text!(
    AnyCaseProductCode,
    "1 to 20 characters of A-Z 0-9 _ -, letters in either case",
    "^[A-Za-z0-9_-]{1,20}$",
    "XL10"
);
text!(Sku, text::Sku::RULE, "^[ -{}~]{1,64}$", "xld10");
text!(
    Target,
    text::DestinationText::RULE,
    "^[ -{}~]{1,64}$",
    "087812345678"
);
named!(
    TargetForm,
    text(
        catalog::TargetForm::RULE,
        r"^[ -:<-z|~]*(\{[a-z][a-z0-9_-]{0,31}\}[ -:<-z|~]*)+(;[a-z][a-z0-9_-]{0,31}=\{[a-z][a-z0-9_-]{0,31}\})*$",
    )
    .max_length(Some(128)),
    "{user_id}{zone_id}"
);
text!(Operator, text::Operator::RULE, "^[ -~]{1,64}$", "dewi");
text!(
    KeyId,
    text::KeyId::RULE,
    "^[A-Za-z0-9_-]{8,64}$",
    "ek_live_toko_0001"
);
text!(
    BuyerId,
    crate::seller::BuyerId::RULE,
    "^[A-Z][A-Z0-9]{2,31}$",
    "ERZ001"
);
text!(
    Sn,
    "1 to 512 bytes without control characters",
    "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,512}$",
    "0123456789012345"
);
text!(
    Note,
    "1 to 128 bytes of UTF-8 without control characters",
    "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,128}$",
    "seen by two of us"
);
text!(
    Written,
    "1 to 128 bytes of UTF-8 without control characters and without blanks at the ends; the same in upper and lower case",
    "^[^\\s\\u0000-\\u001f\\u007f-\\u009f]([^\\u0000-\\u001f\\u007f-\\u009f]{0,126}[^\\s\\u0000-\\u001f\\u007f-\\u009f])?$",
    "bca"
);
text!(
    Proof,
    "1 to 1000 bytes of UTF-8 that say something; no control characters but line feeds",
    "^[^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f]{0,499}[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f]{0,500}$",
    "Nomor salah, saldo dikembalikan"
);
text!(
    PersonName,
    "1 to 100 bytes of UTF-8 without control characters",
    "^[^\\u0000-\\u001f\\u007f-\\u009f]{1,100}$",
    "Toko Maju"
);
text!(
    HookAddress,
    "An https address (http where the settings allow it) of at most 2048 printable ASCII characters without blanks",
    "^https?://[!-~]{1,2040}$",
    "https://toko.example.com/hook"
);
text!(
    Network,
    "An IPv4 or IPv6 network with its prefix length",
    "^(((25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(3[0-2]|[12]?[0-9])|(([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|::([0-9a-fA-F]{1,4})?)/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$",
    "203.0.113.0/24"
);
text!(
    OrderName,
    "The id of an order, or its code: TRX-YYYYMMDD- and 8 characters",
    "^(TRX-[0-9]{8}-[0-9A-Z]{8}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$",
    "TRX-20260101-0A1B2C3D"
);
text!(
    PaymentCode,
    payment::PaymentCode::RULE,
    "^[A-Z0-9]{19}[A-Z]$",
    "E0001KDVDYMR00G70R7Z"
);
text!(
    ApprovalName,
    "base-price- or withdrawal- and a number",
    "^(base-price|withdrawal)-(0|[1-9][0-9]{0,9})$",
    "base-price-12"
);
text!(
    MappingNumber,
    "The number of a mapping",
    "^(0|[1-9][0-9]{0,9})$",
    "0"
);
named!(
    InputField,
    {
        let count = || {
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(0))
                .maximum(Some(255))
        };
        let closed = || Some(AdditionalProperties::FreeForm(false));
        let object = || ObjectBuilder::new().schema_type(Type::Object);
        let digits = object()
            .property("min", count())
            .property("max", count())
            .required("min")
            .required("max")
            .additional_properties(closed());
        let text = object()
            .property("max", count())
            .required("max")
            .additional_properties(closed());
        let values = ArrayBuilder::new().items(ObjectBuilder::new().schema_type(Type::String));
        let one = |name: &str, rule: RefOr<Schema>| {
            object()
                .property(name, rule)
                .required(name)
                .additional_properties(closed())
        };
        let rule = OneOfBuilder::new()
            .item(one("digits", digits.into()))
            .item(one("text", text.into()))
            .item(one("one_of", values.into()));
        object()
            .description(Some("A field of a product's order form, and what may be typed there."))
            .property("key", Slug::schema())
            .property("label", PersonName::schema())
            .property("rule", rule)
            .required("key")
            .required("label")
            .required("rule")
            .additional_properties(closed())
    },
    {"key": "zone_id", "label": "Zone ID", "rule": {"digits": {"min": 4, "max": 5}}}
);
named!(
    TargetFields,
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("Fields of a destination by their names, as `target_schema` of the product has them"))
        .property_names(Some(Schema::Object(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .pattern(Some("^[a-z][a-z0-9_-]{0,31}$"))
                .build(),
        )))
        .additional_properties(Some(Target::schema())),
    {"zone_id": "2012"}
);
named!(
    AccountSettings,
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(
            "The settings of a supplier by their keys, as `[suppliers.<name>]` of a settings file has them"
        ))
        .additional_properties(Some(AdditionalProperties::FreeForm(true))),
    {"kind": "vip", "base_url": "https://vip-reseller.co.id/api"}
);
text!(
    SeenVersion,
    "The version of an earlier answer: 16 hexadecimal digits",
    "^[0-9a-f]{16}$",
    "9f86d081884c7d65"
);
text!(
    Uuid,
    "A UUID",
    "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "019b7706-8000-7a1b-8c3d-4e5f60718293"
);
text!(
    Window,
    "A daily closed window in Jakarta time, HH:MM-HH:MM; it may cross midnight",
    "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$",
    "23:45-00:15"
);
text!(
    Cursor,
    "The next_cursor of an earlier answer",
    "^[0-9]{1,18}\\.[0-9]{1,18}$",
    "50.1767225600000000"
);
text!(
    OrderCursor,
    "The next_cursor of an earlier answer",
    "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
    "019b7706-8000-7a1b-8c3d-4e5f60718293"
);
text!(
    PageFile,
    "A file that the page asks for",
    "^[a-z0-9.-]{1,64}$",
    "start.js"
);
named!(
    Moment,
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "RFC 3339 with an offset; in answers Jakarta time with milliseconds"
        ))
        .format(Some(utoipa::openapi::SchemaFormat::Custom(
            "date-time".to_owned()
        ))),
    "2026-01-01T07:00:00.000+07:00"
);
named!(
    Money,
    amount(
        "Rupiah, exact to two decimals: an integer when whole, else a text with two decimals. Never a JSON number with a fraction.",
        ObjectBuilder::new().schema_type(Type::Integer),
        "^-?[0-9]+\\.[0-9]{2}$"
    ),
    10_050
);
named!(
    Price,
    amount(
        "Rupiah, exact to two decimals, at most 10^12: an integer when whole, or a text with at most two decimals. A JSON number with a fraction is refused.",
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(-1_000_000_000_000_i64))
            .maximum(Some(1_000_000_000_000_i64)),
        "^-?[0-9]{1,12}(\\.[0-9]{1,2})?$"
    ),
    "10050.50"
);
named!(
    Cost,
    amount(
        "Rupiah above zero, exact to two decimals, at most 10^12: an integer when whole, or a text with at most two decimals.",
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1_i64))
            .maximum(Some(1_000_000_000_000_i64)),
        "^([1-9][0-9]{0,11}(\\.[0-9]{1,2})?|0\\.([1-9][0-9]?|0[1-9]))$"
    ),
    "10050.50"
);
named!(
    PriceOrZero,
    amount(
        "Rupiah, zero or more, exact to two decimals, at most 10^12: an integer when whole, or a text with at most two decimals.",
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0_i64))
            .maximum(Some(1_000_000_000_000_i64)),
        "^[0-9]{1,12}(\\.[0-9]{1,2})?$"
    ),
    "10050.50"
);
named!(
    SupplierReport,
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some("What this supplier's adapter reads, of whatever kind")),
    {"data": {
        "ref_id": "T01A0B1C2D3E4F5G6H7Z", "buyer_sku_code": "xld10", "customer_no": "087812345678",
        "status": "Sukses", "rc": "00", "message": "Transaksi Sukses", "sn": "0123456789012345",
    }}
);
named!(
    GatewayNotification,
    ObjectBuilder::new().schema_type(SchemaType::AnyValue).description(Some("What this gateway's adapter reads, signed as this gateway signs")),
    {
        "reference": "T12345000000001ABCD", "merchant_ref": "E0001KDVDYMR00G70R7Z", "payment_method_code": "QRIS2", "total_amount": 100_000,
        "fee_merchant": 1_450, "fee_customer": 0, "amount_received": 98_550, "status": "PAID",
    }
);
named!(
    PayMethod,
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(
            "A way to pay; which of them there are now is in the list of channels"
        ))
        .enum_values(Some(payment::Method::ALL.map(payment::Method::word))),
    "qris"
);
named!(
    PayerName,
    text(
        "1 to 100 characters without control characters, not only blanks",
        "^[^\\u0000-\\u001f\\u007f-\\u009f]*[^\\s\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$",
    )
    .max_length(Some(100)),
    "Toko Maju"
);
named!(
    Email,
    text(
        "An e-mail address of at most 100 printable ASCII characters",
        "^[!-?A-~]+@[A-Za-z0-9-][A-Za-z0-9.-]*\\.([A-Za-z0-9.-]*[A-Za-z0-9-])$",
    )
    .max_length(Some(100)),
    "kasir@toko-maju.example"
);
text!(
    Phone,
    "8 to 15 digits, a + before them or not",
    "^\\+?[0-9]{8,15}$",
    "081234567890"
);
named!(Amount, whole("Whole rupiah, 1 to 10^12.", 1), 500_000);
named!(
    CreditLimit,
    whole("Whole rupiah, 0 to 10^12.", 0),
    1_000_000
);

fn amount(rule: &str, whole: ObjectBuilder, pattern: &str) -> OneOfBuilder {
    let part = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern));
    OneOfBuilder::new()
        .item(whole)
        .item(part)
        .description(Some(rule))
}

fn whole(rule: &str, least: i64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(rule))
        .minimum(Some(least))
        .maximum(Some(1_000_000_000_000_i64))
}

list!(
    Scope,
    member::Scope,
    [
        TrxWrite,
        TrxRead,
        Admin,
        AdminRead,
        AdminMoney,
        AdminCatalog,
        AdminMembers,
        TrxPlain
    ]
);
list!(MemberKind, member::MemberKind, [Shop, H2h]);
list!(MemberStatus, member::MemberStatus, [Active, Suspended]);
list!(GuardPolicy, member::GuardPolicy, [ByDayCounter, ByRef]);
list!(LateSuccess, member::LateSuccess, [Reclaim, Absorb]);
list!(KeyState, member::KeyState, [Active, Revoked]);
list!(
    PublicStatus,
    order::PublicStatus,
    [Pending, Processing, Success, Failed, Refund]
);
list!(
    DepositStatus,
    payment::DepositStatus,
    [Pending, Paid, Expired, Cancelled, Failed, Review, Reversed]
);
list!(
    DepositAction,
    crate::admin::DepositAction,
    [None, Credit, Suspend, TakeBack, Update]
);
list!(
    RulingKind,
    order::RulingKind,
    [
        Delivered,
        NotDelivered,
        Reclaim,
        Absorb,
        KeepWaiting,
        Cancel
    ]
);
list!(
    CaseKind,
    commit::CaseKind,
    [
        Escalated,
        Disputed,
        LateSuccess,
        Reversed,
        Surplus,
        OverCap,
        Broken,
        Unreadable,
        Orphan,
        Hinted,
        DepositAmount,
        DepositTurned
    ]
);
list!(
    PhoneOperator,
    catalog::Operator,
    [Telkomsel, ByU, Indosat, Tri, Xl, Axis, Smartfren]
);

named!(
    MemberLimits,
    {
        let limit = |says: &str| {
            ObjectBuilder::new()
                .schema_type(SchemaType::from_iter([Type::Integer, Type::Null]))
                .description(Some(says))
                .minimum(Some(0))
                .maximum(Some(u32::MAX))
        };
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(Some("How often a member may call in a minute; null for as often as it likes."))
            .property("orders_per_minute", limit("Orders."))
            .property("reads_per_minute", limit("Reads of orders, balance and mutations."))
            .property("price_lists_per_minute", limit("Reads of the price list."))
            .additional_properties(Some(AdditionalProperties::FreeForm(false)))
    },
    {"orders_per_minute": 60, "reads_per_minute": 120, "price_lists_per_minute": 6}
);

named!(
    Destination,
    {
        let operators = ArrayBuilder::new().items(PhoneOperator::schema());
        let phone = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("phone", operators)
            .property("strict", ObjectBuilder::new().schema_type(Type::Boolean))
            .required("phone")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let bounds = |most: u8| {
            let length = ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(1))
                .maximum(Some(most));
            ArrayBuilder::new()
                .items(length)
                .min_items(Some(2))
                .max_items(Some(2))
        };
        let digits = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("digits", bounds(64))
            .required("digits")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let player = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property("player", bounds(32))
            .property("zone", bounds(16))
            .required("player")
            .required("zone")
            .additional_properties(Some(AdditionalProperties::FreeForm(false)));
        let plain = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["phone", "pln_meter", "fields"]));
        OneOfBuilder::new()
            .item(plain)
            .item(phone)
            .item(digits)
            .item(player)
            .description(Some("What a destination must look like."))
    },
    {"phone": ["xl"]}
);

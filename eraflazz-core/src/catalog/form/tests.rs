#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::catalog::sample::{self, slug};
use crate::catalog::{CatalogData, DestinationRule, InputField, Mapping, Snapshot};
use crate::ids::{MappingId, ProductId, SupplierId};
use crate::text::Sku;

fn form(text: &str) -> TargetForm {
    TargetForm::new(text).unwrap()
}

/// Mobile Legends: an id and a zone, both of several lengths.
fn legends() -> Product {
    Product {
        destination: DestinationRule::Player {
            id_min: 6,
            id_max: 10,
            zone_min: 4,
            zone_max: 5,
        },
        ..sample::product(2, "ML86", 18_000)
    }
}

fn made_of(fields: &[(&str, FieldRule)]) -> Product {
    let fields = fields.iter().map(|(key, rule)| InputField {
        key: slug(key),
        label: (*key).to_owned(),
        rule: rule.clone(),
    });
    Product {
        destination: DestinationRule::Fields,
        input_fields: fields.collect(),
        ..sample::product(2, "G60", 12_000)
    }
}

fn genshin() -> Product {
    let servers = ["os_asia", "os_usa", "os_euro", "os_cht"].map(str::to_owned);
    made_of(&[
        ("user_id", FieldRule::Digits { min: 9, max: 10 }),
        ("server", FieldRule::OneOf(servers.to_vec())),
    ])
}

fn riot() -> Product {
    made_of(&[
        ("name", FieldRule::Text { max: 16 }),
        ("tag", FieldRule::Text { max: 5 }),
    ])
}

fn property_tax() -> Product {
    made_of(&[
        ("tax_number", FieldRule::Digits { min: 18, max: 18 }),
        ("year", FieldRule::Digits { min: 4, max: 4 }),
    ])
}

fn told(product: &Product, form: Option<&str>, raw: &str) -> String {
    let destination = product.normalise(raw, false).unwrap().destination;
    let mapping = Mapping {
        form: form.map(self::form),
        ..sample::mapping(3, 2, 0, 1)
    };
    let target = mapping.target(product, &destination).unwrap();
    target.as_str().to_owned()
}

#[rstest]
#[case(legends(), None, "12345678 2012", "12345678(2012)")]
#[case(
    legends(),
    Some("{user_id}{zone_id}"),
    "12345678(2012)",
    "123456782012"
)]
#[case(
    legends(),
    Some("{zone_id}.{user_id}"),
    "12345678-2012",
    "2012.12345678"
)]
#[case(genshin(), None, "800012345,os_asia", "800012345(os_asia)")]
#[case(
    genshin(),
    Some("{user_id}|{server}"),
    "800012345(os_asia)",
    "800012345|os_asia"
)]
#[case(riot(), Some("{name}#{tag}"), "Pemain Satu#ID1", "Pemain Satu#ID1")]
#[case(
    property_tax(),
    Some("{tax_number};year={year}"),
    "329801092375999991/2019",
    "329801092375999991;year=2019"
)]
fn a_supplier_is_told_a_destination_by_its_form(
    #[case] product: Product,
    #[case] form: Option<&str>,
    #[case] raw: &str,
    #[case] expected: &str,
) {
    assert_eq!(told(&product, form, raw), expected);
}

#[rstest]
#[case("")]
#[case("12345")]
#[case("{user_id")]
#[case("user_id}")]
#[case("{user_id}}")]
#[case("{}")]
#[case("{User ID}")]
#[case("{user_id}\n")]
#[case("{user_id}é")]
#[case(";year={year}")]
#[case("{user_id};year")]
#[case("{user_id};year=2019")]
#[case("{user_id};={year}")]
#[case("{user_id};year={year}x")]
fn what_is_no_form_is_refused(#[case] text: &str) {
    assert!(TargetForm::new(text).is_err(), "{text:?}");
    let json = serde_json::to_string(text).unwrap();
    assert!(serde_json::from_str::<TargetForm>(&json).is_err());
}

#[rstest]
#[case(legends(), "{user_id}", FormError::MissingField(slug("zone_id")))]
#[case(
    legends(),
    "{user_id}{zone_id}{server}",
    FormError::UnknownField(slug("server"))
)]
#[case(
    legends(),
    "{user_id}{zone_id}{user_id}",
    FormError::RepeatedField(slug("user_id"))
)]
#[case(sample::product(2, "X25", 1), "{user_id}", FormError::NoFields)]
#[case(
    riot(),
    "this is the name of the player {name} and this is his tag {tag}",
    FormError::Oversized(73)
)]
fn a_form_that_does_not_go_with_the_product_is_refused_where_it_is_entered(
    #[case] product: Product,
    #[case] text: &str,
    #[case] expected: FormError,
) {
    assert_eq!(form(text).check(&product), Err(expected.clone()));
    let mut data: CatalogData = sample::data();
    data.products.push(product);
    let sku = Sku::new("ml86").unwrap();
    data.mappings.push(Mapping {
        form: Some(form(text)),
        ..Mapping::new(
            MappingId(3),
            ProductId(2),
            SupplierId(0),
            sku,
            sample::rupiah(1),
        )
    });
    let error = Snapshot::new(1, data).unwrap_err();
    assert_eq!(
        (error.entry.as_str(), error.field, error.rule),
        ("mapping 3 (ml86)", "form", expected.to_string())
    );
}

/// The fields of a product change while an order waits: it is not told half of a destination.
#[test]
fn a_destination_of_other_fields_is_not_told() {
    let destination = legends()
        .normalise("12345678(2012)", false)
        .unwrap()
        .destination;
    let three = made_of(&[
        ("user_id", FieldRule::Digits { min: 4, max: 9 }),
        ("zone_id", FieldRule::Digits { min: 4, max: 9 }),
        ("role", FieldRule::Text { max: 9 }),
    ]);
    let mapping = Mapping {
        form: Some(form("{user_id}{zone_id}{role}")),
        ..sample::mapping(3, 2, 0, 1)
    };
    assert_eq!(mapping.target(&three, &destination), None);
}

#[rstest]
#[case(legends(), "{user_id}{zone_id}", false)]
#[case(legends(), "{user_id}({zone_id})", true)]
#[case(legends(), "{user_id}1{zone_id}", false)]
#[case(legends(), "{user_id}.{zone_id}", true)]
#[case(genshin(), "{user_id}|{server}", true)]
#[case(genshin(), "{user_id}{server}", false)]
#[case(riot(), "{name}#{tag}", false)]
#[case(riot(), "{name}|{tag}", true)]
#[case(property_tax(), "{tax_number}{year}", true)]
#[case(property_tax(), "{tax_number};year={year}", false)]
fn inv_11_forms_that_run_together_do_not_tell_apart(
    #[case] product: Product,
    #[case] text: &str,
    #[case] expected: bool,
) {
    assert_eq!(form(text).tells_apart(&product), expected);
}

fn value(rule: &FieldRule) -> BoxedStrategy<String> {
    match rule {
        FieldRule::Digits { min, max } => {
            proptest::string::string_regex(&format!("[0-9]{{{min},{max}}}"))
                .unwrap()
                .boxed()
        }
        FieldRule::Text { max } => proptest::string::string_regex(&format!("[a-c#.,]{{1,{max}}}"))
            .unwrap()
            .boxed(),
        FieldRule::OneOf(values) => proptest::sample::select(values.clone()).boxed(),
    }
}

fn writing(product: &Product) -> BoxedStrategy<String> {
    let rules = product.destination_fields();
    let values: Vec<_> = rules.iter().map(|(_, rule)| value(rule)).collect();
    let written = values.prop_map(|values| {
        let rest = values[1..].iter();
        let rest: String = rest.flat_map(|value| ["(", value.as_str(), ")"]).collect();
        format!("{}{rest}", values[0])
    });
    written.boxed()
}

/// A product, a form of its fields in some order with some text between them, and two destinations.
fn worlds() -> impl Strategy<Value = (Product, TargetForm, String, String)> {
    let products = [
        legends(),
        genshin(),
        riot(),
        property_tax(),
        made_of(&[
            ("a", FieldRule::Digits { min: 1, max: 3 }),
            ("b", FieldRule::Text { max: 2 }),
            ("c", FieldRule::Digits { min: 2, max: 2 }),
        ]),
    ];
    let product = proptest::sample::select(products.to_vec());
    product.prop_flat_map(|product| {
        let keys: Vec<String> = product
            .destination_fields()
            .iter()
            .map(|(key, _)| key.as_str().to_owned())
            .collect();
        let between = proptest::collection::vec("|[|#.(1a]{0,2}", keys.len());
        let form = (Just(keys).prop_shuffle(), between).prop_map(|(keys, between)| {
            let parts = keys.iter().zip(&between);
            let text: String = parts
                .flat_map(|(key, text)| ["{", key.as_str(), "}", text.as_str()])
                .collect();
            TargetForm::new(&text).unwrap()
        });
        let (one, other) = (writing(&product), writing(&product));
        (Just(product), form, one, other)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Where an answer is bound by what it names alone, it names one destination.
    #[test]
    fn inv_11_a_form_that_tells_apart_is_injective((product, form, one, other) in worlds()) {
        prop_assert_eq!(form.check(&product), Ok(()));
        let normal = |raw: &str| product.normalise(raw, false).unwrap().destination;
        let (one, other) = (normal(&one), normal(&other));
        let (told, told_other) = (form.render(&product, &one).unwrap(), form.render(&product, &other).unwrap());
        if form.tells_apart(&product) && told.same_as(&told_other) {
            prop_assert!(one.as_str().eq_ignore_ascii_case(other.as_str()), "{:?} and {:?} are {:?}", one.as_str(), other.as_str(), told.as_str());
        }
        if one == other {
            prop_assert_eq!(told, told_other);
        }
    }

    #[test]
    fn t_05_no_text_panics_as_a_form(text in "\\PC{0,140}|[a-z_{};=]{0,40}") {
        if let Ok(form) = TargetForm::new(&text) {
            prop_assert_eq!(form.as_str(), text);
            let _ = form.check(&legends());
            let _ = form.tells_apart(&legends());
        }
    }
}

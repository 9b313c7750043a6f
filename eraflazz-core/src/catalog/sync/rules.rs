//! What a sync is told: how categories are called, what their destinations look like, what is added to what they cost.

use crate::catalog::{DestinationRule, FieldRule, InputField, Operator, Price};
use crate::money::Money;
use crate::supplier::PriceRow;
use crate::text::Slug;

/// How lists become products. Plain data: [`Rules::default`] is what is usual in the trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Categories of lists that are known.
    pub categories: Vec<CategoryRule>,
    /// What is added to the cost of what is in a new category, for each tier.
    pub markups: Vec<Markup>,
    /// How far a base price may rise by itself, in millionths of what it is.
    pub rise_max_ppm: u32,
    /// How far it may fall.
    pub fall_max_ppm: u32,
}

/// A category as lists spell it, and what it is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRule {
    /// How lists spell it, in the form that [`normal`] gives.
    pub spelt: Vec<String>,
    /// Its slug here.
    pub slug: Slug,
    /// Its name for people here.
    pub name: String,
    /// What its goods are delivered to.
    pub form: Form,
}

/// What the destination of a category's goods looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A number of the brand's operator.
    Operator,
    /// A meter of PLN; the token is the goods.
    Meter,
    /// An account or a card, by its brand.
    Account,
    /// A player, by the game.
    Player,
    /// Whom the code is for; the code is the goods.
    Contact,
}

/// What is added to the cost of everything in a category for one tier. Rates are of the cost; either way the price is rounded up to whole rupiah, once, when it is
/// quoted (D20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Markup {
    /// The slug of the tier.
    pub tier: Slug,
    /// The slug of the category.
    pub category: Slug,
    /// How much: [`Price::Flat`] or [`Price::Ppm`].
    pub price: Price,
}

/// What a list says a product's destination is.
pub(super) struct Goods {
    pub(super) destination: DestinationRule,
    /// What it is made of, where it has fields of its own.
    pub(super) input_fields: Vec<InputField>,
    pub(super) sn_required: bool,
    /// Whether the rule is known for certain. What is not is created closed.
    pub(super) is_known: bool,
}

impl Goods {
    /// Of goods that nobody knows.
    pub(super) const fn of_anybody() -> Self {
        Self {
            destination: DestinationRule::any_phone(),
            input_fields: Vec::new(),
            sn_required: false,
            is_known: false,
        }
    }

    /// Of a bill of this brand. How long the numbers of billers are is known of PLN's alone: a person looks at the others first.
    pub(super) fn of_bill(brand: &str) -> Self {
        let (digits, fields) = (
            |min, max| FieldRule::Digits { min, max },
            DestinationRule::Fields,
        );
        let (destination, input_fields, is_known) = match normal(brand).as_str() {
            "PLN PASCABAYAR" => (
                DestinationRule::Digits { min: 12, max: 12 },
                Vec::new(),
                true,
            ),
            "PBB" => (
                DestinationRule::Digits { min: 18, max: 18 },
                Vec::new(),
                false,
            ),
            "EMONEY" => {
                let asked = [
                    ("number", "Nomor", digits(8, 16)),
                    ("amount", "Nominal", digits(4, 8)),
                ];
                (fields, input_fields(asked), false)
            }
            "SAMSAT" => {
                let asked = [
                    ("payment_code", "Kode bayar", digits(16, 16)),
                    ("identity_no", "Nomor identitas", digits(16, 16)),
                ];
                (fields, input_fields(asked), false)
            }
            _ => (
                DestinationRule::Digits { min: 4, max: 20 },
                Vec::new(),
                false,
            ),
        };
        Self {
            destination,
            input_fields,
            sn_required: false,
            is_known,
        }
    }
}

/// What is known without anybody's word: slug, name, how lists spell it, form; what retail and resellers pay above the cost, in rupiah.
struct Usual(
    &'static str,
    &'static str,
    &'static [&'static str],
    Form,
    i64,
    i64,
);

#[rustfmt::skip]
const USUAL: [Usual; 6] = [
    Usual("games", "Games", &["GAMES", "GAME"], Form::Player, 3_000, 1_500),
    Usual("pulsa", "Pulsa", &["PULSA"], Form::Operator, 2_000, 1_000),
    Usual("data", "Paket Data", &["DATA", "PAKET DATA"], Form::Operator, 2_500, 1_200),
    Usual("pln", "PLN", &["PLN", "TOKEN PLN"], Form::Meter, 2_000, 1_000),
    Usual("e-money", "E-Money", &["EMONEY", "E MONEY"], Form::Account, 2_500, 1_200),
    Usual("voucher", "Voucher", &["VOUCHER"], Form::Contact, 3_000, 1_500),
];

/// A tenth up, half down: beyond it is more often a mistake than a price.
const RISE_MAX_PPM: u32 = 100_000;
const FALL_MAX_PPM: u32 = 500_000;

impl Default for Rules {
    fn default() -> Self {
        let mut rules = Self {
            categories: Vec::new(),
            markups: Vec::new(),
            rise_max_ppm: RISE_MAX_PPM,
            fall_max_ppm: FALL_MAX_PPM,
        };
        for Usual(slug, name, spelt, form, retail, reseller) in USUAL {
            let Ok(slug) = Slug::new(slug) else { continue };
            for (tier, rupiah) in [("retail", retail), ("reseller", reseller)] {
                let (Ok(tier), Some(amount)) = (Slug::new(tier), Money::rupiah(rupiah)) else {
                    continue;
                };
                rules.markups.push(Markup {
                    tier,
                    category: slug.clone(),
                    price: Price::Flat(amount),
                });
            }
            rules.categories.push(CategoryRule {
                spelt: spelt.iter().map(|&name| name.to_owned()).collect(),
                slug,
                name: name.to_owned(),
                form,
            });
        }
        rules
    }
}

impl Rules {
    /// Sets what is added for a tier in a category, in place of what was.
    pub fn mark_up(&mut self, markup: Markup) {
        let same =
            |known: &&mut Markup| known.tier == markup.tier && known.category == markup.category;
        match self.markups.iter_mut().find(same) {
            Some(known) => *known = markup,
            None => self.markups.push(markup),
        }
    }

    /// Whether a base price may not move so far by itself.
    pub(super) fn is_beyond(&self, from: Money, to: Money) -> bool {
        let (from, to) = (i128::from(from.hundredths()), i128::from(to.hundredths()));
        let most = if to >= from {
            self.rise_max_ppm
        } else {
            self.fall_max_ppm
        };
        (to - from).abs() * 1_000_000 > from.abs() * i128::from(most)
    }

    /// The rule for a category as a list spells it.
    pub(super) fn category(&self, spelt: &str) -> Option<&CategoryRule> {
        let spelt = normal(spelt);
        self.categories
            .iter()
            .find(|rule| rule.spelt.contains(&spelt))
    }

    /// Whether the row is of the category that a person calls `only`.
    pub(super) fn is_of(&self, row: &PriceRow, only: &str) -> bool {
        let spelt = row.category.as_deref().unwrap_or_default();
        match self.category(spelt) {
            Some(rule) => self.names_category(only, rule.slug.as_str(), &rule.name),
            None => normal(spelt) == normal(only),
        }
    }

    /// Whether a person who says `only` means the category of this slug and name.
    pub(super) fn names_category(&self, only: &str, slug: &str, name: &str) -> bool {
        let known = self.category(only).map(|rule| rule.slug.as_str());
        only == slug || known == Some(slug) || normal(only) == normal(name)
    }
}

impl CategoryRule {
    /// What a product of this category and this brand is delivered to.
    pub(super) fn goods(&self, brand: &str) -> Goods {
        let brand = normal(brand);
        let mut input_fields = Vec::new();
        let (destination, is_known) = match self.form {
            Form::Operator => match operator(&brand) {
                Some(operator) => {
                    let rule = DestinationRule::Phone {
                        operators: vec![operator],
                        strict: false,
                    };
                    (rule, true)
                }
                None => (DestinationRule::any_phone(), false),
            },
            Form::Meter => (DestinationRule::PlnMeter, brand == "PLN"),
            Form::Account => account(&brand),
            Form::Player if HOYOVERSE.contains(&brand.as_str()) => {
                input_fields = player_and_server();
                (DestinationRule::Fields, false)
            }
            Form::Player => player(&brand),
            Form::Contact => {
                let is_known = VOUCHERS.contains(&brand.as_str());
                (DestinationRule::any_phone(), is_known)
            }
        };
        Goods {
            destination,
            input_fields,
            sn_required: matches!(self.form, Form::Meter | Form::Contact),
            is_known,
        }
    }
}

/// How things are compared that lists spell in many ways: upper case, without punctuation, single blanks.
pub fn normal(text: &str) -> String {
    let bare: String = text
        .chars()
        .filter(|c| c.is_alphanumeric() || c.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect();
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn operator(brand: &str) -> Option<Operator> {
    Some(match brand {
        "TELKOMSEL" => Operator::Telkomsel,
        "BYU" => Operator::ByU,
        "INDOSAT" | "INDOSAT OOREDOO" | "IM3" => Operator::Indosat,
        "TRI" | "THREE" | "3" => Operator::Tri,
        "XL" => Operator::Xl,
        "AXIS" => Operator::Axis,
        "SMARTFREN" => Operator::Smartfren,
        _ => return None,
    })
}

fn account(brand: &str) -> (DestinationRule, bool) {
    match brand {
        "GO PAY" | "GOPAY" | "OVO" | "DANA" | "SHOPEE PAY" | "SHOPEEPAY" => {
            (DestinationRule::any_phone(), true)
        }
        "MANDIRI ETOLL" | "BRI BRIZZI" | "TAPCASH BNI" => {
            (DestinationRule::Digits { min: 16, max: 16 }, true)
        }
        _ => (DestinationRule::any_phone(), false),
    }
}

/// Games whose players have one number, or a number and a zone: these are sold only where the list says how its supplier is told the two.
fn player(brand: &str) -> (DestinationRule, bool) {
    match brand {
        "FREE FIRE" | "FREE FIRE MAX" | "PUBG MOBILE" => {
            (DestinationRule::Digits { min: 8, max: 12 }, true)
        }
        "MOBILE LEGENDS" | "MOBILE LEGEND" => {
            let rule = DestinationRule::Player {
                id_min: 6,
                id_max: 10,
                zone_min: 4,
                zone_max: 5,
            };
            (rule, true)
        }
        _ => (DestinationRule::Digits { min: 4, max: 20 }, false),
    }
}

/// Games whose players have a number and a server with a name.
const HOYOVERSE: [&str; 3] = ["GENSHIN IMPACT", "HONKAI STAR RAIL", "ZENLESS ZONE ZERO"];

fn player_and_server() -> Vec<InputField> {
    let servers = ["os_asia", "os_usa", "os_euro", "os_cht"].map(str::to_owned);
    let rules = [
        ("user_id", "UID", FieldRule::Digits { min: 9, max: 10 }),
        ("server", "Server", FieldRule::OneOf(servers.to_vec())),
    ];
    input_fields(rules)
}

fn input_fields(asked: [(&str, &str, FieldRule); 2]) -> Vec<InputField> {
    let fields = asked.into_iter().filter_map(|(key, label, rule)| {
        let key = Slug::new(key).ok()?;
        Some(InputField {
            key,
            label: label.to_owned(),
            rule,
        })
    });
    fields.collect()
}

const VOUCHERS: [&str; 7] = [
    "GOOGLE PLAY INDONESIA",
    "STEAM WALLET IDR",
    "PLAYSTATION",
    "XBOX",
    "GARENA",
    "UNIPIN",
    "RAZER GOLD",
];

//! `catalog` and `price`: what is sold, through whom and for how much.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use eraflazz_core::money::Money;
use eraflazz_core::text::{ProductCode, Slug};

use super::desk::{Desk, DeskError};
use super::show::{Show, or_dash, table};
use super::words::route;
use crate::admin::{BasePrice, CatalogTold, Imported, Switch, SwitchedRoute};
use crate::seed::PriceSeed;

/// `catalog …`.
#[derive(Debug, Subcommand)]
pub enum CatalogCommand {
    /// Products with their routes and prices
    Show,
    /// Brings a file in: the catalog part of a seed file, TOML or JSON; all of it or nothing
    Import {
        /// The file; .json is read as JSON, anything else as TOML
        file: PathBuf,
        /// Says what is wrong with it and changes nothing
        #[arg(long)]
        check: bool,
    },
    /// Sells it, or buys from it, again
    Open(What),
    /// Sells it, or buys from it, no more; what is under way goes on
    Close(What),
}

/// What is opened or closed.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true)))]
pub struct What {
    /// A supplier, by its slug
    #[arg(long, group = "what")]
    supplier: Option<Slug>,
    /// A category with all its products, by its slug
    #[arg(long, group = "what")]
    category: Option<Slug>,
    /// A product, by its code
    #[arg(long, group = "what")]
    product: Option<ProductCode>,
    /// One route: PRODUCT/SUPPLIER/SKU
    #[arg(long, group = "what", value_parser = route)]
    route: Option<SwitchedRoute>,
}

/// `price …`.
#[derive(Debug, Subcommand)]
pub enum PriceCommand {
    /// Every price rule
    List,
    /// Sets a rule, in place of the one for the same buyers and goods
    Set {
        /// Which rule
        #[command(flatten)]
        rule: RuleName,
        /// What it says
        #[command(flatten)]
        price: How,
    },
    /// Removes the rule for these buyers and goods
    Remove {
        /// Which rule
        #[command(flatten)]
        rule: RuleName,
    },
    /// Sets what a product's prices are built on
    Base {
        /// The code of the product
        product: ProductCode,
        /// Rupiah
        amount: Money,
    },
}

/// For whom, and about what.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("buyers").required(true)), group(ArgGroup::new("goods").required(true)))]
pub struct RuleName {
    /// For every member of a tier
    #[arg(long, group = "buyers")]
    tier: Option<Slug>,
    /// For one member
    #[arg(long, group = "buyers")]
    member: Option<Slug>,
    /// About every product of a category
    #[arg(long, group = "goods")]
    category: Option<Slug>,
    /// About one product
    #[arg(long, group = "goods")]
    product: Option<ProductCode>,
}

/// How the price comes about.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("how").required(true)))]
pub struct How {
    /// The base price plus so many rupiah
    #[arg(long, group = "how", allow_negative_numbers = true)]
    flat: Option<Money>,
    /// The base price plus so many millionths of it
    #[arg(long, group = "how", allow_negative_numbers = true)]
    ppm: Option<i32>,
    /// So many rupiah, whatever the base price is
    #[arg(long, group = "how")]
    sell: Option<Money>,
}

impl RuleName {
    fn seed(self) -> PriceSeed {
        PriceSeed {
            tier: self.tier,
            member: self.member,
            category: self.category,
            product: self.product,
            ..PriceSeed::default()
        }
    }
}

impl CatalogCommand {
    /// Whether it only looks.
    pub(super) const fn reads(&self) -> bool {
        matches!(self, Self::Show | Self::Import { check: true, .. })
    }
}

pub(super) async fn run(command: CatalogCommand, desk: &Desk, show: Show) -> Result<(), DeskError> {
    match command {
        CatalogCommand::Show => {
            let told = desk.get("/catalog").await?;
            show.answer(told, products)
        }
        CatalogCommand::Import { file, check } => {
            let bytes = std::fs::read(&file)
                .map_err(|error| DeskError::NotReady(format!("{}: {error}", file.display())))?;
            let is_json = file.extension().is_some_and(|kind| kind == "json");
            let kind = if is_json {
                "application/json"
            } else {
                "application/toml"
            };
            let query = if check { "?check=true" } else { "" };
            let path = format!("/catalog/import{query}");
            let told = desk.post_file(&path, kind, bytes).await?;
            show.answer(told, |told: &Imported| {
                let word = if told.only_checked {
                    "fine"
                } else {
                    "imported"
                };
                let Imported {
                    version, changes, ..
                } = told;
                format!("{word}: {changes} entries, catalog version {version}")
            })
        }
        CatalogCommand::Open(what) => switch(desk, show, what, true).await,
        CatalogCommand::Close(what) => switch(desk, show, what, false).await,
    }
}

async fn switch(desk: &Desk, show: Show, what: What, active: bool) -> Result<(), DeskError> {
    let switch = Switch {
        supplier: what.supplier,
        category: what.category,
        product: what.product,
        route: what.route,
        active,
    };
    let told = desk.post("/catalog/switch", &switch).await?;
    show.answer(told, |told: &Switch| {
        if told.active { "open" } else { "closed" }.to_owned()
    })
}

pub(super) async fn run_price(
    command: PriceCommand,
    desk: &Desk,
    show: Show,
) -> Result<(), DeskError> {
    match command {
        PriceCommand::List => {
            let rules = desk.get("/catalog").await?["prices"].take();
            show.answer(rules, |rules: &Vec<PriceSeed>| prices(rules))
        }
        PriceCommand::Set { rule, price } => {
            let rule = PriceSeed {
                flat: price.flat,
                ppm: price.ppm,
                sell: price.sell,
                ..rule.seed()
            };
            let told = desk.post("/prices", &rule).await?;
            show.answer(told, |rule: &PriceSeed| prices(std::slice::from_ref(rule)))
        }
        PriceCommand::Remove { rule } => {
            let told = desk.post("/prices/remove", &rule.seed()).await?;
            show.answer(told, |_: &PriceSeed| "removed".to_owned())
        }
        PriceCommand::Base { product, amount } => {
            let path = format!("/products/{product}/base-price");
            let told = desk.post(&path, &BasePrice { base_price: amount }).await?;
            show.answer(told, |told: &BasePrice| {
                format!("{product}: {}", told.base_price)
            })
        }
    }
}

fn products(told: &CatalogTold) -> String {
    let open = |active: bool| if active { "open" } else { "closed" }.to_owned();
    let suppliers = told.suppliers.iter();
    let suppliers = suppliers.map(|known| [known.name.clone(), open(known.active)]);
    let rows = told.products.iter().flat_map(|product| {
        let head = [
            product.code.clone(),
            product.name.clone(),
            product.base_price.to_string(),
            open(product.active),
        ];
        let routes = product.routes.iter().map(|route| {
            let [supplier, sku] = [route.supplier.clone(), route.sku.clone()];
            [supplier, sku, route.cost.to_string(), open(route.active)]
        });
        let mut routes: Vec<[String; 4]> = routes.collect();
        if routes.is_empty() {
            routes.push(["-", "-", "-", "-"].map(str::to_owned));
        }
        routes.into_iter().map(move |[supplier, sku, cost, route]| {
            let [code, name, base, product] = head.clone();
            [code, name, base, product, supplier, sku, cost, route]
        })
    });
    let columns = [
        "product",
        "name",
        "base",
        "product is",
        "supplier",
        "sku",
        "cost",
        "route is",
    ];
    format!(
        "catalog version {}\n{}\n{}",
        told.version,
        table(["supplier", "is"], suppliers),
        table(columns, rows)
    )
}

fn prices(rules: &[PriceSeed]) -> String {
    let rows = rules.iter().map(|rule| {
        let price = match (rule.flat, rule.ppm, rule.sell) {
            (Some(amount), _, _) => format!("base + {amount}"),
            (_, Some(ppm), _) => format!("base + {ppm} ppm"),
            (_, _, Some(amount)) => amount.to_string(),
            (None, None, None) => "-".to_owned(),
        };
        [
            or_dash(rule.tier.as_ref().map(Slug::as_str)),
            or_dash(rule.member.as_ref().map(Slug::as_str)),
            or_dash(rule.category.as_ref().map(Slug::as_str)),
            or_dash(rule.product.as_ref().map(ProductCode::as_str)),
            price,
        ]
    });
    table(["tier", "member", "category", "product", "price"], rows)
}

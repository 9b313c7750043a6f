//! C1: a price list of 20,000 products is read into the catalog, all of it or nothing: planned and stored; first into an empty catalog, then with every price changed.

use std::path::Path;
use std::time::{Duration, Instant};

use benches::postgres::{Part, Server, Stand};
use benches::report::Figure;
use benches::shop::{Failure, fill};
use eraflazz_core::catalog::ProductKind;
use eraflazz_core::catalog::sync::{Rules, plan};
use eraflazz_core::engine::SystemClock;
use eraflazz_core::ids::SupplierId;
use eraflazz_core::money::Money;
use eraflazz_core::ports::{Catalog, Clock};
use eraflazz_core::supplier::{PriceList, PriceRow};
use eraflazz_store_memory::MemoryStore;

/// Products of the list.
const PRODUCTS: u32 = 20_000;

/// Whose list it is: the supplier of the shop.
const SUPPLIER: SupplierId = SupplierId(0);

pub(crate) async fn measure(place: &Path) -> Result<Vec<Figure>, Failure> {
    let store = MemoryStore::default();
    fill(&store, &SystemClock::start(), 1, 1).await?;
    let mut figures = both("C1.ram", &store, (0.5, 0.2)).await?;
    let server = Server::start(place);
    let url = server.database().await?;
    let stand = Stand::open(&url, 1, Part::default()).await?;
    figures.extend(both("C1.postgres", &*stand.store, (2.0, 0.8)).await?);
    Ok(figures)
}

/// Into an empty catalog, and with every price changed.
async fn both(line: &str, store: &impl Catalog, most: (f64, f64)) -> Result<Vec<Figure>, Failure> {
    let (first, second) = (list(10_000)?, list(10_100)?);
    let took = synced(store, &first).await?;
    let audit = verdict(store, &first).await?;
    let again = synced(store, &second).await?;
    let audit_again = verdict(store, &second).await?;
    Ok(vec![
        figure(line.to_owned(), took, most, audit),
        figure(format!("{line}.again"), again, most, audit_again),
    ])
}

fn figure(line: String, took: Duration, (floor, goal): (f64, f64), audit: String) -> Figure {
    Figure {
        line,
        value: took.as_secs_f64(),
        unit: "s",
        baseline: None,
        ratio: None,
        floor,
        goal,
        better: "lower",
        audit,
    }
}

/// How long it takes from the list until the catalog is stored.
async fn synced(store: &impl Catalog, list: &PriceList) -> Result<Duration, Failure> {
    let (began, now) = (Instant::now(), SystemClock::start().now());
    let catalog = store.snapshot().await?;
    let plan = plan(&catalog, SUPPLIER, list, None, &Rules::default(), now)?;
    let changes = plan.commit(catalog.version(), Some((SUPPLIER, now)));
    store.change(changes).await?;
    Ok(began.elapsed())
}

/// Every row has its route at its price, and the same list again changes nothing.
async fn verdict(store: &impl Catalog, list: &PriceList) -> Result<String, Failure> {
    let (catalog, now) = (store.snapshot().await?, SystemClock::start().now());
    let plan = plan(&catalog, SUPPLIER, list, None, &Rules::default(), now)?;
    if plan.statistics.unchanged == PRODUCTS && plan.changes.is_empty() {
        Ok("ok".to_owned())
    } else {
        Ok(format!("the same list again: {:?}", plan.statistics))
    }
}

/// The list, with prices from `base` on.
fn list(base: i64) -> Result<PriceList, Failure> {
    let brands = ["TELKOMSEL", "INDOSAT", "XL", "AXIS", "TRI", "SMARTFREN"];
    let rows = (0..PRODUCTS).map(|n| {
        let brand = brands[usize::try_from(n)? % brands.len()];
        Ok::<_, Failure>(PriceRow {
            sku: format!("s{n:05}").parse()?,
            name: Some(format!("{brand} {n}")),
            category: Some(if n % 2 == 0 { "Pulsa" } else { "Data" }.to_owned()),
            brand: Some(brand.to_owned()),
            kind: Some("Umum".to_owned()),
            price: Money::rupiah(base + i64::from(n)).ok_or("out of range")?,
            active: true,
            stock: None,
            multi: Some(true),
            cut_off: None,
            description: Some("a sample".to_owned()),
            form: None,
        })
    });
    Ok(PriceList {
        goods: ProductKind::Prepaid,
        rows: rows.collect::<Result<_, _>>()?,
        refused: Vec::new(),
    })
}

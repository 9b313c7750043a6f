//! What a world is founded on: what its seed draws, its suppliers, its catalog, its members.

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::catalog::{
    Buyers, CatalogChange, Category, DestinationRule, Goods, Mapping, Price, PriceRule, Product,
    SupplierInfo, Tier, TierId,
};
use eraflazz_core::engine::{Settings, StrategyName};
use eraflazz_core::ids::{CategoryId, MappingId, MemberId, ProductId, SupplierId};
use eraflazz_core::member::{LateSuccess, Member, MemberKind};
use eraflazz_core::money::Money;
use eraflazz_core::ports::{Catalog as _, Clock as _, Members as _};
use eraflazz_core::supplier::Profile;
use eraflazz_core::webhook::{Endpoint, EndpointUrl, Format, HookSecret, Signing};
use eraflazz_store_memory::MemoryStore;

use crate::auditor::Tariff;
use crate::chance::Chance;
use crate::door::Door;
use crate::scene::Scene;
use crate::vendor::{Kind, Manner, Tongue, Vendor};
use crate::world::Wanted;

/// What everything is sold at before the tier's markup, in rupiah.
pub(crate) const BASE_PRICE: i64 = 10_000;
/// The markup of each tier, in rupiah.
pub(crate) const MARKUPS: [i64; 2] = [500, 700];

/// The stream that decides whether suppliers speak in real bytes, and in how many of a hundred worlds they do.
const SPEAKING: u64 = 9;
const SPEAK: u32 = 25;

/// What the seed makes of a world.
pub(crate) struct Draw {
    /// How many members.
    pub(crate) members: u16,
    /// How many products.
    pub(crate) products: u32,
    /// About how long the sale lasts.
    pub(crate) span: Duration,
    /// The suppliers.
    pub(crate) kinds: Vec<Kind>,
}

impl Draw {
    /// What a seed draws.
    pub(crate) fn new(chance: &Chance, orders: u32) -> Self {
        let vendors = chance.between(1, 5);
        let gap = *chance.pick(&[20, 200, 1_000, 10_000]);
        Self {
            members: u16::try_from(chance.between(2, 12)).unwrap_or(2),
            products: u32::try_from(chance.between(1, 4)).unwrap_or(1),
            span: Duration::from_millis(gap * u64::from(orders)),
            kinds: (0..vendors).map(|_| *chance.pick(&Kind::ALL)).collect(),
        }
    }
}

/// The suppliers, each in a manner of its own.
pub(crate) fn vendors(
    kinds: &[Kind],
    profiles: Vec<Profile>,
    wanted: &Wanted,
    chance: &Chance,
    scene: &Arc<Scene>,
    door: &Arc<Door>,
) -> Vec<Arc<Vendor>> {
    // A world in four is one of suppliers that take their time and then fail: only there is much delivered late.
    let is_bad = chance.percent(25);
    // In the real bytes of real suppliers, read by their adapters. A stream of its own: with or without, all else is drawn alike.
    let speaks = Chance::new(wanted.seed, SPEAKING).percent(SPEAK);
    (0_u16..)
        .zip(kinds.iter().zip(profiles))
        .map(|(id, (kind, profile))| {
            let usual = Manner {
                refuses: u32::try_from(chance.between(0, 15)).unwrap_or(0),
                takes_time: u32::try_from(chance.between(0, 40)).unwrap_or(0),
                fails: u32::try_from(chance.between(0, 40)).unwrap_or(0),
            };
            let manner = if is_bad {
                Manner {
                    takes_time: 100,
                    fails: 90,
                    ..usual
                }
            } else {
                usual
            };
            let manner = wanted.manner.unwrap_or(manner);
            let tongue = speaks.then(|| Tongue::of(*kind));
            let price = (9_800 + 50 * i64::from(id)) * 100;
            let (scene, door) = (Arc::clone(scene), Arc::clone(door));
            let stream = Chance::new(wanted.seed, 10 + u64::from(id));
            Arc::new(Vendor::new(
                id, *kind, profile, manner, tongue, price, scene, door, stream,
            ))
        })
        .collect()
}

/// How the house is run.
pub(crate) fn settings(chance: &Chance) -> Settings {
    Settings {
        sweep_interval: Duration::from_secs(*chance.pick(&[5, 20, 60])),
        workers: usize::try_from(chance.between(1, 4)).unwrap_or(1),
        batch: *chance.pick(&[1, 8, 128]),
        strategy: *chance.pick(&[StrategyName::Cheapest, StrategyName::Priority]),
        held_max: *chance.pick(&[50, 10_000]),
        ..Settings::default()
    }
}

/// Catalog, members and their endpoints, written before the house opens.
pub(crate) async fn people(
    store: &MemoryStore,
    scene: &Scene,
    chance: &Chance,
    draw: &Draw,
    vendors: &[Arc<Vendor>],
) -> Vec<MemberId> {
    if let Err(error) = store.change(catalog(scene, chance, draw, vendors)).await {
        scene.object(None, format!("no catalog: {error}"));
    }
    let mut ids = Vec::new();
    for number in 0..draw.members {
        let id = MemberId::mint(scene.clock.now(), &[u8::try_from(number).unwrap_or(0); 10]);
        let Ok(code) = format!("m{number}").parse() else {
            continue;
        };
        let kind = *chance.pick(&[MemberKind::Shop, MemberKind::H2h]);
        if kind == MemberKind::Shop {
            scene.auditor().protects(number);
        }
        let credit = *chance.pick(&[0, 0, 0, 100_000]);
        scene.auditor().lends(number, credit * 100);
        let late_success = *chance.pick(&[LateSuccess::Reclaim, LateSuccess::Absorb]);
        if late_success == LateSuccess::Absorb {
            scene.auditor().absorbs(number);
        }
        let member = Member {
            credit_limit: Money::from_hundredths(credit * 100),
            late_success,
            ..Member::new(id, code, TierId(number % 2), kind)
        };
        if let Err(error) = store.put_member(member, None).await {
            scene.object(None, format!("no member: {error}"));
        }
        ids.push(id);
        if chance.percent(50) {
            listens(store, id, number).await;
            scene.auditor().listens(number);
        }
    }
    ids
}

async fn listens(store: &MemoryStore, member: MemberId, number: u16) {
    let url = EndpointUrl::new(&format!("https://m{number}.example/hook"));
    let secret = HookSecret::mint(b"0123456789abcdef0123456789abcdef");
    if let (Ok(url), Ok(secret)) = (url, secret) {
        let format = Format::Standard(Signing::with(secret));
        let _ = store
            .put_endpoint(
                Endpoint {
                    member,
                    url,
                    format,
                },
                None,
            )
            .await;
    }
}

fn catalog(
    scene: &Scene,
    chance: &Chance,
    draw: &Draw,
    vendors: &[Arc<Vendor>],
) -> Vec<CatalogChange> {
    let category = CategoryId(0);
    let mut changes = Vec::new();
    if let Ok(slug) = "pulsa".parse() {
        changes.push(CatalogChange::PutCategory(Category {
            id: category,
            slug,
            name: "Pulsa".into(),
            active: true,
        }));
    }
    for (number, markup) in (0_u16..).zip(MARKUPS) {
        let (Ok(slug), Some(markup)) = (format!("t{number}").parse(), Money::rupiah(markup)) else {
            continue;
        };
        let id = TierId(number);
        changes.push(CatalogChange::PutTier(Tier {
            id,
            slug,
            name: "Tier".into(),
        }));
        changes.push(CatalogChange::PutPrice(PriceRule {
            buyers: Buyers::Tier(id),
            goods: Goods::Category(category),
            price: Price::Flat(markup),
        }));
    }
    for vendor in vendors {
        let Ok(slug) = vendor.name().parse() else {
            continue;
        };
        let (id, name) = (vendor.supplier_id(), vendor.name());
        changes.push(CatalogChange::PutSupplier(SupplierInfo {
            name,
            ..SupplierInfo::new(id, slug)
        }));
    }
    let mut mapping = 0;
    for number in 0..draw.products {
        let (Ok(code), Some(base)) = (format!("P{number}").parse(), Money::rupiah(BASE_PRICE))
        else {
            continue;
        };
        let sn_required = chance.percent(50);
        if sn_required {
            scene.auditor().needs_sn(number);
        }
        let product = Product {
            sn_required,
            ..Product::prepaid(
                ProductId(number),
                code,
                category,
                DestinationRule::any_phone(),
                base,
            )
        };
        changes.push(CatalogChange::PutProduct(product));
        for (tier, markup) in (0_u16..).zip(MARKUPS) {
            let price = (BASE_PRICE + markup) * 100;
            on_the_list(
                scene,
                Tariff::Price {
                    product: number,
                    tier,
                },
                price,
            );
        }
        on_the_list(scene, Tariff::Margin { product: number }, 0);
        for vendor in vendors {
            let Ok(sku) = vendor.sku(number).parse() else {
                continue;
            };
            let (id, supplier) = (MappingId(mapping), SupplierId(vendor.id));
            let cost = Money::from_hundredths(vendor.price());
            let tariff = Tariff::Cost {
                supplier: vendor.id,
                product: number,
            };
            on_the_list(scene, tariff, vendor.price());
            mapping += 1;
            changes.push(CatalogChange::PutMapping(Mapping {
                priority: u16::try_from(chance.below(5)).unwrap_or(0),
                ..Mapping::new(id, ProductId(number), supplier, sku, cost)
            }));
        }
    }
    changes
}

fn on_the_list(scene: &Scene, tariff: Tariff, amount: i64) {
    scene.auditor().enters(tariff, amount, 0);
}

//! An engine with one product, one instant supplier and many members.

use std::error::Error;
use std::sync::Arc;

use eraflazz_core::catalog::{
    Buyers, CatalogChange, Category, DestinationRule, Goods, Mapping, Price, PriceRule, Product,
    SupplierInfo, Tier, TierId,
};
use eraflazz_core::engine::{Engine, FloatMove, MoneyMove, NewOrder, Settings, SystemClock};
use eraflazz_core::ids::{BankId, CategoryId, MappingId, MemberId, ProductId, SupplierId};
use eraflazz_core::member::{Member, MemberKind, MemberLimits};
use eraflazz_core::money::Money;
use eraflazz_core::ports::{Catalog, Clock, Members};
use eraflazz_store_memory::{LocalQueue, MemoryStore};

use crate::instant::Instant;

/// What goes wrong while a bench is set up.
pub type Failure = Box<dyn Error + Send + Sync>;

/// An engine ready to sell, and who buys.
#[derive(Debug)]
pub struct Shop {
    /// The engine; run it.
    pub engine: Engine,
    /// Its store.
    pub store: Arc<MemoryStore>,
    /// Who buys.
    pub members: Vec<MemberId>,
}

fn rupiah(amount: i64) -> Result<Money, Failure> {
    Money::rupiah(amount).ok_or_else(|| "out of range".into())
}

impl Shop {
    /// A shop whose `members` members can buy for ever, over a store in memory that keeps `orders_max` orders.
    pub async fn open(members: u16, orders_max: usize) -> Result<Self, Failure> {
        Self::over(MemoryStore::with_orders_max(orders_max), members).await
    }

    /// The same over this empty store.
    pub async fn over(store: MemoryStore, members: u16) -> Result<Self, Failure> {
        let cost = rupiah(10_000)?;
        let clock = Arc::new(SystemClock::start());
        let store = Arc::new(store);
        let (tier, category, product) = (TierId(0), CategoryId(0), ProductId(0));
        let catalog = vec![
            CatalogChange::PutTier(Tier {
                id: tier,
                slug: "reseller".parse()?,
                name: "Reseller".to_owned(),
            }),
            CatalogChange::PutCategory(Category {
                id: category,
                slug: "pulsa".parse()?,
                name: "Pulsa".to_owned(),
            }),
            CatalogChange::PutSupplier(SupplierInfo {
                id: SupplierId(0),
                slug: "instant".parse()?,
                name: "Instant".to_owned(),
                active: true,
            }),
            CatalogChange::PutProduct(Product::prepaid(
                product,
                "XL10".parse()?,
                category,
                DestinationRule::any_phone(),
                cost,
            )),
            CatalogChange::PutMapping(Mapping::new(
                MappingId(0),
                product,
                SupplierId(0),
                "xld10".parse()?,
                cost,
            )),
            CatalogChange::PutPrice(PriceRule {
                buyers: Buyers::Tier(tier),
                goods: Goods::Category(category),
                price: Price::Flat(rupiah(500)?),
            }),
        ];
        store.change(catalog).await?;
        let mut ids = Vec::with_capacity(usize::from(members));
        for n in 0..members {
            let mut random = [0; 10];
            random[..2].copy_from_slice(&n.to_be_bytes());
            let id = MemberId::mint(clock.now(), &random);
            let member = Member {
                limits: MemberLimits::UNLIMITED,
                ..Member::new(id, format!("m{n}").parse()?, tier, MemberKind::H2h)
            };
            store.put_member(member, None).await?;
            ids.push(id);
        }
        let settings = Settings {
            held_max: u64::MAX,
            batch: 1_000,
            ..Settings::default()
        };
        let engine = Engine::builder(
            Arc::clone(&store),
            Arc::new(LocalQueue::with_depth_max(4_000_000)),
            clock,
        )
        .supplier("instant", Arc::new(Instant::new(cost)))
        .settings(settings)
        .build()?;
        let money = |reference: String, amount: Money| {
            Ok::<_, Failure>(MoneyMove {
                source: "bench".to_owned(),
                reference,
                amount,
                by: "bench".parse()?,
            })
        };
        let most = rupiah(1_000_000_000_000)?;
        engine
            .float(
                SupplierId(0),
                FloatMove::Bought(BankId(0)),
                money("float".to_owned(), most)?,
            )
            .await?;
        for (n, member) in ids.iter().enumerate() {
            engine
                .deposit(
                    *member,
                    BankId(0),
                    money(format!("deposit {n}"), rupiah(100_000_000_000)?)?,
                )
                .await?;
        }
        Ok(Self {
            engine,
            store,
            members: ids,
        })
    }

    /// The `n`-th order of a run.
    pub fn order(&self, n: usize) -> Result<NewOrder, Failure> {
        let member = self.members[n % self.members.len()];
        Ok(NewOrder::prepaid(
            member,
            format!("R{n}").parse()?,
            "XL10".parse()?,
            format!("0878{:08}", n % 100_000_000),
        ))
    }
}

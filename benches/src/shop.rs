//! An engine with some products, an instant supplier for each, and many members.

use std::error::Error;
use std::sync::Arc;

use eraflazz_core::catalog::{
    Buyers, CatalogChange, Category, DestinationRule, Goods, Mapping, Price, PriceRule, Product,
    SupplierInfo, Tier, TierId,
};
use eraflazz_core::engine::{
    Engine, EngineBuilder, FloatMove, MoneyMove, NewOrder, Settings, SystemClock,
};
use eraflazz_core::ids::{BankId, CategoryId, MappingId, MemberId, ProductId, SupplierId};
use eraflazz_core::member::{Member, MemberKind, MemberLimits};
use eraflazz_core::money::Money;
use eraflazz_core::ports::{Catalog, Clock, Members};
use eraflazz_store_memory::{LocalQueue, MemoryStore};
use tokio::task::JoinSet;

use crate::instant::{Answers, Instant};

/// What goes wrong while a bench is set up.
pub type Failure = Box<dyn Error + Send + Sync>;

/// An engine ready to sell, and who buys.
#[derive(Debug)]
pub struct Shop<S = MemoryStore> {
    /// The engine; run it.
    pub engine: Engine,
    /// Its store.
    pub store: Arc<S>,
    /// Who buys.
    pub members: Vec<MemberId>,
}

/// What every product costs.
const COST: i64 = 10_000;

/// Deposits that are booked at once.
const AT_ONCE: usize = 500;

fn rupiah(amount: i64) -> Result<Money, Failure> {
    Money::rupiah(amount).ok_or_else(|| "out of range".into())
}

/// The code of the `n`-th product.
fn code(n: u16) -> String {
    if n == 0 {
        "XL10".to_owned()
    } else {
        format!("XL10-{n}")
    }
}

/// The name of the `n`-th supplier.
fn name(n: u16) -> String {
    if n == 0 {
        "instant".to_owned()
    } else {
        format!("instant-{n}")
    }
}

/// A catalog of `goods` products, each with a supplier of its own.
fn shelves(goods: u16) -> Result<Vec<CatalogChange>, Failure> {
    let cost = rupiah(COST)?;
    let (tier, category) = (TierId(0), CategoryId(0));
    let mut changes = vec![
        CatalogChange::PutTier(Tier {
            id: tier,
            slug: "reseller".parse()?,
            name: "Reseller".to_owned(),
        }),
        CatalogChange::PutCategory(Category {
            id: category,
            slug: "pulsa".parse()?,
            name: "Pulsa".to_owned(),
            active: true,
        }),
    ];
    for n in 0..goods {
        changes.push(CatalogChange::PutSupplier(SupplierInfo {
            name: format!("Instant {n}"),
            ..SupplierInfo::new(SupplierId(n), name(n).parse()?)
        }));
        changes.push(CatalogChange::PutProduct(Product::prepaid(
            ProductId(n.into()),
            code(n).parse()?,
            category,
            DestinationRule::any_phone(),
            cost,
        )));
        changes.push(CatalogChange::PutMapping(Mapping::new(
            MappingId(n.into()),
            ProductId(n.into()),
            SupplierId(n),
            "xld10".parse()?,
            cost,
        )));
    }
    changes.push(CatalogChange::PutPrice(PriceRule {
        buyers: Buyers::Tier(tier),
        goods: Goods::Category(category),
        price: Price::Flat(rupiah(500)?),
    }));
    Ok(changes)
}

/// Fills an empty store with `goods` products, each with a supplier of its own, and `members` who have nothing yet.
pub async fn fill<S: Catalog + Members>(
    store: &S,
    now: &dyn Clock,
    goods: u16,
    members: u32,
) -> Result<Vec<MemberId>, Failure> {
    store.change(shelves(goods)?).await?;
    let mut ids = Vec::with_capacity(usize::try_from(members)?);
    for n in 0..members {
        let mut random = [0; 10];
        random[..4].copy_from_slice(&n.to_be_bytes());
        let id = MemberId::mint(now.now(), &random);
        let member = Member {
            limits: MemberLimits::UNLIMITED,
            ..Member::new(id, format!("m{n}").parse()?, TierId(0), MemberKind::H2h)
        };
        store.put_member(member, None).await?;
        ids.push(id);
    }
    Ok(ids)
}

/// The engine over a store that [`fill`] has filled with `goods`, at suppliers who answer so.
pub fn engine(
    builder: EngineBuilder,
    goods: u16,
    settings: Settings,
    answers: Answers,
) -> Result<Engine, Failure> {
    let cost = rupiah(COST)?;
    let mut builder = builder.settings(settings);
    for n in 0..goods {
        builder = builder.supplier(name(n), Arc::new(Instant::new(cost, answers)));
    }
    Ok(builder.build()?)
}

/// Settings of an engine that is to do as much as it can.
pub fn eager() -> Settings {
    Settings {
        held_max: u64::MAX,
        batch: 1_000,
        ..Settings::default()
    }
}

/// Gives everybody more than they can spend, and us more at each of `goods` suppliers than that costs.
pub async fn fund(engine: &Engine, goods: u16, members: &[MemberId]) -> Result<(), Failure> {
    let money = |reference: String, amount: Money| {
        Ok::<_, Failure>(MoneyMove {
            source: "bench".to_owned(),
            reference,
            amount,
            by: "bench".parse()?,
        })
    };
    let most = rupiah(1_000_000_000_000)?;
    for n in 0..goods {
        let bought = FloatMove::Bought(BankId(0));
        let float = money(format!("float {n}"), most)?;
        engine.float(SupplierId(n), bought, float).await?;
    }
    for (at, some) in members.chunks(AT_ONCE).enumerate() {
        let mut deposits = JoinSet::new();
        for (n, member) in some.iter().enumerate() {
            let deposit = money(
                format!("deposit {}", at * AT_ONCE + n),
                rupiah(100_000_000_000)?,
            )?;
            let (engine, member) = (engine.clone(), *member);
            deposits.spawn(async move { engine.deposit(member, BankId(0), deposit).await });
        }
        while let Some(deposited) = deposits.join_next().await {
            deposited??;
        }
    }
    Ok(())
}

/// The `n`-th order of a run: of this member, for the `goods`-th product.
pub fn order(member: MemberId, goods: u16, n: usize) -> Result<NewOrder, Failure> {
    Ok(NewOrder::prepaid(
        member,
        format!("R{n}").parse()?,
        code(goods).parse()?,
        format!("0878{:08}", n % 100_000_000),
    ))
}

impl Shop {
    /// A shop whose `members` members can buy for ever, over a store in memory that keeps `orders_max` orders.
    pub async fn open(members: u16, orders_max: usize) -> Result<Self, Failure> {
        Self::over(MemoryStore::with_orders_max(orders_max), members).await
    }

    /// The same over this empty store.
    pub async fn over(store: MemoryStore, members: u16) -> Result<Self, Failure> {
        let clock = Arc::new(SystemClock::start());
        let store = Arc::new(store);
        let members = fill(&*store, &*clock, 1, members.into()).await?;
        let queue = Arc::new(LocalQueue::with_depth_max(4_000_000));
        let builder = Engine::builder(Arc::clone(&store), queue, clock);
        let engine = engine(builder, 1, eager(), Answers::AtOnce)?;
        fund(&engine, 1, &members).await?;
        Ok(Self {
            engine,
            store,
            members,
        })
    }

    /// The `n`-th order of a run.
    pub fn order(&self, n: usize) -> Result<NewOrder, Failure> {
        order(self.members[n % self.members.len()], 0, n)
    }
}

//! A house that survives its server: the supplier, the folder, what was acknowledged, and everything that must hold between two lives.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method};
use sandbox::{Fault, Match, Plan, ProductRow, Sandbox, State};
use serde_json::{Value, json};

use crate::buyers::Caller;
use crate::orders::{Orders, PRODUCTS};
use crate::program::{Process, until};

/// What the member has and what the sandbox holds for us, whole rupiah.
const OPENING: i64 = 10_000_000_000;
const COST: i64 = 10_000;

pub(crate) struct House {
    pub(crate) sandbox: Sandbox,
    pub(crate) orders: Arc<Orders>,
    pub(crate) http: Client,
    folder: PathBuf,
    settings: BTreeMap<String, String>,
}

impl House {
    /// With a folder of this name and these settings, each `SECTION__KEY`.
    pub(crate) async fn build(name: &str, more: &[(&str, &str)]) -> Self {
        Self::build_with(name, more, sandbox::Config::default(), "").await
    }

    /// With this account at the supplier, and more in the seed.
    pub(crate) async fn build_with(
        name: &str,
        more: &[(&str, &str)],
        account: sandbox::Config,
        more_seed: &str,
    ) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("process-{name}"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("seed.toml"), seed() + more_seed).unwrap();
        let sandbox = Sandbox::start(sandbox::Config {
            opening_balance: OPENING,
            products: PRODUCTS.map(|sku| ProductRow::new(sku, COST)).to_vec(),
            ..account
        })
        .await
        .unwrap();
        for sku in PRODUCTS {
            sandbox.script(Match::Sku(sku.to_owned()), fate(sku));
        }
        let mut settings = BTreeMap::new();
        let mut set = |key: &str, value: &str| {
            settings.insert(format!("ERAFLAZZ__{key}"), value.to_owned());
        };
        let account = sandbox.config();
        set("SERVER__LISTEN", "127.0.0.1:0");
        set("STORE__DATA", folder.join("data").to_str().unwrap());
        let backups = folder.join("backups");
        set("STORE__BACKUPS", backups.to_str().unwrap());
        set("STORE__VAULT_KEY", &"5eed".repeat(16));
        // Often, so that what is done falls into its work.
        set("STORE__CHECKPOINT_KIB", "16");
        set("STORE__CHECKPOINT_EVERY", "1s");
        set("SEED", folder.join("seed.toml").to_str().unwrap());
        set("ENGINE__INSTALLATION", "K");
        set("ENGINE__SWEEP_INTERVAL", "50ms");
        set("TIME_SCALE", "60");
        set("LIMITS__PER_ADDRESS", "1000000");
        set("LOG__FORMAT", "json");
        set("SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz");
        set("SUPPLIERS__DIGIFLAZZ__BASE_URL", &sandbox.base_url());
        set("SUPPLIERS__DIGIFLAZZ__USERNAME", &account.username);
        set("SUPPLIERS__DIGIFLAZZ__API_KEY", &account.api_key);
        let secret = account.webhook_secret.as_deref().unwrap();
        set("SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET", secret);
        for (key, value) in more {
            set(key, value);
        }
        Self {
            sandbox,
            orders: Arc::default(),
            http: Client::builder().no_proxy().build().unwrap(),
            folder,
            settings,
        }
    }

    /// The same over the database at `url` in place of a folder.
    #[cfg(feature = "postgres")]
    pub(crate) fn in_database(mut self, url: &str) -> Self {
        for folders in ["DATA", "BACKUPS"] {
            self.settings.remove(&format!("ERAFLAZZ__STORE__{folders}"));
        }
        let epoch = self.epoch_file();
        for (key, value) in [
            ("KIND", "postgres"),
            ("URL", url),
            ("EPOCH_FILE", epoch.to_str().unwrap()),
        ] {
            let key = format!("ERAFLAZZ__STORE__{key}");
            self.settings.insert(key, value.to_owned());
        }
        self
    }

    /// The file with the epoch.
    #[cfg(feature = "postgres")]
    pub(crate) fn epoch_file(&self) -> PathBuf {
        self.folder.join("epoch")
    }

    /// Where the store is.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// A place for a copy of it.
    pub(crate) fn copy(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Starts the program over the folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Process {
        self.run_with(arguments, &[])
    }

    /// With other settings.
    pub(crate) fn run_with(&self, arguments: &[&str], other: &[(&str, &str)]) -> Process {
        self.run_as(arguments[0], arguments, other)
    }

    /// Under a name of its own.
    pub(crate) fn run_as(&self, name: &str, arguments: &[&str], other: &[(&str, &str)]) -> Process {
        let log = format!("{name}.log");
        let mut settings = self.settings.clone();
        for (key, value) in other {
            settings.insert(format!("ERAFLAZZ__{key}"), (*value).to_owned());
        }
        Process::start(arguments, &settings, &self.folder.join(log))
    }

    /// Starts the server and waits until it takes orders; the supplier's webhooks find it again.
    pub(crate) async fn serve(&self) -> (Process, Caller) {
        let mut server = self.run(&["serve"]);
        let base = server.ready(&self.http).await;
        self.calls_back(&base);
        (server, self.agen(base))
    }

    /// Where the supplier's webhooks go from now on.
    pub(crate) fn calls_back(&self, base: &str) {
        self.sandbox
            .set_webhook_url(format!("{base}/api/v1/callbacks/supplier/digiflazz"));
    }

    /// The member, at the server there.
    pub(crate) fn agen(&self, base: String) -> Caller {
        Caller {
            http: self.http.clone(),
            base,
            key: "ek_test_agen_0001",
            secret: "test-secret-of-agen-0001-abcdef",
        }
    }

    /// `h2h-server check` over a folder that nobody has open: whether all is well, and what it says.
    pub(crate) async fn check(&self, data: &Path) -> (bool, String) {
        let mut check = self.run(&["check", "--data", data.to_str().unwrap()]);
        let is_well = check.ends().await;
        (is_well, check.said())
    }

    /// The store of a server that is dead is whole.
    pub(crate) async fn check_store(&self) {
        let (is_well, said) = self.check(&self.data()).await;
        assert!(is_well, "{said}");
    }

    /// What must hold whenever there is a server: its books close, and the supplier's say that nothing was bought twice.
    pub(crate) async fn books_close(&self, agen: &Caller) {
        let books = dewi(agen)
            .call(Method::GET, "/api/v1/admin/books", "")
            .await;
        let (status, books) = books.unwrap();
        assert_eq!(
            (status, &books["data"]["closes"]),
            (200, &Value::Bool(true)),
            "{books}"
        );
        self.nothing_was_bought_twice();
    }

    /// Has the server copy its store; whether there is a copy of this name then.
    pub(crate) async fn copies_itself(&self, agen: &Caller, name: &str) -> bool {
        let body = json!({"name": name}).to_string();
        let dewi = dewi(agen);
        let told = dewi.call(Method::POST, "/api/v1/admin/backup", &body);
        told.await.is_some_and(|(status, _)| status == 200)
    }

    fn nothing_was_bought_twice(&self) {
        let ledger = self.sandbox.ledger();
        assert!(ledger.closes());
        assert!(ledger.violations.is_empty(), "{:?}", ledger.violations);
        let mut charged: BTreeMap<&str, u32> = BTreeMap::new();
        for row in &ledger.purchases {
            assert!(row.executions == 1 && row.deliveries <= 1, "{row:?}");
            if matches!(row.state, State::Sukses | State::Pending) {
                *charged.entry(&row.customer_no).or_default() += 1;
            }
        }
        let twice: Vec<_> = charged.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "bought twice: {twice:?}");
    }

    /// Waits until every order has ended, then holds every answer that was ever given against the supplier's books and the wallet.
    pub(crate) async fn all_is_well(&self, agen: &Caller) {
        agen.repeat_all(&self.orders).await;
        until("an end of every order (INV-33)", async || {
            let open = self.orders.to_check(Some(0));
            let is_over = open.is_empty();
            agen.check(&self.orders, open).await;
            is_over.then_some(())
        })
        .await;
        agen.check(&self.orders, self.orders.to_check(None)).await;
        let mut spent = 0;
        for (number, told) in self.orders.all() {
            let delivered = self.sandbox.deliveries_to(&number.destination());
            let is_paid = told.status == "SUCCESS";
            assert_eq!(
                delivered,
                u32::from(is_paid),
                "INV-14, INV-15: {number:?} {told:?}"
            );
            spent += if is_paid { told.price } else { 0 };
        }
        let (_, wallet) = agen.call(Method::GET, "/api/v1/balance", "").await.unwrap();
        assert_eq!(wallet["data"]["held"], 0, "{wallet}");
        assert_eq!(wallet["data"]["balance"], OPENING - spent, "{wallet}");
        self.books_close(agen).await;
    }

    /// A stop as an operator asks for it, and a store that is whole afterwards. Nothing is left of the house.
    pub(crate) async fn close(self, mut server: Process) {
        server.signal("TERM");
        assert!(server.ends().await, "{}", server.said());
        self.check_store().await;
        self.remove();
    }

    /// Nothing is left of it.
    pub(crate) fn remove(self) {
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

/// The operator, at the same server.
pub(crate) fn dewi(agen: &Caller) -> Caller {
    Caller {
        key: "ek_test_dewi_0001",
        secret: "test-secret-of-dewi-0001-abcdef",
        ..agen.clone()
    }
}

/// What becomes of a purchase of this product at the supplier.
fn fate(sku: &str) -> Plan {
    let soon = Duration::from_millis(250);
    match sku {
        // A kill finds it bought, and the answer still to come (C5).
        "SLOW" => Plan::sukses().fault(Fault::late(soon)),
        "LOST" => Plan::sukses().fault(Fault::Lost),
        // A callback tells (C7, C11, C12), unless there is nobody to be told.
        "LATER" => Plan::pending().then(soon, "00"),
        "TWICE" => Plan::pending()
            .then(soon, "00")
            .fault(Fault::WebhookRepeated(3)),
        "BACK" => Plan::pending().then(soon, "02"),
        // Nobody ever tells: only asking does.
        "MUTE" => Plan::pending().then(soon, "00").fault(Fault::WebhookNever),
        "FAIL" => Plan::gagal(),
        _ => Plan::sukses(),
    }
}

fn seed() -> String {
    let mut seed = include_str!("seed.toml").to_owned();
    for code in PRODUCTS {
        write!(
            seed,
            r#"
[[products]]
code = "{code}"
name = "{code}"
category = "pulsa"
destination = {{ phone = ["xl"] }}
base_price = {COST}

[[mappings]]
product = "{code}"
supplier = "digiflazz"
sku = "{code}"
cost = {COST}
"#
        )
        .unwrap();
    }
    seed
}

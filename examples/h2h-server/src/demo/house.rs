//! The house that the demo opens: two fake suppliers and the server, all on loopback.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use sandbox::{Config, ProductRow, Sandbox};

use super::Failure;
use crate::serve::{Running, start};
use crate::settings::{Settings, Source};

/// Sixty times faster than real time: a status check after two minutes comes after two seconds.
const PACE: u32 = 60;
/// Its folder is gone when the demo ends.
const VAULT_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) struct House {
    pub(crate) alfa: Sandbox,
    pub(crate) beta: Sandbox,
    pub(crate) server: Running,
    folder: PathBuf,
}

async fn supplier(name: &str, price: i64) -> Result<Sandbox, Failure> {
    let config = Config {
        name: name.to_owned(),
        username: format!("{name}-demo"),
        api_key: format!("dev-{name}-0a1b2c3d-1111-2222"),
        webhook_secret: Some(format!("{name}-demo-hook-secret-0123")),
        opening_balance: 1_000_000,
        products: vec![ProductRow::new("xld10", price)],
        min_interval: Duration::from_secs(1),
        webhook_delay: Duration::from_millis(300),
        ..Config::default()
    };
    Ok(Sandbox::start(config).await?)
}

fn section(name: &str, sandbox: &Sandbox) -> String {
    let account = sandbox.config();
    let secret = account.webhook_secret.clone().unwrap_or_default();
    format!(
        "[suppliers.{name}]\nkind = \"digiflazz\"\nbase_url = \"{}\"\nusername = \"{}\"\napi_key = \"{}\"\nwebhook_secret = \"{secret}\"\n\n",
        sandbox.base_url(),
        account.username,
        account.api_key,
    )
}

impl House {
    pub(crate) async fn open() -> Result<Self, Failure> {
        let alfa = supplier("alfa", 10_000).await?;
        let beta = supplier("beta", 10_100).await?;
        let folder = std::env::temp_dir().join(format!("eraflazz-demo-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("seed.toml"), include_str!("seed.toml"))?;
        let head = format!(
            "seed = {:?}\ntime_scale = {PACE}\n\n[server]\nlisten = \"127.0.0.1:0\"\n\n[store]\ndata = {:?}\nvault_key = \"{VAULT_KEY}\"\n\n[engine]\ninstallation = \"D\"\n\n",
            folder.join("seed.toml").display().to_string(),
            folder.join("data").display().to_string(),
        );
        let file = folder.join("settings.toml");
        fs::write(
            &file,
            head + &section("alfa", &alfa) + &section("beta", &beta),
        )?;
        let settings = Settings::load(&Source::new().file(file).environment(HashMap::new()))?;
        let server = start(settings).await?;
        for (name, sandbox) in [("alfa", &alfa), ("beta", &beta)] {
            sandbox.set_webhook_url(format!(
                "http://{}/api/v1/callbacks/supplier/{name}",
                server.address()
            ));
        }
        Ok(Self {
            alfa,
            beta,
            server,
            folder,
        })
    }

    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.server.address())
    }

    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.server.stop().await?;
        self.alfa.stop().await;
        self.beta.stop().await;
        fs::remove_dir_all(self.folder)?;
        Ok(())
    }
}

//! Which desk a command is asked at: whoever holds the folder of the store answers.

use std::sync::Arc;

use eraflazz_core::text::Operator;
use eraflazz_store_memory::FolderError;
use secrecy::SecretString;
use url::Url;

use super::desk::{Desk, DeskError};
use crate::audit::AuditFile;
use crate::serve::{StartError, at_hand};
use crate::settings::{Settings, Store};
use crate::store::StoreError;

/// Where a running server is asked when nothing says otherwise.
pub const USUAL: &str = "http://127.0.0.1:8080";

/// The address of a server as somebody gives it.
pub fn base(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok();
    let is_one = url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    is_one
        .then(|| text.to_owned())
        .ok_or_else(|| format!("the http or https address of a server, like {USUAL}"))
}

/// A desk at a running server, asked with the operator's key of the environment. The secret comes from nowhere else: arguments are seen
/// by everybody on the machine.
pub fn at_server(base: &str) -> Result<Desk, DeskError> {
    let variable = |name: &str| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty());
        value.ok_or_else(|| {
            let why = format!(
                "{name} is not set: the server at {base} wants an operator's key and its secret"
            );
            DeskError::NotReady(why)
        })
    };
    let key = variable("ERAFLAZZ_ADMIN_KEY")?;
    let secret = SecretString::from(variable("ERAFLAZZ_ADMIN_SECRET")?);
    Desk::at_server(base, key, secret)
}

/// The desk for `settings`: the database; or the store's own folder, unless a server has it open; then that server. Without settings the server at the
/// usual address. `reads` says that the command only looks: then no folder is made on the way, and nothing in one is changed.
pub async fn desk(settings: Option<Settings>, reads: bool) -> Result<Desk, DeskError> {
    let Some(settings) = settings else {
        return at_server(USUAL);
    };
    let base = format!("http://{}", settings.server.listen);
    let folder = match &settings.store {
        Store::Folder(folder) => folder,
        Store::Memory => return at_server(&base),
        // Whatever runs, a database is open to whoever knows its address. Who did what is told on standard error, for whoever keeps that.
        Store::Postgres(_) => {
            let router = at_hand(&settings, reads).await;
            let router = router.map_err(|error| DeskError::NotReady(error.to_string()))?;
            return Ok(Desk::here(router, who()?, None));
        }
    };
    if reads && folder.is_new() {
        let why = format!("{}: there is no store in it yet", folder.data.display());
        return Err(DeskError::NotReady(why));
    }
    match at_hand(&settings, reads).await {
        Ok(router) if reads => Ok(Desk::here(router, who()?, None)),
        Ok(router) => {
            let audit = AuditFile::open(&folder.data);
            let audit = audit.map_err(|error| DeskError::NotReady(error.to_string()))?;
            Ok(Desk::here(router, who()?, Some(Arc::new(audit))))
        }
        Err(StartError::Store(StoreError::Folder(FolderError::InUse { .. }))) => at_server(&base),
        Err(error) => Err(DeskError::NotReady(error.to_string())),
    }
}

/// Who sits at this machine, for the log of what is done: the person, also where sudo made the service's user of them.
pub(super) fn who() -> Result<Operator, DeskError> {
    let user = ["SUDO_USER", "LOGNAME", "USER"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|user| !user.is_empty()));
    let name = user.map_or_else(
        || "at the desk".to_owned(),
        |user| format!("{user} at the desk"),
    );
    Operator::new(&name)
        .map_err(|error| DeskError::NotReady(format!("the name of who sits here: {error}")))
}

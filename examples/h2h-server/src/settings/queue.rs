//! `store.queue`: who tells the servers that work orders that there is something to work.

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::strict::Section;

/// How work that came up in one server reaches whoever works it, at once. The store is the queue of record: what is lost here the sweep finds (INV-26).
#[derive(Clone, Debug)]
pub enum Queue {
    /// Within this process, which has the store alone.
    Local,
    /// By NOTIFY of the database.
    Postgres,
    /// By a stream in the Redis at this address, which may have a password in it. It counts calls for all servers as well.
    Redis(SecretString),
}

/// What it may say. Never shows the address that was given: it may have a password in it.
const RULE: &str = "local, postgres or redis://USER@HOST:PORT/NUMBER; the password is best given by itself, as store.queue_password";
const ALONE: &str =
    "local, because one process has this store alone: others are for store.kind = \"postgres\"";
const SHARED: &str =
    "postgres or redis://HOST:PORT/NUMBER: local is for a store that one process has alone";

/// The address with the password, if it is one that is understood.
fn address(url: &str, password: Option<&SecretString>) -> Option<SecretString> {
    let mut url = Url::parse(url).ok()?;
    let number = url.path().trim_start_matches('/');
    let is_number = number.is_empty() || number.parse::<u16>().is_ok();
    let is_ours = url.scheme() == "redis" && url.host_str().is_some_and(|host| !host.is_empty());
    if !(is_ours && is_number && url.query().is_none() && url.fragment().is_none()) {
        return None;
    }
    if let Some(password) = password {
        url.set_password(Some(password.expose_secret())).ok()?;
    }
    Some(SecretString::from(String::from(url)))
}

impl Queue {
    /// `is_shared` says whether the store is a database; `None` if that is not known.
    pub(super) fn read(section: &mut Section<'_>, is_shared: Option<bool>) -> Self {
        let usual = match is_shared {
            Some(true) => Self::Postgres,
            Some(false) | None => Self::Local,
        };
        let given: Option<SecretString> = section.optional("queue");
        let password: Option<SecretString> = section.optional("queue_password");
        let Some(given) = given else {
            return usual;
        };
        let queue = match given.expose_secret() {
            "local" => Some(Self::Local),
            "postgres" => Some(Self::Postgres),
            url => address(url, password.as_ref()).map(Self::Redis),
        };
        let Some(queue) = queue else {
            section.refuse("queue", RULE);
            return usual;
        };
        match (is_shared, &queue) {
            (Some(true), Self::Local) => section.refuse("queue", SHARED),
            (Some(false), Self::Postgres | Self::Redis(_)) => section.refuse("queue", ALONE),
            (None, _)
            | (Some(true), Self::Postgres | Self::Redis(_))
            | (Some(false), Self::Local) => {}
        }
        queue
    }

    /// Whether all servers share a Redis.
    pub const fn is_redis(&self) -> bool {
        matches!(self, Self::Redis(_))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::{Settings, Source, Store};
    use super::*;

    /// What is told of a `[store]` with these; the queue of one in which nothing is wrong.
    fn read(store: &[(&str, &str)]) -> Result<Option<Queue>, String> {
        let named = store
            .iter()
            .map(|(key, value)| (format!("ERAFLAZZ__STORE__{key}"), (*value).to_owned()));
        let source = Source::new().environment(named.collect());
        match Settings::load_store(&source) {
            Ok(Store::Postgres(database)) => Ok(Some(database.queue)),
            Ok(Store::Folder(_) | Store::Memory) => Ok(None),
            Err(problems) => Err(problems.to_string()),
        }
    }

    const DATABASE: [(&str, &str); 2] = [("KIND", "postgres"), ("URL", "postgres://u@h/pulsa")];

    #[test]
    fn a_store_that_is_shared_has_a_bell_that_is_and_one_that_is_not_has_none() {
        let told = |queue| read(&[&DATABASE[..], &[("QUEUE", queue)]].concat());
        assert!(matches!(read(&DATABASE), Ok(Some(Queue::Postgres))));
        assert!(matches!(told("postgres"), Ok(Some(Queue::Postgres))));
        let redis = told("redis://127.0.0.1:6379/0");
        assert!(matches!(redis, Ok(Some(Queue::Redis(_)))));
        assert_eq!(
            told("local").unwrap_err(),
            format!("store.queue: {SHARED} (from the environment)")
        );
        for alone in ["memory", "folder"] {
            let told = |queue| read(&[("KIND", alone), ("QUEUE", queue)]);
            assert!(matches!(told("local"), Ok(None)));
            for queue in ["postgres", "redis://127.0.0.1:6379/0"] {
                assert_eq!(
                    told(queue).unwrap_err(),
                    format!("store.queue: {ALONE} (from the environment)"),
                    "{alone}, {queue}"
                );
            }
        }
        let both = read(&[("KIND", "disk"), ("QUEUE", "postgres")]).unwrap_err();
        assert!(!both.contains("store.queue"), "{both}");
    }

    #[test]
    fn inv_37_what_is_wrong_with_an_address_is_told_without_it() {
        let secret = "canary-of-a-queue-77";
        for wrong in [
            secret.to_owned(),
            format!("rediss://:{secret}@h/0"),
            format!("redis://:{secret}@h/0?x={secret}"),
            format!("redis://:{secret}#@h/0"),
        ] {
            let told = read(&[&DATABASE[..], &[("QUEUE", &wrong)]].concat()).unwrap_err();
            assert_eq!(told, format!("store.queue: {RULE} (from the environment)"));
        }
        let by_itself = [("QUEUE", "redis://h/0"), ("QUEUE_PASSWORD", secret)];
        let queue = read(&[&DATABASE[..], &by_itself].concat()).unwrap();
        assert!(!format!("{queue:?}").contains(secret));
        let Some(Queue::Redis(address)) = queue else {
            panic!("{queue:?}");
        };
        assert_eq!(address.expose_secret(), format!("redis://:{secret}@h/0"));
    }

    #[test]
    fn an_address_of_redis_is_host_port_and_number() {
        let password = SecretString::from("p@ss/word");
        let told = |url| address(url, Some(&password)).map(|url| url.expose_secret().to_owned());
        assert_eq!(
            told("redis://127.0.0.1:6379/3").unwrap(),
            "redis://:p%40ss%2Fword@127.0.0.1:6379/3"
        );
        assert_eq!(
            told("redis://pulsa@redis.example").unwrap(),
            "redis://pulsa:p%40ss%2Fword@redis.example"
        );
        for wrong in [
            "redis:///0",
            "redis://h/zero",
            "redis://h/0?password=x",
            "redis://h/0#1",
            "rediss://h/0",
            "http://h/0",
            "h:6379",
        ] {
            assert_eq!(told(wrong), None, "{wrong}");
        }
    }
}

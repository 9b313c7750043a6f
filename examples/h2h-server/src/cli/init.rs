//! `init DIR`: a set-up for trying the server on this machine, with secrets of its own.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use eraflazz_core::engine::SystemDice;

use crate::auth::mint_secret;

/// What is written, and the words that stand for what is made up or found out.
const SETTINGS: &str = include_str!("../../settings.sandbox.toml");
const SEED: &str = include_str!("../../seed.sandbox.toml");
const SAMPLE_SECRET: &str = "sandbox-sample-secret-0123456789";
const SAMPLE_SEED: &str = "examples/h2h-server/seed.sandbox.toml";

const SAMPLE_DATA: &str = "./data/sandbox";
const SAMPLE_KEY: &str = "00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";
/// The operator's page, in the repository.
const PAGE: &str = "examples/h2h-server/README.md";
const SAMPLE_NOTE: &str = "# Published with this file, so it hides nothing: for the sandbox only.";

/// Writes `settings.toml`, `seed.toml` and `.env` into `folder`, which is made if it is not there, and says what to do next. Never
/// overwrites a file: then nothing, or nothing more, is written.
pub fn init(folder: &Path) -> io::Result<String> {
    std::fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let (member, admin) = (mint_secret(&SystemDice), mint_secret(&SystemDice));
    let seed_path = folder.join("seed.toml");
    let settings = body(SETTINGS)
        .replace(SAMPLE_SEED, &seed_path.to_string_lossy())
        .replace(SAMPLE_DATA, &folder.join("data").to_string_lossy())
        .replace(SAMPLE_KEY, &mint_secret(&SystemDice))
        .replace(
            SAMPLE_NOTE,
            "# Seals secrets in the data folder; it does not open without it.",
        );
    let operator = format!(
        "\n[[operators]]\nname = \"admin\"\n\n[[operators.keys]]\nid = \"ek_test_admin_0001\"\nsecret = \"{admin}\"\n\
         scopes = [\"admin:*\"]\nnetworks = [\"127.0.0.0/8\", \"::1/128\"]\n"
    );
    let seed = format!("{}{operator}", SEED.replace(SAMPLE_SECRET, &member));
    let environment = format!(
        "# With these the commands of administration sign.\nERAFLAZZ_ADMIN_KEY=ek_test_admin_0001\nERAFLAZZ_ADMIN_SECRET={admin}\n"
    );
    write_new(&folder.join("settings.toml"), &settings)?;
    write_new(&seed_path, &seed)?;
    write_new(&folder.join(".env"), &environment)?;
    Ok(next_steps(&folder))
}

/// The sample without the comment on how the sample itself is run.
fn body(sample: &str) -> String {
    let lines = sample.lines().skip_while(|line| line.starts_with('#'));
    let mut text = String::from("# A sandbox on this machine: nothing here is real money.\n");
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// A file of its own, for its owner's eyes.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = options.open(path).map_err(named)?;
    file.write_all(text.as_bytes()).map_err(named)?;
    file.sync_all().map_err(named)
}

fn next_steps(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "{folder}: a sandbox set-up is written. Nothing in it is real money.\n  \
         settings.toml  how the server runs\n  \
         seed.toml      what the first start fills the empty store with: a product, a member, you as operator\n  \
         .env           your key as operator\n\n\
         1. Try it. In one terminal the fake supplier, from the folder of the repository, in another the server:\n  \
         cargo run --release -p sandbox -- --webhook-url http://127.0.0.1:8080/api/v1/callbacks/supplier/digiflazz\n  \
         h2h-server serve --config '{folder}/settings.toml'\n\n\
         2. Look at it from a third, with your key:\n  \
         set -a; . '{folder}/.env'; set +a\n  \
         h2h-server member list\n  \
         h2h-server catalog show\n  \
         h2h-server balance\n\n\
         3. Sell for real. Do not turn this set-up into that: its secrets, its member and its money are the sandbox's, and a store\n\
         filled once is not filled again. Begin anew with {PAGE}:\n  \
         sections 2 and 3  install, settings and secrets of your own, no seed\n  \
         section 7         your first real supplier: its key, your address in its list, its webhook, your deposit there\n  \
         sections 6 and 8  what you sell, your first member, your first order"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page, as the compiler finds it where it says it is.
    const TEXT: &str = include_str!("../../README.md");

    /// As a sync gives it to a category that it makes.
    #[test]
    fn the_seed_has_the_default_markup_of_its_categories() {
        let seed = crate::seed::Seed::read(SEED).unwrap_or_default();
        let written = seed.prices.iter().map(|price| {
            let flat = price.flat.map(eraflazz_core::catalog::Price::Flat);
            (price.tier.clone(), price.category.clone(), flat)
        });
        let rules = eraflazz_core::catalog::sync::Rules::default();
        let usual = rules.markups.into_iter().filter(|markup| {
            let is_it = |category: &crate::seed::CategorySeed| category.slug == markup.category;
            seed.categories.iter().any(is_it)
        });
        let usual =
            usual.map(|markup| (Some(markup.tier), Some(markup.category), Some(markup.price)));
        assert_eq!(written.collect::<Vec<_>>(), usual.collect::<Vec<_>>());
        assert_eq!(seed.prices.len(), 2);
    }

    #[test]
    fn what_comes_next_is_what_the_operators_page_has() {
        let next = next_steps(Path::new("/srv/a pulsa"));
        assert!(next.contains(PAGE) && PAGE.ends_with("h2h-server/README.md"));
        for section in [
            "## 2. Install",
            "## 3. Settings and secrets",
            "## 6. What you sell",
            "## 7. The first supplier",
            "## 8. The first member and the first order",
        ] {
            assert!(TEXT.contains(section), "{section}");
        }
        assert!(next.contains("'/srv/a pulsa/settings.toml'"), "{next}");
        assert!(next.lines().all(|line| !line.ends_with(' ')), "{next}");
    }
}

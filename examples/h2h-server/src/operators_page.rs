//! The operator's page says what this program takes: its commands, settings, metrics and cases.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use clap::Parser as _;
use eraflazz_core::commit::CaseKind;
use eraflazz_core::order::RulingKind;
use h2h_server::monitor;
use h2h_server::seed::Seed;
use h2h_server::settings::{Settings, Source};

use super::Arguments;

const PAGE: &str = include_str!("../README.md");
const SECTIONS: [&str; 15] = [
    "server",
    "limits",
    "store",
    "engine",
    "webhooks",
    "seller",
    "log",
    "metrics",
    "sync",
    "suppliers.digiflazz",
    "suppliers.sinar",
    "suppliers.vip",
    "gateway.tripay",
    "gateway.midtrans",
    "gateway.moota",
];

/// The blocks of code in `language`, and the text around all blocks.
fn parts(language: &str) -> (Vec<String>, String) {
    let (mut blocks, mut text) = (Vec::new(), String::new());
    let mut inside: Option<(bool, String)> = None;
    for line in PAGE.lines() {
        let fence = line.trim_start().strip_prefix("```");
        inside = match (inside, fence) {
            (None, Some(of)) => Some((of == language, String::new())),
            (None, None) => {
                text.push_str(line);
                text.push('\n');
                None
            }
            (Some((wanted, block)), Some(_)) => {
                blocks.extend(wanted.then_some(block));
                None
            }
            (Some((wanted, block)), None) => Some((wanted, block + line.trim_start() + "\n")),
        };
    }
    assert!(inside.is_none(), "a block is not closed");
    (blocks, text)
}

/// What stands between single backquotes, in one line.
fn spans() -> Vec<String> {
    let (_, text) = parts("");
    let text = text.replace('\n', " ");
    let spans = text.split('`').skip(1).step_by(2);
    spans.map(str::to_owned).collect()
}

/// Words as a shell takes a line of the page: with quotes, without the rest of a pipe.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '|' | '>' | '&' | ';') => break,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    assert_eq!(quote, None, "{line}");
    words.extend(word);
    words
}

#[test]
fn every_command_of_the_page_is_one() {
    let (blocks, _) = parts("sh");
    let lines = blocks.iter().flat_map(|block| block.lines());
    let commands: Vec<Vec<String>> = lines
        .map(str::to_owned)
        .chain(spans())
        .filter(|line| line.starts_with("h2h-server ") || line.contains("release/h2h-server "))
        .map(|line| words(&line))
        .filter(|words| {
            words
                .first()
                .is_some_and(|word| word.ends_with("h2h-server"))
        })
        .collect();
    assert!(commands.len() > 60, "{}", commands.len());
    // The files that a line names are the operator's; they are read with the line.
    let file = std::env::temp_dir().join(format!("operators-page-{}.toml", std::process::id()));
    std::fs::write(&file, "kind = \"vip\"\n").unwrap();
    for mut command in commands {
        for word in &mut command {
            if let Some((name, _)) = word.split_once("=@") {
                *word = format!("{name}=@{}", file.display());
            }
        }
        let read = Arguments::try_parse_from(&command);
        assert!(read.is_ok(), "{command:?}: {}", read.unwrap_err());
    }
    std::fs::remove_file(&file).unwrap();
}

/// The settings that the reader knows, by section.
fn known() -> BTreeSet<String> {
    let variables = SECTIONS.map(|section| {
        let section = section.to_uppercase().replace('.', "__");
        (format!("ERAFLAZZ__{section}__X"), "1".to_owned())
    });
    let kinds = [
        ("DIGIFLAZZ", "digiflazz"),
        ("SINAR", "otomax"),
        ("VIP", "vip"),
    ];
    let kinds = kinds.map(|(name, kind)| {
        let variable = format!("ERAFLAZZ__SUPPLIERS__{name}__KIND");
        (variable, kind.to_owned())
    });
    let gateways = ["tripay", "midtrans", "moota"].map(|kind| {
        let variable = format!("ERAFLAZZ__GATEWAY__{}__KIND", kind.to_uppercase());
        (variable, kind.to_owned())
    });
    let kinds = kinds.into_iter().chain(gateways);
    let variables: HashMap<_, _> = variables.into_iter().chain(kinds).collect();
    let problems = Settings::load(&Source::new().environment(variables)).unwrap_err();
    let mut known = BTreeSet::new();
    for section in SECTIONS {
        let stranger = format!("{section}.x");
        let told = problems.all().iter().find(|one| one.field == stranger);
        let (_, names) = told.unwrap().rule.split_once("known here: ").unwrap();
        known.extend(names.split(", ").map(|name| format!("{section}.{name}")));
    }
    known
}

#[test]
fn every_setting_of_the_page_is_one() {
    let known = known();
    let mut named = BTreeSet::new();
    for span in spans() {
        if let Some(variable) = span.strip_prefix("ERAFLAZZ__") {
            named.insert(variable.to_lowercase().replace("__", "."));
        } else if let Some((section, key)) = span.rsplit_once('.') {
            let is_key = key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            if SECTIONS.contains(&section) && is_key {
                named.insert(span);
            }
        }
    }
    let (blocks, _) = parts("toml");
    // The settings as a whole, and suppliers and a gateway to add to them.
    let is_added =
        |block: &&String| block.starts_with("[suppliers.") || block.starts_with("[gateway.");
    let added: Vec<&str> = blocks[1..]
        .iter()
        .filter(is_added)
        .map(String::as_str)
        .collect();
    assert_eq!(added.len(), 3, "{added:?}");
    let settings = format!("{}\n{}", blocks[0], added.join("\n"));
    let settings: toml::Table = toml::from_str(&settings).unwrap();
    for section in SECTIONS {
        let mut at = Some(&settings);
        for step in section.split('.') {
            at = at.and_then(|table| table.get(step)?.as_table());
        }
        let keys = at.into_iter().flat_map(toml::Table::keys);
        named.extend(keys.map(|key| format!("{section}.{key}")));
    }
    assert!(named.len() > 20, "{named:?}");
    let strangers: Vec<&String> = named.difference(&known).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

#[test]
fn the_catalog_of_the_page_can_be_read() {
    let (blocks, _) = parts("toml");
    let catalogs: Vec<&String> = blocks
        .iter()
        .filter(|block| block.contains("[[products]]"))
        .collect();
    assert_eq!(catalogs.len(), 3);
    for catalog in catalogs {
        let seed = Seed::read(catalog).unwrap();
        assert!(seed.members.is_empty() && seed.operators.is_empty());
        assert_eq!(seed.products.len(), 1);
    }
}

#[test]
fn every_metric_of_the_page_is_one() {
    let names: BTreeSet<&str> = monitor::all().map(|metric| metric.name).collect();
    let words = PAGE.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let named: BTreeSet<&str> = words.filter(|word| word.starts_with("eraflazz_")).collect();
    assert!(named.len() >= 10, "{named:?}");
    let strangers: Vec<&&str> = named.difference(&names).collect();
    assert!(strangers.is_empty(), "{strangers:?}");
}

/// Every source of what this program is made of, but for this page's own tests.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let rooms = [
        "eraflazz-core",
        "eraflazz-store-memory",
        "eraflazz-store-postgres",
        "eraflazz-suppliers",
        "examples/h2h-server",
    ];
    let mut folders: Vec<PathBuf> = rooms.map(|room| root.join(room).join("src")).into();
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.ends_with("operators_page.rs") || path.ends_with("tests.rs");
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !is_test {
                let text = std::fs::read_to_string(&path).unwrap();
                sources.push((path, text));
            }
        }
    }
    sources
}

/// The text that `rest` of a source begins with, if it is one.
fn text_of(rest: &str) -> Option<String> {
    let text = rest.trim_start().strip_prefix('"')?;
    text.split_once('"').map(|(text, _)| text.to_owned())
}

/// The texts of all alerts: the field of a log line, or what a step of an order tells. One that is not written where it is told would be missed, so
/// there is one such place, which tells what the steps gave it.
fn alerts() -> BTreeSet<String> {
    let (mut alerts, mut handed_on) = (BTreeSet::new(), 0);
    for (path, source) in sources() {
        for rest in source.split("alert = ").skip(1) {
            match text_of(rest) {
                Some(text) => drop(alerts.insert(text)),
                None => handed_on += 1,
            }
        }
        let told: Vec<&str> = source.split(".alert(").collect();
        for (before, rest) in told.iter().zip(told.iter().skip(1)) {
            // The meter counts by subject.
            if !before.ends_with("meter") {
                let text = text_of(rest);
                let text = text.unwrap_or_else(|| panic!("{}: no text", path.display()));
                alerts.insert(text);
            }
        }
    }
    assert_eq!(handed_on, 1, "an alert whose text stands elsewhere");
    alerts
}

/// The cells of the page that name alerts: some each, with `; ` between them.
fn explained() -> Vec<&'static str> {
    let (_, table) = PAGE.split_once("| `alert` | Do |\n|---|---|\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    cells.map(str::trim).collect()
}

#[test]
fn every_alert_is_explained_and_every_row_is_one() {
    let (alerts, cells) = (alerts(), explained());
    assert!(alerts.len() > 20, "{alerts:#?}");
    // Of those that end alike the page has the end.
    let end_of = |cell: &str| cell.strip_prefix("… ").map(str::to_owned);
    for alert in &alerts {
        let is_told = cells.iter().any(|cell| match end_of(cell) {
            Some(end) => alert.ends_with(&end),
            None => format!("; {cell}; ").contains(&format!("; {alert}; ")),
        });
        assert!(is_told, "no row: {alert}");
    }
    for part in cells.iter().flat_map(|cell| cell.split("; ")) {
        let is_one = alerts.iter().any(|alert| match end_of(part) {
            Some(end) => alert.ends_with(&end),
            None => alert.split("; ").any(|told| told == part),
        });
        assert!(is_one, "no such alert: {part}");
    }
}

/// Every text in the sources that ends with `end`, with `…` for what is filled in.
fn texts_with(end: &str) -> BTreeSet<String> {
    let mut texts = BTreeSet::new();
    for (_, source) in sources() {
        for (before, _) in source.match_indices(end).map(|(at, _)| source.split_at(at)) {
            let (_, text) = before.rsplit_once('"').unwrap();
            let mut text = text.to_owned() + end;
            while let Some((open, close)) = text.find('{').zip(text.find('}')) {
                text.replace_range(open..=close, "…");
            }
            texts.insert(text);
        }
    }
    texts
}

#[test]
fn a_store_that_is_closed_says_what_the_page_has() {
    let texts = texts_with("; nothing is written any more until the store is opened anew");
    assert!(texts.len() >= 2, "{texts:?}");
    for text in texts {
        assert!(PAGE.contains(&format!("`{text}`")), "{text}");
    }
}

#[test]
fn a_store_that_does_not_open_says_what_the_page_has() {
    let (_, section) = PAGE.split_once("## 16. ").unwrap();
    let program: String = sources().into_iter().map(|(_, source)| source).collect();
    for text in [
        "its checksum does not match its bytes",
        "it is missing",
        "it is cut off",
        "it does not follow the batch before it",
        "it cannot be applied: ",
        "the file is damaged",
        "the file is empty, which it never is",
        "; the last batch known to be good is ",
        "; none of its batches could be read",
        "the archive is damaged at ",
        "the archive cannot be used: ",
        "an earlier call panicked; the archive is closed",
        "the store could not be read: the program panicked over it",
        "the two files do not belong together",
        "another process has this folder open",
        "which references in the record carry: an epoch only ever rises",
        "are free there and a copy needs",
        "have to be free, so that orders find room as well",
        "something is in this folder already: a backup is a new folder, or an empty one",
        "a backup is a folder of its own, outside of it",
    ] {
        assert!(program.contains(text), "not said: {text}");
        let place = if text.contains("copy") || text.contains("backup") {
            PAGE
        } else {
            section
        };
        assert!(place.contains(text), "not in the page: {text}");
    }
}

/// The kind after this one: a new kind does not compile until it has its place here, and its row in the page.
const fn after(kind: CaseKind) -> Option<CaseKind> {
    match kind {
        CaseKind::Escalated => Some(CaseKind::Disputed),
        CaseKind::Disputed => Some(CaseKind::LateSuccess),
        CaseKind::LateSuccess => Some(CaseKind::Reversed),
        CaseKind::Reversed => Some(CaseKind::Surplus),
        CaseKind::Surplus => Some(CaseKind::OverCap),
        CaseKind::OverCap => Some(CaseKind::Broken),
        CaseKind::Broken => Some(CaseKind::Unreadable),
        CaseKind::Unreadable => Some(CaseKind::Orphan),
        CaseKind::Orphan => Some(CaseKind::Hinted),
        CaseKind::Hinted => Some(CaseKind::DepositAmount),
        CaseKind::DepositAmount => Some(CaseKind::DepositTurned),
        CaseKind::DepositTurned => None,
    }
}

#[test]
fn inv_33_every_case_and_every_ruling_is_explained() {
    let kinds = std::iter::successors(Some(CaseKind::Escalated), |kind| after(*kind));
    for kind in kinds {
        let word = serde_json::to_value(kind).unwrap();
        let row = format!("| `{}` | ", word.as_str().unwrap());
        assert!(PAGE.contains(&row), "{row}");
    }
    for ruling in RulingKind::ALL {
        let word = ruling.word();
        assert!(PAGE.contains(word), "{word}");
        let (by, more): (&[&str], &[&str]) = match ruling {
            RulingKind::Cancel => (&["cancel", "TRX-1"], &[]),
            RulingKind::NotDelivered => (&["resolve", "TRX-1"], &[word, "--proof", "x"]),
            RulingKind::KeepWaiting => (&["resolve", "TRX-1"], &[word, "--until", "x"]),
            RulingKind::Delivered | RulingKind::Reclaim | RulingKind::Absorb => {
                (&["resolve", "TRX-1"], &[word])
            }
        };
        let line = [&["h2h-server"][..], by, &["--version", "1"], more].concat();
        for line in [line.join(" "), line.join(" ").replace('_', "-")] {
            let read = Arguments::try_parse_from(line.split(' '));
            assert!(
                read.is_ok(),
                "{line}: as `pending` shows it, or with hyphens"
            );
        }
    }
}

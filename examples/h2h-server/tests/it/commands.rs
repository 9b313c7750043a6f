//! The commands as people and scripts call them: the real program, asked by a key against a running server.

use std::path::Path;
use std::process::Stdio;
use std::sync::PoisonError;
use std::time::Instant;

use eraflazz_core::text::Operator;
use h2h_server::app::App;
use h2h_server::cli::desk::{Desk, DeskError};
use h2h_server::routes::router;
use h2h_server::settings::{Settings, Source};
use sandbox::{Match, Plan, Signing};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::house::{House, PATIENCE, SPAWNING, order};

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

pub(crate) async fn said(command: Command) -> Said {
    said_from(command, Stdio::null()).await
}

async fn said_from(mut command: Command, input: Stdio) -> Said {
    command
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = {
        let _alone = SPAWNING.lock().unwrap_or_else(PoisonError::into_inner);
        command.spawn().unwrap()
    };
    let output = child.wait_with_output().await.unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The program with a clean environment.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_h2h-server"));
    command.env_clear();
    command
}

/// A command of dewi's against this house.
pub(crate) fn asked(house: &House, line: &str) -> Command {
    let mut command = program();
    command
        .args(line.split(' '))
        .env("ERAFLAZZ_SERVER", house.url(""))
        .env("ERAFLAZZ_ADMIN_KEY", "ek_test_dewi_0001")
        .env("ERAFLAZZ_ADMIN_SECRET", "test-secret-of-dewi-0001-abcdef");
    command
}

async fn run(house: &House, line: &str) -> Said {
    said(asked(house, line)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_set_up_with_four_commands() {
    let house = House::open().await;
    let made = run(
        &house,
        "member create warung --tier retail --kind h2h --json",
    )
    .await
    .json();
    assert_eq!(made["code"], "warung");
    let issued = run(
        &house,
        "key issue --member warung --scope trx:write --scope trx:read --json",
    )
    .await
    .json();
    let id = issued["key"]["id"].as_str().unwrap();
    let deposit = "deposit warung 50000 --source bca --reference M-77 --json";
    let first = run(&house, deposit).await.json();
    let again = run(&house, deposit).await.json();
    assert_eq!(first["wallet"]["balance"], 50_000);
    assert_eq!(first, again, "T-27: the same command twice books once");
    let member = house.client(id, issued["secret"].as_str().unwrap());
    let told = member.post_and_wait(&order("W-1", "087800006001")).await;
    assert_eq!(told.data("status"), "SUCCESS", "{}", told.text);

    let shown = run(&house, "balance warung").await;
    assert!(shown.out.contains("Rp 39.500"), "{}", shown.out);
    let list = run(&house, "member list").await;
    assert!(
        list.out.contains("warung") && list.out.contains("retail"),
        "{}",
        list.out
    );
    let keys = run(&house, "key list").await;
    assert!(keys.out.contains(id) && !keys.out.contains(issued["secret"].as_str().unwrap()));
    assert_eq!(
        run(&house, &format!("key revoke {id} --json")).await.json()["state"],
        "revoked"
    );
    assert_eq!(
        run(&house, "member suspend warung --json").await.json()["status"],
        "suspended"
    );
    let line = "member change warung --orders-per-minute 30 --price-lists-per-minute none --json";
    let limits = &run(&house, line).await.json()["limits"];
    let expected = json!({"orders_per_minute": 30, "reads_per_minute": 12_000, "price_lists_per_minute": null});
    assert_eq!(limits, &expected, "what is not given stays");
    let shown = run(&house, "member show warung").await.out;
    for fact in ["reclaim", "by_ref", "30 a minute", "as often as it likes"] {
        assert!(shown.contains(fact), "{fact}: {shown}");
    }
    let line = "member create kios --tier retail --kind h2h --guard-policy by_day_counter --orders-per-minute 7 --json";
    let made = run(&house, line).await.json();
    assert_eq!(made["guard_policy"], "by_day_counter");
    let expected =
        json!({"orders_per_minute": 7, "reads_per_minute": 12_000, "price_lists_per_minute": 6});
    assert_eq!(made["limits"], expected, "the rest is as usual");
    let line = "member change kios --guard-policy by_ref --json";
    assert_eq!(run(&house, line).await.json()["guard_policy"], "by_ref");
    let books = run(&house, "books").await;
    assert_eq!((books.code, books.out.trim()), (0, "books close"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_shown_and_ruled_about() {
    let house = House::open_with(&[("ENGINE__ESCALATE_PENDING", "1m")]).await;
    let number = "087800006002";
    house
        .sandbox
        .script(Match::CustomerNo(number.into()), Plan::pending());
    house.agen().post(&order("WAIT-1", number)).await;
    let case = loop {
        let cases = run(&house, "pending --json").await.json();
        if let Some(case) = cases.as_array().unwrap().first() {
            break case.clone();
        }
    };
    let code = case["order"]["trx_code"].as_str().unwrap();
    let table = run(&house, "pending").await;
    assert!(
        table.out.contains(code) && table.out.contains("escalated"),
        "{}",
        table.out
    );
    let stale = run(&house, &format!("resolve {code} --version 1 delivered")).await;
    assert_eq!(stale.code, 1);
    assert!(stale.err.starts_with("ORDER_CHANGED: "), "{}", stale.err);
    let ruled = rule(&house, code, "delivered --sn SN-77").await;
    assert_eq!(
        (&ruled["status"], &ruled["sn"]),
        (&json!("SUCCESS"), &json!("SN-77"))
    );
    let shown = run(&house, &format!("order show {code}")).await;
    assert!(
        shown
            .out
            .contains("dewi ruled: attempt 1 delivered, SN SN-77"),
        "{}",
        shown.out
    );
    assert!(
        shown.out.contains("digiflazz (xld10) chosen"),
        "{}",
        shown.out
    );
    let found = run(&house, "order find --ref-id WAIT-1 --json")
        .await
        .json();
    assert_eq!(found[0]["trx_code"], code);
    assert_eq!(run(&house, "pending").await.out.trim(), "none");
    house.close().await;
}

/// Rules about the order as it is.
async fn rule(house: &House, code: &str, ruling: &str) -> Value {
    loop {
        let shown = run(house, &format!("order show {code} --json"))
            .await
            .json();
        let version = &shown["version"];
        let line = format!("resolve {code} --version {version} {ruling} --json");
        let said = run(house, &line).await;
        if said.code == 0 {
            return said.json();
        }
        assert!(said.err.starts_with("ORDER_CHANGED: "), "{}", said.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_is_closed_by_what_pending_shows_of_it() {
    let house = House::open().await;
    let taken = house
        .agen()
        .post_and_wait(&order("CLOSE-1", "087800006003"))
        .await;
    let code = taken.data("trx_code").to_owned();
    rule(&house, &code, "not_delivered --proof statement").await;
    // The supplier's callback may open a case of its own.
    let reversed = |cases: &Value| {
        let cases = cases.as_array().unwrap();
        let mut reversed = cases.iter().filter(|case| case["kind"] == "reversed");
        reversed.next().map(|case| case["version"].clone())
    };
    let version = reversed(&run(&house, "pending --json").await.json()).unwrap();
    let shown = run(&house, "pending").await;
    let line = shown.out.lines().find(|line| line.contains("reversed"));
    let line = line.unwrap_or_else(|| panic!("{}", shown.out));
    assert!(line.contains(&code), "{line}");
    assert!(line.contains(" reclaim, absorb, close "), "{line}");
    assert!(line.contains(&format!("(to close: {version})")), "{line}");
    let close = |name: &str| format!("pending close {name} {version} reversed --note credited");
    let unknown = run(&house, &close("TRX-20261121-00000000")).await;
    assert_eq!(unknown.code, 1);
    assert!(unknown.err.starts_with("NOT_FOUND: "), "{}", unknown.err);
    let closed = run(&house, &close(&code)).await;
    assert_eq!((closed.code, closed.out.trim()), (0, "closed"));
    assert_eq!(reversed(&run(&house, "pending --json").await.json()), None);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_is_found_or_it_is_said_that_there_are_more() {
    let house = House::open().await;
    let agen = house.agen();
    for count in 0..205 {
        agen.post(&order(&format!("MANY-{count}"), "12")).await;
    }
    let some = run(&house, "order find --limit 10 --json").await;
    assert!(some.err.contains("--all shows every one"), "{}", some.err);
    assert_eq!(some.json().as_array().unwrap().len(), 10);
    let all = run(&house, "order find --status FAILED --all --json").await;
    assert_eq!(all.err, "");
    assert_eq!(all.json().as_array().unwrap().len(), 205);
    let unfiltered = run(&house, "order find --all --json").await.json();
    assert_eq!(unfiltered, all.json());
    let both = run(&house, "order find --all --limit 10").await;
    assert_eq!(both.code, 2, "{}", both.err);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_comes_from_a_file_and_every_fault_is_told() {
    let house = House::open().await;
    let folder = Folder::new("catalog");
    let file = folder.path("catalog.toml");
    std::fs::write(&file, "[[products]]\ncode = \"XL5\"\nname = \"XL 5.000\"\ncategory = \"pulsa\"\ndestination = \"phone\"\nbase_price = 5000\n").unwrap();
    let line = |more: &str| format!("catalog import {}{more}", file.display());
    let checked = run(&house, &line(" --check --json")).await.json();
    assert_eq!(
        (&checked["only_checked"], &checked["changes"]),
        (&json!(true), &json!(1))
    );
    assert!(!run(&house, "catalog show").await.out.contains("XL5"));
    assert_eq!(run(&house, &line("")).await.code, 0);
    assert!(run(&house, "catalog show").await.out.contains("XL5"));
    assert_eq!(
        run(&house, "price set --member agen --product XL5 --sell 5100")
            .await
            .code,
        0
    );
    assert!(run(&house, "price list").await.out.contains("5100"));
    assert_eq!(run(&house, "price base XL5 4900").await.code, 0);
    assert_eq!(
        run(&house, "catalog close --route XL10/digiflazz/xld10")
            .await
            .out
            .trim(),
        "closed"
    );
    std::fs::write(&file, "[[products]]\ncode = \"XL5\"\nname = \"x\"\ncategory = \"salah\"\ndestination = \"phone\"\nbase_price = 5000\n[[tier]]\n").unwrap();
    let wrong = run(&house, &line("")).await;
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("/tier: unknown key"), "{}", wrong.err);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_clear_and_have_codes_of_their_own() {
    let house = House::open().await;
    let refused = run(&house, "member show siapa").await;
    assert_eq!(
        (refused.code, refused.err.trim()),
        (1, "NOT_FOUND: Data tidak ditemukan.")
    );
    let misused = run(&house, "deposit warung 5.000 --reference R").await;
    assert_eq!(misused.code, 2, "{}", misused.err);
    assert!(
        misused.err.contains("whole rupiah in plain digits"),
        "{}",
        misused.err
    );
    let misused = run(&house, "deposit warung 5.000 --reference R --json").await;
    assert_eq!(misused.code, 2, "{}", misused.err);
    let told: Value = serde_json::from_str(&misused.out).unwrap();
    let why = told["error"].as_str().unwrap();
    assert!(why.contains("whole rupiah in plain digits"), "{why}");
    let mut nobody = asked(&house, "member list");
    nobody.env_remove("ERAFLAZZ_ADMIN_SECRET");
    let nobody = said(nobody).await;
    assert_eq!(nobody.code, 1);
    assert!(
        nobody.err.starts_with("ERAFLAZZ_ADMIN_SECRET is not set"),
        "{}",
        nobody.err
    );
    let mut member = asked(&house, "member list");
    member
        .env("ERAFLAZZ_ADMIN_KEY", "ek_test_agen_0001")
        .env("ERAFLAZZ_ADMIN_SECRET", "test-secret-of-agen-0001-abcdef");
    let member = said(member).await;
    assert!(
        member.err.starts_with("SCOPE_MISSING: "),
        "T-3: {}",
        member.err
    );
    let address = house.url("");
    house.close().await;
    let mut gone = program();
    gone.args(["books", "--server", &address])
        .env("ERAFLAZZ_ADMIN_KEY", "ek_test_dewi_0001")
        .env("ERAFLAZZ_ADMIN_SECRET", "test-secret-of-dewi-0001-abcdef");
    let gone = said(gone).await;
    assert_eq!(gone.code, 3, "{}", gone.err);
    assert!(
        gone.err.contains("does not answer: Connection refused"),
        "{}",
        gone.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_without_settings_says_what_to_do_and_writes_nothing() {
    let folder = Folder::new("first");
    let mut serve = program();
    serve.arg("serve").current_dir(&folder.0);
    let told = said(serve).await;
    assert_eq!(told.code, 1);
    assert!(told.err.contains("h2h-server init ./pulsa"), "{}", told.err);
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0);

    let mut init = program();
    init.args(["init", "pulsa"]).current_dir(&folder.0);
    let told = said(init).await;
    assert_eq!(told.code, 0, "{}", told.err);
    let mut again = program();
    again.args(["init", "pulsa"]).current_dir(&folder.0);
    assert_eq!(said(again).await.code, 1, "nothing is overwritten");
    let read = |file: &str| std::fs::read_to_string(folder.path("pulsa").join(file)).unwrap();
    let environment = read(".env");
    let secret = environment.rsplit('=').next().unwrap().trim();
    assert_eq!(secret.len(), 64);
    assert!(read("seed.toml").contains(secret) && !read("seed.toml").contains("sample-secret"));
    assert!(
        !told.out.contains(secret),
        "a secret is not told on the way"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path("pulsa/seed.toml"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "others cannot read secrets");
    }
    let mut check = program();
    check
        .args(["check-config", "--config", "pulsa/settings.toml"])
        .current_dir(&folder.0);
    let fine = said(check).await;
    assert_eq!(
        (fine.code, fine.out.trim()),
        (0, "the settings are fine"),
        "{}",
        fine.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn c_14_the_money_of_an_order_lost_by_a_restore_is_booked_once_as_the_page_says() {
    let page = include_str!("../../README.md");
    let lines = page
        .lines()
        .filter(|line| line.contains("--source restore"));
    let lines: Vec<String> = lines
        .map(|line| line.trim().replacen("h2h-server ", "", 1))
        .map(|line| line.replace("toko-maju", "toko"))
        .collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    let house = House::open().await;
    for _ in 0..2 {
        for line in &lines {
            let booked = run(&house, line).await;
            assert_eq!(booked.code, 0, "{line}: {}", booked.err);
        }
        // 100,000 and 100,000,000 before.
        let toko = run(&house, "balance toko").await;
        assert!(toko.out.contains("Rp 89.400"), "{}", toko.out);
        let house_told = run(&house, "balance --json").await.json();
        assert_eq!(house_told["suppliers"][0]["prepaid"], 99_990_000);
    }
    assert_eq!(run(&house, "books").await.code, 0);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn c_14_an_order_lost_by_a_restore_is_found_by_what_its_supplier_reports() {
    let house = House::open().await;
    assert_eq!(run(&house, "orphans").await.out.trim(), "none");
    let body = json!({"data": {"ref_id": "E0038FY1112Y6TK6M2PZ", "buyer_sku_code": "xld10", "customer_no": "087800004009",
        "status": "Sukses", "rc": "00", "message": "ok", "sn": "SN-LOST-1", "price": 10_000}});
    house
        .sandbox
        .forge_webhook("update", &body, Signing::Right)
        .await;
    let began = Instant::now();
    let orphans = loop {
        let orphans = run(&house, "orphans --json").await.json();
        if orphans[0].is_object() {
            break orphans;
        }
        assert!(began.elapsed() < PATIENCE, "no orphan");
    };
    let [orphan] = orphans.as_array().unwrap().as_slice() else {
        panic!("{orphans:#}");
    };
    assert_eq!(orphan["supplier"], "digiflazz");
    assert_eq!(orphan["signed"], true);
    let said = json!({"our_ref": "E0038FY1112Y6TK6M2PZ", "their_ref": null, "sku": "xld10", "destination": "087800004009",
        "status": "delivered", "price": 10_000, "sn": "SN-LOST-1"});
    assert_eq!(orphan["said"], json!([said]));
    let raw: Value = serde_json::from_str(orphan["raw"].as_str().unwrap()).unwrap();
    assert_eq!(raw, body);
    let table = run(&house, "orphans").await.out;
    for cell in ["E0038FY1112Y6TK6M2PZ", "delivered", "Rp 10.000"] {
        assert!(table.contains(cell), "{table}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_without_a_server_asks_the_same_handlers() {
    let house = House::open().await;
    let engine = house.server.engine().clone();
    let settings = [
        ("ERAFLAZZ__ENGINE__INSTALLATION", "T"),
        ("ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__KIND", "digiflazz"),
        (
            "ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__BASE_URL",
            "http://127.0.0.1:1/v1",
        ),
        ("ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__USERNAME", "someone"),
        (
            "ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__API_KEY",
            "a-key-of-a-test-000001",
        ),
        (
            "ERAFLAZZ__SUPPLIERS__DIGIFLAZZ__WEBHOOK_SECRET",
            "a-secret-of-a-test-01",
        ),
    ];
    let variables = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::load(&Source::new().environment(variables.into())).unwrap();
    let app = App::new(engine, &settings, CancellationToken::new());
    let desk = Desk::here(
        router(app),
        Operator::new("root at the desk").unwrap(),
        None,
    );
    let issued = desk
        .post(
            "/keys",
            &json!({"id": "ek_test_first_001", "operator": "dewi", "scopes": ["admin:*"]}),
        )
        .await
        .unwrap();
    let first = house.client("ek_test_first_001", issued["secret"].as_str().unwrap());
    assert_eq!(
        first.get("/api/v1/admin/members").await.http,
        200,
        "the first key of a fresh server"
    );
    let refused = desk.get("/members/siapa").await.unwrap_err();
    assert!(matches!(refused, DeskError::Refused(_)), "{refused}");
    house.close().await;
}

/// A folder of its own, gone at the end.
pub(crate) struct Folder(pub(crate) std::path::PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("eraflazz-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, file: impl AsRef<Path>) -> std::path::PathBuf {
        self.0.join(file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Without any settings, and with a file of a supplier's own.
#[tokio::test(flavor = "multi_thread")]
async fn replies_are_read_from_standard_input_and_nothing_is_sent() {
    let folder = std::env::temp_dir().join(format!("eraflazz-read-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let profile = folder.join("sinar.toml");
    let own =
        "patterns = [{ says = \"delivered\", regex = '[product]\\.[dest] SIAP (?<sn>\\S+)' }]";
    std::fs::write(&profile, own).unwrap();
    let lines = folder.join("lines.jsonl");
    let line = json!({"text": "R#900001 S10.081234567890 SIAP 41", "ref": "900001", "product": "S10",
        "dest": "081234567890", "phase": "first"});
    std::fs::write(&lines, format!("{line}\n")).unwrap();
    let read = async |arguments: &[&std::ffi::OsStr]| {
        let mut command = program();
        command.arg("read").args(arguments);
        said_from(command, std::fs::File::open(&lines).unwrap().into()).await
    };
    let otomax = std::ffi::OsStr::new("otomax");
    let told = read(&[otomax]).await.json();
    assert_eq!(told["class"], "unknown", "{told}");
    let told = read(&[otomax, "--profile".as_ref(), profile.as_os_str()]).await;
    let told = told.json();
    assert_eq!(
        (&told["class"], &told["sn"]),
        (&json!("success"), &json!("41"))
    );
    let drift = read(&[otomax, "--unclear-max".as_ref(), "0".as_ref()]).await;
    assert_eq!(drift.code, 1);
    assert!(
        drift.err.contains("1 of 1 replies are unclear"),
        "{}",
        drift.err
    );
    let nobody = read(&["nobody".as_ref()]).await;
    assert!(
        nobody.err.contains("kinds: digiflazz, otomax, vip"),
        "{}",
        nobody.err
    );
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn an_address_that_no_server_has_is_misuse() {
    for address in ["ftp://x", "127.0.0.1:8080", "", "http://"] {
        let mut asked = program();
        asked.args(["books", "--server", address]);
        let told = said(asked).await;
        assert_eq!(told.code, 2, "{address}: {}", told.err);
        assert!(told.err.contains("http or https address"), "{}", told.err);
    }
}

//! Arrows point one way: adapters and stores know core, core knows nobody, the examples know everyone.

use crate::Finding;
use crate::cargo::{Built, Package};

const CORE: &str = "eraflazz-core";

/// All core may ask for, beside its tests. A new name here is a decision: each one is code that every integrator builds.
const CORE_MAY_USE: [&str; 23] = [
    "arc-swap",
    "async-trait",
    "base16ct",
    "bytes",
    "chrono",
    "getrandom",
    "hmac",
    "ipnet",
    "md-5",
    "metrics",
    "regex",
    "rust_decimal",
    "secrecy",
    "serde",
    "serde_json",
    "sha1",
    "sha2",
    "subtle",
    "thiserror",
    "tokio",
    "tokio-util",
    "tracing",
    "uuid",
];

/// Features of core's dependencies that would let it ask for the time, roll dice or open a socket.
const CORE_MAY_NOT_SWITCH_ON: [(&str, &[&str]); 3] = [
    ("chrono", &["clock", "now"]),
    ("uuid", &["v1", "v4", "v6", "v7", "rng"]),
    ("tokio", &["net", "process", "full"]),
];

/// The room a crate of ours lives in, by its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Core,
    /// Suppliers, payments, stores: libraries in somebody else's build.
    Adapter,
    /// The published conformance kit, a library too.
    Kit,
    Example,
    /// Tests and benches.
    Check,
}

fn room(package: &Package) -> Option<Room> {
    let folder = package.manifest_path.replace('\\', "/");
    let folder = folder.strip_suffix("/Cargo.toml").unwrap_or(&folder);
    let (above, name) = folder.rsplit_once('/')?;
    let room = match (above.rsplit('/').next()?, name) {
        (_, CORE) => Room::Core,
        (_, name) if name.starts_with("eraflazz-") => Room::Adapter,
        ("tests", "conformance") => Room::Kit,
        ("examples", _) => Room::Example,
        ("tests", _) | (_, "benches") => Room::Check,
        _ => return None,
    };
    package.source.is_none().then_some(room)
}

/// Whether a crate in `from` may ask for one in `to`; `shipped` is true outside of dev-dependencies.
fn may_ask(from: Room, to: Room, shipped: bool) -> bool {
    match (from, to) {
        (Room::Check | Room::Example, Room::Core | Room::Adapter | Room::Example)
        | (Room::Check, Room::Kit | Room::Check)
        | (Room::Adapter | Room::Kit, Room::Core) => true,
        // In its own tests a crate may use the kit, a library a store, and the kit the sandbox, to prove itself.
        (Room::Example, Room::Kit)
        | (Room::Kit, Room::Example)
        | (Room::Core | Room::Adapter | Room::Kit, Room::Core | Room::Adapter | Room::Kit) => {
            !shipped
        }
        (_, Room::Check | Room::Example) => false,
    }
}

/// No crate of ours asks for one it may not know.
pub fn one_way(packages: &[Package]) -> Vec<Finding> {
    let ours: Vec<(&Package, Room)> = packages
        .iter()
        .filter_map(|package| Some((package, room(package)?)))
        .collect();
    let mut findings = Vec::new();
    for (from, from_room) in &ours {
        for dependency in &from.dependencies {
            let Some((to, to_room)) = ours.iter().find(|(to, _)| to.name == dependency.name) else {
                continue;
            };
            let shipped = dependency.kind.as_deref() != Some("dev");
            if !may_ask(*from_room, *to_room, shipped) {
                findings.push(Finding {
                    place: from.name.clone(),
                    found: format!("asks for {}", to.name),
                    rule: "arrows point one way: adapters and stores know core, core knows nobody, the examples know everyone",
                });
            }
        }
    }
    findings
}

/// Every package of ours lives in a room that has rules.
pub fn every_crate_has_a_room(packages: &[Package]) -> Vec<Finding> {
    packages
        .iter()
        .filter(|package| package.source.is_none() && room(package).is_none())
        .map(|package| Finding {
            place: package.name.clone(),
            found: format!("lives at {}", package.manifest_path),
            rule: "a crate lives in one of the rooms: eraflazz-*, examples/*, tests/*, benches",
        })
        .collect()
}

/// Core asks for nothing beyond its list.
pub fn core_stays_small(packages: &[Package]) -> Vec<Finding> {
    packages
        .iter()
        .filter(|package| package.name == CORE)
        .flat_map(|core| &core.dependencies)
        .filter(|dependency| dependency.kind.as_deref() != Some("dev"))
        .filter(|dependency| !CORE_MAY_USE.contains(&dependency.name.as_str()))
        .map(|dependency| Finding {
            place: CORE.to_owned(),
            found: format!("asks for {}", dependency.name),
            rule: "core has the fewest dependencies: no HTTP, no SQL, no clock, no dice",
        })
        .collect()
}

/// Core's own build (`cargo tree -p eraflazz-core`, without tests) has no clock, no dice and no sockets by feature.
pub fn core_is_told_the_time(core_tree: &[Built]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for one in core_tree {
        let Some((_, banned)) = CORE_MAY_NOT_SWITCH_ON
            .iter()
            .find(|(name, _)| *name == one.name)
        else {
            continue;
        };
        for feature in one
            .features
            .iter()
            .filter(|feature| banned.contains(&feature.as_str()))
        {
            findings.push(Finding {
                place: CORE.to_owned(),
                found: format!("{} with feature {feature}", one.name),
                rule: "D1: without the feature the function does not exist, and the rule enforces itself",
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cargo::Dependency;

    fn package(path: &str, asks: &[(&str, Option<&str>)]) -> Package {
        Package {
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            version: "0.1.0".to_owned(),
            license: None,
            source: None,
            manifest_path: format!("/src/house/{path}/Cargo.toml"),
            dependencies: asks
                .iter()
                .map(|(name, kind)| Dependency {
                    name: (*name).to_owned(),
                    kind: kind.map(str::to_owned),
                })
                .collect(),
            features: BTreeMap::new(),
        }
    }

    fn house(last: Package) -> Vec<Package> {
        let mut all: Vec<Package> = [
            "eraflazz-core",
            "eraflazz-suppliers",
            "eraflazz-store-memory",
            "examples/sandbox",
            "tests/conformance",
            "tests/end-to-end",
        ]
        .iter()
        .map(|path| package(path, &[]))
        .filter(|one| one.name != last.name)
        .collect();
        all.push(last);
        all
    }

    #[test]
    fn an_arrow_the_wrong_way_is_found() {
        let wrong = [
            package("eraflazz-core", &[("eraflazz-store-memory", None)]),
            package("eraflazz-suppliers", &[("eraflazz-store-memory", None)]),
            package("eraflazz-store-memory", &[("conformance", None)]),
            package("eraflazz-suppliers", &[("sandbox", Some("dev"))]),
            package("tests/conformance", &[("sandbox", None)]),
            package("examples/h2h-server", &[("end-to-end", Some("dev"))]),
            package("examples/h2h-server", &[("conformance", None)]),
        ];
        for one in wrong {
            let name = one.name.clone();
            assert_eq!(one_way(&house(one)).len(), 1, "{name}");
        }
    }

    #[test]
    fn the_right_way_is_free() {
        let right = [
            package(
                "eraflazz-core",
                &[("eraflazz-store-memory", Some("dev")), ("serde", None)],
            ),
            package(
                "eraflazz-suppliers",
                &[("eraflazz-core", None), ("conformance", Some("dev"))],
            ),
            package(
                "examples/h2h-server",
                &[("eraflazz-core", None), ("sandbox", None)],
            ),
            package("examples/custom-supplier", &[("conformance", Some("dev"))]),
            package(
                "tests/end-to-end",
                &[("sandbox", None), ("conformance", None)],
            ),
            package("benches", &[("sandbox", None)]),
        ];
        for one in right {
            let name = one.name.clone();
            assert!(one_way(&house(one)).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_crate_outside_the_rooms_is_found() {
        assert_eq!(
            every_crate_has_a_room(&[package("crates/extra", &[])]).len(),
            1
        );
        assert!(every_crate_has_a_room(&house(package("benches", &[]))).is_empty());
    }

    #[test]
    fn core_asking_for_more_is_found() {
        let core = package(
            "eraflazz-core",
            &[
                ("reqwest", None),
                ("serde", None),
                ("proptest", Some("dev")),
            ],
        );
        let found = core_stays_small(&[core]);
        assert_eq!(found.len(), 1);
        assert!(found[0].found.contains("reqwest"));
    }

    #[test]
    fn a_clock_by_feature_is_found() {
        let chrono = |feature: &str| Built {
            name: "chrono".to_owned(),
            version: "0.4.45".to_owned(),
            features: vec![feature.to_owned()],
            asked_by: None,
        };
        assert_eq!(core_is_told_the_time(&[chrono("clock")]).len(), 1);
        assert!(core_is_told_the_time(&[chrono("std")]).is_empty());
    }
}

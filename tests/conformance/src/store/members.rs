//! Members and their keys.

use std::sync::Arc;

use eraflazz_core::catalog::TierId;
use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::Wallet;
use eraflazz_core::member::{ApiKey, KeyError, KeyHolder, KeyState, Member, Scope, Scopes};
use eraflazz_core::money::Money;
use eraflazz_core::ports::ChangeError;
use eraflazz_core::webhook::{Endpoint, EndpointUrl};

use super::Books;
use super::world::{World, rupiah};

fn key(member: MemberId, id: &str) -> ApiKey {
    ApiKey {
        id: id.parse().unwrap(),
        holder: KeyHolder::Member(member),
        secret: "sample-secret-of-a-test".into(),
        scopes: Scopes::of(&[Scope::TrxRead]),
        networks: Vec::new(),
        state: KeyState::Active,
    }
}

/// By its id, by its code (also a new one), and with its keys.
pub async fn a_member_is_found_by_id_and_code(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let store = &world.store;
    let member = store.member(budi).await.unwrap().unwrap();
    let by_code = |code: &str| code.parse().unwrap();
    let found = store.member_by_code(&by_code("budi")).await.unwrap();
    assert_eq!(found.as_ref(), Some(&member));
    let renamed = Member {
        code: by_code("budi-jaya"),
        ..(*member).clone()
    };
    store
        .put_member(renamed.clone(), Some(member))
        .await
        .unwrap();
    let renamed = Arc::new(renamed);
    let old = store.member_by_code(&by_code("budi")).await.unwrap();
    let new = store.member_by_code(&by_code("budi-jaya")).await.unwrap();
    assert_eq!((old, new), (None, Some(renamed.clone())));
    assert_eq!(
        store.members().await.unwrap(),
        std::slice::from_ref(&renamed)
    );

    store.put_key(key(budi, "ek_test_1")).await.unwrap();
    let (found, owner) = store
        .key(&"ek_test_1".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.holder, KeyHolder::Member(budi));
    assert_eq!(owner, Some(renamed));
    let stranger = store.key(&"ek_test_2".parse().unwrap()).await.unwrap();
    assert!(stranger.is_none());
    assert_eq!(store.member(world.stranger("x").id).await.unwrap(), None);
}

/// Putting a member again never touches its money, but for the credit limit.
pub async fn a_new_member_has_an_empty_wallet_and_keeps_it(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let wallet = world.wallet(budi).await;
    let empty = Wallet {
        version: wallet.version,
        ..Wallet::new(budi, Money::ZERO)
    };
    assert_eq!(wallet, empty);
    let sari = world.member("sari", 1_000, 0).await;
    let before = world.wallet(sari).await;
    let known = world.store.member(sari).await.unwrap().unwrap();
    let member = Member::clone(&known);
    let again = world.store.put_member(member.clone(), Some(known.clone()));
    again.await.unwrap();
    assert_eq!(world.wallet(sari).await, before);
    let trusted = Member {
        credit_limit: rupiah(500),
        ..member.clone()
    };
    let put = world.store.put_member(trusted.clone(), Some(known));
    put.await.unwrap();
    let wallet = world.wallet(sari).await;
    assert_eq!(wallet.spendable(), Some(rupiah(1_500)));
    world.accepted(sari, 1_400).await;
    let no_more = world.store.put_member(member, Some(Arc::new(trusted)));
    let no_more = no_more.await;
    assert!(
        matches!(
            no_more,
            Err(ChangeError::Member {
                field: "credit_limit",
                ..
            })
        ),
        "the floor would rise above the balance: {no_more:?}"
    );
    assert_eq!(
        world.store.wallet(world.stranger("x").id).await.unwrap(),
        None
    );
}

/// Whoever changes what is not there any more writes nothing, and learns it; the same change twice is no conflict.
pub async fn a_change_of_what_was_changed_meanwhile_is_refused(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let store = &world.store;
    let read = store.member(budi).await.unwrap().unwrap();
    let trusted = Member {
        credit_limit: rupiah(500),
        ..Member::clone(&read)
    };
    let renamed = Member {
        name: "Budi Jaya".to_owned(),
        ..Member::clone(&read)
    };
    for _repeated in 0..2 {
        let first = store.put_member(trusted.clone(), Some(read.clone()));
        first.await.unwrap();
    }
    let before = world.picture().await;
    for over in [Some(read.clone()), None] {
        let late = store.put_member(renamed.clone(), over).await;
        assert_eq!(late, Err(ChangeError::Overtaken));
    }
    let stranger = world.stranger("sari");
    let gone = Some(Arc::new(stranger.clone()));
    let renamed_stranger = Member {
        name: "Sari".to_owned(),
        ..stranger
    };
    let gone = store.put_member(renamed_stranger, gone).await;
    assert_eq!(gone, Err(ChangeError::Overtaken));
    assert_eq!(before, world.picture().await);
    let kept = store.member(budi).await.unwrap().unwrap();
    assert_eq!(*kept, trusted);

    let first = world.listens(budi, "toko").await;
    let moved = Endpoint {
        url: EndpointUrl::new("https://baru.example/hook").unwrap(),
        ..first.clone()
    };
    let over = Some(Arc::new(first.clone()));
    let set = store.put_endpoint(moved.clone(), over.clone()).await;
    set.unwrap();
    let other = Endpoint {
        url: EndpointUrl::new("https://lain.example/hook").unwrap(),
        ..first
    };
    for over in [over, None] {
        let late = store.put_endpoint(other.clone(), over).await;
        assert_eq!(late, Err(ChangeError::Overtaken));
    }
    let kept = store.endpoint(budi).await.unwrap().unwrap();
    assert_eq!(*kept.endpoint, moved);
    store.remove_endpoint(budi).await.unwrap();
    let late = store.put_endpoint(other, Some(Arc::new(moved))).await;
    assert_eq!(late, Err(ChangeError::Overtaken));
}

/// Each rule of a member, with the field it names.
pub async fn wrong_members_are_refused_by_field(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let stranger = world.stranger("sari");
    let wrong = [
        (
            "credit_limit",
            Member {
                credit_limit: rupiah(-1),
                ..stranger.clone()
            },
        ),
        (
            "code",
            Member {
                code: "budi".parse().unwrap(),
                ..stranger.clone()
            },
        ),
        (
            "upline",
            Member {
                upline: Some(stranger.id),
                ..stranger.clone()
            },
        ),
        (
            "upline",
            Member {
                upline: Some(world.stranger("x").id),
                ..stranger.clone()
            },
        ),
        (
            "tier",
            Member {
                tier: TierId(9),
                ..stranger.clone()
            },
        ),
    ];
    let before = world.picture().await;
    for (named, member) in wrong {
        let error = world.store.put_member(member, None).await;
        assert!(
            matches!(error, Err(ChangeError::Member { field, .. }) if field == named),
            "{named}: {error:?}"
        );
    }
    assert_eq!(before, world.picture().await);
    let recruit = Member {
        upline: Some(budi),
        ..stranger
    };
    world.store.put_member(recruit, None).await.unwrap();
}

/// The old and the new one while it changes over; one more only after a revocation.
pub async fn a_member_has_two_active_keys_at_most(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let store = &world.store;
    for (id, _same_again) in [("ek_test_1", 1), ("ek_test_2", 1), ("ek_test_2", 2)] {
        store.put_key(key(budi, id)).await.unwrap();
    }
    let third = store.put_key(key(budi, "ek_test_3")).await;
    assert_eq!(third, Err(ChangeError::Key(KeyError::TooMany)));
    let none = store.key(&"ek_test_3".parse().unwrap()).await.unwrap();
    assert!(none.is_none(), "a refused key is not kept");
    let revoked = ApiKey {
        state: KeyState::Revoked,
        ..key(budi, "ek_test_1")
    };
    store.put_key(revoked).await.unwrap();
    store.put_key(key(budi, "ek_test_3")).await.unwrap();

    let sari = world.member("sari", 0, 0).await;
    let taken = store.put_key(key(sari, "ek_test_3")).await;
    assert_eq!(taken, Err(ChangeError::Key(KeyError::Taken)));
    let nobody = store
        .put_key(key(world.stranger("x").id, "ek_test_9"))
        .await;
    assert!(matches!(nobody, Err(ChangeError::Member { .. })));
}

/// An operator's key has no member behind it, and keeps its own count of active ones. Never the scopes of the other kind (T-3).
pub async fn an_operator_has_keys_of_its_own(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let store = &world.store;
    let operators = |id: &str| ApiKey {
        holder: KeyHolder::Operator("dewi".parse().unwrap()),
        scopes: Scopes::of(&[Scope::Admin]),
        ..key(budi, id)
    };
    for id in ["ek_test_1", "ek_test_2"] {
        store.put_key(key(budi, id)).await.unwrap();
    }
    for id in ["ek_test_3", "ek_test_4"] {
        store.put_key(operators(id)).await.unwrap();
    }
    let third = store.put_key(operators("ek_test_5")).await;
    assert_eq!(third, Err(ChangeError::Key(KeyError::TooMany)));
    let (found, member) = store
        .key(&"ek_test_3".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (&found.holder, member),
        (&operators("x1234567").holder, None)
    );
    let all = store.keys().await.unwrap();
    let ids: Vec<&str> = all.iter().map(|key| key.id.as_str()).collect();
    assert_eq!(ids, ["ek_test_1", "ek_test_2", "ek_test_3", "ek_test_4"]);

    // A member's buyers are counted apart from its keys, and kept as what they are.
    let buyer = ApiKey {
        holder: KeyHolder::Buyer(budi),
        scopes: Scopes::of(&[Scope::TrxWrite, Scope::TrxPlain]),
        networks: vec!["203.0.113.9/32".parse().unwrap()],
        ..key(budi, "otomax-ERZ001")
    };
    store.put_key(buyer.clone()).await.unwrap();
    let (found, member) = store.key(&buyer.id).await.unwrap().unwrap();
    assert_eq!(found.holder, buyer.holder);
    assert_eq!(
        (found.scopes, &found.networks),
        (buyer.scopes, &buyer.networks)
    );
    assert_eq!(member.map(|member| member.id), Some(budi));
    let anywhere = ApiKey {
        id: "otomax-ERZ002".parse().unwrap(),
        networks: Vec::new(),
        ..buyer
    };
    let refused = store.put_key(anywhere).await;
    assert_eq!(refused, Err(ChangeError::Key(KeyError::Anywhere)));

    let mixed = ApiKey {
        scopes: Scopes::of(&[Scope::TrxRead, Scope::AdminRead]),
        ..key(budi, "ek_test_9")
    };
    let refused = store.put_key(mixed).await;
    assert_eq!(refused, Err(ChangeError::Key(KeyError::ForeignScope)));
    let taken = store.put_key(operators("ek_test_1")).await;
    assert_eq!(taken, Err(ChangeError::Key(KeyError::Taken)));
}

/// For ever.
pub async fn a_revoked_key_stays_revoked(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let revoked = ApiKey {
        state: KeyState::Revoked,
        ..key(budi, "ek_test_1")
    };
    world.store.put_key(revoked).await.unwrap();
    let again = world.store.put_key(key(budi, "ek_test_1")).await;
    assert_eq!(again, Err(ChangeError::Key(KeyError::Revoked)));
}

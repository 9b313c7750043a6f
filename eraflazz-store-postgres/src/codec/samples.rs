//! One value of each kind that lies in a body, with everything in it that can be.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use conformance::SampleVault;
use eraflazz_core::catalog::{Destination, TierId};
use eraflazz_core::ids::{
    AttemptNo, GatewayId, InboxId, InquiryId, MappingId, MemberId, OrderId, PaymentId, ProductId,
    SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::member::{
    ApiKey, KeyHolder, KeyState, LateSuccess, Member, MemberKind, Scope, Scopes,
};
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Attempt, AttemptState, Bill, Counted, Delivery, Entry, Fingerprint, Guard, LogRow, Order,
    OrderState, Payer, Refunded, ReversalHeard, Review, Said, Unproven,
};
use eraflazz_core::payment::{
    Bank, Booked, BookedTo, Method, PayWith, Payment, PaymentCode, PaymentState, Stage,
};
use eraflazz_core::ports::{InboxRow, InboxState};
use eraflazz_core::pricing::Quote;
use eraflazz_core::supplier::{Claim, Finding, Line, RawRequest, Reason, Sighting};
use eraflazz_core::text::{ReplyCode, Sku, Sn, Target, TheirRef};
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{
    Disabled, Endpoint, EndpointState, EndpointUrl, Format, HookSecret, Signing,
};
use secrecy::SecretString;

use crate::sealed::{SealedEndpoint, SealedKey};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// The same id for whatever is asked.
pub(crate) const ID: uuid::Uuid = uuid::Uuid::from_u128(0x019b_7700_0000_7000_8000_0000_0000_0007);

fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

fn quote() -> Quote {
    Quote {
        sell: rupiah(10_850),
        base: rupiah(10_800),
        cost_cap: rupiah(10_700),
        catalog_version: 41,
    }
}

pub(crate) fn order() -> Order {
    let member = MemberId(ID);
    Order {
        bill: Some(Box::new(Bill {
            inquiry: InquiryId(ID),
            mapping: MappingId(2),
            supplier: SupplierId(1),
            supplier_ref: supplier_ref(),
            sku: Sku::new("pln").unwrap(),
            target: Target::new("530000000001").unwrap(),
            cost: rupiah(10_700),
        })),
        id: OrderId(ID),
        version: 5,
        revision: 3,
        trx_code: TrxCode::mint(NOW, &[7; 10]),
        member,
        ref_id: "A-900001".parse().unwrap(),
        fingerprint: Fingerprint([7; 16]),
        product: ProductId(12),
        destination: Destination::from(Target::new("+6281234567890").unwrap()),
        guard: Some(Guard {
            day: NOW.business_day(),
            counter: 2,
            live: true,
        }),
        payer: Payer::Wallet(member),
        quote: quote(),
        state: OrderState::Succeeded,
        review: Some(Review::Disputed {
            case: 4,
            since: NOW,
        }),
        sn_required: true,
        late_success: LateSuccess::Reclaim,
        created_at: NOW,
        updated_at: NOW.plus(Duration::from_secs(3)),
        deadline: NOW.plus(Duration::from_hours(1)),
        next_action_at: Some(NOW.plus(Duration::from_mins(2))),
        balance_after: Some(rupiah(989_150)),
        delivery: Some(Delivery {
            attempt: AttemptNo(1),
            sn: Sn::read("0041002387165532"),
            cost: rupiah(10_650),
            absorbed: false,
            refunded: rupiah(1_500),
            taken_back: false,
        }),
        turns: 1,
        refunds: vec![Refunded {
            reference: "cs-17".parse().unwrap(),
            amount: rupiah(1_500),
            n: 1,
        }],
    }
}

fn supplier_ref() -> SupplierRef {
    SupplierRef::parse("E0101HF2S3K0A3B0C2DZ").unwrap()
}

pub(crate) fn inquiry() -> Inquiry {
    let line = |text| Line::read(text);
    let mut finding = Finding::of_bill(rupiah(10_700));
    finding.customer = line("Nama Pelanggan");
    finding.total = Some(rupiah(11_500));
    finding.admin = Some(rupiah(2_500));
    finding.tell("periode", "201901");
    Inquiry {
        id: InquiryId(ID),
        member: MemberId(ID),
        ref_id: "INQ-0001".parse().unwrap(),
        product: ProductId(7),
        destination: Destination::from(Target::new("530000000001").unwrap()),
        mapping: MappingId(2),
        supplier: SupplierId(1),
        supplier_ref: supplier_ref(),
        sku: Sku::new("pln").unwrap(),
        target: Target::new("530000000001").unwrap(),
        quote: quote(),
        finding,
        asked_at: NOW,
        expires_at: NOW.plus(Duration::from_mins(30)),
    }
}

pub(crate) fn payment() -> Payment {
    Payment {
        id: PaymentId(ID),
        member: MemberId(ID),
        ref_id: "DEP-0001".parse().unwrap(),
        fingerprint: [7; 32],
        gateway: GatewayId(1),
        code: PaymentCode::parse("E0101KDVDYMR00G70R7Z").unwrap(),
        method: Method::Bank(Bank::Bri),
        amount: rupiah(50_000),
        payable: Some(rupiah(51_250)),
        stage: Stage::Made,
        state: PaymentState::Settled,
        theirs: TheirRef::new("T0001").ok(),
        pay_with: PayWith {
            code: Some("45649878666155".to_owned()),
            ..PayWith::default()
        },
        created_at: NOW,
        expires_at: NOW.plus(Duration::from_hours(1)),
        lease_until: NOW.plus(Duration::from_mins(1)),
        next_check_at: Some(NOW.plus(Duration::from_mins(2))),
        looked_at: Some(NOW),
        checks: 1,
        booked: Some(Booked {
            amount: rupiah(50_000),
            to: BookedTo::Member,
            fee: rupiah(1_000),
        }),
        taken_back: rupiah(20_000),
        reversals: 1,
        doubted: true,
        updated_at: NOW,
        version: 4,
    }
}

pub(crate) fn attempt() -> Attempt {
    Attempt {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        order: OrderId(ID),
        no: AttemptNo(1),
        mapping: MappingId(8),
        supplier: SupplierId(3),
        supplier_ref: SupplierRef::parse("E0101HF5S2K3A0B1C2DZ").unwrap(),
        their_ref: TheirRef::new("7700123").ok(),
        code: ReplyCode::new("68").ok(),
        sku: Sku::new("xld10").unwrap(),
        target: Target::new("081234567890").unwrap(),
        cap: rupiah(10_700),
        expected_cost: rupiah(10_650),
        state: AttemptState::Rejected {
            formed: true,
            reason: Reason::OutOfStock,
            at: NOW,
        },
        sends: 2,
        exclusive: true,
        surplus: false,
        first_sent_at: NOW,
        lease_until: NOW.plus(Duration::from_mins(2)),
        send_open: false,
        call_open: true,
        last_send_ended_at: Some(NOW),
        last_call_ended_at: Some(NOW),
        checks: 4,
        doubt: Some(NOW),
        denied: Some(NOW),
        hinted: Some(NOW),
        hint_case: Some(6),
        counted: Counted {
            at_supplier: true,
            by_route: false,
        },
        unproven: Some(Unproven {
            at: NOW,
            delivered: true,
        }),
        reversal: Some(ReversalHeard {
            by_read: true,
            by_message: false,
        }),
        sn: Sn::read("0041002387165532"),
        billed: Some(rupiah(10_650)),
        said: Said::default(),
    }
}

pub(crate) fn log_row() -> LogRow {
    let entry = Entry::Accepted { quote: quote() };
    LogRow {
        raw: Bytes::from_static(b"{\"status\":\"Sukses\"}"),
        hash: Some([9; 32]),
        ..LogRow::new(SubjectId(ID), 5, NOW, entry)
    }
}

pub(crate) fn callback() -> InboxRow {
    let mut seen = Sighting::new(Claim::Delivered, Reason::None);
    seen.our_ref = SupplierRef::parse("E0101HF5S2K3A0B1C2DZ");
    seen.their_ref = TheirRef::new("7700123").ok();
    seen.code = ReplyCode::new("00").ok();
    seen.target = Target::new("081234567890").ok();
    seen.sn = Sn::read("0041002387165532");
    seen.price = Some(rupiah(10_650));
    seen.formed_at = Some(NOW);
    InboxRow {
        id: InboxId(ID),
        supplier: SupplierId(3),
        received_at: NOW,
        signed: true,
        sightings: Some(vec![seen]),
        request: RawRequest {
            method: "POST".to_owned(),
            path: "/callback".to_owned(),
            headers: BTreeMap::from([("accept".to_owned(), vec!["*/*".to_owned()])]),
            body: Bytes::from_static(b"{}"),
            source: Some([127, 0, 0, 1].into()),
        },
        tries: 2,
        state: InboxState::Orphan,
    }
}

pub(crate) fn member() -> Member {
    let id = MemberId(ID);
    Member {
        upline: Some(id),
        credit_limit: rupiah(50_000),
        strict_operator: true,
        ..Member::new(id, "budi".parse().unwrap(), TierId(2), MemberKind::H2h)
    }
}

pub(crate) fn key() -> SealedKey {
    let key = ApiKey {
        id: "ek_sample0000000001".parse().unwrap(),
        holder: KeyHolder::Member(MemberId(ID)),
        secret: SecretString::from("sample-secret-of-a-key"),
        scopes: Scopes::of(&[Scope::TrxRead]),
        networks: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        state: KeyState::Active,
    };
    SealedKey::seal(&key, &SampleVault).unwrap()
}

pub(crate) fn endpoint() -> SealedEndpoint {
    let secret = |byte| {
        let mut bytes = *b"0123456789abcdef0123456789abcdef";
        bytes[0] = byte;
        HookSecret::mint(&bytes).unwrap()
    };
    let endpoint = Endpoint {
        member: MemberId(ID),
        url: EndpointUrl::new("https://shop.example/hook").unwrap(),
        format: Format::Standard(Signing::with(secret(1)).rotated(secret(2))),
    };
    SealedEndpoint::seal(&endpoint, &SampleVault).unwrap()
}

pub(crate) fn endpoint_state() -> EndpointState {
    EndpointState::Disabled {
        why: Disabled::Gone,
        since: NOW,
    }
}

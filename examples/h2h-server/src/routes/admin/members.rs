//! `/api/v1/admin/members`: who may order, and on which terms.

use axum::extract::State;
use eraflazz_core::catalog::{Snapshot, TierId};
use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::Wallet;
use eraflazz_core::member::{Member, Scope};
use eraflazz_core::ports::{ChangeError, Dice as _};

use super::given::given;
use super::names::{self, Codes, Named, catalog, member_of_field, member_of_path, tier_of_field};
use super::{TRIES, not_changed, not_read};
use crate::admin::{MemberChange, MemberTold, NewMember, WalletTold};
use crate::app::App;
use crate::auth::Call;
use crate::envelope::Success;
use crate::error::{ApiError, ErrorCode};
use crate::routes::page::{Cursor, Listed, Nothing, PageQuery};

/// Every member, by id.
pub(super) async fn list(
    State(app): State<App>,
    call: Call,
) -> Result<Success<Listed<MemberTold>>, ApiError> {
    let query: PageQuery = call.query()?;
    let cursor = query.cursor.unwrap_or(Cursor {
        skip: 0,
        before: app.engine().now(),
    });
    let page = query.limit.page(cursor);
    let (catalog, codes) = (catalog(&app).await?, Codes::read(&app).await?);
    let mut told = Vec::new();
    for member in codes.all().skip(page.skip).take(page.limit) {
        told.push(tell(&app, member, &catalog, &codes).await?);
    }
    let listed = Listed::new("members", told, &page, cursor);
    Ok(Success::new("Daftar agen.", listed))
}

/// One member.
pub(super) async fn show(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<MemberTold>, ApiError> {
    call.query::<Nothing>()?;
    let member = member_of_path(&app, code).await?;
    call.about(format!("member {}", member.code));
    answer(&app, &member, "Agen.").await
}

/// A new member with an empty wallet. The same again changes nothing; another one under the code is refused.
pub(super) async fn create(
    State(app): State<App>,
    call: Call,
) -> Result<Success<MemberTold>, ApiError> {
    let wanted: NewMember = call.json()?;
    call.about(format!("member {}: {}", wanted.code, given(&wanted)));
    if wanted.credit_limit.is_some() {
        call.require(Scope::AdminMoney)?;
    }
    let catalog = catalog(&app).await?;
    let upline = match &wanted.upline {
        Some(code) => Some(member_of_field(&app, "upline", code).await?.id),
        None => None,
    };
    let tier = tier_of_field(&catalog, &wanted.tier)?;
    let id = MemberId::mint(app.engine().now(), &app.dice().roll());
    let mut member = Member::new(id, wanted.code.clone(), tier, wanted.kind);
    member.upline = upline;
    if let Some(name) = wanted.name {
        member.name = checked_name(name)?;
    }
    if let Some(limit) = wanted.credit_limit {
        member.credit_limit = limit.0;
    }
    if let Some(limits) = wanted.limits {
        member.limits = limits.over(member.limits);
    }
    member.guard_policy = wanted.guard_policy.unwrap_or(member.guard_policy);
    let members = app.engine().members();
    if let Some(known) = members
        .member_by_code(&wanted.code)
        .await
        .map_err(not_read)?
    {
        let other = differing(&member, &known);
        if !other.is_empty() {
            return Err(ApiError::already_exists(other));
        }
        return answer(&app, &known, "Agen sudah ada.").await;
    }
    members
        .put_member(member.clone(), None)
        .await
        .map_err(not_changed)?;
    answer(&app, &member, "Agen dibuat.").await
}

/// The fields in which what is asked for is another member than the one that has its code.
fn differing(wanted: &Member, known: &Member) -> Vec<&'static str> {
    // A field that a member gets one day does not compile until it stands here.
    let Member {
        id: _,
        code: _,
        name,
        tier,
        kind,
        upline,
        credit_limit,
        status,
        guard_policy,
        late_success,
        limits,
        strict_operator,
    } = wanted;
    let all = [
        ("name", *name != known.name),
        ("tier", *tier != known.tier),
        ("kind", *kind != known.kind),
        ("upline", *upline != known.upline),
        ("credit_limit", *credit_limit != known.credit_limit),
        ("status", *status != known.status),
        ("guard_policy", *guard_policy != known.guard_policy),
        ("late_success", *late_success != known.late_success),
        ("limits", *limits != known.limits),
        ("strict_operator", *strict_operator != known.strict_operator),
    ];
    let other = all.into_iter().filter(|(_, is_other)| *is_other);
    other.map(|(field, _)| field).collect()
}

/// Sets what is given.
pub(super) async fn change(
    State(app): State<App>,
    code: Named,
    call: Call,
) -> Result<Success<MemberTold>, ApiError> {
    let wanted: MemberChange = call.json()?;
    let mut known = member_of_path(&app, code).await?;
    call.about(format!("member {}: {}", known.code, given(&wanted)));
    if wanted.credit_limit.is_some() || wanted.late_success.is_some() {
        call.require(Scope::AdminMoney)?;
    }
    let wanted = MemberChange {
        name: wanted.name.map(checked_name).transpose()?,
        ..wanted
    };
    let tier = match &wanted.tier {
        Some(slug) => Some(tier_of_field(&*catalog(&app).await?, slug)?),
        None => None,
    };
    let members = app.engine().members();
    for _ in 0..TRIES {
        let member = changed(&known, &wanted, tier);
        if member == *known {
            return answer(&app, &member, "Agen diubah.").await;
        }
        match members
            .put_member(member.clone(), Some(known.clone()))
            .await
        {
            Ok(()) => return answer(&app, &member, "Agen diubah.").await,
            Err(ChangeError::Overtaken) => {}
            Err(error) => return Err(not_changed(error)),
        }
        let there = members.member(known.id).await.map_err(not_read)?;
        known = there.ok_or_else(|| ApiError::plain(ErrorCode::NotFound))?;
    }
    Err(not_changed(ChangeError::Overtaken))
}

/// The member as it is to be: what is wanted, over what it is.
fn changed(known: &Member, wanted: &MemberChange, tier: Option<TierId>) -> Member {
    let mut member = known.clone();
    if let Some(name) = &wanted.name {
        member.name.clone_from(name);
    }
    if let Some(limits) = wanted.limits {
        member.limits = limits.over(member.limits);
    }
    let credit_limit = wanted.credit_limit.map(|limit| limit.0);
    member.tier = tier.unwrap_or(member.tier);
    member.credit_limit = credit_limit.unwrap_or(member.credit_limit);
    member.status = wanted.status.unwrap_or(member.status);
    member.guard_policy = wanted.guard_policy.unwrap_or(member.guard_policy);
    member.late_success = wanted.late_success.unwrap_or(member.late_success);
    member.strict_operator = wanted.strict_operator.unwrap_or(member.strict_operator);
    member
}

fn checked_name(name: String) -> Result<String, ApiError> {
    if (1..=100).contains(&name.len()) && !name.chars().any(char::is_control) {
        Ok(name)
    } else {
        Err(ApiError::invalid(
            "name",
            "1 to 100 bytes without control characters",
        ))
    }
}

pub(super) async fn answer(
    app: &App,
    member: &Member,
    message: &str,
) -> Result<Success<MemberTold>, ApiError> {
    let (catalog, codes) = (names::catalog(app).await?, Codes::read(app).await?);
    let told = tell(app, member, &catalog, &codes).await?;
    Ok(Success::new(message, told))
}

async fn tell(
    app: &App,
    member: &Member,
    catalog: &Snapshot,
    codes: &Codes,
) -> Result<MemberTold, ApiError> {
    let wallet = app.engine().wallet(member.id).await.map_err(not_read)?;
    let wallet = wallet.unwrap_or_else(|| Wallet::new(member.id, member.credit_limit));
    let tier = catalog.tier(member.tier);
    Ok(MemberTold {
        id: member.id.to_string(),
        code: member.code.to_string(),
        name: member.name.clone(),
        tier: tier.map_or_else(String::new, |tier| tier.slug.to_string()),
        kind: member.kind,
        upline: member.upline.map(|upline| codes.of(upline)),
        status: member.status,
        guard_policy: member.guard_policy,
        late_success: member.late_success,
        strict_operator: member.strict_operator,
        limits: member.limits,
        wallet: wallet_told(&wallet),
    })
}

pub(super) const fn wallet_told(wallet: &Wallet) -> WalletTold {
    WalletTold {
        balance: wallet.available.floor_rupiah(),
        held: wallet.held.floor_rupiah(),
        receivable: wallet.receivable.floor_rupiah(),
        credit_limit: wallet.credit_limit.floor_rupiah(),
        frozen: wallet.frozen,
    }
}

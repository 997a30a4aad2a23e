//! OnlineApp's section of the seed: its keys, its checks, and how it fills the database.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Deserialize;
use toml::Spanned;

use super::info::ONLINEAPP;
use super::store::invoices::OnlineAppInvoice;
use super::store::paywalls::{self, Paywall};
use super::store::subscriptions::{Interval, OnlineAppStatus, OnlineAppSubscription};
use super::store::users;
use crate::providers::info::ProviderInfo;
use crate::seed::check::{
    CheckResult, ENDED_SUBSCRIPTION, check_reference, check_unique, contradiction,
};
use crate::seed::section::Section;
use crate::seed::values::{Amount, Days, Id, Meta, days_from, period_end};
use crate::store::period::Period as _;
use crate::store::record::Record as _;
use crate::store::{Result, StoreError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnlineAppSection {
    pub(crate) api_keys: Spanned<Vec<String>>,
    pub(crate) paywalls: Spanned<Vec<SeedPaywall>>,
    #[serde(default)]
    pub(crate) users: Vec<SeedUser>,
    #[serde(default)]
    pub(crate) subscriptions: Vec<SeedSubscription>,
    #[serde(default)]
    pub(crate) invoices: Vec<SeedInvoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedPaywall {
    pub(crate) id: Id,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) single_use_links: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedUser {
    pub(crate) email: Id,
    pub(crate) paywall: Id,
    #[serde(default)]
    pub(crate) active_purchase: bool,
    #[serde(default)]
    pub(crate) user_meta: Meta,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedSubscription {
    pub(crate) id: Id,
    pub(crate) user: Id,
    pub(crate) paywall: Id,
    pub(crate) plan: String,
    pub(crate) price_id: String,
    pub(crate) unit_amount: Amount,
    pub(crate) interval: Interval,
    pub(crate) status: OnlineAppStatus,
    pub(crate) period_ends_in_days: Days,
    #[serde(default)]
    pub(crate) cancel_at_period_end: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedInvoice {
    pub(crate) number: Id,
    pub(crate) user: Id,
    pub(crate) paywall: Id,
    pub(crate) issued_days_ago: Days,
    pub(crate) unit_amount: Amount,
}

impl Section for OnlineAppSection {
    fn provider(&self) -> &'static ProviderInfo {
        &ONLINEAPP
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("api_key", self.first_key().to_owned()),
            ("paywall_id", self.first_paywall().to_owned()),
        ]
    }

    fn secrets(&self) -> Vec<String> {
        self.api_keys.get_ref().clone()
    }

    fn invoice_numbers(&self) -> Vec<&Id> {
        self.invoices
            .iter()
            .map(|invoice| &invoice.number)
            .collect()
    }

    fn check(&self) -> CheckResult {
        check(self)
    }

    fn fill(&self, tx: &Transaction<'_>, now: Timestamp) -> Result<()> {
        fill(tx, self, now)
    }

    fn matches(&self, tx: &Transaction<'_>) -> Result<bool> {
        Ok(paywalls::has_key(tx, self.first_key())?
            && paywalls::find(tx, self.first_paywall())?.is_some())
    }
}

impl OnlineAppSection {
    /// The key that clients are configured with. A checked seed has at least one.
    fn first_key(&self) -> &str {
        &self.api_keys.get_ref()[0]
    }

    pub(super) fn first_paywall(&self) -> &str {
        self.paywalls.get_ref()[0].id.get_ref()
    }

    pub(super) fn paywall_ids(&self) -> impl Iterator<Item = &str> {
        let paywalls = self.paywalls.get_ref().iter();
        paywalls.map(|paywall| paywall.id.get_ref().as_str())
    }
}

fn check(seed: &OnlineAppSection) -> CheckResult {
    let keys = seed.api_keys.get_ref();
    if keys.is_empty() || keys.iter().any(String::is_empty) {
        return contradiction(
            seed.api_keys.span(),
            "`api_keys` needs at least one key, and no empty one",
        );
    }
    if keys
        .iter()
        .enumerate()
        .any(|(index, key)| keys[..index].contains(key))
    {
        return contradiction(seed.api_keys.span(), "`api_keys` holds a key twice");
    }
    let paywalls = seed.paywalls.get_ref();
    if paywalls.is_empty() {
        return contradiction(seed.paywalls.span(), "`paywalls` needs at least one");
    }
    let ids = || paywalls.iter().map(|one| &one.id);
    check_unique("id", ids())?;
    for user in &seed.users {
        check_reference("paywall", &user.paywall, ids())?;
    }
    // A user can be on several paywalls, but only once on each.
    let mut members = BTreeSet::new();
    for user in &seed.users {
        let member = (user.email.get_ref(), user.paywall.get_ref());
        if !members.insert(member) {
            return contradiction(
                user.email.span(),
                "`email` names a user who is on this paywall already",
            );
        }
    }
    check_unique("id", seed.subscriptions.iter().map(|one| &one.id))?;
    let subscribers = seed
        .subscriptions
        .iter()
        .map(|one| (&one.user, &one.paywall));
    let invoiced = seed.invoices.iter().map(|one| (&one.user, &one.paywall));
    for (user, paywall) in subscribers.chain(invoiced) {
        check_reference("paywall", paywall, ids())?;
        if !members.contains(&(user.get_ref(), paywall.get_ref())) {
            // An error must not show the address.
            return contradiction(
                user.span(),
                "`user` names no user that the seed has on that paywall",
            );
        }
    }
    for one in &seed.subscriptions {
        let alive = matches!(
            one.status,
            OnlineAppStatus::Active | OnlineAppStatus::Trialing | OnlineAppStatus::PastDue
        );
        if one.cancel_at_period_end && !alive {
            return contradiction(one.id.span(), ENDED_SUBSCRIPTION);
        }
    }
    Ok(())
}

fn fill(tx: &Transaction<'_>, seed: &OnlineAppSection, now: Timestamp) -> Result<()> {
    for key in seed.api_keys.get_ref() {
        paywalls::add_key(tx, key)?;
    }
    for paywall in seed.paywalls.get_ref() {
        let paywall = Paywall {
            id: paywall.id.get_ref().clone(),
            name: paywall.name.clone(),
            single_use_links: paywall.single_use_links,
        };
        paywall.insert(tx)?;
    }
    for user in &seed.users {
        let id = users::find_or_create(tx, user.email.get_ref(), now)?;
        let paywall = user.paywall.get_ref();
        users::join(tx, &id, paywall, Some(user.user_meta.0.clone()))?;
        if user.active_purchase {
            users::add_purchase(tx, &id, paywall)?;
        }
    }
    for one in &seed.subscriptions {
        subscription(tx, one, now)?.insert(tx)?;
    }
    for one in &seed.invoices {
        let invoice = OnlineAppInvoice {
            number: one.number.get_ref().clone(),
            user_id: user_id(tx, one.user.get_ref())?,
            paywall_id: one.paywall.get_ref().clone(),
            issued_at: days_from(now, -one.issued_days_ago.0),
            unit_amount: one.unit_amount.0,
        };
        invoice.insert(tx)?;
    }
    Ok(())
}

fn subscription(
    tx: &Transaction<'_>,
    one: &SeedSubscription,
    now: Timestamp,
) -> Result<OnlineAppSubscription> {
    let end = period_end(one.period_ends_in_days, now);
    let ended = one.status == OnlineAppStatus::Canceled;
    Ok(OnlineAppSubscription {
        id: one.id.get_ref().clone(),
        user_id: user_id(tx, one.user.get_ref())?,
        paywall_id: one.paywall.get_ref().clone(),
        plan: one.plan.clone(),
        price_id: one.price_id.clone(),
        unit_amount: one.unit_amount.0,
        billing_interval: one.interval,
        status: one.status,
        current_period_start: one.interval.before(end),
        current_period_end: end,
        cancel_at_period_end: one.cancel_at_period_end,
        canceled_at: (ended || one.cancel_at_period_end).then(|| end.min(now)),
        ended_at: ended.then(|| end.min(now)),
    })
}

fn user_id(tx: &Transaction<'_>, email: &str) -> Result<String> {
    users::find(tx, email)?.ok_or_else(missing)
}

/// The error for an unknown id, which a checked seed does not have.
fn missing() -> StoreError {
    rusqlite::Error::QueryReturnedNoRows.into()
}

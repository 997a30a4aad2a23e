//! The seed file's keys, as `default.toml` explains them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected};
use serde_json::{Map, Value};
use toml::Spanned;

use crate::kwik;
use crate::store::products::BillingPeriod;
use crate::store::subscriptions::{Interval, KwikStatus, OnlineAppStatus};

/// A whole seed file. It holds keys and addresses, so nothing here has a Debug.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) onlineapp: OnlineApp,
    pub(super) kwik: Kwik,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlineApp {
    pub(super) api_keys: Spanned<Vec<String>>,
    pub(super) paywalls: Spanned<Vec<Paywall>>,
    #[serde(default)]
    pub(super) users: Vec<User>,
    #[serde(default)]
    pub(super) subscriptions: Vec<OnlineAppSubscription>,
    #[serde(default)]
    pub(super) invoices: Vec<OnlineAppInvoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paywall {
    pub(super) id: Id,
    pub(super) name: String,
    #[serde(default)]
    pub(super) single_use_links: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User {
    pub(super) email: Id,
    pub(super) paywall: Id,
    #[serde(default)]
    pub(super) active_purchase: bool,
    #[serde(default)]
    pub(super) user_meta: Meta,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlineAppSubscription {
    pub(super) id: Id,
    pub(super) user: Id,
    pub(super) paywall: Id,
    pub(super) plan: String,
    pub(super) price_id: String,
    pub(super) unit_amount: Amount,
    pub(super) interval: Interval,
    pub(super) status: OnlineAppStatus,
    pub(super) period_ends_in_days: Days,
    #[serde(default)]
    pub(super) cancel_at_period_end: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlineAppInvoice {
    pub(super) number: Id,
    pub(super) user: Id,
    pub(super) paywall: Id,
    pub(super) issued_days_ago: Days,
    pub(super) unit_amount: Amount,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kwik {
    pub(super) api_key: Spanned<String>,
    pub(super) api_secret: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) settings: Option<Spanned<kwik::Settings>>,
    #[serde(default)]
    pub(super) single_use_links: bool,
    #[serde(default)]
    pub(super) products: Vec<Product>,
    #[serde(default)]
    pub(super) customers: Vec<Customer>,
    #[serde(default)]
    pub(super) cards: Vec<Card>,
    #[serde(default)]
    pub(super) subscriptions: Vec<KwikSubscription>,
    #[serde(default)]
    pub(super) invoices: Vec<KwikInvoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Product {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) amount_cents: Amount,
    pub(super) billing_period: BillingPeriod,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Customer {
    pub(super) id: Id,
    pub(super) name: String,
    pub(super) email: String,
    #[serde(default)]
    pub(super) company: String,
    #[serde(default)]
    pub(super) vat_number: String,
    #[serde(default)]
    pub(super) street: String,
    #[serde(default)]
    pub(super) city: String,
    #[serde(default)]
    pub(super) postal_code: String,
    #[serde(default)]
    pub(super) country: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Card {
    pub(super) id: Id,
    pub(super) customer: Id,
    pub(super) brand: String,
    pub(super) last_four: Spanned<String>,
    pub(super) expires: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KwikSubscription {
    pub(super) id: Id,
    pub(super) customer: Id,
    pub(super) product: Id,
    pub(super) status: KwikStatus,
    pub(super) period_ends_in_days: Days,
    #[serde(default)]
    pub(super) cancel_at_period_end: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KwikInvoice {
    pub(super) number: Id,
    pub(super) customer: Id,
    pub(super) issued_days_ago: Days,
    pub(super) amount_cents: Amount,
}

/// What one thing is called by another, with its place in the file.
pub(super) type Id = Spanned<String>;

/// `userMeta`, as JSON knows it.
#[derive(Clone, Default)]
pub(super) struct Meta(pub(super) Map<String, Value>);

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = BTreeMap::<String, Value>::deserialize(deserializer)?;
        Ok(Self(table.into_iter().collect()))
    }
}

/// Days before or after the seeding, within ten years: each period of that time is lived through at the start.
#[derive(Clone, Copy)]
pub(super) struct Days(pub(super) i64);

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(deserializer, -3660..=3660, "whole days from -3660 to 3660").map(Self)
    }
}

/// Money in minor units.
#[derive(Clone, Copy)]
pub(super) struct Amount(pub(super) i64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(
            deserializer,
            0..=1_000_000_000_000,
            "minor units from 0 to 1000000000000",
        )
        .map(Self)
    }
}

fn bounded<'de, D: Deserializer<'de>>(
    deserializer: D,
    range: std::ops::RangeInclusive<i64>,
    expected: &str,
) -> Result<i64, D::Error> {
    let number = i64::deserialize(deserializer)?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(D::Error::invalid_value(
            Unexpected::Signed(number),
            &expected,
        ))
    }
}

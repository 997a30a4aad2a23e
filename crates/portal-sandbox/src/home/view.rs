use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;
use rusqlite::Transaction;

use super::commands::{self, Command};
use super::switches::Switches;
use crate::journal::{Direction, Entry};
use crate::provider::Provider;
use crate::store::subscriptions::{self, KwikStatus, OnlineAppStatus, Subscription};
use crate::store::{Result, customers, products, users};
use crate::{Dialect, Ready};

/// The home page.
#[derive(Template)]
#[template(path = "home/home.html")]
pub(super) struct Home {
    version: &'static str,
    dialect: &'static str,
    on_file: bool,
    now: String,
    ready: Ready,
    commands: [Command; 4],
    csrf: String,
    customers: Vec<Customer>,
    users: Vec<User>,
    /// How many users there are beyond those shown.
    more_users: usize,
    switches: Option<Switches>,
    calls: Vec<Call>,
}

/// A Kwik customer, with what a link can be made for.
struct Customer {
    id: String,
    name: String,
    subscriptions: Vec<(String, String)>,
}

/// An OnlineApp user, with what the answer depends on.
struct User {
    email: String,
    state: String,
}

/// A provider request that arrived, or a webhook that was sent.
pub(super) struct Call {
    at: String,
    party: &'static str,
    method: String,
    path: String,
    /// `None` while it is answered, and for ever when the client left.
    status: Option<u16>,
    good: bool,
    /// Headers and body, with secrets masked.
    text: String,
}

/// The newest calls alone.
#[derive(Template)]
#[template(path = "home/journal.html")]
pub(super) struct Entries {
    pub(super) live: bool,
    pub(super) calls: Vec<Call>,
}

/// A link that was just made. Its URL is a login, so there is no Debug.
#[derive(Template)]
#[template(path = "home/made.html")]
pub(super) struct Made {
    pub(super) url: String,
}

/// Why nothing was done.
#[derive(Template)]
#[template(path = "home/refused.html")]
pub(super) struct Refused {
    heading: &'static str,
    why: &'static str,
    /// The status and body that a caller would get.
    answer: Option<(String, String)>,
}

/// Every call with a new address makes a user; a page with thousands helps nobody.
const USERS_SHOWN: usize = 20;

impl Home {
    pub(super) fn of(
        tx: &Transaction<'_>,
        now: Timestamp,
        ready: Ready,
        dialect: Dialect,
        csrf: String,
        switches: Option<Switches>,
        calls: Vec<Call>,
    ) -> Result<Self> {
        let mut users = users(tx)?;
        let more_users = users.len().saturating_sub(USERS_SHOWN);
        users.truncate(USERS_SHOWN);
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            dialect: match dialect {
                Dialect::Classic => "classic: an active purchase gives 409",
                Dialect::V3 => "v3: no active subscription gives 403",
            },
            on_file: tx.path().is_some_and(|path| !path.is_empty()),
            now: now.strftime("%-d %B %Y, %H:%M:%S UTC").to_string(),
            commands: commands::all(&ready),
            ready,
            csrf,
            customers: customers(tx)?,
            users,
            more_users,
            switches,
            calls,
        })
    }
}

impl Refused {
    pub(super) fn by_us(heading: &'static str, why: &'static str) -> Self {
        Self {
            heading,
            why,
            answer: None,
        }
    }

    pub(super) fn with_answer(
        heading: &'static str,
        why: &'static str,
        status: StatusCode,
        body: String,
    ) -> Self {
        Self {
            heading,
            why,
            answer: Some((status.to_string(), body)),
        }
    }
}

/// The calls as a reader sees them, in the order given.
pub(super) fn calls(entries: &[Entry]) -> Vec<Call> {
    entries
        .iter()
        .map(|entry| Call {
            at: entry.at.strftime("%H:%M:%S").to_string(),
            party: match (entry.provider, entry.direction) {
                (Provider::OnlineApp, Direction::In) => "OnlineApp",
                (Provider::OnlineApp, Direction::Out) => "OnlineApp’s webhook",
                (Provider::Kwik, Direction::In) => "Kwik",
                (Provider::Kwik, Direction::Out) => "Kwik’s webhook",
            },
            method: entry.method.clone(),
            path: entry.path.clone(),
            status: entry.status,
            good: entry.status.is_some_and(|status| status < 300),
            text: text(entry),
        })
        .collect()
}

fn text(entry: &Entry) -> String {
    let mut text: String = entry
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    text.push('\n');
    text.push_str(&match &entry.body {
        serde_json::Value::String(raw) => raw.clone(),
        body => format!("{body:#}"),
    });
    text.trim_end().to_owned()
}

fn customers(tx: &Transaction<'_>) -> Result<Vec<Customer>> {
    let products = products::all(tx)?;
    let subscriptions = subscriptions::all(tx)?;
    let of = |customer: &str| {
        let own = subscriptions
            .iter()
            .filter_map(|subscription| match subscription {
                Subscription::Kwik(one) if one.customer_id == customer => Some(one),
                _ => None,
            });
        own.map(|one| {
            let product = products.iter().find(|product| product.id == one.product_id);
            let name = product.map_or(one.product_id.as_str(), |product| &product.name);
            let state = match one.status {
                KwikStatus::Active => "active",
                KwikStatus::Inactive => "inactive",
            };
            (one.id.clone(), format!("{name}, {state} ({})", one.id))
        })
        .collect()
    };
    Ok(customers::all(tx)?
        .into_iter()
        .map(|customer| Customer {
            subscriptions: of(&customer.id),
            id: customer.id,
            name: customer.billing.name,
        })
        .collect())
}

fn users(tx: &Transaction<'_>) -> Result<Vec<User>> {
    let mut shown = Vec::new();
    for member in users::all(tx)? {
        let subscription = subscriptions::of_user(tx, &member.id, &member.paywall_id)?;
        let purchase = users::has_active_purchase(tx, &member.id, &member.paywall_id)?;
        let state = match subscription {
            Some(one) if one.status == OnlineAppStatus::Active => format!("{}, active", one.plan),
            Some(one) => format!("{}, not active", one.plan),
            None if purchase => "an active purchase".to_owned(),
            None => "no subscription".to_owned(),
        };
        shown.push(User {
            email: member.email,
            state,
        });
    }
    Ok(shown)
}

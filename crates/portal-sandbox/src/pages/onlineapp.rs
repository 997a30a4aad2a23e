use askama::Template;
use rusqlite::Transaction;

use super::text;
use crate::store::links::{Link, OnlineAppPortal};
use crate::store::subscriptions::{self, OnlineAppStatus};
use crate::store::{Result, accounts, users};

/// A user's portal on one paywall.
#[derive(Template)]
#[template(path = "onlineapp.html")]
pub(super) struct View {
    paywall: String,
    email: String,
    subscription: Option<Subscription>,
    return_url: Option<String>,
    expires: String,
}

struct Subscription {
    plan: String,
    active: bool,
    status: &'static str,
    period: String,
}

impl View {
    pub(super) fn of(tx: &Transaction<'_>, link: &Link, portal: &OnlineAppPortal) -> Result<Self> {
        let subscription = subscriptions::of_user(tx, &portal.user_id, &portal.paywall_id)?;
        Ok(Self {
            paywall: accounts::paywall_name(tx, &portal.paywall_id)?.unwrap_or_default(),
            email: users::email(tx, &portal.user_id)?,
            subscription: subscription.map(|subscription| Subscription {
                plan: subscription.plan,
                active: subscription.status == OnlineAppStatus::Active,
                status: match subscription.status {
                    OnlineAppStatus::Active => "Active",
                    OnlineAppStatus::Trialing => "On trial",
                    OnlineAppStatus::PastDue => "Payment overdue",
                    OnlineAppStatus::Canceled => "Cancelled",
                    OnlineAppStatus::Incomplete => "Awaiting payment",
                },
                period: text::day(subscription.current_period_end),
            }),
            return_url: portal.return_url.clone(),
            expires: text::moment(link.expires_at),
        })
    }
}

use askama::Template;
use rusqlite::Transaction;

use super::Visit;
use crate::onlineapp::actions::runs;
use crate::pages::entry::Entry;
use crate::pages::shell::Shell;
use crate::pages::text;
use crate::store::links::OnlineAppPortal;
use crate::store::subscriptions::{Interval, OnlineAppStatus, OnlineAppSubscription};
use crate::store::{Result, invoices};

/// A user's portal on one paywall.
#[derive(Template)]
#[template(path = "onlineapp.html")]
pub(super) struct View {
    shell: Shell,
    notice: Option<String>,
    subscription: Option<Subscription>,
    invoices: Vec<Invoice>,
}

struct Subscription {
    plan: String,
    price: String,
    status: &'static str,
    good: bool,
    runs: bool,
    ending: bool,
    /// What the day is, as the beginning of a sentence.
    what: &'static str,
    day: String,
}

struct Invoice {
    number: String,
    issued: String,
    amount: String,
}

impl View {
    pub(super) fn of(
        tx: &Transaction<'_>,
        entry: &Entry,
        portal: &OnlineAppPortal,
        visit: &Visit,
    ) -> Result<Self> {
        let invoices = invoices::of_user(tx, &portal.user_id, &portal.paywall_id)?.into_iter();
        Ok(Self {
            shell: visit.shell(entry),
            notice: entry.notice(tx)?,
            subscription: visit.subscription.as_ref().map(Subscription::of),
            invoices: invoices
                .map(|invoice| Invoice {
                    number: invoice.number,
                    issued: text::day(invoice.issued_at),
                    amount: text::dollars(invoice.unit_amount),
                })
                .collect(),
        })
    }
}

impl Subscription {
    fn of(subscription: &OnlineAppSubscription) -> Self {
        let status = subscription.status;
        let ending = runs(status) && subscription.cancel_at_period_end;
        let end = subscription.current_period_end;
        let (what, day) = match status {
            OnlineAppStatus::Active | OnlineAppStatus::Trialing if !ending => ("Renews on", end),
            OnlineAppStatus::Active | OnlineAppStatus::Trialing | OnlineAppStatus::PastDue => {
                ("The period ends on", end)
            }
            OnlineAppStatus::Canceled => ("Ended on", subscription.ended_at.unwrap_or(end)),
            OnlineAppStatus::Incomplete => ("Ordered on", subscription.current_period_start),
        };
        Self {
            plan: subscription.plan.clone(),
            price: price(subscription),
            status: match status {
                _ if ending => "Cancelled, still running",
                OnlineAppStatus::Active => "Active",
                OnlineAppStatus::Trialing => "On trial",
                OnlineAppStatus::PastDue => "Payment overdue",
                OnlineAppStatus::Canceled => "Cancelled",
                OnlineAppStatus::Incomplete => "Awaiting payment",
            },
            good: matches!(status, OnlineAppStatus::Active | OnlineAppStatus::Trialing) && !ending,
            runs: runs(status),
            ending,
            what,
            day: text::day(day),
        }
    }
}

/// Writes a subscription's price: `$9.99 a month`.
pub(super) fn price(subscription: &OnlineAppSubscription) -> String {
    let interval = match subscription.billing_interval {
        Interval::Day => "a day",
        Interval::Week => "a week",
        Interval::Month => "a month",
        Interval::Year => "a year",
    };
    format!("{} {interval}", text::dollars(subscription.unit_amount))
}

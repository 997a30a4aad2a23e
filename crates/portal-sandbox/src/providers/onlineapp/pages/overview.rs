use askama::Template;
use rusqlite::Transaction;

use super::content::PortalContent;
use crate::pages::context::PageContext;
use crate::pages::format;
use crate::pages::layout::Layout;
use crate::providers::onlineapp::actions::is_running;
use crate::providers::onlineapp::portal::OnlineAppPortal;
use crate::providers::onlineapp::store::invoices;
use crate::providers::onlineapp::store::subscriptions::{
    Interval, OnlineAppStatus, OnlineAppSubscription,
};
use crate::store::Result;

/// A user's portal on one paywall.
#[derive(Template)]
#[template(path = "onlineapp/overview.html")]
pub(super) struct Overview {
    layout: Layout,
    notice: Option<String>,
    subscription: Option<Subscription>,
    invoices: Vec<Invoice>,
}

struct Subscription {
    plan: String,
    price: String,
    status: &'static str,
    good: bool,
    is_running: bool,
    ending: bool,
    /// The text before the day.
    day_label: &'static str,
    day: String,
}

struct Invoice {
    number: String,
    issued: String,
    amount: String,
}

impl Overview {
    pub(super) fn new(
        tx: &Transaction<'_>,
        context: &PageContext,
        portal: &OnlineAppPortal,
        content: &PortalContent,
    ) -> Result<Self> {
        let invoices = invoices::list(tx, &portal.user_id, &portal.paywall_id)?.into_iter();
        Ok(Self {
            layout: content.layout(context),
            notice: context.notice(tx)?,
            subscription: content.subscription.as_ref().map(Subscription::new),
            invoices: invoices
                .map(|invoice| Invoice {
                    number: invoice.number,
                    issued: format::day(invoice.issued_at),
                    amount: format::dollars(invoice.unit_amount),
                })
                .collect(),
        })
    }
}

impl Subscription {
    fn new(subscription: &OnlineAppSubscription) -> Self {
        let status = subscription.status;
        let ending = is_running(status) && subscription.cancel_at_period_end;
        let end = subscription.current_period_end;
        let (day_label, day) = match status {
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
            is_running: is_running(status),
            ending,
            day_label,
            day: format::day(day),
        }
    }
}

/// Formats a subscription's price: `$9.99 a month`.
pub(super) fn price(subscription: &OnlineAppSubscription) -> String {
    let interval = match subscription.billing_interval {
        Interval::Day => "a day",
        Interval::Week => "a week",
        Interval::Month => "a month",
        Interval::Year => "a year",
    };
    format!("{} {interval}", format::dollars(subscription.unit_amount))
}

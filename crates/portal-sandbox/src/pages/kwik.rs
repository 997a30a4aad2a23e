use askama::Template;
use rusqlite::Transaction;

use super::text;
use crate::kwik::{CancelType, Settings};
use crate::store::customers::{self, Customer};
use crate::store::links::{KwikPortal, Link};
use crate::store::products::{self, BillingPeriod, Product};
use crate::store::subscriptions::{self, KwikStatus};
use crate::store::{Failure, Result, accounts, invoices};

/// A customer's portal as its link's settings want it.
#[derive(Template)]
#[template(path = "kwik.html")]
pub(super) struct View {
    title: String,
    customer: String,
    /// `None`: the customer has a package to choose.
    subscription: Option<Subscription>,
    /// What to choose or switch to; empty where that is not allowed.
    offers: Vec<Interval>,
    billing: Option<Billing>,
    invoices: Option<Vec<Invoice>>,
    redirect_url: Option<String>,
    expires: String,
}

struct Subscription {
    plan: String,
    price: String,
    active: bool,
    period: String,
    /// What the customer may do with it, in words.
    allowed: Vec<&'static str>,
}

/// Products that are billed equally often, smallest amount first.
struct Interval {
    name: &'static str,
    products: Vec<Offer>,
}

struct Offer {
    name: String,
    price: String,
    current: bool,
}

struct Billing {
    name: String,
    email: String,
    editable: bool,
}

struct Invoice {
    number: String,
    issued: String,
    amount: String,
}

impl View {
    pub(super) fn of(tx: &Transaction<'_>, link: &Link, portal: &KwikPortal) -> Result<Self> {
        let account = accounts::kwik_account(tx)?;
        let settings = portal.settings.clone().or(account.settings);
        let customer = customers::find(tx, &portal.customer_id)?.ok_or(missing())?;
        let current = match &portal.subscription_id {
            None => None,
            Some(id) => Some(subscriptions::of_customer(tx, &customer.id, id)?.ok_or(missing())?),
        };
        let current_product = match &current {
            None => None,
            Some(subscription) => {
                Some(products::find(tx, &subscription.product_id)?.ok_or(missing())?)
            }
        };
        // Without a subscription the products are what the page is for; with one they are what to switch to.
        let offered = if current.is_none() || settings.allow_switch_plan == Some(true) {
            let mut offered = products::all(tx)?;
            if let Some(ids) = &settings.products_ids {
                offered.retain(|product| ids.contains(&product.id));
            }
            offered
        } else {
            Vec::new()
        };
        let current_id = current_product.as_ref().map(|product| product.id.clone());
        Ok(Self {
            offers: intervals(offered, current_id.as_deref()),
            subscription: current.zip(current_product).map(|(subscription, product)| {
                let active = subscription.status == KwikStatus::Active;
                Subscription {
                    price: price(&product),
                    plan: product.name,
                    active,
                    period: text::day(subscription.current_period_end),
                    allowed: allowed(&settings, active),
                }
            }),
            billing: (settings.show_billing_info == Some(true)).then(|| Billing {
                name: customer.name.clone(),
                email: customer.email.clone(),
                editable: settings.allow_update_billing_info == Some(true),
            }),
            invoices: match settings.show_invoices {
                Some(true) => Some(of_customer(tx, &customer)?),
                _ => None,
            },
            title: settings.page_title.unwrap_or(account.name),
            customer: customer.name,
            redirect_url: settings.redirect_url,
            expires: text::moment(link.expires_at),
        })
    }
}

fn allowed(settings: &Settings, active: bool) -> Vec<&'static str> {
    let mut allowed = Vec::new();
    if !active {
        allowed.push("Reactivate this subscription.");
    } else if settings.allow_cancel == Some(true) {
        allowed.push(match settings.cancel_type {
            Some(CancelType::Now) => "Cancel this subscription at once.",
            Some(CancelType::AfterBillingPeriod) | None => {
                "Cancel this subscription at the end of the billing period."
            }
        });
    }
    if settings.allow_switch_plan == Some(true) {
        allowed.push("Switch to another plan.");
    }
    allowed
}

/// Groups products by interval, shortest first; within one they keep their order.
fn intervals(mut products: Vec<Product>, current: Option<&str>) -> Vec<Interval> {
    products.sort_by_key(|product| product.billing_period);
    products
        .chunk_by(|a, b| a.billing_period == b.billing_period)
        .map(|group| Interval {
            name: heading(group[0].billing_period),
            products: group
                .iter()
                .map(|product| Offer {
                    name: product.name.clone(),
                    price: price(product),
                    current: current == Some(&product.id),
                })
                .collect(),
        })
        .collect()
}

fn of_customer(tx: &Transaction<'_>, customer: &Customer) -> Result<Vec<Invoice>> {
    let invoices = invoices::of_customer(tx, &customer.id)?.into_iter();
    Ok(invoices
        .map(|invoice| Invoice {
            number: invoice.number,
            issued: text::day(invoice.issued_at),
            amount: text::rand(invoice.amount_cents),
        })
        .collect())
}

fn price(product: &Product) -> String {
    let period = match product.billing_period {
        BillingPeriod::Daily => "a day",
        BillingPeriod::Weekly => "a week",
        BillingPeriod::Monthly => "a month",
        BillingPeriod::Quarterly => "every 3 months",
        BillingPeriod::HalfYearly => "every 6 months",
        BillingPeriod::Yearly => "a year",
    };
    format!("{} {period}", text::rand(product.amount_cents))
}

fn heading(period: BillingPeriod) -> &'static str {
    match period {
        BillingPeriod::Daily => "Daily",
        BillingPeriod::Weekly => "Weekly",
        BillingPeriod::Monthly => "Monthly",
        BillingPeriod::Quarterly => "Quarterly",
        BillingPeriod::HalfYearly => "Half-yearly",
        BillingPeriod::Yearly => "Yearly",
    }
}

/// A link outlives what it was made for only after a reset, and that takes the links as well.
fn missing() -> Failure {
    rusqlite::Error::QueryReturnedNoRows.into()
}

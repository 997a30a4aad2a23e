use askama::Template;
use rusqlite::Transaction;

use super::shell;
use crate::kwik::billing::FIELDS;
use crate::kwik::{CancelType, Visit, vat};
use crate::pages::entry::Entry;
use crate::pages::shell::Shell;
use crate::pages::text;
use crate::store::cards::Card;
use crate::store::products::{BillingPeriod, Product};
use crate::store::subscriptions::{KwikStatus, KwikSubscription};
use crate::store::{Result, invoices};

/// A customer's portal as its link's settings want it.
#[derive(Template)]
#[template(path = "kwik.html")]
pub(super) struct View {
    shell: Shell,
    notice: Option<String>,
    /// `None`: the customer has a package to choose.
    subscription: Option<Subscription>,
    /// What to choose or switch to; empty where that is not allowed.
    offers: Vec<Interval>,
    cards: Vec<String>,
    billing: Option<Billing>,
    invoices: Option<Vec<Invoice>>,
}

struct Subscription {
    plan: String,
    price: String,
    vat: String,
    standing: Standing,
    /// The day on which it renews, ends or ended.
    day: String,
    /// When a cancellation would take effect, where one can be asked for now.
    cancels: Option<CancelType>,
}

/// Where a subscription stands, as the page tells it.
#[derive(PartialEq, Eq)]
enum Standing {
    Active,
    Ending,
    Inactive,
}

/// Products that are billed equally often, smallest amount first.
struct Interval {
    name: &'static str,
    products: Vec<Offer>,
}

struct Offer {
    id: String,
    name: String,
    price: String,
    current: bool,
}

struct Billing {
    /// Labels with what is known.
    facts: Vec<(&'static str, String)>,
    editable: bool,
}

struct Invoice {
    number: String,
    issued: String,
    vat: String,
    amount: String,
}

impl View {
    pub(super) fn of(tx: &Transaction<'_>, entry: &Entry, visit: &Visit) -> Result<Self> {
        let subscription = visit
            .subscription
            .as_ref()
            .map(|(subscription, product)| Subscription::of(visit, subscription, product));
        let current = visit.subscription.as_ref().map(|(_, product)| &product.id);
        // A plan is switched while the subscription goes on; otherwise that comes first.
        let offered = match &subscription {
            Some(subscription) if subscription.standing != Standing::Active => Vec::new(),
            _ => intervals(&visit.offers, current),
        };
        Ok(Self {
            shell: shell(entry, visit),
            notice: entry.notice(tx)?,
            subscription,
            offers: offered,
            cards: visit.cards.iter().map(full_card).collect(),
            billing: visit.shows_billing().then(|| Billing::of(visit)),
            invoices: match visit.shows_invoices() {
                true => Some(of_customer(tx, &visit.customer.id)?),
                false => None,
            },
        })
    }
}

impl Subscription {
    fn of(visit: &Visit, subscription: &KwikSubscription, product: &Product) -> Self {
        let standing = match subscription.status {
            KwikStatus::Inactive => Standing::Inactive,
            KwikStatus::Active if subscription.cancel_at_period_end => Standing::Ending,
            KwikStatus::Active => Standing::Active,
        };
        let cancels = match standing {
            Standing::Active => visit.cancels(),
            // What ends anyway can still be ended sooner.
            Standing::Ending => visit.cancels().filter(|when| *when == CancelType::Now),
            Standing::Inactive => None,
        };
        let day = match standing {
            Standing::Active | Standing::Ending => subscription.current_period_end,
            Standing::Inactive => subscription
                .ended_at
                .unwrap_or(subscription.current_period_end),
        };
        Self {
            plan: product.name.clone(),
            price: price(product),
            vat: text::rand(vat::included_in(product.amount_cents)),
            standing,
            day: text::day(day),
            cancels,
        }
    }
}

impl Billing {
    fn of(visit: &Visit) -> Self {
        let known = FIELDS
            .iter()
            .map(|field| (field.label, (field.of)(&visit.customer.billing).to_owned()));
        Self {
            facts: known.filter(|(_, text)| !text.is_empty()).collect(),
            editable: visit.edits_billing(),
        }
    }
}

/// Writes a product's price: `R199.00 a month`.
pub(super) fn price(product: &Product) -> String {
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

/// Writes a card by its last four digits: `Visa ending in 4242`.
pub(super) fn card(card: &Card) -> String {
    format!("{} ending in {}", card.brand, card.last_four)
}

fn full_card(known: &Card) -> String {
    format!("{}, valid until {}", card(known), known.expires)
}

/// Groups products by interval, shortest first; within one they keep their order.
fn intervals(products: &[Product], current: Option<&String>) -> Vec<Interval> {
    let mut products: Vec<_> = products.iter().collect();
    products.sort_by_key(|product| product.billing_period);
    products
        .chunk_by(|a, b| a.billing_period == b.billing_period)
        .map(|group| Interval {
            name: heading(group[0].billing_period),
            products: group
                .iter()
                .map(|product| Offer {
                    id: product.id.clone(),
                    name: product.name.clone(),
                    price: price(product),
                    current: current == Some(&product.id),
                })
                .collect(),
        })
        .collect()
}

fn of_customer(tx: &Transaction<'_>, customer_id: &str) -> Result<Vec<Invoice>> {
    let invoices = invoices::of_customer(tx, customer_id)?.into_iter();
    Ok(invoices
        .map(|invoice| Invoice {
            number: invoice.number,
            issued: text::day(invoice.issued_at),
            vat: text::rand(vat::included_in(invoice.amount_cents)),
            amount: text::rand(invoice.amount_cents),
        })
        .collect())
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

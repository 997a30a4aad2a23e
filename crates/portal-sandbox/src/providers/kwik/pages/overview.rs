use askama::Template;
use rusqlite::Transaction;

use super::layout::layout;
use super::price::{card, price};
use crate::pages::context::PageContext;
use crate::pages::format;
use crate::pages::layout::Layout;
use crate::providers::kwik::billing::FIELDS;
use crate::providers::kwik::portal_content::PortalContent;
use crate::providers::kwik::settings::CancelType;
use crate::providers::kwik::store::cards::Card;
use crate::providers::kwik::store::invoices;
use crate::providers::kwik::store::products::{BillingPeriod, Product};
use crate::providers::kwik::store::subscriptions::{KwikStatus, KwikSubscription};
use crate::providers::kwik::vat;
use crate::store::Result;

/// A customer's portal as its link's settings want it.
#[derive(Template)]
#[template(path = "kwik/overview.html")]
pub(super) struct Overview {
    layout: Layout,
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
    display_status: DisplayStatus,
    /// The day on which it renews, ends or ended.
    day: String,
    /// When a cancellation would take effect, where one can be asked for now.
    cancels: Option<CancelType>,
}

/// A subscription's status, as the page shows it.
#[derive(PartialEq, Eq)]
enum DisplayStatus {
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

impl Overview {
    pub(super) fn of(
        tx: &Transaction<'_>,
        context: &PageContext,
        content: &PortalContent,
    ) -> Result<Self> {
        let subscription = content
            .subscription
            .as_ref()
            .map(|(subscription, product)| Subscription::of(content, subscription, product));
        let current = content
            .subscription
            .as_ref()
            .map(|(_, product)| &product.id);
        // A plan is switched while the subscription goes on; otherwise that comes first.
        let offered = match &subscription {
            Some(subscription) if subscription.display_status != DisplayStatus::Active => {
                Vec::new()
            }
            _ => intervals(&content.offers, current),
        };
        Ok(Self {
            layout: layout(context, content),
            notice: context.notice(tx)?,
            subscription,
            offers: offered,
            cards: content.cards.iter().map(full_card).collect(),
            billing: content.shows_billing().then(|| Billing::of(content)),
            invoices: match content.shows_invoices() {
                true => Some(of_customer(tx, &content.customer.id)?),
                false => None,
            },
        })
    }
}

impl Subscription {
    fn of(content: &PortalContent, subscription: &KwikSubscription, product: &Product) -> Self {
        let display_status = match subscription.status {
            KwikStatus::Inactive => DisplayStatus::Inactive,
            KwikStatus::Active if subscription.cancel_at_period_end => DisplayStatus::Ending,
            KwikStatus::Active => DisplayStatus::Active,
        };
        let cancels = match display_status {
            DisplayStatus::Active => content.cancels(),
            // What ends anyway can still be ended sooner.
            DisplayStatus::Ending => content.cancels().filter(|when| *when == CancelType::Now),
            DisplayStatus::Inactive => None,
        };
        let day = match display_status {
            DisplayStatus::Active | DisplayStatus::Ending => subscription.current_period_end,
            DisplayStatus::Inactive => subscription
                .ended_at
                .unwrap_or(subscription.current_period_end),
        };
        Self {
            plan: product.name.clone(),
            price: price(product),
            vat: format::rand(vat::included_in(product.amount_cents)),
            display_status,
            day: format::day(day),
            cancels,
        }
    }
}

impl Billing {
    fn of(content: &PortalContent) -> Self {
        let known = FIELDS.iter().map(|field| {
            (
                field.label,
                (field.of)(&content.customer.billing).to_owned(),
            )
        });
        Self {
            facts: known.filter(|(_, text)| !text.is_empty()).collect(),
            editable: content.edits_billing(),
        }
    }
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
            issued: format::day(invoice.issued_at),
            vat: format::rand(vat::included_in(invoice.amount_cents)),
            amount: format::rand(invoice.amount_cents),
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

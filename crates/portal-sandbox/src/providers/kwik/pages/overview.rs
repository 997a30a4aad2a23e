use askama::Template;
use rusqlite::Transaction;

use super::layout::layout;
use super::price::{full_card, price};
use crate::pages::context::PageContext;
use crate::pages::format;
use crate::pages::layout::Layout;
use crate::providers::kwik::billing::FIELDS;
use crate::providers::kwik::portal_content::PortalContent;
use crate::providers::kwik::settings::CancelType;
use crate::providers::kwik::store::invoices;
use crate::providers::kwik::store::products::{BillingPeriod, Product};
use crate::providers::kwik::store::subscriptions::{KwikStatus, KwikSubscription};
use crate::providers::kwik::vat;
use crate::store::Result;

/// A customer's portal, as its link's settings allow.
#[derive(Template)]
#[template(path = "kwik/overview.html")]
pub(super) struct Overview {
    layout: Layout,
    notice: Option<String>,
    /// `None` if the customer can choose a package.
    subscription: Option<Subscription>,
    /// The products to choose or to switch to; empty if that is not allowed.
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
    /// When a cancellation would take effect; `None` if none is possible.
    cancels: Option<CancelType>,
}

/// A subscription's status, as the page shows it.
#[derive(PartialEq, Eq)]
enum DisplayStatus {
    Active,
    Ending,
    Inactive,
}

/// Products with the same billing period, smallest amount first.
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
    /// Labels and values.
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
    pub(super) fn new(
        tx: &Transaction<'_>,
        context: &PageContext,
        content: &PortalContent,
    ) -> Result<Self> {
        let subscription = content
            .subscription
            .as_ref()
            .map(|(subscription, product)| Subscription::new(content, subscription, product));
        let current = content
            .subscription
            .as_ref()
            .map(|(_, product)| &product.id);
        // Only an active subscription can switch its plan.
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
            billing: content.shows_billing().then(|| Billing::new(content)),
            invoices: match content.shows_invoices() {
                true => Some(list_invoices(tx, &content.customer.id)?),
                false => None,
            },
        })
    }
}

impl Subscription {
    fn new(content: &PortalContent, subscription: &KwikSubscription, product: &Product) -> Self {
        let display_status = match subscription.status {
            KwikStatus::Inactive => DisplayStatus::Inactive,
            KwikStatus::Active if subscription.cancel_at_period_end => DisplayStatus::Ending,
            KwikStatus::Active => DisplayStatus::Active,
        };
        let cancels = match display_status {
            DisplayStatus::Active => content.cancels(),
            // A pending cancellation can still be made immediate.
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
    fn new(content: &PortalContent) -> Self {
        let known = FIELDS.iter().map(|field| {
            (
                field.label,
                (field.get)(&content.customer.billing).to_owned(),
            )
        });
        Self {
            facts: known.filter(|(_, text)| !text.is_empty()).collect(),
            editable: content.edits_billing(),
        }
    }
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

fn list_invoices(tx: &Transaction<'_>, customer_id: &str) -> Result<Vec<Invoice>> {
    let invoices = invoices::list(tx, customer_id)?.into_iter();
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

//! Kwik's section of the seed: its keys, its checks, and how it fills the database.

use jiff::Timestamp;
use rusqlite::Transaction;
use serde::Deserialize;
use toml::Spanned;

use super::info::KWIK;
use super::settings::Settings;
use super::store::account::{self, KwikAccount};
use super::store::cards::Card;
use super::store::customers::{self, Billing, Customer};
use super::store::invoices::KwikInvoice;
use super::store::products::{self, BillingPeriod, Product};
use super::store::subscriptions::{KwikStatus, KwikSubscription};
use crate::providers::info::ProviderInfo;
use crate::seed::check::{
    CheckResult, ENDED_SUBSCRIPTION, check_reference, check_unique, contradiction,
};
use crate::seed::section::Section;
use crate::seed::values::{Amount, Days, Id, days_from, period_end};
use crate::store::period::Period as _;
use crate::store::record::Record as _;
use crate::store::{Result, StoreError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KwikSection {
    pub(crate) api_key: Spanned<String>,
    pub(crate) api_secret: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) settings: Option<Spanned<Settings>>,
    #[serde(default)]
    pub(crate) single_use_links: bool,
    #[serde(default)]
    pub(crate) products: Vec<SeedProduct>,
    #[serde(default)]
    pub(crate) customers: Vec<SeedCustomer>,
    #[serde(default)]
    pub(crate) cards: Vec<SeedCard>,
    #[serde(default)]
    pub(crate) subscriptions: Vec<SeedSubscription>,
    #[serde(default)]
    pub(crate) invoices: Vec<SeedInvoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedProduct {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) amount_cents: Amount,
    pub(crate) billing_period: BillingPeriod,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedCustomer {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) email: String,
    #[serde(default)]
    pub(crate) company: String,
    #[serde(default)]
    pub(crate) vat_number: String,
    #[serde(default)]
    pub(crate) street: String,
    #[serde(default)]
    pub(crate) city: String,
    #[serde(default)]
    pub(crate) postal_code: String,
    #[serde(default)]
    pub(crate) country: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedCard {
    pub(crate) id: Id,
    pub(crate) customer: Id,
    pub(crate) brand: String,
    pub(crate) last_four: Spanned<String>,
    pub(crate) expires: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedSubscription {
    pub(crate) id: Id,
    pub(crate) customer: Id,
    pub(crate) product: Id,
    pub(crate) status: KwikStatus,
    pub(crate) period_ends_in_days: Days,
    #[serde(default)]
    pub(crate) cancel_at_period_end: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeedInvoice {
    pub(crate) number: Id,
    pub(crate) customer: Id,
    pub(crate) issued_days_ago: Days,
    pub(crate) amount_cents: Amount,
}

impl Section for KwikSection {
    fn provider(&self) -> &'static ProviderInfo {
        &KWIK
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("api_key", self.api_key.get_ref().clone()),
            ("api_secret", self.api_secret.clone()),
        ]
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.api_key.get_ref().clone(), self.api_secret.clone()]
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
        account::has_credential(tx, &credential(self))
    }
}

fn check(seed: &KwikSection) -> CheckResult {
    let key = seed.api_key.get_ref();
    if key.is_empty() || key.contains(':') {
        return contradiction(
            seed.api_key.span(),
            "`api_key` must not be empty and must contain no colon, which ends a user name in HTTP Basic",
        );
    }
    let products = || seed.products.iter().map(|one| &one.id);
    let customers = || seed.customers.iter().map(|one| &one.id);
    check_unique("id", products())?;
    check_unique("id", customers())?;
    let subscriptions = || seed.subscriptions.iter().map(|one| &one.id);
    check_unique("id", subscriptions())?;
    // An answer's `customer_id` and `subscription_id` are documented as String(32).
    for id in customers().chain(subscriptions()) {
        if id.get_ref().chars().count() > 32 {
            return contradiction(id.span(), "`id` is longer than Kwik's 32 characters");
        }
    }
    for one in &seed.subscriptions {
        check_reference("customer", &one.customer, customers())?;
        check_reference("product", &one.product, products())?;
        if one.cancel_at_period_end && one.status != KwikStatus::Active {
            return contradiction(one.id.span(), ENDED_SUBSCRIPTION);
        }
    }
    for one in &seed.invoices {
        check_reference("customer", &one.customer, customers())?;
    }
    check_unique("id", seed.cards.iter().map(|one| &one.id))?;
    for one in &seed.cards {
        check_reference("customer", &one.customer, customers())?;
        let digits = one.last_four.get_ref();
        if digits.len() != 4 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return contradiction(
                one.last_four.span(),
                "`last_four` must be four digits, in quotes",
            );
        }
    }
    if let Some(settings) = &seed.settings {
        for id in settings.get_ref().products_ids.iter().flatten() {
            if !products().any(|product| product.get_ref() == id) {
                let problem = format!("`products_ids` names `{id}`, but no product has this id");
                return contradiction(settings.span(), &problem);
            }
        }
    }
    Ok(())
}

fn credential(account: &KwikSection) -> String {
    format!("{}:{}", account.api_key.get_ref(), account.api_secret)
}

fn fill(tx: &Transaction<'_>, seed: &KwikSection, now: Timestamp) -> Result<()> {
    let settings = seed.settings.as_ref();
    let account = KwikAccount {
        name: seed.name.clone(),
        settings: settings.map_or_else(Default::default, |settings| settings.get_ref().clone()),
        single_use_links: seed.single_use_links,
    };
    account::create(tx, &credential(seed), &account)?;
    for one in &seed.products {
        let product = Product {
            id: one.id.get_ref().clone(),
            name: one.name.clone(),
            amount_cents: one.amount_cents.0,
            billing_period: one.billing_period,
        };
        product.insert(tx)?;
    }
    for one in &seed.customers {
        let customer = Customer {
            id: one.id.get_ref().clone(),
            billing: Billing {
                name: one.name.clone(),
                email: one.email.clone(),
                company: one.company.clone(),
                vat_number: one.vat_number.clone(),
                street: one.street.clone(),
                city: one.city.clone(),
                postal_code: one.postal_code.clone(),
                country: one.country.clone(),
            },
            created_at: now,
        };
        customers::add(tx, &customer)?;
    }
    for one in &seed.cards {
        let card = Card {
            id: one.id.get_ref().clone(),
            customer_id: one.customer.get_ref().clone(),
            brand: one.brand.clone(),
            last_four: one.last_four.get_ref().clone(),
            expires: one.expires.clone(),
        };
        card.insert(tx)?;
    }
    for one in &seed.subscriptions {
        kwik_subscription(tx, one, now)?.insert(tx)?;
    }
    for one in &seed.invoices {
        let invoice = KwikInvoice {
            number: one.number.get_ref().clone(),
            customer_id: one.customer.get_ref().clone(),
            issued_at: days_from(now, -one.issued_days_ago.0),
            amount_cents: one.amount_cents.0,
        };
        invoice.insert(tx)?;
    }
    Ok(())
}

fn kwik_subscription(
    tx: &Transaction<'_>,
    one: &SeedSubscription,
    now: Timestamp,
) -> Result<KwikSubscription> {
    let product = products::find(tx, one.product.get_ref())?.ok_or_else(missing)?;
    let end = period_end(one.period_ends_in_days, now);
    let ended = one.status == KwikStatus::Inactive;
    Ok(KwikSubscription {
        id: one.id.get_ref().clone(),
        customer_id: one.customer.get_ref().clone(),
        product_id: product.id,
        status: one.status,
        current_period_start: product.billing_period.before(end),
        current_period_end: end,
        cancel_at_period_end: one.cancel_at_period_end,
        canceled_at: (ended || one.cancel_at_period_end).then(|| end.min(now)),
        ended_at: ended.then(|| end.min(now)),
    })
}

/// The error for an unknown id, which a checked seed does not have.
fn missing() -> StoreError {
    rusqlite::Error::QueryReturnedNoRows.into()
}

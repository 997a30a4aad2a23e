use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;

use super::Seed;
use super::schema::{self, Days};
use crate::period::Period as _;
use crate::store::accounts::{self, KwikAccount, Paywall};
use crate::store::cards::{self, Card};
use crate::store::customers::{self, Billing, Customer};
use crate::store::invoices::{self, Invoice, OnlineAppInvoice};
use crate::store::products::{self, Product};
use crate::store::subscriptions::{
    self, KwikStatus, KwikSubscription, OnlineAppStatus, OnlineAppSubscription,
};
use crate::store::{Failure, Result, users};

impl Seed {
    /// Fills an empty database; periods and invoices lie around `now`.
    pub(crate) fn sow(&self, tx: &Transaction<'_>, now: Timestamp) -> Result<()> {
        onlineapp(tx, &self.document.onlineapp, now)?;
        kwik(tx, &self.document.kwik, now)
    }

    /// Says whether a database knows the credentials that this seed would give it.
    pub(crate) fn fits(&self, tx: &Transaction<'_>) -> Result<bool> {
        Ok(accounts::knows_onlineapp_key(tx, self.onlineapp_key())?
            && accounts::paywall(tx, self.paywall_id())?.is_some()
            && accounts::knows_kwik_credential(tx, &self.kwik_credential())?)
    }

    fn kwik_credential(&self) -> String {
        credential(&self.document.kwik)
    }
}

fn credential(account: &schema::Kwik) -> String {
    format!("{}:{}", account.api_key.get_ref(), account.api_secret)
}

fn onlineapp(tx: &Transaction<'_>, seed: &schema::OnlineApp, now: Timestamp) -> Result<()> {
    for key in seed.api_keys.get_ref() {
        accounts::add_onlineapp_key(tx, key)?;
    }
    for paywall in seed.paywalls.get_ref() {
        let paywall = Paywall {
            id: paywall.id.get_ref().clone(),
            name: paywall.name.clone(),
            single_use_links: paywall.single_use_links,
        };
        accounts::add_paywall(tx, &paywall)?;
    }
    for user in &seed.users {
        let id = users::find_or_create(tx, user.email.get_ref(), now)?;
        let paywall = user.paywall.get_ref();
        users::join(tx, &id, paywall, Some(user.user_meta.0.clone()))?;
        if user.active_purchase {
            users::add_purchase(tx, &id, paywall)?;
        }
    }
    for one in &seed.subscriptions {
        subscriptions::add_onlineapp(tx, &onlineapp_subscription(tx, one, now)?)?;
    }
    for one in &seed.invoices {
        let invoice = OnlineAppInvoice {
            number: one.number.get_ref().clone(),
            user_id: user_id(tx, one.user.get_ref())?,
            paywall_id: one.paywall.get_ref().clone(),
            issued_at: days_from(now, -one.issued_days_ago.0),
            unit_amount: one.unit_amount.0,
        };
        invoices::add_onlineapp(tx, &invoice)?;
    }
    Ok(())
}

fn onlineapp_subscription(
    tx: &Transaction<'_>,
    one: &schema::OnlineAppSubscription,
    now: Timestamp,
) -> Result<OnlineAppSubscription> {
    let end = period_end(one.period_ends_in_days, now);
    let ended = one.status == OnlineAppStatus::Canceled;
    Ok(OnlineAppSubscription {
        id: one.id.get_ref().clone(),
        user_id: user_id(tx, one.user.get_ref())?,
        paywall_id: one.paywall.get_ref().clone(),
        plan: one.plan.clone(),
        price_id: one.price_id.clone(),
        unit_amount: one.unit_amount.0,
        billing_interval: one.interval,
        status: one.status,
        current_period_start: one.interval.before(end),
        current_period_end: end,
        cancel_at_period_end: one.cancel_at_period_end,
        canceled_at: (ended || one.cancel_at_period_end).then(|| end.min(now)),
        ended_at: ended.then(|| end.min(now)),
    })
}

fn kwik(tx: &Transaction<'_>, seed: &schema::Kwik, now: Timestamp) -> Result<()> {
    let settings = seed.settings.as_ref();
    let account = KwikAccount {
        name: seed.name.clone(),
        settings: settings.map_or_else(Default::default, |settings| settings.get_ref().clone()),
        single_use_links: seed.single_use_links,
    };
    accounts::set_kwik_account(tx, &credential(seed), &account)?;
    for one in &seed.products {
        let product = Product {
            id: one.id.get_ref().clone(),
            name: one.name.clone(),
            amount_cents: one.amount_cents.0,
            billing_period: one.billing_period,
        };
        products::add(tx, &product)?;
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
        cards::add(tx, &card)?;
    }
    for one in &seed.subscriptions {
        subscriptions::add_kwik(tx, &kwik_subscription(tx, one, now)?)?;
    }
    for one in &seed.invoices {
        let invoice = Invoice {
            number: one.number.get_ref().clone(),
            customer_id: one.customer.get_ref().clone(),
            issued_at: days_from(now, -one.issued_days_ago.0),
            amount_cents: one.amount_cents.0,
        };
        invoices::add(tx, &invoice)?;
    }
    Ok(())
}

fn kwik_subscription(
    tx: &Transaction<'_>,
    one: &schema::KwikSubscription,
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

fn user_id(tx: &Transaction<'_>, email: &str) -> Result<String> {
    users::find(tx, email)?.ok_or_else(missing)
}

fn period_end(days: Days, now: Timestamp) -> Timestamp {
    days_from(now, days.0)
}

fn days_from(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(24 * days))
        .expect("a signed duration has no calendar units")
}

/// A seed that was read names nothing that it does not have.
fn missing() -> Failure {
    rusqlite::Error::QueryReturnedNoRows.into()
}

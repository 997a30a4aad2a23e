//! The data that a new sandbox starts with, and returns to on reset.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;

use crate::kwik::{CancelType, Settings};
use crate::store::accounts::{self, KwikAccount, Paywall};
use crate::store::cards::{self, Card};
use crate::store::customers::{self, Billing, Customer};
use crate::store::invoices::{self, Invoice, OnlineAppInvoice};
use crate::store::products::{self, BillingPeriod, Product};
use crate::store::subscriptions::{
    self, Interval, KwikStatus, KwikSubscription, OnlineAppStatus, OnlineAppSubscription,
};
use crate::store::{Result, users};

pub(crate) const ONLINEAPP_KEY: &str = "sk_sandbox_onlineapp";
pub(crate) const PAYWALL_ID: &str = "547";
pub(crate) const KWIK_KEY: &str = "sandbox_key";
pub(crate) const KWIK_SECRET: &str = "sandbox_secret";

/// Fills an empty database; periods and invoices lie around `now`.
pub(crate) fn seed(tx: &Transaction<'_>, now: Timestamp) -> Result<()> {
    onlineapp(tx, now)?;
    kwik(tx, now)
}

fn onlineapp(tx: &Transaction<'_>, now: Timestamp) -> Result<()> {
    accounts::add_onlineapp_key(tx, ONLINEAPP_KEY)?;
    let paywall = Paywall {
        id: PAYWALL_ID.to_owned(),
        name: "Sandbox paywall".to_owned(),
        single_use_links: false,
    };
    accounts::add_paywall(tx, &paywall)?;

    // What an "active purchase" is, the documentation does not say; it is apart from subscriptions here, so that the
    // classic dialect can show a portal with a subscription in it.
    let conflict = users::find_or_create(tx, "conflict@sandbox.test", now)?;
    users::join(tx, &conflict, PAYWALL_ID, None)?;
    users::add_purchase(tx, &conflict, PAYWALL_ID)?;

    let active = users::find_or_create(tx, "active@sandbox.test", now)?;
    users::join(tx, &active, PAYWALL_ID, None)?;
    subscriptions::add_onlineapp(
        tx,
        &OnlineAppSubscription {
            id: "sub_sandbox_active".to_owned(),
            user_id: active.clone(),
            paywall_id: PAYWALL_ID.to_owned(),
            plan: "Plus, monthly".to_owned(),
            unit_amount: 999,
            interval: Interval::Month,
            status: OnlineAppStatus::Active,
            current_period_start: days_from(now, -12),
            current_period_end: days_from(now, 18),
            cancel_at_period_end: false,
            canceled_at: None,
            ended_at: None,
        },
    )?;
    invoices::add_onlineapp(
        tx,
        &OnlineAppInvoice {
            number: "OA-0001".to_owned(),
            user_id: active,
            paywall_id: PAYWALL_ID.to_owned(),
            issued_at: days_from(now, -12),
            unit_amount: 999,
        },
    )
}

fn kwik(tx: &Transaction<'_>, now: Timestamp) -> Result<()> {
    let account = KwikAccount {
        name: "Sandbox Trading".to_owned(),
        settings: account_defaults(),
        single_use_links: false,
    };
    accounts::set_kwik_account(tx, &format!("{KWIK_KEY}:{KWIK_SECRET}"), &account)?;

    for (id, name, rand, billing_period) in [
        (
            "pro_demo_basic_monthly",
            "Basic",
            99,
            BillingPeriod::Monthly,
        ),
        ("pro_demo_plus_monthly", "Plus", 199, BillingPeriod::Monthly),
        ("pro_demo_plus_yearly", "Plus", 1990, BillingPeriod::Yearly),
    ] {
        products::add(
            tx,
            &Product {
                id: id.to_owned(),
                name: name.to_owned(),
                amount_cents: rand * 100,
                billing_period,
            },
        )?;
    }

    for (id, name, email) in [
        ("cus_demo_active", "Thandi Active", "thandi@sandbox.test"),
        (
            "cus_demo_inactive",
            "Pieter Inactive",
            "pieter@sandbox.test",
        ),
        ("cus_demo_new", "Naledi New", "naledi@sandbox.test"),
    ] {
        let (id, name, email) = (id.to_owned(), name.to_owned(), email.to_owned());
        customers::add(
            tx,
            &Customer {
                id,
                billing: Billing {
                    name,
                    email,
                    ..Billing::default()
                },
                created_at: now,
            },
        )?;
    }

    for (customer_id, brand, last_four) in [
        ("cus_demo_active", "Visa", "4242"),
        ("cus_demo_inactive", "Mastercard", "4444"),
    ] {
        cards::add(
            tx,
            &Card {
                id: format!("card_{customer_id}"),
                customer_id: customer_id.to_owned(),
                brand: brand.to_owned(),
                last_four: last_four.to_owned(),
                expires: "12/2030".to_owned(),
            },
        )?;
    }

    for (id, customer_id, product_id, status, period_end) in [
        (
            "sub_demo_active",
            "cus_demo_active",
            "pro_demo_plus_monthly",
            KwikStatus::Active,
            18,
        ),
        (
            "sub_demo_inactive",
            "cus_demo_inactive",
            "pro_demo_basic_monthly",
            KwikStatus::Inactive,
            -40,
        ),
    ] {
        let ended_at = (status == KwikStatus::Inactive).then(|| days_from(now, period_end));
        subscriptions::add_kwik(
            tx,
            &KwikSubscription {
                id: id.to_owned(),
                customer_id: customer_id.to_owned(),
                product_id: product_id.to_owned(),
                status,
                current_period_start: days_from(now, period_end - 30),
                current_period_end: days_from(now, period_end),
                cancel_at_period_end: false,
                canceled_at: ended_at,
                ended_at,
            },
        )?;
    }

    for (number, customer_id, issued, rand) in [
        ("INV-0001", "cus_demo_inactive", -70, 99),
        ("INV-0002", "cus_demo_active", -42, 199),
        ("INV-0003", "cus_demo_active", -12, 199),
    ] {
        let (number, customer_id) = (number.to_owned(), customer_id.to_owned());
        invoices::add(
            tx,
            &Invoice {
                number,
                customer_id,
                issued_at: days_from(now, issued),
                amount_cents: rand * 100,
            },
        )?;
    }
    Ok(())
}

/// The provider documents that an account has defaults, not which: here everything is allowed, so that a link without
/// settings shows all there is.
fn account_defaults() -> Settings {
    Settings {
        show_invoices: Some(true),
        show_billing_info: Some(true),
        allow_update_billing_info: Some(true),
        allow_cancel: Some(true),
        cancel_type: Some(CancelType::AfterBillingPeriod),
        allow_switch_plan: Some(true),
        ..Settings::default()
    }
}

fn days_from(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(24 * days))
        .expect("a signed duration has no calendar units")
}

//! Kwik's steps before they are taken. Each is `None` where there is nothing to do.

use super::shell;
use super::view::{card, price};
use crate::kwik::actions::demo_card;
use crate::kwik::{CancelType, Visit, vat};
use crate::pages::confirm::Confirm;
use crate::pages::entry::Entry;
use crate::pages::text;
use crate::period::Period as _;
use crate::store::products::Product;
use crate::store::subscriptions::KwikStatus;

pub(super) fn cancel(entry: &Entry, visit: &Visit, takes_effect: CancelType) -> Option<Confirm> {
    let (subscription, product) = visit.subscription.as_ref()?;
    let pending = subscription.cancel_at_period_end;
    let end = text::day(subscription.current_period_end);
    let text = match (subscription.status, takes_effect) {
        (KwikStatus::Inactive, _) => return None,
        (KwikStatus::Active, CancelType::AfterBillingPeriod) if pending => return None,
        (KwikStatus::Active, CancelType::AfterBillingPeriod) => {
            format!(
                "You can use {} until {end}, and nothing is charged after that. Until then you can change your mind.",
                product.name
            )
        }
        (KwikStatus::Active, CancelType::Now) => {
            format!(
                "{} ends at once, although it is paid until {end}. Nothing is charged any more.",
                product.name
            )
        }
    };
    Some(Confirm {
        shell: shell(entry, visit),
        heading: "Cancel your subscription?",
        text,
        facts: vec![("Plan", product.name.clone()), ("Price", price(product))],
        step: "cancel",
        hidden: None,
        choices: None,
        button: match takes_effect {
            CancelType::Now => "Cancel now".to_owned(),
            CancelType::AfterBillingPeriod => format!("Cancel on {end}"),
        },
        severe: true,
        decline: "Keep subscription",
    })
}

pub(super) fn subscribe(entry: &Entry, visit: &Visit, product: &Product) -> Option<Confirm> {
    if visit.subscription.is_some() {
        return None;
    }
    let renewal = text::day(product.billing_period.after(entry.now));
    Some(Confirm {
        shell: shell(entry, visit),
        heading: "Confirm your package",
        text: format!("It renews on {renewal}, until you cancel."),
        facts: bill(entry, visit, product),
        step: "subscribe",
        hidden: Some(("product", product.id.clone())),
        choices: None,
        button: format!("Subscribe and pay {}", text::rand(product.amount_cents)),
        severe: false,
        decline: "Choose another package",
    })
}

pub(super) fn switch(entry: &Entry, visit: &Visit, product: &Product) -> Option<Confirm> {
    let (subscription, current) = visit.subscription.as_ref()?;
    if subscription.status == KwikStatus::Inactive
        || subscription.cancel_at_period_end
        || current.id == product.id
    {
        return None;
    }
    let end = text::day(subscription.current_period_end);
    Some(Confirm {
        shell: shell(entry, visit),
        heading: "Switch your plan?",
        text: "The new plan begins at once. Its price holds from the next invoice on.".to_owned(),
        facts: vec![
            ("Plan now", format!("{}, {}", current.name, price(current))),
            ("New plan", format!("{}, {}", product.name, price(product))),
            ("Next invoice", end),
        ],
        step: "switch",
        hidden: Some(("product", product.id.clone())),
        choices: None,
        button: format!("Switch to {}", product.name),
        severe: false,
        decline: "Keep the plan",
    })
}

pub(super) fn reactivate(entry: &Entry, visit: &Visit) -> Option<Confirm> {
    let (subscription, product) = visit.subscription.as_ref()?;
    if subscription.status == KwikStatus::Active {
        return None;
    }
    let renewal = text::day(product.billing_period.after(entry.now));
    Some(Confirm {
        shell: shell(entry, visit),
        heading: "Reactivate your subscription",
        text: format!("A new period begins today. It renews on {renewal}, until you cancel."),
        facts: bill(entry, visit, product),
        step: "reactivate",
        hidden: None,
        choices: None,
        button: format!("Reactivate and pay {}", text::rand(product.amount_cents)),
        severe: false,
        decline: "Not now",
    })
}

/// What is paid today, and how.
fn bill(entry: &Entry, visit: &Visit, product: &Product) -> Vec<(&'static str, String)> {
    let tax = vat::included_in(product.amount_cents);
    let paid_with = match visit.cards.first() {
        Some(known) => card(known),
        None => {
            let demo = demo_card(&visit.customer.id, entry.now);
            format!("{} (demo card)", card(&demo))
        }
    };
    vec![
        ("Package", format!("{}, {}", product.name, price(product))),
        ("Excluding VAT", text::rand(product.amount_cents - tax)),
        ("VAT, 15 %", text::rand(tax)),
        ("To pay today", text::rand(product.amount_cents)),
        ("Paid with", paid_with),
    ]
}

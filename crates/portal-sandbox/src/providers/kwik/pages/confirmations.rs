//! The confirmation pages of Kwik's steps. Each is `None` if there is nothing to do.

use super::layout::layout;
use super::price::{card, full_card, price};
use crate::pages::confirm::Confirm;
use crate::pages::context::PageContext;
use crate::pages::format;
use crate::providers::kwik::actions::{demo_card, demo_cards};
use crate::providers::kwik::portal_content::PortalContent;
use crate::providers::kwik::settings::CancelType;
use crate::providers::kwik::store::products::Product;
use crate::providers::kwik::store::subscriptions::KwikStatus;
use crate::providers::kwik::vat;
use crate::store::period::Period as _;

pub(super) fn cancel(
    context: &PageContext,
    content: &PortalContent,
    takes_effect: CancelType,
) -> Option<Confirm> {
    let (subscription, product) = content.subscription.as_ref()?;
    let pending = subscription.cancel_at_period_end;
    let end = format::day(subscription.current_period_end);
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
        layout: layout(context, content),
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
        is_destructive: true,
        decline: "Keep subscription",
    })
}

pub(super) fn subscribe(
    context: &PageContext,
    content: &PortalContent,
    product: &Product,
) -> Option<Confirm> {
    if content.subscription.is_some() {
        return None;
    }
    let renewal = format::day(product.billing_period.after(context.now));
    Some(Confirm {
        layout: layout(context, content),
        heading: "Confirm your package",
        text: format!("It renews on {renewal}, until you cancel."),
        facts: bill(context, content, product),
        step: "subscribe",
        hidden: Some(("product", product.id.clone())),
        choices: None,
        button: format!("Subscribe and pay {}", format::rand(product.amount_cents)),
        is_destructive: false,
        decline: "Choose another package",
    })
}

pub(super) fn switch(
    context: &PageContext,
    content: &PortalContent,
    product: &Product,
) -> Option<Confirm> {
    let (subscription, current) = content.subscription.as_ref()?;
    if subscription.status == KwikStatus::Inactive
        || subscription.cancel_at_period_end
        || current.id == product.id
    {
        return None;
    }
    let end = format::day(subscription.current_period_end);
    Some(Confirm {
        layout: layout(context, content),
        heading: "Switch your plan?",
        text: "The new plan begins at once. Its price applies from the next invoice on.".to_owned(),
        facts: vec![
            ("Plan now", format!("{}, {}", current.name, price(current))),
            ("New plan", format!("{}, {}", product.name, price(product))),
            ("Next invoice", end),
        ],
        step: "switch",
        hidden: Some(("product", product.id.clone())),
        choices: None,
        button: format!("Switch to {}", product.name),
        is_destructive: false,
        decline: "Keep the plan",
    })
}

pub(super) fn reactivate(context: &PageContext, content: &PortalContent) -> Option<Confirm> {
    let (subscription, product) = content.subscription.as_ref()?;
    if subscription.status == KwikStatus::Active {
        return None;
    }
    let renewal = format::day(product.billing_period.after(context.now));
    Some(Confirm {
        layout: layout(context, content),
        heading: "Reactivate your subscription",
        text: format!("A new period begins today. It renews on {renewal}, until you cancel."),
        facts: bill(context, content, product),
        step: "reactivate",
        hidden: None,
        choices: None,
        button: format!("Reactivate and pay {}", format::rand(product.amount_cents)),
        is_destructive: false,
        decline: "Not now",
    })
}

pub(super) fn use_card(context: &PageContext, content: &PortalContent) -> Option<Confirm> {
    let current = content.cards.first();
    let [visa, mastercard] = demo_cards(&content.customer.id, context.now);
    let other = match current {
        Some(current) if current.last_four == visa.last_four => mastercard,
        _ => visa,
    };
    Some(Confirm {
        layout: layout(context, content),
        heading: match current {
            Some(_) => "Use another card",
            None => "Add a card",
        },
        text: "It pays from the next invoice on. A sandbox takes no real number, so this is a demo card."
            .to_owned(),
        facts: vec![
            ("Until now", current.map_or_else(|| "No card".to_owned(), card)),
            ("From now on", full_card(&other)),
        ],
        step: "card",
        hidden: Some(("card", other.last_four)),
        choices: None,
        button: "Use this card".to_owned(),
        is_destructive: false,
        decline: "Go back",
    })
}

/// Lists what is paid today, and how.
fn bill(
    context: &PageContext,
    content: &PortalContent,
    product: &Product,
) -> Vec<(&'static str, String)> {
    let tax = vat::included_in(product.amount_cents);
    let paid_with = match content.cards.first() {
        Some(known) => card(known),
        None => {
            let demo = demo_card(&content.customer.id, context.now);
            format!("{} (demo card)", card(&demo))
        }
    };
    vec![
        ("Package", format!("{}, {}", product.name, price(product))),
        ("Excluding VAT", format::rand(product.amount_cents - tax)),
        ("VAT, 15 %", format::rand(tax)),
        ("Due today", format::rand(product.amount_cents)),
        ("Paid with", paid_with),
    ]
}

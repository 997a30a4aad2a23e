//! Kwik's portal pages: the overview, the confirmation of each step, and the steps themselves.

mod billing_form;
mod confirmations;
mod layout;
mod outcome_text;
mod overview;
mod price;

use rusqlite::Transaction;

use self::billing_form::BillingForm;
use self::layout::layout;
use self::overview::Overview;
use super::actions::{self, ActionOutcome};
use super::billing;
use super::info::KWIK;
use super::portal::KwikPortal;
use super::portal_content::PortalContent;
use super::store::account;
use crate::pages::context::PageContext;
use crate::pages::page::Page;
use crate::pages::request::PortalPages;
use crate::store::Result;
use crate::store::links;

pub(super) static PORTAL_PAGES: PortalPages = PortalPages {
    provider: &KWIK,
    binds_links: |tx, _| Ok(account::load(tx)?.single_use_links),
    answer,
};

/// A step that a customer can take, named as in the path.
#[derive(Clone, Copy)]
enum Step {
    Subscribe,
    Cancel,
    Keep,
    Switch,
    Reactivate,
    Billing,
    Card,
}

/// Creates the requested page.
fn answer(tx: &Transaction<'_>, context: &PageContext) -> Result<Page> {
    let portal: KwikPortal = context.link.portal()?;
    let content = PortalContent::load(tx, &portal)?;
    let Some(name) = &context.step else {
        return Page::ok(&Overview::new(tx, context, &content)?);
    };
    let Some(step) = Step::parse(name) else {
        return Ok(Page::not_found());
    };
    if context.is_submission {
        submit(tx, context, &portal, &content, step)
    } else {
        show(context, &content, step)
    }
}

/// Shows the confirmation of a step; redirects to the overview if there is nothing to do.
fn show(context: &PageContext, content: &PortalContent, step: Step) -> Result<Page> {
    let wanted = context.fields.text("product");
    let confirm = match step {
        Step::Cancel => match content.cancels() {
            None => return Ok(Page::not_allowed()),
            Some(takes_effect) => confirmations::cancel(context, content, takes_effect),
        },
        Step::Subscribe | Step::Switch => match wanted.map(|id| content.offer(id)) {
            None => None,
            Some(None) => return Ok(Page::not_allowed()),
            Some(Some(product)) => match step {
                Step::Subscribe => confirmations::subscribe(context, content, product),
                _ => confirmations::switch(context, content, product),
            },
        },
        Step::Reactivate => confirmations::reactivate(context, content),
        Step::Card => confirmations::use_card(context, content),
        Step::Billing if content.edits_billing() => {
            let known = &content.customer.billing;
            return Page::ok(&BillingForm::new(layout(context, content), known, &[]));
        }
        Step::Billing => return Ok(Page::not_allowed()),
        Step::Keep => None,
    };
    match confirm {
        Some(confirm) => Page::ok(&confirm),
        None => Ok(Page::redirect(&context.path)),
    }
}

/// Performs a step that the link allows, and redirects to the overview, which shows the outcome.
fn submit(
    tx: &Transaction<'_>,
    context: &PageContext,
    portal: &KwikPortal,
    content: &PortalContent,
    step: Step,
) -> Result<Page> {
    let now = context.now;
    let wanted = context
        .fields
        .text("product")
        .and_then(|id| content.offer(id));
    let (outcome, subscription_id) = match (step, &content.subscription) {
        (Step::Billing, _) if content.edits_billing() => {
            let known = &content.customer.billing;
            match billing::read(known, |name| context.fields.text(name)) {
                Ok(billing) => {
                    let outcome = actions::update_billing(tx, &content.customer, &billing)?;
                    (outcome, portal.subscription_id.clone())
                }
                Err(invalid) => {
                    let form = BillingForm::new(
                        layout(context, content),
                        &invalid.billing,
                        &invalid.errors,
                    );
                    return Page::invalid_form(&form);
                }
            }
        }
        (Step::Card, _) => {
            let wanted = context.fields.text("card");
            let cards = actions::demo_cards(&content.customer.id, now);
            let card = cards.iter().find(|card| wanted == Some(&card.last_four));
            let Some(card) = card else {
                return Ok(Page::not_allowed());
            };
            let outcome = actions::use_card(tx, content.cards.first(), card)?;
            (outcome, portal.subscription_id.clone())
        }
        (Step::Subscribe, Some((subscription, _))) => (
            ActionOutcome::SubscribedAlready,
            Some(subscription.id.clone()),
        ),
        (Step::Subscribe, None) => {
            let Some(product) = wanted else {
                return Ok(Page::not_allowed());
            };
            let id = actions::subscribe(tx, &content.customer, product, now)?;
            (ActionOutcome::Subscribed, Some(id))
        }
        (step, Some((subscription, product))) => {
            let subscription = subscription.clone();
            let id = subscription.id.clone();
            let outcome = match (step, content.cancels(), wanted) {
                (Step::Cancel, Some(takes_effect), _) => {
                    actions::cancel(tx, subscription, takes_effect, now)?
                }
                (Step::Keep, ..) => actions::keep(tx, subscription)?,
                (Step::Switch, _, Some(wanted)) => actions::switch_plan(tx, subscription, wanted)?,
                (Step::Reactivate, ..) => actions::reactivate(tx, subscription, product, now)?,
                (
                    Step::Cancel | Step::Switch | Step::Subscribe | Step::Billing | Step::Card,
                    ..,
                ) => {
                    return Ok(Page::not_allowed());
                }
            };
            (outcome, Some(id))
        }
        (_, None) => return Ok(Page::not_allowed()),
    };
    let portal = KwikPortal {
        session_id: portal.session_id.clone(),
        customer_id: portal.customer_id.clone(),
        subscription_id,
        settings: portal.settings.clone(),
    };
    let content = PortalContent::load(tx, &portal)?;
    if outcome == ActionOutcome::Subscribed {
        // The link now shows the new subscription, so the form cannot be sent twice.
        links::set_portal(tx, &context.link.id, &KWIK, &portal)?;
    }
    context.finish(tx, &outcome_text::describe(outcome, &content))
}

impl Step {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "subscribe" => Self::Subscribe,
            "cancel" => Self::Cancel,
            "keep" => Self::Keep,
            "switch" => Self::Switch,
            "reactivate" => Self::Reactivate,
            "billing" => Self::Billing,
            "card" => Self::Card,
            _ => return None,
        })
    }
}

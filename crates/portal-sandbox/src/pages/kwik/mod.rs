//! Kwik's portal: the page, the steps as they are looked at, and the steps as they are taken.

mod billing_form;
mod said;
mod steps;
mod view;

use rusqlite::Transaction;

use self::billing_form::BillingForm;
use self::view::View;
use super::entry::Entry;
use super::page::Page;
use super::shell::Shell;
use crate::kwik::actions::{self, Outcome};
use crate::kwik::{Visit, billing};
use crate::store::Result;
use crate::store::links::{self, KwikPortal, Portal};

/// What a customer can do, named as in the path.
#[derive(Clone, Copy)]
enum Step {
    Subscribe,
    Cancel,
    Keep,
    Switch,
    Reactivate,
    Billing,
}

/// Makes the page that a request came for.
pub(super) fn answer(tx: &Transaction<'_>, entry: &Entry) -> Result<Page> {
    let Portal::Kwik(portal) = &entry.link.portal else {
        return Ok(Page::unknown());
    };
    let visit = Visit::of(tx, portal)?;
    let Some(name) = &entry.step else {
        return Page::live(&View::of(tx, entry, &visit)?);
    };
    let Some(step) = Step::named(name) else {
        return Ok(Page::unknown());
    };
    if entry.acts {
        take(tx, entry, portal, &visit, step)
    } else {
        look(entry, &visit, step)
    }
}

/// Shows a step before it is taken; one that has become pointless leads back to the page.
fn look(entry: &Entry, visit: &Visit, step: Step) -> Result<Page> {
    let wanted = entry.fields.text("product");
    let confirm = match step {
        Step::Cancel => match visit.cancels() {
            None => return Ok(Page::not_allowed()),
            Some(takes_effect) => steps::cancel(entry, visit, takes_effect),
        },
        Step::Subscribe | Step::Switch => match wanted.map(|id| visit.offer(id)) {
            None => None,
            Some(None) => return Ok(Page::not_allowed()),
            Some(Some(product)) => match step {
                Step::Subscribe => steps::subscribe(entry, visit, product),
                _ => steps::switch(entry, visit, product),
            },
        },
        Step::Reactivate => steps::reactivate(entry, visit),
        Step::Billing if visit.edits_billing() => {
            let known = &visit.customer.billing;
            return Page::live(&BillingForm::new(shell(entry, visit), known, &[]));
        }
        Step::Billing => return Ok(Page::not_allowed()),
        Step::Keep => None,
    };
    match confirm {
        Some(confirm) => Page::live(&confirm),
        None => Ok(Page::see(&entry.home)),
    }
}

/// Takes a step, where the link allows it, and leads back to the page, which says what came of it.
fn take(
    tx: &Transaction<'_>,
    entry: &Entry,
    portal: &KwikPortal,
    visit: &Visit,
    step: Step,
) -> Result<Page> {
    let now = entry.now;
    let wanted = entry.fields.text("product").and_then(|id| visit.offer(id));
    let (outcome, subscription_id) = match (step, &visit.subscription) {
        (Step::Billing, _) if visit.edits_billing() => {
            let known = &visit.customer.billing;
            match billing::read(known, |name| entry.fields.text(name)) {
                Ok(billing) => {
                    let outcome = actions::update_billing(tx, &visit.customer, &billing)?;
                    (outcome, portal.subscription_id.clone())
                }
                Err(unfit) => {
                    let form = BillingForm::new(shell(entry, visit), &unfit.billing, &unfit.errors);
                    return Page::unfit(&form);
                }
            }
        }
        (Step::Subscribe, Some((subscription, _))) => {
            (Outcome::SubscribedAlready, Some(subscription.id.clone()))
        }
        (Step::Subscribe, None) => {
            let Some(product) = wanted else {
                return Ok(Page::not_allowed());
            };
            let id = actions::subscribe(tx, &visit.customer, product, now)?;
            (Outcome::Subscribed, Some(id))
        }
        (step, Some((subscription, product))) => {
            let subscription = subscription.clone();
            let id = subscription.id.clone();
            let outcome = match (step, visit.cancels(), wanted) {
                (Step::Cancel, Some(takes_effect), _) => {
                    actions::cancel(tx, subscription, takes_effect, now)?
                }
                (Step::Keep, ..) => actions::keep(tx, subscription)?,
                (Step::Switch, _, Some(wanted)) => actions::switch_plan(tx, subscription, wanted)?,
                (Step::Reactivate, ..) => actions::reactivate(tx, subscription, product, now)?,
                (Step::Cancel | Step::Switch | Step::Subscribe | Step::Billing, ..) => {
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
    let visit = Visit::of(tx, &portal)?;
    if outcome == Outcome::Subscribed {
        // From now on the link is about what it was used for: the form cannot be sent twice.
        links::lead_to(tx, &entry.link.id, &Portal::Kwik(portal))?;
    }
    entry.done(tx, &said::sentence(outcome, &visit))
}

impl Step {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "subscribe" => Self::Subscribe,
            "cancel" => Self::Cancel,
            "keep" => Self::Keep,
            "switch" => Self::Switch,
            "reactivate" => Self::Reactivate,
            "billing" => Self::Billing,
            _ => return None,
        })
    }
}

fn shell(entry: &Entry, visit: &Visit) -> Shell {
    let back = visit.redirect_url().map(|url| (url, "Back to site"));
    Shell::new(
        "kwik",
        visit.title(),
        &visit.customer.billing.name,
        back,
        entry,
    )
}

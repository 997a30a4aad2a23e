//! OnlineApp's portal: the page, the steps as they are looked at, and the steps as they are taken.

mod said;
mod steps;
mod view;

use rusqlite::Transaction;

use self::view::View;
use super::entry::Entry;
use super::page::Page;
use super::shell::Shell;
use crate::onlineapp::actions::{self, Action};
use crate::store::links::{OnlineAppPortal, Portal};
use crate::store::subscriptions::{self, OnlineAppSubscription};
use crate::store::{Result, accounts, users};
use crate::webhook;

/// What a portal shows of its user, whatever the page.
struct Visit {
    paywall: String,
    email: String,
    return_url: Option<String>,
    subscription: Option<OnlineAppSubscription>,
}

/// Makes the page that a request came for.
pub(super) fn answer(tx: &Transaction<'_>, entry: &Entry) -> Result<Page> {
    let Portal::OnlineApp(portal) = &entry.link.portal else {
        return Ok(Page::unknown());
    };
    let Some(step) = entry.step.as_deref() else {
        let visit = Visit::of(tx, portal)?;
        return Page::live(&View::of(tx, entry, portal, &visit)?);
    };
    if entry.acts {
        take(tx, entry, portal, step)
    } else {
        look(entry, &Visit::of(tx, portal)?, step)
    }
}

/// Shows a step before it is taken; one that has become pointless leads back to the page.
fn look(entry: &Entry, visit: &Visit, step: &str) -> Result<Page> {
    let confirm = match step {
        "cancel" => steps::cancel(entry, visit),
        "reactivate" => steps::reactivate(entry, visit),
        "start" | "keep" => None,
        _ => return Ok(Page::unknown()),
    };
    match confirm {
        Some(confirm) => Page::live(&confirm),
        None => Ok(Page::see(&entry.home)),
    }
}

/// Takes a step and leads back to the page, which says what came of it.
fn take(tx: &Transaction<'_>, entry: &Entry, portal: &OnlineAppPortal, step: &str) -> Result<Page> {
    let action = match (step, entry.fields.text("when")) {
        ("start", _) => Action::Start,
        ("cancel", Some("now")) => Action::CancelNow,
        // Whoever does not say it loses nothing that was paid for.
        ("cancel", _) => Action::CancelAtPeriodEnd,
        ("keep", _) => Action::Keep,
        ("reactivate", _) => Action::Reactivate,
        _ => return Ok(Page::unknown()),
    };
    let done = actions::perform(tx, portal, action, entry.now)?;
    if let (Some(event), Some(subscription)) = (done.outcome.event(), &done.subscription) {
        webhook::emit(tx, event, subscription, entry.now)?;
    }
    entry.done(tx, &said::sentence(&done))
}

impl Visit {
    fn of(tx: &Transaction<'_>, portal: &OnlineAppPortal) -> Result<Self> {
        let paywall = accounts::paywall(tx, &portal.paywall_id)?;
        Ok(Self {
            paywall: paywall.map(|paywall| paywall.name).unwrap_or_default(),
            email: users::email(tx, &portal.user_id)?,
            return_url: portal.return_url.clone(),
            subscription: subscriptions::of_user(tx, &portal.user_id, &portal.paywall_id)?,
        })
    }

    fn shell(&self, entry: &Entry) -> Shell {
        let back = self.return_url.as_deref();
        Shell::new(
            "onlineapp",
            &self.paywall,
            &self.email,
            back.map(|url| (url, "Return to the site")),
            entry,
        )
    }
}

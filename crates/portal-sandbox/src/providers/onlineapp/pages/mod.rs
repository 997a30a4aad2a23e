//! OnlineApp's portal pages: the overview, the confirmation of each step, and the steps themselves.

mod confirmations;
mod content;
mod outcome_text;
mod overview;

use rusqlite::Transaction;

use self::content::PortalContent;
use self::overview::Overview;
use super::actions::{self, Action};
use super::event;
use super::info::ONLINEAPP;
use super::portal::OnlineAppPortal;
use super::store::paywalls;
use crate::pages::context::PageContext;
use crate::pages::page::Page;
use crate::pages::request::PortalPages;
use crate::store::Result;

pub(super) static PORTAL_PAGES: PortalPages = PortalPages {
    provider: &ONLINEAPP,
    binds_links: |tx, link| {
        let portal: OnlineAppPortal = link.portal()?;
        let paywall = paywalls::find(tx, &portal.paywall_id)?;
        Ok(paywall.is_some_and(|paywall| paywall.single_use_links))
    },
    answer,
};

/// Creates the requested page.
fn answer(tx: &Transaction<'_>, context: &PageContext) -> Result<Page> {
    let portal: OnlineAppPortal = context.link.portal()?;
    let Some(step) = context.step.as_deref() else {
        let content = PortalContent::load(tx, &portal)?;
        return Page::ok(&Overview::new(tx, context, &portal, &content)?);
    };
    if context.is_submission {
        submit(tx, context, &portal, step)
    } else {
        show(context, &PortalContent::load(tx, &portal)?, step)
    }
}

/// Shows the confirmation of a step; redirects to the overview if there is nothing to do.
fn show(context: &PageContext, content: &PortalContent, step: &str) -> Result<Page> {
    let confirm = match step {
        "cancel" => confirmations::cancel(context, content),
        "reactivate" => confirmations::reactivate(context, content),
        "start" | "keep" => None,
        _ => return Ok(Page::not_found()),
    };
    match confirm {
        Some(confirm) => Page::ok(&confirm),
        None => Ok(Page::redirect(&context.path)),
    }
}

/// Performs a step and redirects to the overview, which shows the outcome.
fn submit(
    tx: &Transaction<'_>,
    context: &PageContext,
    portal: &OnlineAppPortal,
    step: &str,
) -> Result<Page> {
    let action = match (step, context.fields.text("when")) {
        ("start", _) => Action::Start,
        ("cancel", Some("now")) => Action::CancelNow,
        // The default takes nothing away that was paid for.
        ("cancel", _) => Action::CancelAtPeriodEnd,
        ("keep", _) => Action::Keep,
        ("reactivate", _) => Action::Reactivate,
        _ => return Ok(Page::not_found()),
    };
    let result = actions::perform(tx, portal, action, context.now)?;
    if let (Some(kind), Some(subscription)) = (result.outcome.event(), &result.subscription) {
        event::emit(tx, kind, subscription, context.now)?;
    }
    context.finish(tx, &outcome_text::describe(&result))
}

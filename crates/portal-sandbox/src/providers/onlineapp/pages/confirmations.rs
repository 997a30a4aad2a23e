//! The confirmation pages of OnlineApp's steps. Each is `None` if there is nothing to do.

use super::content::PortalContent;
use super::overview::price;
use crate::pages::confirm::{Choices, Confirm};
use crate::pages::context::PageContext;
use crate::pages::format;
use crate::providers::onlineapp::actions::is_running;
use crate::store::period::Period as _;

pub(super) fn cancel(context: &PageContext, content: &PortalContent) -> Option<Confirm> {
    let subscription = content.subscription.as_ref()?;
    if !is_running(subscription.status) {
        return None;
    }
    let end = format::day(subscription.current_period_end);
    let at_period_end = ("period_end", format!("On {end}, when the period ends"));
    let now = ("now", "Now, although it is paid until then".to_owned());
    Some(Confirm {
        layout: content.layout(context),
        heading: "Cancel your subscription?",
        text: "Nothing is charged any more.".to_owned(),
        facts: vec![
            ("Plan", subscription.plan.clone()),
            ("Price", price(subscription)),
            ("Paid until", end),
        ],
        step: "cancel",
        hidden: None,
        choices: Some(Choices {
            name: "when",
            legend: "When should it end?",
            options: match subscription.cancel_at_period_end {
                true => vec![now],
                false => vec![at_period_end, now],
            },
        }),
        button: "Cancel subscription".to_owned(),
        is_destructive: true,
        decline: "Go back",
    })
}

pub(super) fn reactivate(context: &PageContext, content: &PortalContent) -> Option<Confirm> {
    let subscription = content.subscription.as_ref()?;
    if is_running(subscription.status) {
        return None;
    }
    let renewal = format::day(subscription.billing_interval.after(context.now));
    Some(Confirm {
        layout: content.layout(context),
        heading: "Reactivate your subscription",
        text: format!("A new period begins today. It renews on {renewal}, until you cancel."),
        facts: vec![
            ("Plan", subscription.plan.clone()),
            ("Price", price(subscription)),
            ("Due today", format::dollars(subscription.unit_amount)),
        ],
        step: "reactivate",
        hidden: None,
        choices: None,
        button: format!(
            "Reactivate and pay {}",
            format::dollars(subscription.unit_amount)
        ),
        is_destructive: false,
        decline: "Not now",
    })
}

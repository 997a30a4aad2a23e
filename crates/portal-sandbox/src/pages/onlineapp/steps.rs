//! OnlineApp's steps before they are taken. Each is `None` where there is nothing to do.

use super::Visit;
use super::view::price;
use crate::onlineapp::actions::runs;
use crate::pages::confirm::{Choices, Confirm};
use crate::pages::entry::Entry;
use crate::pages::text;
use crate::period::Period as _;

pub(super) fn cancel(entry: &Entry, visit: &Visit) -> Option<Confirm> {
    let subscription = visit.subscription.as_ref()?;
    if !runs(subscription.status) {
        return None;
    }
    let end = text::day(subscription.current_period_end);
    let at_period_end = ("period_end", format!("On {end}, when the period ends"));
    let now = ("now", "Now, although it is paid until then".to_owned());
    Some(Confirm {
        shell: visit.shell(entry),
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
            legend: "When shall it end?",
            options: match subscription.cancel_at_period_end {
                true => vec![now],
                false => vec![at_period_end, now],
            },
        }),
        button: "Cancel subscription".to_owned(),
        severe: true,
        decline: "Go back",
    })
}

pub(super) fn reactivate(entry: &Entry, visit: &Visit) -> Option<Confirm> {
    let subscription = visit.subscription.as_ref()?;
    if runs(subscription.status) {
        return None;
    }
    let renewal = text::day(subscription.billing_interval.after(entry.now));
    Some(Confirm {
        shell: visit.shell(entry),
        heading: "Reactivate your subscription",
        text: format!("A new period begins today. It renews on {renewal}, until you cancel."),
        facts: vec![
            ("Plan", subscription.plan.clone()),
            ("Price", price(subscription)),
            ("To pay today", text::dollars(subscription.unit_amount)),
        ],
        step: "reactivate",
        hidden: None,
        choices: None,
        button: format!(
            "Reactivate and pay {}",
            text::dollars(subscription.unit_amount)
        ),
        severe: false,
        decline: "Not now",
    })
}

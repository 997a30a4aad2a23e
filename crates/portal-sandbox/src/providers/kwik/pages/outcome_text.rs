use super::price::{card, price};
use crate::pages::format;
use crate::providers::kwik::actions::Outcome;
use crate::providers::kwik::portal_content::PortalContent;

/// Describes in one line the outcome of a step, with the portal's content afterwards.
pub(super) fn describe(outcome: Outcome, content: &PortalContent) -> String {
    let Some((subscription, product)) = &content.subscription else {
        return about_customer(outcome, content);
    };
    let plan = &product.name;
    let end = format::day(subscription.current_period_end);
    match outcome {
        Outcome::Subscribed => format!(
            "You are subscribed to {plan}. {} was paid.",
            format::rand(product.amount_cents)
        ),
        Outcome::SubscribedAlready => {
            format!("You are already subscribed to {plan}. Nothing was changed.")
        }
        Outcome::CancelledNow => "Your subscription is cancelled and has ended.".to_owned(),
        Outcome::CancelledAtPeriodEnd => {
            format!("Your subscription is cancelled. You can use it until {end}.")
        }
        Outcome::CancelledAlready => {
            "Your subscription is already cancelled. Nothing was changed.".to_owned()
        }
        Outcome::Kept => format!("Your subscription continues. It renews on {end}."),
        Outcome::NothingToKeep => {
            "There is no cancellation to undo. Nothing was changed.".to_owned()
        }
        Outcome::Switched => {
            let price = price(product);
            format!("Your plan is now {plan}. You pay {price} from {end} on.")
        }
        Outcome::SamePlan => format!("{plan} is already your plan. Nothing was changed."),
        Outcome::EndingSoon => {
            format!("Your subscription ends on {end}. Keep it before you switch plans.")
        }
        Outcome::Ended => {
            "Your subscription has ended. Reactivate it before you switch plans.".to_owned()
        }
        Outcome::Reactivated => format!(
            "Your subscription is active again. {} was paid.",
            format::rand(product.amount_cents)
        ),
        Outcome::ActiveAlready => {
            "Your subscription is already active. Nothing was changed.".to_owned()
        }
        Outcome::BillingSaved
        | Outcome::BillingUnchanged
        | Outcome::CardReplaced
        | Outcome::CardUnchanged => about_customer(outcome, content),
    }
}

/// Describes an outcome on a portal with or without a subscription.
fn about_customer(outcome: Outcome, content: &PortalContent) -> String {
    let paid_with = content.cards.first().map(card).unwrap_or_default();
    match outcome {
        Outcome::BillingSaved => "Your billing information is saved.".to_owned(),
        Outcome::CardReplaced => format!("You pay with {paid_with} from now on."),
        Outcome::CardUnchanged => format!("You already pay with {paid_with}. Nothing was changed."),
        _ => "Your billing information is the same as before. Nothing was changed.".to_owned(),
    }
}

use super::price::{card, price};
use crate::pages::format;
use crate::providers::kwik::actions::ActionOutcome;
use crate::providers::kwik::portal_content::PortalContent;

/// Describes in one line the outcome of a step, with the portal's content afterwards.
pub(super) fn describe(outcome: ActionOutcome, content: &PortalContent) -> String {
    let Some((subscription, product)) = &content.subscription else {
        return about_customer(outcome, content);
    };
    let plan = &product.name;
    let end = format::day(subscription.current_period_end);
    match outcome {
        ActionOutcome::Subscribed => format!(
            "You are subscribed to {plan}. {} was paid.",
            format::rand(product.amount_cents)
        ),
        ActionOutcome::SubscribedAlready => {
            format!("You are already subscribed to {plan}. Nothing was changed.")
        }
        ActionOutcome::CancelledNow => "Your subscription is cancelled and has ended.".to_owned(),
        ActionOutcome::CancelledAtPeriodEnd => {
            format!("Your subscription is cancelled. You can use it until {end}.")
        }
        ActionOutcome::CancelledAlready => {
            "Your subscription is already cancelled. Nothing was changed.".to_owned()
        }
        ActionOutcome::Kept => format!("Your subscription continues. It renews on {end}."),
        ActionOutcome::NothingToKeep => {
            "There is no cancellation to undo. Nothing was changed.".to_owned()
        }
        ActionOutcome::Switched => {
            let price = price(product);
            format!("Your plan is now {plan}. You pay {price} from {end} on.")
        }
        ActionOutcome::SamePlan => format!("{plan} is already your plan. Nothing was changed."),
        ActionOutcome::EndingSoon => {
            format!("Your subscription ends on {end}. Keep it before you switch plans.")
        }
        ActionOutcome::Ended => {
            "Your subscription has ended. Reactivate it before you switch plans.".to_owned()
        }
        ActionOutcome::Reactivated => format!(
            "Your subscription is active again. {} was paid.",
            format::rand(product.amount_cents)
        ),
        ActionOutcome::ActiveAlready => {
            "Your subscription is already active. Nothing was changed.".to_owned()
        }
        ActionOutcome::BillingSaved
        | ActionOutcome::BillingUnchanged
        | ActionOutcome::CardReplaced
        | ActionOutcome::CardUnchanged => about_customer(outcome, content),
    }
}

/// Describes an outcome on a portal with or without a subscription.
fn about_customer(outcome: ActionOutcome, content: &PortalContent) -> String {
    let paid_with = content.cards.first().map(card).unwrap_or_default();
    match outcome {
        ActionOutcome::BillingSaved => "Your billing information is saved.".to_owned(),
        ActionOutcome::CardReplaced => format!("You pay with {paid_with} from now on."),
        ActionOutcome::CardUnchanged => {
            format!("You already pay with {paid_with}. Nothing was changed.")
        }
        _ => "Your billing information is the same as before. Nothing was changed.".to_owned(),
    }
}

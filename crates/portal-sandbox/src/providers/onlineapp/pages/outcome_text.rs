use crate::pages::format;
use crate::providers::onlineapp::actions::{ActionOutcome, ActionResult};

/// Describes the result of an action in one line.
pub(super) fn describe(result: &ActionResult) -> String {
    let Some(subscription) = &result.subscription else {
        return "There is no subscription on this account. Nothing was changed.".to_owned();
    };
    let plan = &subscription.plan;
    let end = format::day(subscription.current_period_end);
    let text = match result.outcome {
        ActionOutcome::Started => return format!("{plan} has begun. It renews on {end}."),
        ActionOutcome::CancelledAtPeriodEnd => {
            return format!("Your subscription is cancelled. You can use it until {end}.");
        }
        ActionOutcome::Kept => return format!("Your subscription continues. It renews on {end}."),
        ActionOutcome::Reactivated => {
            return format!("Your subscription is active again. It renews on {end}.");
        }
        ActionOutcome::CancelledNow => "Your subscription is cancelled and has ended.",
        ActionOutcome::StartedAlready => "There is already a subscription. Nothing was changed.",
        ActionOutcome::CancelledAlready => {
            "Your subscription is already cancelled. Nothing was changed."
        }
        ActionOutcome::NothingToKeep => "There is no cancellation to undo. Nothing was changed.",
        ActionOutcome::ActiveAlready => "Your subscription is already active. Nothing was changed.",
        ActionOutcome::NoSubscription => {
            "There is no subscription on this account. Nothing was changed."
        }
    };
    text.to_owned()
}

use crate::pages::format;
use crate::providers::onlineapp::actions::{ActionResult, Outcome};

/// Describes the result of an action in one line.
pub(super) fn describe(result: &ActionResult) -> String {
    let Some(subscription) = &result.subscription else {
        return "There is no subscription on this account. Nothing was changed.".to_owned();
    };
    let plan = &subscription.plan;
    let end = format::day(subscription.current_period_end);
    let text = match result.outcome {
        Outcome::Started => return format!("{plan} has begun. It renews on {end}."),
        Outcome::CancelledAtPeriodEnd => {
            return format!("Your subscription is cancelled. You can use it until {end}.");
        }
        Outcome::Kept => return format!("Your subscription continues. It renews on {end}."),
        Outcome::Reactivated => {
            return format!("Your subscription is active again. It renews on {end}.");
        }
        Outcome::CancelledNow => "Your subscription is cancelled and has ended.",
        Outcome::StartedAlready => "There is already a subscription. Nothing was changed.",
        Outcome::CancelledAlready => "Your subscription is already cancelled. Nothing was changed.",
        Outcome::NothingToKeep => "There is no cancellation to undo. Nothing was changed.",
        Outcome::ActiveAlready => "Your subscription is already active. Nothing was changed.",
        Outcome::NoSubscription => "There is no subscription on this account. Nothing was changed.",
    };
    text.to_owned()
}

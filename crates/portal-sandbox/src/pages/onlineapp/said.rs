use crate::onlineapp::actions::{Done, Outcome};
use crate::pages::text;

/// Says in one line what came of an action.
pub(super) fn sentence(done: &Done) -> String {
    let Some(subscription) = &done.subscription else {
        return "There is no subscription on this account. Nothing was changed.".to_owned();
    };
    let plan = &subscription.plan;
    let end = text::day(subscription.current_period_end);
    let text = match done.outcome {
        Outcome::Started => return format!("{plan} has begun. It renews on {end}."),
        Outcome::CancelledAtPeriodEnd => {
            return format!("Your subscription is cancelled. You can use it until {end}.");
        }
        Outcome::Kept => return format!("Your subscription goes on. It renews on {end}."),
        Outcome::Reactivated => {
            return format!("Your subscription is active again. It renews on {end}.");
        }
        Outcome::CancelledNow => "Your subscription is cancelled and has ended.",
        Outcome::StartedAlready => "There is a subscription already. Nothing was changed.",
        Outcome::CancelledAlready => {
            "Your subscription was cancelled already. Nothing was changed."
        }
        Outcome::NothingToKeep => "There is no cancellation to take back. Nothing was changed.",
        Outcome::ActiveAlready => "Your subscription is active already. Nothing was changed.",
        Outcome::NoSubscription => "There is no subscription on this account. Nothing was changed.",
    };
    text.to_owned()
}

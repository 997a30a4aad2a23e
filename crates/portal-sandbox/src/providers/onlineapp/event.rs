use jiff::Timestamp;
use rusqlite::Transaction;
use serde_json::{Value, json};

use super::store::subscriptions::{OnlineAppStatus, OnlineAppSubscription};
use super::store::users;
use crate::store::Result;
use crate::store::column_enum::column_enum;
use crate::token;
use crate::webhook::outbox;

column_enum! {
    /// The kind of an event, as in its `type`.
    EventKind {
        PaymentCompleted = "payment.completed",
        SubscriptionCreated = "subscription.created",
        SubscriptionUpdated = "subscription.updated",
        SubscriptionCancelled = "subscription.cancelled",
        RefundCreated = "refund.created",
        TrialStarted = "trial.started",
    }
}

impl EventKind {
    /// All documented kinds.
    pub(crate) const ALL: [Self; 6] = [
        Self::PaymentCompleted,
        Self::SubscriptionCreated,
        Self::SubscriptionUpdated,
        Self::SubscriptionCancelled,
        Self::RefundCreated,
        Self::TrialStarted,
    ];
}

/// Queues an event about a subscription to every endpoint, in the transaction of its cause.
pub(crate) fn emit(
    tx: &Transaction<'_>,
    kind: EventKind,
    subscription: &OnlineAppSubscription,
    now: Timestamp,
) -> Result<()> {
    emit_with_id(tx, kind, subscription, now).map(drop)
}

/// Does the same, and returns the event's id.
pub(crate) fn emit_with_id(
    tx: &Transaction<'_>,
    kind: EventKind,
    subscription: &OnlineAppSubscription,
    now: Timestamp,
) -> Result<String> {
    let id = format!(
        "evt_{}_{}",
        now.as_millisecond(),
        token::alphanumeric::<11>()
    );
    let event = json!({
        "id": id,
        "type": kind,
        "created_at": format_time(now),
        "occurred_at": format_time(now),
        "data": data(tx, kind, subscription)?,
    });
    outbox::add(tx, &id, &event.to_string(), now)?;
    Ok(id)
}

/// Returns the documented blocks, all of which are optional.
fn data(
    tx: &Transaction<'_>,
    kind: EventKind,
    subscription: &OnlineAppSubscription,
) -> Result<Value> {
    let user_id = &subscription.user_id;
    let own = user_id.strip_prefix("usr_").unwrap_or(user_id);
    let mut data = json!({
        "price": {
            "id": subscription.price_id,
            "unit_amount": subscription.unit_amount,
            "interval": subscription.billing_interval,
        },
        "customer": { "id": format!("cus_{own}"), "email": users::email(tx, user_id)? },
        "user": { "id": user_id, "metadata": users::meta(tx, user_id, &subscription.paywall_id)? },
        "paywall": { "id": subscription.paywall_id },
        "acquiring": { "id": "acq_sandbox", "provider": "stripe" },
        "subscription": subscription_block(subscription),
    });
    if matches!(kind, EventKind::PaymentCompleted | EventKind::RefundCreated) {
        data["payment"] = json!({ "id": token::id("pay"), "status": "succeeded" });
    }
    if kind == EventKind::RefundCreated {
        data["refund"] = json!({
            "id": token::id("ref"),
            "reason": "requested_by_customer",
            "amount": subscription.unit_amount,
        });
    }
    Ok(data)
}

fn subscription_block(subscription: &OnlineAppSubscription) -> Value {
    let start = format_time(subscription.current_period_start);
    let end = format_time(subscription.current_period_end);
    // Here a trial is the first period, and its data is not kept after its end.
    let trialing = subscription.status == OnlineAppStatus::Trialing;
    json!({
        "id": subscription.id,
        "status": subscription.status,
        "trial_period_start": trialing.then_some(&start),
        "trial_period_end": trialing.then_some(&end),
        "cancel_at_period_end": subscription.cancel_at_period_end,
        "cancel_at": subscription.cancel_at_period_end.then_some(&end),
        "canceled_at": subscription.canceled_at.map(format_time),
        "ended_at": subscription.ended_at.map(format_time),
        "current_period_start": start,
        "current_period_end": end,
    })
}

/// Formats a time as in the documentation: `2024-01-15T12:30:45.000Z`.
fn format_time(moment: Timestamp) -> String {
    format!("{moment:.3}")
}

use std::fmt;

use jiff::Timestamp;

use crate::{Customer, JsonObject, SubscriptionId};

/// One event that a provider sent and signed.
///
/// Providers send an event more than once and in any order: store the [`id`](Self::id) of processed
/// events, and order events by [`happened_at`](Self::happened_at). `Debug` shows no e-mail address,
/// and only the names of metadata and raw fields.
#[derive(Clone)]
#[non_exhaustive]
pub struct WebhookEvent {
    /// The provider's id of the event, the same in every delivery of it; never empty.
    pub id: String,
    /// The kind of event.
    pub kind: EventKind,
    /// When the provider created the event.
    pub created_at: Timestamp,
    /// When the event happened, if the provider says so.
    pub occurred_at: Option<Timestamp>,
    /// The parts that the event is about.
    pub data: EventData,
    /// Documented fields with an undocumented form, such as `data.price.unit_amount`; they are
    /// absent here.
    pub unread: Vec<&'static str>,
    /// The whole message, with the fields that this toolkit does not know.
    pub raw: JsonObject,
}

impl WebhookEvent {
    /// Creates an event that has only the fields of the envelope.
    #[must_use]
    pub fn new(id: String, kind: EventKind, created_at: Timestamp) -> Self {
        Self {
            id,
            kind,
            created_at,
            occurred_at: None,
            data: EventData::default(),
            unread: Vec::new(),
            raw: JsonObject::new(),
        }
    }

    /// Returns the time to order events by.
    #[must_use]
    pub fn happened_at(&self) -> Timestamp {
        self.occurred_at.unwrap_or(self.created_at)
    }
}

impl fmt::Debug for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookEvent")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("created_at", &self.created_at)
            .field("occurred_at", &self.occurred_at)
            .field("data", &self.data)
            .field("unread", &self.unread)
            .field("raw", &self.raw.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Declares an enum of a provider's words, with a variant for unknown ones.
macro_rules! open_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$of])* $variant,)*
            /// A word that this toolkit does not know, as the provider wrote it.
            Other(String),
        }

        impl $name {
            /// Every known value.
            pub const KNOWN: &[Self] = &[$(Self::$variant),*];

            /// Returns the word that JSON and documentation use.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }
    };
}

open_words! {
    /// The kind of event.
    EventKind {
        /// A payment succeeded.
        PaymentCompleted = "payment.completed",
        /// A subscription began.
        SubscriptionCreated = "subscription.created",
        /// A subscription was renewed, changed, reactivated, or is to end with its period.
        SubscriptionUpdated = "subscription.updated",
        /// A subscription ended.
        SubscriptionCancelled = "subscription.cancelled",
        /// A payment was refunded.
        RefundCreated = "refund.created",
        /// A trial began.
        TrialStarted = "trial.started",
    }
}

open_words! {
    /// The status of a subscription.
    SubscriptionStatus {
        /// Paid for.
        Active = "active",
        /// On trial.
        Trialing = "trialing",
        /// A payment is due and has not succeeded yet.
        PastDue = "past_due",
        /// Ended.
        Canceled = "canceled",
        /// The first payment has not succeeded yet.
        Incomplete = "incomplete",
    }
}

/// The parts of an event that the provider sent.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EventData {
    /// The price.
    pub price: Option<Price>,
    /// The customer.
    pub customer: Option<Customer>,
    /// The application's user, with the metadata that the link was created with.
    pub user: Option<User>,
    /// The paywall where the user bought.
    pub paywall: Option<Paywall>,
    /// The processor of the payment.
    pub acquiring: Option<Acquiring>,
    /// The payment.
    pub payment: Option<Payment>,
    /// The subscription, as it stood at the event.
    pub subscription: Option<Subscription>,
    /// The refund.
    pub refund: Option<Refund>,
}

/// A price.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Price {
    /// The provider's id of the price.
    pub id: Option<String>,
    /// The amount in the currency's minor units, such as cents.
    pub unit_amount: Option<i64>,
    /// How often the price is paid, in the provider's words.
    pub interval: Option<String>,
}

/// The application's user.
///
/// `Debug` shows the names of the metadata only: applications put personal data into it.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The provider's id of the user.
    pub id: Option<String>,
    /// The metadata that the application gave the user, empty if there is none.
    pub metadata: JsonObject,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("metadata", &self.metadata.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// The paywall where the user bought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Paywall {
    /// The provider's id of the paywall.
    pub id: Option<String>,
}

/// The processor of a payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Acquiring {
    /// The processor's id, as the provider wrote it.
    pub id: Option<String>,
    /// The processor, such as `stripe`.
    pub provider: Option<String>,
}

/// A payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Payment {
    /// The provider's id of the payment.
    pub id: Option<String>,
    /// The status in the provider's words; no list of them is documented.
    pub status: Option<String>,
}

/// A subscription, as it stood at the event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Subscription {
    /// The provider's id of the subscription.
    pub id: Option<SubscriptionId>,
    /// The status.
    pub status: Option<SubscriptionStatus>,
    /// When the period that is paid for began.
    pub current_period_start: Option<Timestamp>,
    /// When the period that is paid for ends; a cancellation at once leaves it as it was.
    pub current_period_end: Option<Timestamp>,
    /// When the trial began.
    pub trial_period_start: Option<Timestamp>,
    /// When the trial ends.
    pub trial_period_end: Option<Timestamp>,
    /// Whether it ends with the period that is paid for.
    pub cancel_at_period_end: Option<bool>,
    /// When it is to end.
    pub cancel_at: Option<Timestamp>,
    /// When it was cancelled, whether or not it has ended since.
    pub canceled_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// A refund.
///
/// `Debug` masks the reason, which people write by hand.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refund {
    /// The provider's id of the refund.
    pub id: Option<String>,
    /// The reason, as free text.
    pub reason: Option<String>,
    /// The amount in the currency's minor units, such as cents.
    pub amount: Option<i64>,
}

impl fmt::Debug for Refund {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refund")
            .field("id", &self.id)
            .field("reason", &self.reason.as_ref().map(|_| "***"))
            .field("amount", &self.amount)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> WebhookEvent {
        let created_at = "2024-01-15T12:30:45Z".parse().unwrap();
        WebhookEvent::new("evt_1".to_owned(), EventKind::RefundCreated, created_at)
    }

    #[test]
    fn debug_shows_names_and_ids_and_nothing_personal() {
        let mut event = event();
        event.data.customer = Some(Customer::from_id("cus_1").with_email("canary@example.com"));
        event.data.user = Some(User {
            id: Some("7".to_owned()),
            metadata: json!({"utm_source": "canary"}).as_object().unwrap().clone(),
        });
        event.data.refund = Some(Refund {
            reason: Some("canary".to_owned()),
            ..Refund::default()
        });
        event.raw = json!({"data": "canary"}).as_object().unwrap().clone();
        let shown = format!("{event:?} {event:#?}");
        assert!(!shown.contains("canary"), "{shown}");
        for name in ["evt_1", "RefundCreated", "cus_1", "utm_source", "data"] {
            assert!(shown.contains(name), "{name}: {shown}");
        }
    }

    #[test]
    fn events_are_ordered_by_when_they_happened_if_that_is_known() {
        let mut event = event();
        assert_eq!(event.happened_at(), event.created_at);
        let earlier = "2024-01-15T12:30:44Z".parse().unwrap();
        event.occurred_at = Some(earlier);
        assert_eq!(event.happened_at(), earlier);
    }

    #[test]
    fn an_unknown_word_is_kept() {
        assert_eq!(
            EventKind::Other("invoice.sent".to_owned()).as_str(),
            "invoice.sent"
        );
        assert_eq!(SubscriptionStatus::PastDue.as_str(), "past_due");
    }
}

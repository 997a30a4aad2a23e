use rusqlite::Transaction;

use super::info::ONLINEAPP;
use super::store::subscriptions::{self, OnlineAppStatus};
use super::store::users;
use crate::providers::definition::{DemoCustomer, DemoLinks};
use crate::store::Result;

/// Every call with a new address creates a user, so the list has a limit.
const MAX_USERS: usize = 20;

/// Lists users with the state that decides the answer to a call.
pub(super) fn list(tx: &Transaction<'_>) -> Result<DemoLinks> {
    let members = users::list_all(tx)?;
    let unlisted = members.len().saturating_sub(MAX_USERS);
    let mut customers = Vec::new();
    for member in members.into_iter().take(MAX_USERS) {
        let subscription = subscriptions::find_of_user(tx, &member.id, &member.paywall_id)?;
        let purchase = users::has_active_purchase(tx, &member.id, &member.paywall_id)?;
        let description = match subscription {
            Some(one) if one.status == OnlineAppStatus::Active => format!("{}, active", one.plan),
            Some(one) => format!("{}, not active", one.plan),
            None if purchase => "an active purchase".to_owned(),
            None => "no subscription".to_owned(),
        };
        customers.push(DemoCustomer {
            field: ("email", member.email.clone()),
            name: member.email,
            id: None,
            description,
            subscriptions: Vec::new(),
        });
    }
    Ok(DemoLinks {
        provider: &ONLINEAPP,
        heading: "OnlineApp's users",
        customers,
        accepts_any_email: true,
        unlisted,
    })
}

//! Whether a seed agrees with itself.

use std::collections::BTreeMap;
use std::ops::Range;

use super::schema::{Document, Id};
use crate::store::subscriptions::{KwikStatus, OnlineAppStatus};

/// What is wrong, and where in the text.
pub(super) struct Contradiction {
    pub(super) span: Range<usize>,
    pub(super) problem: String,
}

type Checked = Result<(), Contradiction>;

pub(super) fn check(seed: &Document) -> Checked {
    onlineapp(seed)?;
    kwik(seed)?;
    let numbers = seed.onlineapp.invoices.iter().map(|one| &one.number);
    let numbers = numbers.chain(seed.kwik.invoices.iter().map(|one| &one.number));
    unique("number", numbers)
}

fn onlineapp(seed: &Document) -> Checked {
    let seed = &seed.onlineapp;
    let keys = seed.api_keys.get_ref();
    if keys.is_empty() || keys.iter().any(String::is_empty) {
        return wrong(
            seed.api_keys.span(),
            "`api_keys` needs at least one key, and none that is empty",
        );
    }
    if keys
        .iter()
        .enumerate()
        .any(|(index, key)| keys[..index].contains(key))
    {
        return wrong(seed.api_keys.span(), "`api_keys` holds a key twice");
    }
    let paywalls = seed.paywalls.get_ref();
    if paywalls.is_empty() {
        return wrong(seed.paywalls.span(), "`paywalls` needs at least one");
    }
    let ids = || paywalls.iter().map(|one| &one.id);
    unique("id", ids())?;
    for user in &seed.users {
        known("paywall", &user.paywall, ids())?;
    }
    // One user may be known on several paywalls, on each of them once.
    let mut members = BTreeMap::new();
    for user in &seed.users {
        let member = (user.email.get_ref(), user.paywall.get_ref());
        if members.insert(member, ()).is_some() {
            return wrong(
                user.email.span(),
                "`email` names a user who is on this paywall already",
            );
        }
    }
    unique("id", seed.subscriptions.iter().map(|one| &one.id))?;
    let subscribers = seed
        .subscriptions
        .iter()
        .map(|one| (&one.user, &one.paywall));
    let invoiced = seed.invoices.iter().map(|one| (&one.user, &one.paywall));
    for (user, paywall) in subscribers.chain(invoiced) {
        known("paywall", paywall, ids())?;
        if !members.contains_key(&(user.get_ref(), paywall.get_ref())) {
            // The address is nobody's business but the file's.
            return wrong(
                user.span(),
                "`user` is the address of no user whom the seed has on that paywall",
            );
        }
    }
    for one in &seed.subscriptions {
        let alive = matches!(
            one.status,
            OnlineAppStatus::Active | OnlineAppStatus::Trialing | OnlineAppStatus::PastDue
        );
        if one.cancel_at_period_end && !alive {
            return wrong(one.id.span(), ENDED);
        }
    }
    Ok(())
}

fn kwik(seed: &Document) -> Checked {
    let seed = &seed.kwik;
    let key = seed.api_key.get_ref();
    if key.is_empty() || key.contains(':') {
        return wrong(
            seed.api_key.span(),
            "`api_key` must not be empty and must hold no colon, which HTTP Basic ends it with",
        );
    }
    let products = || seed.products.iter().map(|one| &one.id);
    let customers = || seed.customers.iter().map(|one| &one.id);
    unique("id", products())?;
    unique("id", customers())?;
    unique("id", seed.subscriptions.iter().map(|one| &one.id))?;
    for one in &seed.subscriptions {
        known("customer", &one.customer, customers())?;
        known("product", &one.product, products())?;
        if one.cancel_at_period_end && one.status != KwikStatus::Active {
            return wrong(one.id.span(), ENDED);
        }
    }
    for one in &seed.invoices {
        known("customer", &one.customer, customers())?;
    }
    unique("id", seed.cards.iter().map(|one| &one.id))?;
    for one in &seed.cards {
        known("customer", &one.customer, customers())?;
        let digits = one.last_four.get_ref();
        if digits.len() != 4 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return wrong(
                one.last_four.span(),
                "`last_four` must be four digits, in quotes",
            );
        }
    }
    if let Some(settings) = &seed.settings {
        for id in settings.get_ref().products_ids.iter().flatten() {
            if !products().any(|product| product.get_ref() == id) {
                let problem =
                    format!("`products_ids` names `{id}`, which no product has as its id");
                return wrong(settings.span(), &problem);
            }
        }
    }
    Ok(())
}

const ENDED: &str = "`cancel_at_period_end` is for a subscription that has not ended";

fn unique<'a>(key: &str, ids: impl Iterator<Item = &'a Id>) -> Checked {
    let mut seen = BTreeMap::new();
    for id in ids {
        if id.get_ref().is_empty() {
            return wrong(id.span(), &format!("`{key}` must not be empty"));
        }
        if seen.insert(id.get_ref(), ()).is_some() {
            let problem = format!("`{key}` is `{}`, which is taken already", id.get_ref());
            return wrong(id.span(), &problem);
        }
    }
    Ok(())
}

fn known<'a>(key: &str, id: &Id, ids: impl Iterator<Item = &'a Id>) -> Checked {
    let ids: Vec<_> = ids.map(|id| format!("`{}`", id.get_ref())).collect();
    let wanted = format!("`{}`", id.get_ref());
    if ids.contains(&wanted) {
        return Ok(());
    }
    let known = match ids.as_slice() {
        [] => "none".to_owned(),
        ids => ids.join(", "),
    };
    wrong(
        id.span(),
        &format!("`{key}` names {wanted}, which the seed does not have; it has {known}"),
    )
}

fn wrong(span: Range<usize>, problem: &str) -> Checked {
    Err(Contradiction {
        span,
        problem: problem.to_owned(),
    })
}

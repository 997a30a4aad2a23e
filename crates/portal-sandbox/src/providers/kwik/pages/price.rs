use crate::pages::format;
use crate::providers::kwik::store::cards::Card;
use crate::providers::kwik::store::products::{BillingPeriod, Product};

/// Formats a product's price: `R199.00 a month`.
pub(super) fn price(product: &Product) -> String {
    let period = match product.billing_period {
        BillingPeriod::Daily => "a day",
        BillingPeriod::Weekly => "a week",
        BillingPeriod::Monthly => "a month",
        BillingPeriod::Quarterly => "every 3 months",
        BillingPeriod::HalfYearly => "every 6 months",
        BillingPeriod::Yearly => "a year",
    };
    format!("{} {period}", format::rand(product.amount_cents))
}

/// Formats a card by its last four digits: `Visa ending in 4242`.
pub(super) fn card(card: &Card) -> String {
    format!("{} ending in {}", card.brand, card.last_four)
}

/// Formats a card with its expiry: `Visa ending in 4242, valid until 12/2030`.
pub(super) fn full_card(known: &Card) -> String {
    format!("{}, valid until {}", card(known), known.expires)
}

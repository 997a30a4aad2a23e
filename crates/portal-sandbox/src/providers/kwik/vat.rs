//! Value-added tax, which every price of the sandbox includes.

/// South Africa's rate.
pub(crate) const PERCENT: i64 = 15;

/// Returns how much of a price is VAT, in cents, halves rounded up.
pub(crate) fn included_in(cents: i64) -> i64 {
    let whole = 100 + PERCENT;
    (2 * cents * PERCENT + whole) / (2 * whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vat_is_fifteen_parts_of_a_hundred_and_fifteen() {
        for (price, vat) in [(0, 0), (11_500, 1_500), (9_900, 1_291), (19_900, 2_596)] {
            assert_eq!(included_in(price), vat, "{price}");
        }
    }
}

//! Billing periods, by the calendar in UTC.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A billing period, measured by the calendar.
pub(crate) trait Period: Copy {
    fn span(self) -> Span;

    /// Returns the end of the period that starts at `start`. A month after 31 January is the last day of February.
    fn after(self, start: Timestamp) -> Timestamp {
        let end = start.to_zoned(TimeZone::UTC).saturating_add(self.span());
        end.timestamp()
    }

    /// Returns the start of the period that ends at `end`.
    fn before(self, end: Timestamp) -> Timestamp {
        let start = end.to_zoned(TimeZone::UTC).saturating_sub(self.span());
        start.timestamp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::kwik::store::products::BillingPeriod;
    use crate::providers::onlineapp::store::subscriptions::Interval;

    #[test]
    fn a_month_ends_on_the_same_day_or_on_the_months_last() {
        for (start, end) in [
            ("2026-03-13T11:30:00Z", "2026-04-13T11:30:00Z"),
            ("2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"),
            ("2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z"),
        ] {
            let start: Timestamp = start.parse().unwrap();
            assert_eq!(Interval::Month.after(start).to_string(), end);
            assert_eq!(BillingPeriod::Monthly.after(start).to_string(), end);
        }
    }

    #[test]
    fn every_period_can_be_counted_back() {
        let end: Timestamp = "2026-07-13T11:30:00Z".parse().unwrap();
        for (period, start) in [
            (BillingPeriod::Daily, "2026-07-12T11:30:00Z"),
            (BillingPeriod::Weekly, "2026-07-06T11:30:00Z"),
            (BillingPeriod::Monthly, "2026-06-13T11:30:00Z"),
            (BillingPeriod::Quarterly, "2026-04-13T11:30:00Z"),
            (BillingPeriod::HalfYearly, "2026-01-13T11:30:00Z"),
            (BillingPeriod::Yearly, "2025-07-13T11:30:00Z"),
        ] {
            assert_eq!(period.before(end).to_string(), start);
            assert_eq!(period.after(period.before(end)), end);
        }
    }
}

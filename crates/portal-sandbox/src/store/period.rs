use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Adds a span of the calendar in UTC; a day that the month lacks is its last (31 January, then 28 February).
pub(super) fn end(start: Timestamp, length: Span) -> Timestamp {
    start
        .to_zoned(TimeZone::UTC)
        .checked_add(length)
        .map_or(Timestamp::MAX, |end| end.timestamp())
}

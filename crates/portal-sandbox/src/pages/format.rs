//! Formats money and times for pages.

use jiff::Timestamp;

/// Formats cents as rand, thousands apart: `R1 990.00`, with spaces that do not break.
pub(crate) fn rand(cents: i64) -> String {
    format!("R{}", grouped(cents, '\u{a0}'))
}

/// Formats cents as US dollars, thousands apart: `$1,990.00`.
pub(crate) fn dollars(cents: i64) -> String {
    format!("${}", grouped(cents, ','))
}

/// Formats a day: `13 March 2026`.
pub(crate) fn day(moment: Timestamp) -> String {
    moment.strftime("%-d %B %Y").to_string()
}

/// Formats a moment: `13 March 2026, 12:30 UTC`.
pub(crate) fn moment(moment: Timestamp) -> String {
    moment.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

fn grouped(cents: i64, separator: char) -> String {
    let (whole, cents) = (cents / 100, cents % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    format!("{grouped}.{cents:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rand_shows_cents_and_groups_thousands() {
        for (cents, text) in [
            (0, "R0.00"),
            (5, "R0.05"),
            (9_900, "R99.00"),
            (199_000, "R1\u{a0}990.00"),
            (123_456_789, "R1\u{a0}234\u{a0}567.89"),
        ] {
            assert_eq!(rand(cents), text);
        }
        assert_eq!(dollars(199_000), "$1,990.00");
    }

    #[test]
    fn a_moment_is_written_in_utc() {
        let time = "2026-03-03T12:30:00Z".parse().unwrap();
        assert_eq!(
            (day(time).as_str(), moment(time).as_str()),
            ("3 March 2026", "3 March 2026, 12:30 UTC")
        );
    }
}

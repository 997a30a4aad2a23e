/// What a figure is a figure of, which decides how it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// So many times something else.
    Times,
    /// Shown as a percentage.
    Share,
    /// Shown as milliseconds.
    Seconds,
    /// A time that is long enough for seconds.
    LongSeconds,
    PerSecond,
    /// Shown as KiB.
    Bytes,
    /// Shown as MB.
    Kib,
    Count,
}

impl Unit {
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Times if value < 1.0 => format!("{value:.3} ×"),
            Self::Times => format!("{value:.2} ×"),
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Seconds => format!("{:.3} ms", value * 1e3),
            Self::LongSeconds => format!("{value:.1} s"),
            Self::PerSecond => format!("{}/s", grouped(value)),
            Self::Bytes => format!("{:.1} KiB", value / 1024.0),
            Self::Kib => format!("{:.1} MB", value * 1024.0 / 1e6),
            Self::Count => grouped(value),
        }
    }
}

/// A whole number with commas: `1,234,567`.
pub(super) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shown_in_its_unit() {
        assert_eq!(Unit::Times.show(0.05), "0.050 ×");
        assert_eq!(Unit::Times.show(12.0), "12.00 ×");
        assert_eq!(Unit::Share.show(0.97), "97.0 %");
        assert_eq!(Unit::Seconds.show(0.000_076_4), "0.076 ms");
        assert_eq!(Unit::PerSecond.show(5_000.4), "5,000/s");
        assert_eq!(Unit::Bytes.show(8_192.0), "8.0 KiB");
        assert_eq!(Unit::Count.show(0.0), "0");
        assert_eq!(Unit::Count.show(1_234_567.0), "1,234,567");
    }
}

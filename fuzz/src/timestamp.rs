use portal_core::timestamp::{Timestamp, parse};

/// Reads a provider's time, and the same time as this library writes it.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let east = parse(text, 2);
    if let Some(time) = east {
        assert_eq!(parse(&time.to_string(), -11), Some(time), "{text}");
    }
    // Where a text names its offset, ours does not matter; else it moves the time by itself.
    if let (Some(east), Some(utc)) = (east, parse(text, 0)) {
        let apart = utc.as_second() - east.as_second();
        assert!(apart == 0 || apart == 2 * 3600, "{text}: {apart}");
    }
    let first: Timestamp = "0001-01-01T00:00:00Z".parse().expect("a time");
    let time = text.parse().ok().filter(|time| *time >= first);
    assert_eq!(parse(text, 100), time, "no offset is 100 hours");
}

/// A unit's letter, and its seconds.
pub(super) type TimeUnit = (char, u32);

pub(super) const SECOND: TimeUnit = ('s', 1);
pub(super) const MINUTE: TimeUnit = ('m', 60);
pub(super) const HOUR: TimeUnit = ('h', 3600);
#[cfg(feature = "sandbox")]
pub(super) const DAY: TimeUnit = ('d', 86400);

/// Splits a time such as `5m` into its number and the seconds of its unit, which are 1 without a unit.
pub(super) fn split_unit<'a>(text: &'a str, units: &[TimeUnit]) -> (&'a str, u32) {
    let find = |(unit, seconds): &TimeUnit| Some((text.strip_suffix(*unit)?, *seconds));
    units.iter().find_map(find).unwrap_or((text, 1))
}

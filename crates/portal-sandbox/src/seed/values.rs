//! The value types that seed sections share.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected};
use serde_json::{Map, Value};
use toml::Spanned;

/// An id in the seed, with its position in the file.
pub(crate) type Id = Spanned<String>;

/// `userMeta` as JSON.
#[derive(Clone, Default)]
pub(crate) struct Meta(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for Meta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = BTreeMap::<String, Value>::deserialize(deserializer)?;
        Ok(Self(table.into_iter().collect()))
    }
}

/// Days before or after the seeding, within ten years, since every period of that time is renewed at the start.
#[derive(Clone, Copy)]
pub(crate) struct Days(pub(crate) i64);

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(deserializer, -3660..=3660, "whole days from -3660 to 3660").map(Self)
    }
}

/// Money in minor units.
#[derive(Clone, Copy)]
pub(crate) struct Amount(pub(crate) i64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bounded(
            deserializer,
            0..=1_000_000_000_000,
            "minor units from 0 to 1000000000000",
        )
        .map(Self)
    }
}

fn bounded<'de, D: Deserializer<'de>>(
    deserializer: D,
    range: std::ops::RangeInclusive<i64>,
    expected: &str,
) -> Result<i64, D::Error> {
    let number = i64::deserialize(deserializer)?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(D::Error::invalid_value(
            Unexpected::Signed(number),
            &expected,
        ))
    }
}

pub(crate) fn period_end(days: Days, now: Timestamp) -> Timestamp {
    days_from(now, days.0)
}

pub(crate) fn days_from(now: Timestamp, days: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(24 * days))
        .expect("a signed duration has no calendar units")
}

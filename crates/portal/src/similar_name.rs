/// Finds the known name that is similar to a misspelled one; `None` for another word.
///
/// ```
/// use portal::config::similar_name;
///
/// assert_eq!(similar_name("api_kye", ["api_key", "base_url"]), Some("api_key"));
/// ```
#[must_use]
pub fn similar_name<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A typo changes at most a third of the letters.
    let near = |name: &str| {
        let distance = strsim::damerau_levenshtein(&written.to_lowercase(), name);
        (distance <= name.len().div_ceil(3)).then_some(distance)
    };
    // A long text is no typo, and the comparison takes the square of its length.
    (written.len() <= 64)
        .then(|| {
            let known = known.into_iter();
            let near = known.filter_map(|name| Some((near(name)?, name)));
            near.min_by_key(|(distance, _)| *distance)
        })
        .flatten()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_gets_the_nearest_name_and_another_word_gets_none() {
        let known = ["timeout", "max_retries", "ca", "rate"];
        for (written, meant) in [
            ("timeout_", Some("timeout")),
            ("TIMEOUT", Some("timeout")),
            ("max-retries", Some("max_retries")),
            ("maxretries", Some("max_retries")),
            ("rat", Some("rate")),
            ("colour", None),
            ("cus_abc123", None),
            ("", None),
        ] {
            assert_eq!(similar_name(written, known), meant, "{written}");
        }
        assert_eq!(similar_name(&"rate".repeat(1 << 20), known), None);
    }
}

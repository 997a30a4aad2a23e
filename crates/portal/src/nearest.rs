/// How alike two words are at least, from 0 to 1, for one to be a misspelling of the other.
const ALIKE: f64 = 0.7;

/// Returns the known word that was probably meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .map(|known| (strsim::jaro_winkler(&word, known), known))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_word_is_recognised_and_another_word_is_not() {
        let meant = |word| nearest(word, ["kwik", "onlineapp"].into_iter());
        for word in ["kwick", "Kwik", "kwi", "kiwk"] {
            assert_eq!(meant(word), Some("kwik"), "{word}");
        }
        for word in ["online", "onlineap", "onlinapp", "ONLINE-APP"] {
            assert_eq!(meant(word), Some("onlineapp"), "{word}");
        }
        for word in ["", "stripe", "paddle", "cus_abc123"] {
            assert_eq!(meant(word), None, "{word}");
        }
    }
}

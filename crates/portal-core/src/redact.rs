use crate::reading::Reading;

/// How much of a provider's words an error carries, in characters.
const MAX_CHARS: usize = 200;

/// How much of a provider's words is looked at beside what a cut could leave half of, in bytes.
const WINDOW: usize = 1024;

/// How much longer than itself a secret is when it is written in any of the ways that are known.
const GROWTH: usize = 16;

/// How many layers of escapes are undone; text with more is not shown at all.
const LAYERS: usize = 4;

/// Below this many bytes a text is no secret: it is masked only where it stands alone.
const SHORT: usize = 4;

/// Makes a provider's words fit to be shown: one line, bounded, without anything secret.
///
/// Providers echo what they were sent. A word that holds a URL, an e-mail address or one of
/// `secrets` becomes `***`, in capitals or small letters, across line ends, and also where it is
/// percent-encoded, escaped as in JSON or HTML (up to four times over), in base64 of either
/// alphabet, or in hexadecimal digits. A secret of fewer than four bytes is masked only where it
/// stands alone and unencoded: it would be found everywhere, and no provider gives out such keys.
///
/// ```
/// let shown = portal_core::redact("key sk_1 of a@b.co\nis bad, see https://x.y", &["sk_1"]);
/// assert_eq!(shown, "key *** of *** is bad, see ***");
/// ```
#[must_use]
pub fn redact(text: &str, secrets: &[&str]) -> String {
    // What a cut would halve is not recognised, so more is read than is shown.
    let longest = secrets.iter().map(|secret| secret.len()).max();
    let margin = WINDOW + GROWTH * longest.unwrap_or_default();
    let window = &text[..text.floor_char_boundary(WINDOW + margin)];
    let Some(hidden) = Hidden::find(window, secrets) else {
        return "***".to_owned();
    };
    let told = match window.len() < text.len() {
        true => WINDOW,
        false => window.len(),
    };
    let mut shown = String::new();
    let mut masked = false;
    for (at, word) in words(window) {
        if at >= told {
            shown.push('…');
            break;
        }
        let mask = hidden.touches(at, word.len());
        let word = &word[..word.floor_char_boundary(told - at)];
        if mask && masked {
            continue;
        }
        masked = mask;
        if !shown.is_empty() {
            shown.push(' ');
        }
        shown.push_str(if mask { "***" } else { word });
        if let Some((end, _)) = shown.char_indices().nth(MAX_CHARS) {
            shown.truncate(end);
            shown.push('…');
            break;
        }
    }
    shown
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Returns each word with the place where it begins.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(is_gap)
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
}

/// Which bytes of a text must not be shown.
struct Hidden<'a> {
    text: &'a str,
    secrets: Vec<Vec<u8>>,
    bytes: Vec<bool>,
}

impl<'a> Hidden<'a> {
    /// Reads the text in every way that is known; `None` where it is escaped too often to tell.
    fn find(text: &'a str, secrets: &[&str]) -> Option<Self> {
        let mut hidden = Self {
            text,
            secrets: spellings(secrets),
            bytes: vec![false; text.len()],
        };
        let mut reading = Reading::plain(text, is_gap);
        for _ in 0..=LAYERS {
            hidden.look(&reading, false);
            for inner in reading.unpacked() {
                hidden.look(&inner, true);
                if let Some(inner) = inner.unescaped(is_gap) {
                    hidden.look(&inner, true);
                }
            }
            match reading.unescaped(is_gap) {
                Some(next) => reading = next,
                None => return Some(hidden),
            }
        }
        None
    }

    fn touches(&self, at: usize, len: usize) -> bool {
        self.bytes[at..at + len].contains(&true)
    }

    /// Hides what is secret in one reading; an unpacked one is mostly noise, so there a mark alone
    /// is no address.
    fn look(&mut self, reading: &Reading, unpacked: bool) {
        let folded = reading.bytes.to_ascii_lowercase();
        let mut found = Vec::new();
        for secret in &self.secrets {
            for at in places(&folded, secret) {
                let end = at + secret.len();
                if secret.len() >= SHORT || (!unpacked && stands_alone(reading, at, end)) {
                    found.push((at, end));
                }
            }
        }
        for (at, end) in found {
            self.hide(reading, at, end);
        }
        for at in places(&folded, b"://") {
            let rest = &folded[at + 3..];
            match unpacked {
                true => {
                    let length = rest.iter().take_while(|b| b.is_ascii_graphic()).count();
                    self.hide(reading, at.saturating_sub(5), at + 3 + length);
                }
                false => self.hide_link(reading, at),
            }
        }
        for at in places(&folded, b"@") {
            match unpacked {
                true => {
                    if let Some((start, end)) = address(&folded, at) {
                        self.hide(reading, start, end);
                    }
                }
                // Either side may stand on another line.
                false => self.hide(reading, at.saturating_sub(1), at + 2),
            }
        }
    }

    fn hide(&mut self, reading: &Reading, from: usize, to: usize) {
        let to = to.min(reading.bytes.len());
        for place in &reading.places[from..to] {
            self.bytes[place.clone()].fill(true);
        }
    }

    /// Hides a link and what only line ends part from it.
    fn hide_link(&mut self, reading: &Reading, at: usize) {
        self.hide(reading, at.saturating_sub(1), at + 4);
        let start = reading.places[at].start;
        let is_end = |c: char| is_gap(c) && c != '\r' && c != '\n';
        let length = self.text[start..].find(is_end);
        let end = length.map_or(self.text.len(), |length| start + length);
        self.bytes[start..end].fill(true);
    }
}

/// Returns the spellings to look for: without gaps, and with ASCII in small letters.
fn spellings(secrets: &[&str]) -> Vec<Vec<u8>> {
    let mut spellings: Vec<_> = secrets
        .iter()
        .flat_map(|secret| {
            let solid: String = secret.chars().filter(|c| !is_gap(*c)).collect();
            // A form's encoding writes a space as `+`.
            let form = secret.trim().replace(is_gap, "+");
            [solid.to_lowercase(), solid.to_uppercase(), form, solid]
        })
        .map(|text| text.to_ascii_lowercase().into_bytes())
        .filter(|spelling| !spelling.is_empty())
        .collect();
    spellings.sort();
    spellings.dedup();
    spellings
}

fn places(bytes: &[u8], wanted: &[u8]) -> impl Iterator<Item = usize> {
    bytes
        .iter()
        .enumerate()
        .filter(move |(_, byte)| wanted.first() == Some(byte))
        .map(|(at, _)| at)
        .filter(move |at| bytes[*at..].starts_with(wanted))
}

/// Says whether a piece is whole, and neither side of it touches a letter or a digit.
fn stands_alone(reading: &Reading, from: usize, to: usize) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let touches = |left: usize, right: usize, other: usize| {
        reading.places[left].end == reading.places[right].start && is_word(reading.bytes[other])
    };
    let before = from > 0 && touches(from - 1, from, from - 1);
    let after = to < reading.bytes.len() && touches(to - 1, to, to);
    !before && !after && reading.is_whole(from, to)
}

/// Finds an e-mail address around the `@` at a place: a local part, and a domain with a dot.
fn address(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let local = bytes[..at].iter().rev();
    let local = local.take_while(|b| b.is_ascii_graphic()).count();
    let is_domain = |b: &&u8| b.is_ascii_alphanumeric() || b"-.".contains(b);
    let domain = &bytes[at + 1..];
    let domain = &domain[..domain.iter().take_while(is_domain).count()];
    let dot = domain.iter().position(|b| *b == b'.')?;
    let tld = domain[dot + 1..].iter();
    let tld = tld.take_while(|b| b.is_ascii_alphabetic()).count();
    (local > 0 && dot > 0 && tld > 1).then(|| (at - local, at + 1 + domain.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_escaped_and_across_words() {
        for (text, secret) in [
            ("key sk%5F1%2B bad", "sk_1+"),
            ("key SK%255f1%252b bad", "sk_1+"),
            ("key sk\\u005f1+ bad", "sk_1+"),
            ("key sk&#95;1&#x2B; bad", "sk_1+"),
            ("key sk_\n1+ bad", "sk_1+"),
            ("key open+sesame bad", "open sesame"),
            ("mail a%40b.co bad", "unused"),
            ("mail a\\u0040b.co bad", "unused"),
            ("mail a&commat;b.co bad", "unused"),
            ("mail a\n@b.co bad", "unused"),
            ("see https%3A%2F%2Fx.y bad", "unused"),
            ("see https:\\/\\/x.y bad", "unused"),
            ("see https://x.y/\nportal/token bad", "unused"),
        ] {
            let shown = redact(text, &[secret]);
            let first = text.split(' ').next().unwrap_or_default();
            assert_eq!(shown, format!("{first} *** bad"), "{text}");
        }
        let secrets = ["open  Sesame"];
        let shown = redact("bad key: open\nsesame!", &secrets);
        assert_eq!(shown, "bad key: ***");
        let shown = redact("the door is open", &secrets);
        assert_eq!(shown, "the door is open");
    }

    #[test]
    fn an_address_and_a_link_are_known_in_base64_and_in_hexadecimal() {
        for text in [
            "bXkgbWFpbCBpcyB1c2VyQGV4YW1wbGUuY29tIG9r",
            "xbXkgbWFpbCBpcyB1c2VyQGV4YW1wbGUuY29tIG9r==",
            "aHR0cHM6Ly94LnkvcG9ydGFsL3Rva2Vu",
            "aHR0cHM6Ly94LnkvcG9y\r\ndGFsL3Rva2Vu",
            "aHR0cHMlM0ElMkYlMkZ4Lnk=",
            "75736572406578616d706c652e636f6d",
            "7573657240 6578616D706C652E636F6D",
        ] {
            let shown = redact(&format!("what is {text} there"), &[]);
            assert_eq!(shown, "what is *** there", "{text}");
        }
    }

    #[test]
    fn ordinary_words_are_shown_as_they_are() {
        for text in [
            "Key not found: cus_HVpCeoNys1f22X7QcuWHY",
            "100% of 5 & 6 <b> \\d+ &unknown; %zz \\u12 %",
            "bücher: 日本語 abcdefghijklmnopqrstuvwxyz0123456789",
            "error_details.0.customer_id: must match exactly one subscription",
        ] {
            assert_eq!(redact(text, &["sk_live_1"]), text);
        }
    }

    #[test]
    fn a_text_of_three_bytes_is_masked_only_where_it_stands_alone() {
        for (text, shown) in [
            ("key abc is bad", "key *** is bad"),
            ("key=\"ABC\",", "***"),
            ("abcd xabc a bc YWJj", "abcd xabc a bc YWJj"),
        ] {
            assert_eq!(redact(text, &["abc"]), shown);
        }
        assert_eq!(redact("xabcdx", &["abcd"]), "***");
        assert_eq!(redact("nothing", &["", " "]), "nothing");
    }

    #[test]
    fn what_is_escaped_too_often_is_not_shown() {
        let text = format!("a%{}40b", "25".repeat(3));
        assert_eq!(redact(&format!("x {text}"), &[]), "x ***");
        let text = format!("a%{}40b", "25".repeat(9));
        assert_eq!(redact(&format!("x {text}"), &[]), "***");
    }

    #[test]
    fn long_words_are_cut_and_secrets_inside_words_are_masked() {
        for length in [MAX_CHARS + 1, 5000, 1 << 20] {
            let shown = redact(&"x".repeat(length), &[]);
            assert_eq!(shown.chars().count(), MAX_CHARS + 1);
        }
        assert_eq!(redact("(key=\"SK_live_1\"),", &["sk_live_1", ""]), "***");
        assert_eq!(redact("\u{1b}[31mred\r\n", &[]), "[31mred");
    }

    #[test]
    fn no_cut_leaves_half_of_a_secret() {
        let secret = "0123456789abcdef".repeat(16);
        for before in (0..2 * WINDOW + GROWTH * secret.len()).step_by(97) {
            // Masked words take little room, so what is shown may stand far behind.
            let many = "a@b.co ".repeat(before / 7);
            for text in [
                format!("{many} {secret}"),
                format!("{many}{before}{secret}x"),
            ] {
                let shown = redact(&text, &[&secret]);
                assert!(!shown.contains("0123456789"), "{before}: {shown}");
            }
        }
    }
}

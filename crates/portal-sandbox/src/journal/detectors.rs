//! Finds link tokens, portal links and e-mail addresses in a text by their form.

use std::ops::Range;

use crate::token::Token;

/// The bytes before an `@` that are searched. An address has at most 64 there.
const MAX_LOCAL: usize = 256;

/// Finds what looks like a link's token: as many letters and digits, in upper and lower case.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_digit = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let runs = text.split(move |c| !is_digit(c)).filter(|run| {
        let has = |kind: fn(&u8) -> bool| run.bytes().any(|byte| kind(&byte));
        run.len() == Token::LENGTH && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase)
    });
    runs.map(|run| range_in(text, run))
}

/// Finds the secret part of portal links, in the forms that the documentation shows.
pub(super) fn link_secrets(text: &str) -> Vec<Range<usize>> {
    if !text.contains("://") {
        return Vec::new();
    }
    let text = &*text.to_ascii_lowercase();
    let links = text.split(is_separator).filter(|link| link.contains("://"));
    let tokens = links.flat_map(|link| {
        let shapes = ["/portal/", "/session/", "/pay/"].into_iter();
        let rest = shapes.filter_map(|shape| Some(link.split_once(shape)?.1));
        rest.filter_map(|rest| rest.split('/').next())
    });
    let tokens = tokens.filter(|token| !token.is_empty());
    tokens.map(|token| range_in(text, token)).collect()
}

/// Finds the parts before the `@` of e-mail addresses.
pub(super) fn addresses(text: &str) -> Vec<Range<usize>> {
    // A text that is one address may have any character before the `@`.
    if let Some((local, domain)) = text.rsplit_once('@')
        && !local.is_empty()
        && !local.contains(char::is_whitespace)
        && !local.contains("://")
        && !local.starts_with('/')
        && begins_domain(domain)
        && domain.chars().all(|c| is_domain(c) || "[]:".contains(c))
    {
        return std::iter::once(0..local.len()).collect();
    }
    let signs = text.match_indices('@');
    let signs = signs.filter(|(at, _)| begins_domain(&text[at + 1..]));
    let ranges = signs.map(|(at, _)| {
        let nearest = text.floor_char_boundary(at.saturating_sub(MAX_LOCAL));
        let before = &text[nearest..at];
        let local = match before.strip_suffix('"') {
            Some(quoted) => quoted.rfind('"').map(|at| &before[at..]),
            None => before
                .rsplit(|c| is_separator(c) || "/:@".contains(c))
                .next(),
        };
        // An address may contain what otherwise separates words.
        let local = local.filter(|local| !local.is_empty());
        let local = local.or_else(|| before.rsplit(char::is_whitespace).next());
        at - local.map_or(0, str::len)..at
    });
    ranges.filter(|local| !local.is_empty()).collect()
}

fn begins_domain(text: &str) -> bool {
    text.starts_with(|c| is_domain(c) || c == '[')
}

fn is_domain(c: char) -> bool {
    c.is_alphanumeric() || c == '.' || c == '-'
}

/// Separates words in text, in a URL's query and in invalid JSON.
fn is_separator(c: char) -> bool {
    let is_sign = matches!(
        c,
        '"' | '\''
            | '<'
            | '>'
            | '('
            | ')'
            | '['
            | ']'
            | '{'
            | '}'
            | ','
            | ';'
            | '&'
            | '='
            | '?'
            | '#'
            | '|'
    );
    is_sign || c.is_whitespace() || c.is_control()
}

fn range_in(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr() - text.as_ptr().addr();
    start..start + part.len()
}

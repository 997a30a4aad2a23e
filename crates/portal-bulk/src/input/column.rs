use portal_core::{Error, Field};

/// What a column of CSV or a key of JSONL sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// A field of the request, by its name.
    Field(Field),
    /// `meta.KEY`: one entry of the metadata.
    Meta(String),
    /// `extra.KEY`: one provider-specific field, as JSON.
    Extra(String),
    /// `extra`: provider-specific fields, as a JSON object.
    Extras,
    /// `id`: the user's own id of the row; it is not sent.
    Id,
}

const META: &str = "meta.";
const EXTRA: &str = "extra.";
const EXTRAS: &str = "extra";
const ID: &str = "id";

impl Column {
    /// Parses a column's name.
    ///
    /// # Errors
    /// `Invalid` with the field `input`; the hint suggests a similar name.
    pub(crate) fn parse(name: &str) -> Result<Self, Error> {
        let key_after = |prefix| {
            name.strip_prefix(prefix)
                .filter(|key: &&str| !key.is_empty())
        };
        if let Some(field) = Field::from_name(name) {
            Ok(Self::Field(field))
        } else if let Some(key) = key_after(META) {
            Ok(Self::Meta(key.to_owned()))
        } else if let Some(key) = key_after(EXTRA) {
            Ok(Self::Extra(key.to_owned()))
        } else if name == EXTRAS {
            Ok(Self::Extras)
        } else if name == ID {
            Ok(Self::Id)
        } else {
            let message = format!("`{}` is not a field of a request", redact_name(name));
            Err(Error::invalid("input", message).with_hint(hint(name)))
        }
    }

    /// Parses a name of a CSV header in its usual spellings: `E-Mail` is `email`, `Customer ID` is
    /// `customer_id`.
    ///
    /// # Errors
    /// As [`parse`](Column::parse).
    pub(crate) fn parse_header(name: &str) -> Result<Self, Error> {
        let name = name.trim();
        let is_same = |known: &&str| normalize(known) == normalize(name);
        let fields = Field::ALL.iter().map(|field| field.as_str());
        if let Some(known) = fields.chain([EXTRAS, ID]).find(is_same) {
            return Self::parse(known);
        }
        for prefix in [META, EXTRA] {
            if let Some((start, key)) = name.split_at_checked(prefix.len())
                && start.eq_ignore_ascii_case(prefix)
            {
                return Self::parse(&format!("{prefix}{key}"));
            }
        }
        Self::parse(name)
    }

    /// Returns the column's name, as in the input and in errors.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Field(field) => field.as_str().to_owned(),
            Self::Meta(key) => format!("{META}{key}"),
            Self::Extra(key) => format!("{EXTRA}{key}"),
            Self::Extras => EXTRAS.to_owned(),
            Self::Id => ID.to_owned(),
        }
    }
}

/// Normalizes a name, so that its spellings compare as equal.
fn normalize(name: &str) -> String {
    let letters = name.chars().filter(|c| !"_- ".contains(*c));
    letters.flat_map(char::to_lowercase).collect()
}

fn hint(name: &str) -> String {
    let known: Vec<_> = Field::ALL.iter().map(|field| field.as_str()).collect();
    let list = format!(
        "known are `{}`, `meta.KEY`, `extra.KEY` and `id`",
        known.join("`, `")
    );
    let typed_name = name.trim().to_lowercase().replace(['-', ' '], "_");
    let distance = |known: &str| strsim::damerau_levenshtein(&typed_name, known);
    let nearest = known.into_iter().min_by_key(|known| distance(known));
    match nearest.filter(|known| typed_name.len() < 64 && distance(known) * 3 <= known.len()) {
        Some(suggestion) => format!("did you mean `{suggestion}`? {list}"),
        None => list,
    }
}

/// Hides a name that may be a customer's data, for example if the header is missing.
pub(crate) fn redact_name(name: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_.- ".contains(c);
    match name.len() <= 64 && name.chars().all(is_plain) {
        true => name,
        false => "***",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_and_every_prefix_is_a_column_with_its_own_name() {
        let fields = Field::ALL.iter().map(|field| field.as_str());
        for name in fields.chain(["meta.a", "extra.b.c", "extra", "meta. ", "id"]) {
            assert_eq!(Column::parse(name).expect(name).name(), name);
        }
    }

    #[test]
    fn the_names_of_a_header_are_known_in_other_spellings() {
        for field in Field::ALL {
            let name = field.as_str();
            for spelling in [
                name.to_uppercase(),
                name.replace('_', "-"),
                name.replace('_', " "),
                name.replace('_', ""),
                format!(" {name}\u{a0}"),
            ] {
                let column = Column::parse_header(&spelling).expect(&spelling);
                assert_eq!(column, Column::Field(*field), "{spelling}");
            }
        }
        for (spelling, name) in [
            ("E-Mail", "email"),
            ("Customer ID", "customer_id"),
            ("ID", "id"),
            ("Extra", "extra"),
            ("Meta.Plan_A", "meta.Plan_A"),
            ("EXTRA.Note", "extra.Note"),
        ] {
            assert_eq!(Column::parse_header(spelling).expect(spelling).name(), name);
        }
        for name in ["mail", "Customer", "meta.", "Meta", "e.mail", ""] {
            assert!(Column::parse_header(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_a_suggestion() {
        for (name, meant) in [
            ("customer_ids", "customer_id"),
            ("Customer ID", "customer_id"),
            ("e_mail", "email"),
            ("return-url", "return_url"),
            ("product", "products"),
            ("subscription", "subscription_id"),
        ] {
            let error = Column::parse(name).expect_err(name);
            let hint = error.hint().unwrap();
            assert!(
                hint.starts_with(&format!("did you mean `{meant}`?")),
                "{name}: {hint}"
            );
            assert!(error.message().contains(name), "{error}");
        }
        for name in ["", "meta.", "meta", "nonsense", "customer_id;email"] {
            let hint = Column::parse(name)
                .expect_err(name)
                .hint()
                .unwrap()
                .to_owned();
            assert!(!hint.contains("did you mean"), "{name}: {hint}");
        }
    }

    #[test]
    fn possible_customer_data_is_not_shown() {
        for name in ["canary@example.com", "https://canary", "canary\u{1b}[2J"] {
            let error = Column::parse(name).expect_err(name);
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}

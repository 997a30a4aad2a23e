//! The fields of the billing form, and their validation.

use super::store::customers::Billing;

/// One field of the form.
pub(crate) struct Field {
    /// The value of the attribute `name`.
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    /// The value of the attribute `type`.
    pub(crate) kind: &'static str,
    /// The value of the attribute `autocomplete`.
    pub(crate) autocomplete: &'static str,
    pub(crate) required: bool,
    pub(crate) get: fn(&Billing) -> &str,
    set: fn(&mut Billing, String),
}

/// An invalid form.
pub(crate) struct InvalidForm {
    /// The input.
    pub(crate) billing: Billing,
    /// Field names with error messages.
    pub(crate) errors: Vec<(&'static str, String)>,
}

/// The maximum length of a field, in characters.
pub(crate) const MAX_CHARACTERS: usize = 200;

macro_rules! field {
    ($name:ident, $label:literal, $kind:literal, $autocomplete:literal, $required:literal) => {
        Field {
            name: stringify!($name),
            label: $label,
            kind: $kind,
            autocomplete: $autocomplete,
            required: $required,
            get: |billing| &billing.$name,
            set: |billing, text| billing.$name = text,
        }
    };
}

/// The fields in the order of the page.
pub(crate) const FIELDS: [Field; 8] = [
    field!(name, "Name", "text", "name", true),
    field!(email, "E-mail", "email", "email", true),
    field!(company, "Company", "text", "organization", false),
    field!(vat_number, "VAT number", "text", "off", false),
    field!(street, "Street address", "text", "street-address", false),
    field!(city, "City", "text", "address-level2", false),
    field!(postal_code, "Postal code", "text", "postal-code", false),
    field!(country, "Country", "text", "country-name", false),
];

/// Validates the form; a missing field keeps its value in `known`.
pub(crate) fn read<'a>(
    known: &Billing,
    sent: impl Fn(&str) -> Option<&'a str>,
) -> Result<Billing, Box<InvalidForm>> {
    let mut billing = known.clone();
    let mut errors = Vec::new();
    for field in &FIELDS {
        let Some(text) = sent(field.name) else {
            continue;
        };
        let text = text.trim();
        (field.set)(&mut billing, text.to_owned());
        let label = field.label;
        if field.required && text.is_empty() {
            errors.push((field.name, format!("{label} is required.")));
        } else if text.chars().count() > MAX_CHARACTERS {
            let message = format!("{label} is longer than {MAX_CHARACTERS} characters.");
            errors.push((field.name, message));
        } else if text.contains(char::is_control) {
            errors.push((
                field.name,
                format!("{label} must be a single line of text."),
            ));
        } else if field.kind == "email" && !is_email(text) {
            let message = format!("{label} must be an address like name@example.com.");
            errors.push((field.name, message));
        }
    }
    if errors.is_empty() {
        Ok(billing)
    } else {
        Err(Box::new(InvalidForm { billing, errors }))
    }
}

/// Refuses only text that cannot be an address; the provider documents no rule.
fn is_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(char::is_whitespace)
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_field_keeps_its_value() {
        let known = Billing {
            name: "Thandi".to_owned(),
            email: "t@sandbox.test".to_owned(),
            ..Billing::default()
        };
        let read = read(&known, |name| (name == "city").then_some(" Durban "));
        let expected = Billing {
            city: "Durban".to_owned(),
            ..known
        };
        assert!(read.is_ok_and(|billing| billing == expected));
    }

    #[test]
    fn the_error_names_each_invalid_field() {
        let long = "x".repeat(MAX_CHARACTERS + 1);
        let sent = |name: &str| match name {
            "name" => Some("  "),
            "email" => Some("unknown"),
            "company" => Some(long.as_str()),
            "street" => Some("1 Long\nStreet"),
            "country" => Some("South Africa"),
            _ => None,
        };
        let Err(invalid) = read(&Billing::default(), sent) else {
            panic!("it was read");
        };
        let names: Vec<_> = invalid.errors.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["name", "email", "company", "street"]);
        assert_eq!(invalid.billing.country, "South Africa");
    }

    #[test]
    fn an_address_needs_something_on_either_side_of_one_at_sign() {
        for good in ["a@b", "user+tag@example.com", "ä@ö.ü"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@b@c", "a b@c"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}

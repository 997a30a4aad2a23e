use portal::request::Field;
use portal::{Delivery, Error, Kind};

/// Returns the flag of `portal link` that sets a field.
pub(crate) fn flag(field: Field) -> String {
    format!("--{}", field.info().flag)
}

/// Returns the field that a flag sets.
pub(crate) fn field(name: &str) -> Option<Field> {
    let name = name.strip_prefix("--")?;
    let mut all = Field::ALL.iter().copied();
    all.find(|field| field.info().flag == name || field.info().file_flag == Some(name))
}

/// Splits `KEY=VALUE`, the value of a flag that sets one entry of `field`.
pub(crate) fn key_value<'a>(
    field: &'static str,
    flag: &str,
    pair: &'a str,
) -> Result<(&'a str, &'a str), Error> {
    match pair.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key, value)),
        _ => Err(
            Error::invalid(field, format!("`--{flag}` needs a key and a value"))
                .with_hint(format!("write it like `--{flag} key=value`")),
        ),
    }
}

/// Creates the error for a key that a flag sets twice.
pub(crate) fn set_twice(field: &'static str, flag: &str, key: &str) -> Error {
    let path = format!("{field}.{key}");
    let message = format!("`--{flag}` sets `{path}` twice");
    Error::invalid(path, message).with_hint(format!("keep one `--{flag} {key}=…`"))
}

/// Names flags instead of fields in the hint of an error about the request. `is_given` returns
/// whether the arguments set a field.
pub(crate) fn with_flag_hint(error: Error, is_given: impl Fn(Field) -> bool) -> Error {
    let field = error.field().and_then(Field::from_name);
    let Some(field) = field.filter(|_| error.delivery() == Delivery::NotSent) else {
        return error;
    };
    match (error.kind(), is_given(field)) {
        (Kind::Unsupported, _) => {
            let flag = flag(field);
            error.with_hint(format!(
                "leave `{flag}` out, or add `--best-effort`, which omits it"
            ))
        }
        (Kind::Invalid, false) => {
            let hint = error.hint().unwrap_or_default();
            let is_named = |field: &&Field| hint.contains(&format!("`{field}`"));
            let mut flags: Vec<_> = Field::ALL
                .iter()
                .filter(is_named)
                .map(|field| format!("`{}`", flag(*field)))
                .collect();
            let last = flags.pop().unwrap_or_else(|| format!("`{}`", flag(field)));
            let hint = match flags.is_empty() {
                true => format!("add {last}"),
                false => format!("add {} or {last}", flags.join(", ")),
            };
            error.with_hint(hint)
        }
        _ => error,
    }
}

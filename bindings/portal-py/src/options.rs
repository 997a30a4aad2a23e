//! The options of requests as Python's keyword arguments, from the table of options.

use portal::config::similar_name;
use portal::request::{Field, FieldGroup, OptionValue, ValueKind};
use portal::{JsonObject, LinkRequest};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};

use crate::error::CallError;
use crate::json::{dict, flag, object, text, wrong_type};

/// The value of one option, from Python.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ArgumentValue {
    Text(String),
    Flag(bool),
    List(Vec<String>),
    Object(JsonObject),
}

impl ArgumentValue {
    /// Converts an argument to the value of an option.
    pub(crate) fn extract(field: Field, input: &Bound<'_, PyAny>) -> PyResult<Self> {
        let name = field.as_str();
        Ok(match field.info().kind {
            ValueKind::Choice => {
                let value = OptionValue::from_text(field, text(name, input)?);
                match value.map_err(CallError)? {
                    OptionValue::Text(word) => Self::Text(word.to_owned()),
                    _ => unreachable!("a choice is text"),
                }
            }
            ValueKind::Flag => Self::Flag(flag(name, input)?),
            ValueKind::List => Self::List(texts(name, input)?),
            ValueKind::Object => Self::Object(object(name, input)?),
            // `Text`, and a newer kind as text.
            _ => Self::Text(text(name, input)?.to_owned()),
        })
    }

    /// Converts the value back to Python; a list is a tuple.
    pub(crate) fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self {
            Self::Text(text) => PyString::new(py, text).into_any(),
            Self::Flag(yes) => PyBool::new(py, *yes).to_owned().into_any(),
            Self::List(texts) => PyTuple::new(py, texts)?.into_any(),
            Self::Object(object) => dict(py, object)?.into_any(),
        })
    }

    /// Sets the option of a request.
    pub(crate) fn set(&self, field: Field, request: LinkRequest) -> LinkRequest {
        let value = match self {
            Self::Text(text) => OptionValue::Text(text),
            Self::Flag(yes) => OptionValue::Flag(*yes),
            Self::List(texts) => OptionValue::List(texts.clone()),
            Self::Object(object) => OptionValue::Object(object.clone()),
        };
        request.set(field, value)
    }
}

/// Converts a sequence of texts, and refuses a single text.
fn texts(name: &'static str, input: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let texts: Vec<Bound<'_, PyAny>> = input
        .extract()
        .map_err(|_| wrong_type(name, "a sequence of str", &input.get_type()))?;
    let text = |input: &Bound<'_, PyAny>| text(name, input).map(str::to_owned);
    texts.iter().map(text).collect()
}

/// Extracts keyword arguments that are options of these groups; `None` counts as not set.
///
/// `others` are the function's further keywords, for suggestions.
pub(crate) fn extract(
    function: &str,
    groups: &[FieldGroup],
    others: &[&'static str],
    arguments: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<(Field, ArgumentValue)>> {
    let mut values = Vec::new();
    for (name, value) in arguments.into_iter().flatten() {
        let name: String = name.extract()?;
        let field = Field::from_name(&name).filter(|field| groups.contains(&field.info().group));
        let Some(field) = field else {
            return Err(unexpected(function, groups, others, &name));
        };
        if !value.is_none() {
            values.push((field, ArgumentValue::extract(field, &value)?));
        }
    }
    // Sort in the table's order, so that equal arguments make equal values.
    values.sort_by_key(|(field, _)| *field as usize);
    Ok(values)
}

/// Creates the `TypeError` for an unknown keyword argument.
fn unexpected(function: &str, groups: &[FieldGroup], others: &[&'static str], name: &str) -> PyErr {
    let known = Field::ALL.iter().map(|field| field.info());
    let known = known.filter(|info| groups.contains(&info.group));
    let known = known.map(|info| info.name).chain(others.iter().copied());
    let hint = match (Field::from_name(name), similar_name(name, known)) {
        (Some(field), _) if field.info().group == FieldGroup::Page => {
            format!(". Did you mean settings=Settings({name}=…)?")
        }
        (_, Some(similar)) => format!(". Did you mean '{similar}'?"),
        _ => String::new(),
    };
    PyTypeError::new_err(format!(
        "{function}() got an unexpected keyword argument '{name}'{hint}"
    ))
}

/// Lists the name, group, kind and choices of each option, for the stubs.
pub(crate) fn table() -> Vec<(&'static str, String, String, Vec<&'static str>)> {
    let row = |field: &Field| {
        let info = field.info();
        let (group, kind) = (format!("{:?}", info.group), format!("{:?}", info.kind));
        (info.name, group, kind, field.choices())
    };
    Field::ALL.iter().map(row).collect()
}

//! Converts JSON values between Python and Rust, without guesses. Errors do not repeat values.

use std::fmt;

use portal::adapter::redact;
use portal::{Error, JsonObject};
use pyo3::PyTypeCheck;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple, PyType};
use serde_json::{Number, Value};

use crate::error::CallError;

/// The maximum depth of a value: a deeper one is a mistake, such as a dict that contains itself.
const MAX_DEPTH: usize = 100;

/// Converts a mapping with text keys. Errors name the argument `name`.
pub(crate) fn object(name: &'static str, input: &Bound<'_, PyAny>) -> PyResult<JsonObject> {
    let path = Path::Argument(name);
    if let Ok(dict) = input.cast::<PyDict>() {
        return entries(path, dict.iter(), 0);
    }
    let Ok(mapping) = input.cast::<PyMapping>() else {
        return Err(wrong_type(name, "a mapping", &input.get_type()));
    };
    let items = mapping.items()?;
    let pairs: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)> = items.extract()?;
    entries(path, pairs, 0)
}

/// Converts an object to a dict.
pub(crate) fn dict<'py>(py: Python<'py>, object: &JsonObject) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in object {
        dict.set_item(key, to_python(py, value)?)?;
    }
    Ok(dict)
}

/// Converts text, and refuses lone surrogates, which Python allows.
pub(crate) fn text<'a>(name: &'static str, input: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    text_at(Path::Argument(name), input)
}

/// Converts `True` or `False`, and refuses any other value.
pub(crate) fn flag(name: &'static str, input: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(typed::<PyBool>(name, "bool", input)?.is_true())
}

/// Checks an argument's type. PyO3's own check puts the name in a note, which Python 3.10 lacks.
pub(crate) fn typed<'a, 'py, T: PyTypeCheck>(
    name: impl fmt::Display,
    wanted: &str,
    input: &'a Bound<'py, PyAny>,
) -> PyResult<&'a Bound<'py, T>> {
    input
        .cast::<T>()
        .map_err(|_| wrong_type(name, wanted, &input.get_type()))
}

/// Creates the error for an argument of the wrong type, with Python's own wording.
pub(crate) fn wrong_type(name: impl fmt::Display, wanted: &str, got: &Bound<'_, PyType>) -> PyErr {
    let got = got
        .name()
        .map_or_else(|_| "something else".into(), |name| name.to_string());
    PyTypeError::new_err(format!("argument '{name}': must be {wanted}, not {got}"))
}

/// The path to a value in an argument.
#[derive(Clone, Copy)]
enum Path<'a> {
    Argument(&'static str),
    Key(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(name) => f.write_str(name),
            // A key is the application's own text, and may contain anything.
            Self::Key(parent, key) => write!(f, "{parent}.{}", redact(key, &[])),
            Self::Item(parent, index) => write!(f, "{parent}.{index}"),
        }
    }
}

fn text_at<'a>(path: Path<'_>, input: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    typed::<PyString>(&path, "str", input)?
        .to_str()
        .map_err(|_| refuse(path, "is not Unicode text", "replace the lone surrogates"))
}

fn entries<'py>(
    path: Path<'_>,
    items: impl IntoIterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    depth: usize,
) -> PyResult<JsonObject> {
    check_depth(path, depth)?;
    let mut object = JsonObject::new();
    for (key, item) in items {
        let Ok(key) = key.cast::<PyString>() else {
            return Err(wrong_type(path, "a mapping with str keys", &key.get_type()));
        };
        let key = text_at(path, key.as_any())?;
        let path = Path::Key(&path, key);
        if object.contains_key(key) {
            return Err(refuse(path, "is set twice", "keep one of the two values"));
        }
        object.insert(key.to_owned(), value(path, &item, depth + 1)?);
    }
    Ok(object)
}

fn check_depth(path: Path<'_>, depth: usize) -> PyResult<()> {
    let mut outermost = path;
    while let Path::Key(parent, _) | Path::Item(parent, _) = outermost {
        outermost = *parent;
    }
    match depth > MAX_DEPTH {
        true => Err(refuse(
            outermost,
            "is nested more than 100 deep",
            "flatten it, and check for a value that contains itself",
        )),
        false => Ok(()),
    }
}

fn value(path: Path<'_>, input: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if input.is_none() {
        Ok(Value::Null)
    } else if let Ok(text) = input.cast::<PyString>() {
        Ok(text_at(path, text.as_any())?.into())
    } else if let Ok(flag) = input.cast::<PyBool>() {
        Ok(flag.is_true().into())
    } else if let Ok(integer) = input.cast::<PyInt>() {
        integer_value(path, integer)
    } else if let Ok(float) = input.cast::<PyFloat>() {
        let number = Number::from_f64(float.value());
        number.map(Value::Number).ok_or_else(|| not_finite(path))
    } else if let Ok(dict) = input.cast::<PyDict>() {
        Ok(entries(path, dict.iter(), depth)?.into())
    } else if let Ok(list) = input.cast::<PyList>() {
        values(path, list.iter(), depth)
    } else if let Ok(tuple) = input.cast::<PyTuple>() {
        values(path, tuple.iter(), depth)
    } else if input.is_instance(decimal(input.py())?)? {
        // Keeps the digits. NaN and infinity do not parse as a number of JSON.
        let digits = input.str()?;
        let number = digits.to_str()?.parse().map(Value::Number);
        number.map_err(|_| not_finite(path))
    } else {
        Err(wrong_type(path, "made of JSON values", &input.get_type()))
    }
}

fn integer_value(path: Path<'_>, input: &Bound<'_, PyInt>) -> PyResult<Value> {
    if let Ok(small) = input.extract::<i64>() {
        return Ok(small.into());
    }
    // A subclass, such as an enum's, may have another `__repr__`.
    let digits = input.py().get_type::<PyInt>();
    let digits = digits.call_method1("__repr__", (input,)).map_err(|_| {
        let why = "holds an integer of more digits than Python writes";
        refuse(path, why, "write it as text")
    })?;
    let digits: Bound<'_, PyString> = digits.cast_into()?;
    let number = digits.to_str()?.parse();
    Ok(Value::Number(
        number.expect("an integer's digits are a number"),
    ))
}

/// Returns the class `decimal.Decimal`.
fn decimal(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = DECIMAL.get_or_try_init(py, || {
        let class = py.import("decimal")?.getattr("Decimal")?;
        Ok::<_, PyErr>(class.unbind())
    })?;
    Ok(class.bind(py))
}

fn not_finite(path: Path<'_>) -> PyErr {
    let why = "holds a number that is not finite";
    refuse(path, why, "JSON has neither NaN nor infinity")
}

fn values<'py>(
    path: Path<'_>,
    items: impl Iterator<Item = Bound<'py, PyAny>>,
    depth: usize,
) -> PyResult<Value> {
    check_depth(path, depth)?;
    let items = items.enumerate();
    let items: PyResult<Vec<_>> = items
        .map(|(index, item)| value(Path::Item(&path, index), &item, depth + 1))
        .collect();
    Ok(items?.into())
}

fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(digits) => number(py, digits.as_str())?,
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(list) => {
            let items: PyResult<Vec<_>> = list.iter().map(|item| to_python(py, item)).collect();
            PyList::new(py, items?)?.into_any()
        }
        Value::Object(object) => dict(py, object)?.into_any(),
    })
}

/// Converts a number to an `int`, to a `float` of the same value, or to a `Decimal`.
fn number<'py>(py: Python<'py>, digits: &str) -> PyResult<Bound<'py, PyAny>> {
    if let Ok(small) = digits.parse::<i64>() {
        return Ok(small.into_pyobject(py)?.into_any());
    }
    if digits.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit())
        // Python bounds the length of an integer's digits, but not of a decimal's.
        && let Ok(integer) = py.get_type::<PyInt>().call1((digits,))
    {
        return Ok(integer);
    }
    let float: f64 = digits.parse().unwrap_or(f64::NAN);
    if float.is_finite() && decimal_value(&float.to_string()) == decimal_value(digits) {
        return Ok(PyFloat::new(py, float).into_any());
    }
    // An exponent of more than 18 digits is beyond a decimal's range too.
    let exact = decimal(py)?.call1((digits,));
    Ok(exact.unwrap_or_else(|_| PyFloat::new(py, float).into_any()))
}

/// Returns the significant digits of a number, and the power of ten of the last one.
fn decimal_value(number: &str) -> Option<(String, i64)> {
    let number = number.trim_start_matches('-').to_ascii_lowercase();
    let (number, power) = number.split_once('e').unwrap_or((&number, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    let power: i64 = power.parse().ok()?;
    let power = power
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(i64::try_from(digits.len() - significant.len()).ok()?)?;
    // All zeros are equal.
    Some((
        significant.to_owned(),
        if significant.is_empty() { 0 } else { power },
    ))
}

fn refuse(path: Path<'_>, why: &str, hint: &'static str) -> PyErr {
    let path = path.to_string();
    let message = format!("`{path}` {why}");
    CallError(Error::invalid(path, message).with_hint(hint)).into()
}

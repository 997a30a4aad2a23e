//! JSON values between Python and Rust: nothing is guessed, and no value is repeated in an error.

use portal::{Error, JsonObject};
use pyo3::PyTypeCheck;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple, PyType};
use serde_json::{Number, Value};

use crate::error::CallError;

/// Deeper than that is a mistake, such as a dict that holds itself.
const DEEPEST: usize = 100;

/// Reads a mapping with text keys; `name` is the argument's, for errors.
pub(crate) fn object(name: &'static str, given: &Bound<'_, PyAny>) -> PyResult<JsonObject> {
    if let Ok(dict) = given.cast::<PyDict>() {
        return entries(name, dict, 0);
    }
    match given.cast::<PyMapping>() {
        Ok(mapping) => entries(name, &PyDict::from_sequence(mapping.items()?.as_any())?, 0),
        Err(_) => Err(wrong_type(name, "a mapping", &given.get_type())),
    }
}

/// Writes an object as a dict.
pub(crate) fn dict<'py>(py: Python<'py>, object: &JsonObject) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in object {
        dict.set_item(key, python(py, value)?)?;
    }
    Ok(dict)
}

/// Reads text; half a surrogate pair, which Python allows, is none.
pub(crate) fn text<'a>(name: &'static str, given: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    typed::<PyString>(name, "str", given)?
        .to_str()
        .map_err(|_| refuse(name, "is not Unicode text", "replace the lone surrogates"))
}

/// Reads a truth value, for which nothing but `True` and `False` will do.
pub(crate) fn flag(name: &'static str, given: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(typed::<PyBool>(name, "bool", given)?.is_true())
}

/// Checks an argument's type. PyO3 would, but it puts the name in a note, which Python 3.10 has not.
pub(crate) fn typed<'a, 'py, T: PyTypeCheck>(
    name: &str,
    wanted: &str,
    given: &'a Bound<'py, PyAny>,
) -> PyResult<&'a Bound<'py, T>> {
    given
        .cast::<T>()
        .map_err(|_| wrong_type(name, wanted, &given.get_type()))
}

/// Makes the error for an argument of the wrong type, in the words that Python itself uses.
pub(crate) fn wrong_type(name: &str, wanted: &str, got: &Bound<'_, PyType>) -> PyErr {
    let got = got
        .name()
        .map_or_else(|_| "something else".into(), |name| name.to_string());
    PyTypeError::new_err(format!("argument '{name}': must be {wanted}, not {got}"))
}

fn entries(name: &'static str, dict: &Bound<'_, PyDict>, depth: usize) -> PyResult<JsonObject> {
    if depth > DEEPEST {
        let why = "is nested more than 100 deep";
        return Err(refuse(
            name,
            why,
            "flatten it, and check for a value that contains itself",
        ));
    }
    let mut object = JsonObject::new();
    for (key, of) in dict {
        let Ok(key) = key.cast::<PyString>() else {
            return Err(wrong_type(name, "a mapping with str keys", &key.get_type()));
        };
        object.insert(
            text(name, key.as_any())?.to_owned(),
            value(name, &of, depth + 1)?,
        );
    }
    Ok(object)
}

fn value(name: &'static str, given: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if given.is_none() {
        Ok(Value::Null)
    } else if let Ok(of) = given.cast::<PyString>() {
        Ok(text(name, of.as_any())?.into())
    } else if let Ok(of) = given.cast::<PyBool>() {
        Ok(of.is_true().into())
    } else if let Ok(of) = given.cast::<PyInt>() {
        let signed = of.extract::<i64>().map(Number::from);
        let number = signed.or_else(|_| of.extract::<u64>().map(Number::from));
        number.map(Value::Number).map_err(|_| {
            let why = "holds an integer of more than 64 bits";
            refuse(name, why, "write it as text")
        })
    } else if let Ok(of) = given.cast::<PyFloat>() {
        Number::from_f64(of.value())
            .map(Value::Number)
            .ok_or_else(|| {
                refuse(
                    name,
                    "holds a number that is not finite",
                    "JSON has neither NaN nor infinity",
                )
            })
    } else if let Ok(of) = given.cast::<PyDict>() {
        Ok(entries(name, of, depth)?.into())
    } else if let Ok(of) = given.cast::<PyList>() {
        values(name, of.iter(), depth)
    } else if let Ok(of) = given.cast::<PyTuple>() {
        values(name, of.iter(), depth)
    } else {
        Err(wrong_type(name, "made of JSON values", &given.get_type()))
    }
}

fn values<'py>(
    name: &'static str,
    of: impl Iterator<Item = Bound<'py, PyAny>>,
    depth: usize,
) -> PyResult<Value> {
    if depth > DEEPEST {
        let why = "is nested more than 100 deep";
        return Err(refuse(
            name,
            why,
            "flatten it, and check for a value that contains itself",
        ));
    }
    let of: PyResult<Vec<_>> = of.map(|item| value(name, &item, depth + 1)).collect();
    Ok(of?.into())
}

fn python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(of) => PyBool::new(py, *of).to_owned().into_any(),
        Value::Number(of) => match (of.as_i64(), of.as_u64()) {
            (Some(of), _) => of.into_pyobject(py)?.into_any(),
            (None, Some(of)) => of.into_pyobject(py)?.into_any(),
            (None, None) => PyFloat::new(py, of.as_f64().unwrap_or(f64::NAN)).into_any(),
        },
        Value::String(of) => PyString::new(py, of).into_any(),
        Value::Array(of) => {
            let items: PyResult<Vec<_>> = of.iter().map(|item| python(py, item)).collect();
            PyList::new(py, items?)?.into_any()
        }
        Value::Object(of) => dict(py, of)?.into_any(),
    })
}

fn refuse(name: &'static str, why: &str, hint: &'static str) -> PyErr {
    CallError(Error::invalid(name, format!("`{name}` {why}")).with_hint(hint)).into()
}

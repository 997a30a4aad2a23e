/// Reads a struct from a row whose columns have the names of its fields.
macro_rules! from_row {
    ($row:ident => $name:ident, $($field:ident),+) => {
        Ok($name {
            $($field: $row.get(stringify!($field))?),+
        })
    };
}

pub(crate) use from_row;

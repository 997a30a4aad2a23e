use portal::{Delivery, Error, Field, Kind};

/// Returns the flag of `portal link` that sets a field.
pub(crate) fn flag(field: Field) -> &'static str {
    match field {
        Field::CustomerId => "--customer",
        Field::Email => "--email",
        Field::SubscriptionId => "--subscription",
        Field::Metadata => "--meta",
        Field::ReturnUrl => "--return-url",
        Field::PageTitle => "--page-title",
        Field::ShowInvoices => "--show-invoices",
        Field::ShowBillingInfo => "--show-billing-info",
        Field::AllowUpdateBillingInfo => "--allow-update-billing-info",
        Field::AllowCancel => "--allow-cancel",
        Field::CancelType => "--cancel-type",
        Field::AllowSwitchPlan => "--allow-switch-plan",
        Field::Products => "--product",
    }
}

/// Returns the field that a flag sets.
pub(crate) fn field(name: &str) -> Option<Field> {
    let name = if name == "--meta-json" {
        "--meta"
    } else {
        name
    };
    Field::ALL.into_iter().find(|field| flag(*field) == name)
}

/// Words the next step in flags, where the request itself is what is wrong: the library speaks of
/// fields. `given` says whether the arguments set one.
pub(crate) fn hinted(error: Error, given: impl Fn(Field) -> bool) -> Error {
    let about = Field::ALL
        .into_iter()
        .find(|field| error.field() == Some(field.as_str()));
    let Some(about) = about.filter(|_| error.delivery() == Delivery::NotSent) else {
        return error;
    };
    let flag = flag(about);
    match (error.kind(), given(about)) {
        (Kind::Unsupported, _) => error.with_hint(format!(
            "leave `{flag}` out, or add `--best-effort` to have it left out"
        )),
        (Kind::Invalid, false) => error.with_hint(format!("add `{flag}`")),
        _ => error,
    }
}

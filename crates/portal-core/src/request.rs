use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::problem::Problem;
use crate::{
    CancelType, Customer, Error, Field, JsonObject, PageTitle, ProductId, Result, ReturnUrl,
    SubscriptionId,
};

/// What an application knows and wants of one portal link, whichever provider makes it.
///
/// Options left out are left to the account's defaults at the provider. What a provider cannot
/// honour is an error that names it, unless [`best_effort`](LinkRequest::best_effort) is asked for.
///
/// Setters take text or parsed types. [`return_url`](LinkRequest::return_url) is parsed on the
/// spot; a bad id, e-mail address or title is remembered, and the request is refused with it
/// before anything is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LinkRequest {
    /// Shared with the calls that are made of it.
    fields: Arc<LinkFields>,
    best_effort: bool,
    problem: Option<Problem>,
}

/// The parsed contents of a [`LinkRequest`], as adapters read them; `None` is "not said".
///
/// `Debug` names what is said and shows none of it but ids: applications put personal data into
/// metadata, titles and return URLs.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct LinkFields {
    /// Whom the link is for.
    pub customer: Customer,
    /// The subscription that the link is about.
    pub subscription: Option<SubscriptionId>,
    /// Data of the application's own that comes back in webhooks.
    pub metadata: Option<JsonObject>,
    /// Where the portal's "back" leads.
    pub return_url: Option<ReturnUrl>,
    /// The title that the portal page shows.
    pub page_title: Option<PageTitle>,
    /// Whether the customer may see invoices.
    pub show_invoices: Option<bool>,
    /// Whether the customer sees the billing information.
    pub show_billing_info: Option<bool>,
    /// Whether the customer may change the billing information.
    pub allow_update_billing_info: Option<bool>,
    /// Whether the customer may cancel.
    pub allow_cancel: Option<bool>,
    /// When a cancellation takes effect.
    pub cancel_type: Option<CancelType>,
    /// Whether the customer may switch to another plan.
    pub allow_switch_plan: Option<bool>,
    /// The products that the customer may choose from; empty is "not said".
    pub products: Vec<ProductId>,
    /// Fields of the provider's own, for the body as they are.
    pub extra: JsonObject,
}

impl LinkRequest {
    /// Asks for a link for `customer`, with the account's defaults for everything else.
    #[must_use]
    pub fn new(customer: Customer) -> Self {
        let problem = customer.problem().cloned();
        let fields = LinkFields {
            customer,
            ..LinkFields::default()
        };
        Self {
            fields: Arc::new(fields),
            best_effort: false,
            problem,
        }
    }

    /// Sets the subscription that the link is about.
    #[must_use]
    pub fn subscription<I>(mut self, id: I) -> Self
    where
        I: TryInto<SubscriptionId, Error: Into<Error>>,
    {
        let id = self.parsed(id);
        self.fields_mut().subscription = id;
        self
    }

    /// Sets the data of the application's own that comes back in webhooks.
    #[must_use]
    pub fn metadata(mut self, metadata: JsonObject) -> Self {
        self.fields_mut().metadata = Some(metadata);
        self
    }

    /// Adds one entry to the metadata.
    #[must_use]
    pub fn meta(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields_mut()
            .metadata
            .get_or_insert_default()
            .insert(key.into(), value.into());
        self
    }

    /// Sets where the portal's "back" leads: an absolute http or https URL.
    ///
    /// # Errors
    /// [`Kind::Invalid`](crate::Kind::Invalid) with the field `return_url`.
    pub fn return_url(mut self, url: &str) -> Result<Self> {
        self.fields_mut().return_url = Some(url.parse()?);
        Ok(self)
    }

    /// Sets the title that the portal page shows.
    #[must_use]
    pub fn page_title<T>(mut self, title: T) -> Self
    where
        T: TryInto<PageTitle, Error: Into<Error>>,
    {
        let title = self.parsed(title);
        self.fields_mut().page_title = title;
        self
    }

    /// Sets whether the customer may see invoices.
    #[must_use]
    pub fn show_invoices(mut self, yes: bool) -> Self {
        self.fields_mut().show_invoices = Some(yes);
        self
    }

    /// Sets whether the customer sees the billing information.
    #[must_use]
    pub fn show_billing_info(mut self, yes: bool) -> Self {
        self.fields_mut().show_billing_info = Some(yes);
        self
    }

    /// Sets whether the customer may change the billing information.
    #[must_use]
    pub fn allow_update_billing_info(mut self, yes: bool) -> Self {
        self.fields_mut().allow_update_billing_info = Some(yes);
        self
    }

    /// Sets whether the customer may cancel.
    #[must_use]
    pub fn allow_cancel(mut self, yes: bool) -> Self {
        self.fields_mut().allow_cancel = Some(yes);
        self
    }

    /// Sets when a cancellation takes effect.
    #[must_use]
    pub fn cancel_type(mut self, when: CancelType) -> Self {
        self.fields_mut().cancel_type = Some(when);
        self
    }

    /// Sets whether the customer may switch to another plan.
    #[must_use]
    pub fn allow_switch_plan(mut self, yes: bool) -> Self {
        self.fields_mut().allow_switch_plan = Some(yes);
        self
    }

    /// Adds products that the customer may choose from.
    #[must_use]
    pub fn products<P>(mut self, ids: impl IntoIterator<Item = P>) -> Self
    where
        P: TryInto<ProductId, Error: Into<Error>>,
    {
        for id in ids {
            let id = self.parsed(id);
            self.fields_mut().products.extend(id);
        }
        self
    }

    /// Adds a field of the provider's own to the body, untouched: the way to what this toolkit
    /// does not know yet.
    ///
    /// An object is merged into an object of the same name. A field that the request sets already
    /// is refused before anything is sent, so nothing is overwritten in silence.
    #[must_use]
    pub fn extra(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields_mut().extra.insert(key.into(), value.into());
        self
    }

    /// Lets the provider's adapter leave out what it cannot honour; the link then lists it.
    #[must_use]
    pub fn best_effort(mut self) -> Self {
        self.best_effort = true;
        self
    }

    /// Returns what the request says, parsed.
    #[must_use]
    pub fn fields(&self) -> &Arc<LinkFields> {
        &self.fields
    }

    /// Says whether the adapter may leave out what the provider cannot honour.
    #[must_use]
    pub fn is_best_effort(&self) -> bool {
        self.best_effort
    }

    fn fields_mut(&mut self) -> &mut LinkFields {
        Arc::make_mut(&mut self.fields)
    }

    pub(crate) fn problem(&self) -> Option<&Error> {
        self.problem.as_ref().map(|problem| &problem.0)
    }

    /// Parses a value, or remembers why not; the first problem is the one that is told.
    fn parsed<T>(&mut self, value: impl TryInto<T, Error: Into<Error>>) -> Option<T> {
        match value.try_into() {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problem.get_or_insert_with(|| Problem(problem.into()));
                None
            }
        }
    }
}

impl LinkFields {
    /// Says whether the request gives `field` a value.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        match field {
            Field::CustomerId => self.customer.id().is_some(),
            Field::Email => self.customer.email().is_some(),
            Field::SubscriptionId => self.subscription.is_some(),
            Field::Metadata => self.metadata.is_some(),
            Field::ReturnUrl => self.return_url.is_some(),
            Field::PageTitle => self.page_title.is_some(),
            Field::ShowInvoices => self.show_invoices.is_some(),
            Field::ShowBillingInfo => self.show_billing_info.is_some(),
            Field::AllowUpdateBillingInfo => self.allow_update_billing_info.is_some(),
            Field::AllowCancel => self.allow_cancel.is_some(),
            Field::CancelType => self.cancel_type.is_some(),
            Field::AllowSwitchPlan => self.allow_switch_plan.is_some(),
            Field::Products => !self.products.is_empty(),
        }
    }
}

impl fmt::Debug for LinkFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkFields")
            .field("customer", &self.customer)
            .field("subscription", &self.subscription)
            .field(
                "said",
                &Field::ALL
                    .iter()
                    .filter(|field| self.has(**field))
                    .collect::<Vec<_>>(),
            )
            .field("extra", &self.extra.keys().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

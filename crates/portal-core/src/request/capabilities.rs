use std::fmt;

use super::field::Field;

/// Whether a provider takes an option.
///
/// The conformance suite matches on it without a wildcard, so that each value has its trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The option must be given.
    Required,
    /// At least one of the options with this support must be given; each of them is enough.
    OneOf,
    /// The option is honoured.
    Supported,
    /// The option is ignored without loss: it names the customer in another way.
    Unneeded,
    /// The option cannot be honoured.
    Unsupported,
}

impl Support {
    /// Every value, in the order in which tables list them.
    pub const ALL: &[Self] = &[
        Self::Required,
        Self::OneOf,
        Self::Supported,
        Self::Unneeded,
        Self::Unsupported,
    ];

    /// Returns the word that tables and JSON use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::OneOf => "one_of",
            Self::Supported => "supported",
            Self::Unneeded => "unneeded",
            Self::Unsupported => "unsupported",
        }
    }
}

/// The properties of the links that a provider creates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkPolicy {
    /// Whether the answer says when the link expires.
    pub expiry_known: bool,
    /// Whether the provider documents that a link may be opened more than once.
    pub safe_to_reuse: bool,
}

/// What a provider can do, known before anything is sent.
///
/// ```
/// use portal_core::{Capabilities, Field, Support};
///
/// static CAPABILITIES: Capabilities = Capabilities::new(&[
///     (Field::CustomerId, Support::Required),
///     (Field::AllowCancel, Support::Supported),
/// ])
/// .with_known_expiry();
///
/// assert_eq!(CAPABILITIES.support(Field::AllowCancel), Support::Supported);
/// assert_eq!(CAPABILITIES.support(Field::Metadata), Support::Unsupported);
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Capabilities {
    /// By the field's position in [`Field::ALL`].
    support: [Support; Field::ALL.len()],
    /// Whether creating a link also creates an unknown customer.
    pub creates_customer: bool,
    /// The properties of the provider's links.
    pub link: LinkPolicy,
}

impl Capabilities {
    /// Lists the options that the provider honours or ignores; all others are unsupported.
    ///
    /// # Panics
    /// If an option is listed twice; in a `static` this is an error at compile time.
    #[must_use]
    pub const fn new(options: &[(Field, Support)]) -> Self {
        let mut support = [Support::Unsupported; Field::ALL.len()];
        let mut at = 0;
        while at < options.len() {
            let (field, listed) = options[at];
            let slot = &mut support[field as usize];
            assert!(
                matches!(slot, Support::Unsupported),
                "an option is listed twice"
            );
            *slot = listed;
            at += 1;
        }
        Self {
            support,
            creates_customer: false,
            link: LinkPolicy {
                expiry_known: false,
                safe_to_reuse: false,
            },
        }
    }

    /// Supports every option, for tests of code that works with any adapter.
    #[must_use]
    pub const fn with_every_option() -> Self {
        let mut capabilities = Self::new(&[]);
        capabilities.support = [Support::Supported; Field::ALL.len()];
        capabilities
    }

    /// Declares that creating a link also creates an unknown customer.
    #[must_use]
    pub const fn creating_customers(mut self) -> Self {
        self.creates_customer = true;
        self
    }

    /// Declares that the answer says when a link expires.
    #[must_use]
    pub const fn with_known_expiry(mut self) -> Self {
        self.link.expiry_known = true;
        self
    }

    /// Declares that the provider documents links that may be opened more than once.
    #[must_use]
    pub const fn with_reusable_links(mut self) -> Self {
        self.link.safe_to_reuse = true;
        self
    }

    /// Returns what the provider does with `field`.
    #[must_use]
    pub const fn support(&self, field: Field) -> Support {
        self.support[field as usize]
    }

    /// Returns the fields with that support, in the order of [`Field::ALL`].
    pub fn fields_with(&self, support: Support) -> impl Iterator<Item = Field> {
        let all = Field::ALL.iter().copied();
        all.filter(move |field| self.support(*field) == support)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let support: Vec<_> = Field::ALL
            .iter()
            .map(|field| (field, self.support(*field)))
            .collect();
        f.debug_struct("Capabilities")
            .field("support", &support)
            .field("creates_customer", &self.creates_customer)
            .field("link", &self.link)
            .finish()
    }
}

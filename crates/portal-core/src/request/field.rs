use std::fmt;

/// Defines [`Field`] and the facts about each value from the table of options.
macro_rules! define_field {
    ($($group:ident {
        $($variant:ident $field:ident $([$($accessor:ident)*])?: $kind:ident $($type:ident)?, $meaning:literal { $($key:ident: $value:expr),* };)*
    })*) => {
        /// One option of a [`LinkRequest`](crate::LinkRequest).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Field {
            $($(
                #[doc = concat!($meaning, ".")]
                $variant,
            )*)*
        }

        impl Field {
            /// Every field, in the order in which errors and tables name them.
            pub const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// Returns the facts about the field: its names, its meaning and its kind of value.
            #[must_use]
            pub const fn info(self) -> &'static FieldInfo {
                match self {
                    $($(Self::$variant => {
                        const NAME: &str = FieldInfo {
                            $($key: $value,)*
                            ..FieldInfo::new(stringify!($field), "", FieldGroup::$group, ValueKind::$kind, "")
                        }
                        .name;
                        const FLAG: &[u8; NAME.len()] = &dashed(NAME);
                        const INFO: FieldInfo = FieldInfo {
                            $($key: $value,)*
                            ..FieldInfo::new(NAME, $meaning, FieldGroup::$group, ValueKind::$kind, text(FLAG))
                        };
                        &INFO
                    })*)*
                }
            }
        }
    };
}

crate::request_options!(define_field);

/// The facts about a [`Field`], from the table of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldInfo {
    /// The name that errors, JSON, bulk columns and Python use, such as `customer_id`.
    pub name: &'static str,
    /// What the option means, without a final period.
    pub meaning: &'static str,
    /// The subject of the option, which decides where Python takes it.
    pub group: FieldGroup,
    /// What kind of value it has.
    pub kind: ValueKind,
    /// The flag of `portal link`, without its dashes.
    pub flag: &'static str,
    /// A second flag, which reads the value as a JSON object from a file.
    pub file_flag: Option<&'static str>,
    /// The name of the value in the flag's help.
    pub value_name: &'static str,
    /// The flag's help, without a final period.
    pub help: &'static str,
    /// The heading of the help under which the flag is listed.
    pub heading: &'static str,
    /// A value that parses, as text.
    pub example: &'static str,
    /// Whether errors must not show the value; the field's kind is then `Text` or `Object`.
    pub is_personal: bool,
}

/// The subject of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldGroup {
    /// The customer: an argument of Python's `create_link`, and of its `Customer`.
    Customer,
    /// The link: an argument of Python's `create_link`.
    Link,
    /// The portal page: an argument of Python's `Settings`.
    Page,
}

/// What kind of value an option has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueKind {
    /// Text, which is parsed into a type.
    Text,
    /// One of a few words.
    Choice,
    /// True or false.
    Flag,
    /// Any number of texts.
    List,
    /// A JSON object.
    Object,
}

const CUSTOMER_HEADING: &str = "Customer";
const PAGE_HEADING: &str = "Portal page";

impl FieldInfo {
    const fn new(
        name: &'static str,
        meaning: &'static str,
        group: FieldGroup,
        kind: ValueKind,
        flag: &'static str,
    ) -> Self {
        Self {
            name,
            meaning,
            group,
            kind,
            flag,
            file_flag: None,
            value_name: match kind {
                ValueKind::Text | ValueKind::Choice | ValueKind::List => "TEXT",
                ValueKind::Flag => "BOOL",
                ValueKind::Object => "KEY=VALUE",
            },
            help: meaning,
            heading: match group {
                FieldGroup::Customer | FieldGroup::Link => CUSTOMER_HEADING,
                FieldGroup::Page => PAGE_HEADING,
            },
            example: "true",
            is_personal: false,
        }
    }
}

impl Field {
    /// Returns the name that errors, JSON, bulk columns and Python use, such as `customer_id`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.info().name
    }

    /// Returns the field of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.as_str() == name)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Spells a name as a flag: with dashes for underscores.
const fn dashed<const N: usize>(name: &str) -> [u8; N] {
    let mut flag = [0; N];
    let mut at = 0;
    while at < N {
        let byte = name.as_bytes()[at];
        flag[at] = if byte == b'_' { b'-' } else { byte };
        at += 1;
    }
    flag
}

const fn text(bytes: &'static [u8]) -> &'static str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("a name is an identifier"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_follow_from_the_name_unless_the_table_says_otherwise() {
        let spellings = |field: Field| (field.info().name, field.info().flag);
        assert_eq!(
            spellings(Field::AllowUpdateBillingInfo),
            ("allow_update_billing_info", "allow-update-billing-info")
        );
        assert_eq!(
            spellings(Field::SubscriptionId),
            ("subscription_id", "subscription")
        );
        assert_eq!(Field::from_name("products"), Some(Field::Products));
        assert_eq!(Field::from_name("product"), None);
    }

    #[test]
    fn the_value_of_every_personal_field_can_be_masked() {
        let personal = Field::ALL.iter().map(|field| field.info());
        for info in personal.filter(|info| info.is_personal) {
            let kinds = [ValueKind::Text, ValueKind::Object];
            assert!(kinds.contains(&info.kind), "{}", info.name);
        }
    }

    #[test]
    fn no_two_fields_share_a_name_or_a_flag() {
        for (index, field) in Field::ALL.iter().enumerate() {
            assert_eq!(*field as usize, index);
            for other in &Field::ALL[index + 1..] {
                assert_ne!(field.info().name, other.info().name);
                assert_ne!(field.info().flag, other.info().flag);
            }
        }
    }
}

"""The exceptions: one class for each thing that a caller can do about an error."""


class PortalError(Exception):
    """A link could not be created. Its subclasses say what a caller can do about it.

    ``str`` is the message, then ``; hint: `` and the next step. Neither it nor an attribute holds a
    key, a link or an e-mail address. Exceptions can be pickled.
    """

    kind: str = "error"
    """The word that the command line and JSON use, such as ``not_found``."""

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        status: int | None = None,
        provider_code: str | None = None,
        field: str | None = None,
        delivery: str = "not_sent",
        retryable: bool = False,
        retry_after: int | None = None,
        attempts: int = 0,
        hint: str | None = None,
        operation: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message: str = message
        """What went wrong, without the hint."""
        self.provider: str | None = provider
        """The provider's id, such as ``kwik``."""
        self.status: int | None = status
        """The HTTP status, if there was an answer."""
        self.provider_code: str | None = provider_code
        """The provider's own code, such as Kwik's ``005``."""
        self.field: str | None = field
        """The argument or field at fault, if known."""
        self.delivery: str = delivery
        """Whether the provider may have acted: ``not_sent``, ``refused``, ``unknown``, ``answered``."""
        self.retryable: bool = retryable
        """Whether repeating the call can help and cannot do anything twice."""
        self.retry_after: int | None = retry_after
        """How long the provider asks to wait, in seconds."""
        self.attempts: int = attempts
        """How many attempts were made; 0 if nothing was sent."""
        self.hint: str | None = hint
        """The next step."""
        self.operation: str | None = operation
        """What was called, such as ``create_link``."""

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}; hint: {self.hint}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r})"

    def __reduce__(self) -> tuple[object, ...]:
        fields = dict(self.__dict__)
        return _restored, (type(self), fields.pop("message")), fields


class InvalidRequestError(PortalError, ValueError):
    """Correct the request: a value is missing, malformed or refused; ``field`` names it."""

    kind = "invalid"


class UnsupportedError(PortalError):
    """Ask for less: the provider cannot honour an option; ``field`` names it."""

    kind = "unsupported"


class ConfigurationError(PortalError):
    """Correct the configuration: a credential or a base URL is missing or malformed."""

    kind = "configuration"


class AuthenticationError(PortalError):
    """Check the key: the provider does not accept it."""

    kind = "unauthenticated"


class PermissionDeniedError(PortalError):
    """Check what the key may do: it is valid, but not for this."""

    kind = "forbidden"


class NotFoundError(PortalError):
    """Check the ids: the provider knows no such customer, subscription, product or paywall."""

    kind = "not_found"


class NoPortalError(PortalError):
    """Offer something to buy: the customer has nothing to manage."""

    kind = "no_portal"


class ActivePurchaseError(PortalError):
    """Complete or cancel the active purchase first."""

    kind = "conflict"


class RateLimitedError(PortalError):
    """Slow down; ``retry_after`` is the number of seconds to wait, if the provider says so."""

    kind = "rate_limited"


class PortalTimeoutError(PortalError, TimeoutError):
    """Allow more time, or try later; ``delivery`` says whether the provider may have acted."""

    kind = "timeout"


class UnavailableError(PortalError):
    """Try later; ``delivery`` says whether the provider may have acted."""

    kind = "unavailable"


class ProtocolError(PortalError):
    """Report it: the provider does not document this answer."""

    kind = "protocol"


_BY_KIND: dict[str, type[PortalError]] = {
    subclass.kind: subclass
    for subclass in (
        InvalidRequestError,
        UnsupportedError,
        ConfigurationError,
        AuthenticationError,
        PermissionDeniedError,
        NotFoundError,
        NoPortalError,
        ActivePurchaseError,
        RateLimitedError,
        PortalTimeoutError,
        UnavailableError,
        ProtocolError,
    )
}


def exception(kind: str, message: str, **fields: object) -> PortalError:
    """Create the exception of a kind; the compiled half calls this."""
    error = _BY_KIND[kind](message)
    error.__dict__.update(fields)
    return error


def _restored(cls: type[PortalError], message: str) -> PortalError:
    return cls(message)

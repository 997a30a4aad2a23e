"""Secret values, and a search for them in any encoding."""

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote

SECRETS = (
    "canary-key",
    "canary-secret",
    "canary-link",
    "canary@example.com",
    "canary-session",
    "canary-meta",
    "canary-return",
)


def decodings(text: str) -> Iterator[str]:
    """Return the text itself, percent-decoded, and with its runs of base64 and hexadecimal digits decoded."""
    for plain in {text, unquote(text), unquote(unquote(text))}:
        yield plain
        for run in re.findall(r"[0-9A-Za-z+/_-]{14,}", plain):
            for start in range(4):
                digits = run[start:].replace("-", "+").replace("_", "/")
                yield base64.b64decode(digits[: len(digits) // 4 * 4]).decode(errors="replace")
        for run in re.findall(r"[0-9A-Fa-f]{20,}", plain):
            for start in range(2):
                digits = run[start:]
                yield bytes.fromhex(digits[: len(digits) // 2 * 2]).decode(errors="replace")


def assert_hidden(text: str) -> None:
    for decoding in decodings(text):
        for secret in SECRETS:
            assert secret not in decoding.lower()


def spellings(secret: str) -> Iterator[str]:
    """Return the encodings in which a provider might repeat a secret."""
    text = secret.encode()
    yield from (secret, secret.upper(), text.hex(), "".join(f"%{byte:02X}" for byte in text))
    for before in (b"", b":", b"::"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(before + text + b":::").decode()
            yield from (encoded, encoded.rstrip("="))


ECHO = " ".join(
    spelling
    for secret in ("canary-key", "canary-secret", "canary@example.com", "canary-key:canary-secret")
    for spelling in spellings(secret)
)
"""A text of a provider that repeats each secret in each encoding."""

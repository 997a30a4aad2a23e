"""Values that must show nowhere, and the ways in which they might."""

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


def readings(text: str) -> Iterator[str]:
    """The text as it stands, percent-decoded, and what its runs of base64 and hexadecimal digits say."""
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
    for reading in readings(text):
        for secret in SECRETS:
            assert secret not in reading.lower()


def spellings(secret: str) -> Iterator[str]:
    """The ways in which a provider might write what it was sent."""
    text = secret.encode()
    yield from (secret, secret.upper(), text.hex(), "".join(f"%{byte:02X}" for byte in text))
    for before in (b"", b":", b"::"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            packed = encode(before + text + b":::").decode()
            yield from (packed, packed.rstrip("="))


ECHO = " ".join(
    spelling
    for secret in ("canary-key", "canary-secret", "canary@example.com", "canary-key:canary-secret")
    for spelling in spellings(secret)
)
"""What a provider might say that repeats what it was sent."""

"""What an editor holds of a file: text that may differ from the disk."""

from __future__ import annotations

from zerolint.read.source import Source, decode


def encoded(path: str, text: str) -> bytes:
    """The bytes that `decode` turns into this text again, whatever encoding the text says that it is in.

    A character that this encoding does not have becomes `?`, so that all others keep their places.
    """
    content = text.encode("utf-8", "surrogatepass")
    source = decode(path, content)
    encoding = source.encoding if isinstance(source, Source) else "utf-8"
    return content if encoding == "utf-8" else text.encode(encoding, "replace")

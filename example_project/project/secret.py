"""A secret key of one's own for each checkout, so that none is ever published."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def read_or_make(path: Path) -> str:
    """Return the key in the file at `path`, which only the owner can read; makes it at the first call."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    key = secrets.token_urlsafe(50)
    with open(descriptor, "w") as file:
        file.write(key)
    return key

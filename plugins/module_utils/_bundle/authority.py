# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the two action plugins of the depot share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def authority_file(pem: str) -> Iterator[str]:
    """Put certificates into a file for the time of the block; without any, its name is empty."""
    if not pem:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="landfall-ca-") as folder:
        path = Path(folder, "ca.crt")
        path.write_text(pem, encoding="utf-8")
        yield str(path)

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that succeed, fail, hang or are not there."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import CommandError
from ansible_collections.landfall.platform.plugins.module_utils._core.process import run, tail


def test_output_and_input() -> None:
    assert run(["cat"], stdin="text").stdout == "text"
    assert run(["sh", "-c", "printf %s $ONE"], env={"ONE": "1"}).stdout == "1"
    assert run(["false"], check=False).returncode == 1


@pytest.mark.parametrize(
    ("argv", "part"),
    [
        (["sh", "-c", "echo bad >&2; exit 3"], "found: exit code 3: bad"),
        (["no-such-program"], "install the package that has no-such-program"),
        (["sleep", "5"], "an end within 0.1 s"),
    ],
)
def test_errors_say_what_happened(argv: list[str], part: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(argv, timeout=0.1 if argv[0] == "sleep" else 10)
    assert part in str(caught.value)


def test_tail() -> None:
    assert tail("1\n2\n3\n", 2) == "2\n3"

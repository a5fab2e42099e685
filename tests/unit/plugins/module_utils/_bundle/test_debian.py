# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.debian import (
    AptSetup,
    mmdebstrap_command,
    read_setup,
    sources,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.process import (
    Completed,
)

TARGETS = (
    "http://mirror/debian/|bookworm|main|Debian|bookworm",
    "http://mirror/debian/|bookworm|contrib|Debian|bookworm",
    "http://mirror/debian/|bookworm-updates|main|Debian|bookworm-updates",
    "http://mirror/security/|bookworm-security|main|Debian|bookworm-security",
    "https://other/|nodistro|main|. nodistro|nodistro",
    "http://mirror/debian/|bookworm|main|Debian|bookworm",
)


@pytest.mark.parametrize(
    ("targets", "suite", "expected"),
    [
        (
            TARGETS,
            "trixie",
            [
                "deb http://mirror/debian/ trixie main",
                "deb http://mirror/debian/ trixie-updates main",
                "deb http://mirror/security/ trixie-security main",
            ],
        ),
        (TARGETS[:1], "bookworm", ["deb http://mirror/debian/ bookworm main"]),
        (("http://u/|noble|main|Ubuntu|noble",), "trixie", []),
        (("http://u/|stable|main|Debian|",), "trixie", []),
    ],
)
def test_another_suite_comes_from_where_this_one_does(
    targets: tuple[str, ...], suite: str, expected: list[str]
) -> None:
    assert sources(targets, suite) == expected


def test_settings_are_passed_but_not_kept() -> None:
    setup = AptSetup(TARGETS[:1], ('Acquire::http::Proxy "http://proxy";',))
    command = mmdebstrap_command("trixie", Path("/out.tar"), setup, ["gpg", "curl"])
    assert '--aptopt=Acquire::http::Proxy "http://proxy"' in command
    assert "--include=gpg,curl" in command
    assert any("99mmdebstrap" in part for part in command)
    assert command[-3:] == ["trixie", "/out.tar", "deb http://mirror/debian/ trixie main"]
    assert "--include=" not in "".join(mmdebstrap_command("x", Path("/o"), setup, []))
    assert setup.apt_conf == 'Acquire::http::Proxy "http://proxy";\n'


def test_this_machine_s_settings() -> None:
    dump = (
        'APT::Install "x";\nAcquire "";\nAcquire::http "";\nAcquire::http::Proxy "p";\n'
        'Acquire::Check-Date "false";\nAcquire::Languages "en";\n'
    )

    def run(argv: Any, **_: Any) -> Completed:
        return Completed(0, dump if argv[0] == "apt-config" else "\n".join(TARGETS), "")

    setup = read_setup(run)
    assert setup.settings == ('Acquire::http::Proxy "p";', 'Acquire::Check-Date "false";')
    assert setup.targets == TARGETS

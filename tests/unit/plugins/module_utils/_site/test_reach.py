# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ssh says in, an error with a remedy out."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._site.reach import explain

CHANGED = """Failed to connect to the host via ssh: @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
Offending ED25519 key in /home/ann/known_hosts:4
Host key for 192.0.2.41 has changed and you have requested strict checking.
Host key verification failed."""


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            CHANGED,
            (
                "another SSH key than the known one: host w1 (192.0.2.41)",
                "found: Offending ED25519 key in /home/ann/known_hosts:4",
                "'ssh-keygen -f /home/ann/known_hosts -R 192.0.2.41'",
            ),
        ),
        (
            "Failed: No ED25519 host key is known for 192.0.2.41 and you have requested strict "
            "checking.\nHost key verification failed.\n",
            ("the host's SSH key is not known", "'ssh-keyscan 192.0.2.41'"),
        ),
        ("deploy@192.0.2.41: Permission denied (publickey).", ("refuses the login", "(publickey)")),
        ("ssh: Could not resolve hostname w1.test: unknown", ("name is not known", "ansible_host")),
        (
            "ssh: connect to host 192.0.2.41 port 22: No route to host\n\nTask failed.",
            ("does not answer: host w1", "found: ssh: connect to host 192.0.2.41 port 22: No rou"),
        ),
        ("", ("the host does not answer",)),
    ],
)
def test_every_reason_has_a_remedy(message: str, parts: tuple[str, ...]) -> None:
    text = str(explain(message, "w1", "192.0.2.41"))
    for part in (*parts, "expected: ", "remedy: "):
        assert part in text

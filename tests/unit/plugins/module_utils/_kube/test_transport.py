# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes over the wire."""

from __future__ import annotations

import json

from ansible_collections.landfall.platform.plugins.module_utils._kube.transport import encoded


def test_bodies_are_read_by_a_yaml_parser_too() -> None:
    text = "é \x95 \u2028 😀 \x00"
    assert encoded({"a": text}) == '{"a": "\\u00e9 \\u0095 \\u2028 😀 \\u0000"}'.encode()
    assert json.loads(encoded(text)) == text

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.names import hint, nearest


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("gatway", ["gateway", "depot"], "gateway"),
        ("GATEWAY", ["gateway"], "gateway"),
        ("dbhost", ["DB_HOST"], "DB_HOST"),
        ("colour", ["gateway"], ""),
        (12, ["1.2"], "1.2"),
        ("x", [], ""),
    ],
)
def test_the_nearest_name(word: object, known: list[str], near: str) -> None:
    assert nearest(word, known) == near


def test_names_that_must_be_more_alike() -> None:
    assert nearest("node", ["nodes", "notes"], 0.7) == "nodes"
    assert nearest("gate", ["gateway"], 0.9) == ""


@pytest.mark.parametrize(
    ("word", "known", "text"),
    [
        ("etdc", ("etcd", "kubelet"), "did you mean etcd?"),
        ("zzz", ("etcd", "cni"), "one of cni, etcd"),
        ("x", (), "there is none"),
    ],
)
def test_a_hint(word: str, known: tuple[str, ...], text: str) -> None:
    assert hint(word, known) == text

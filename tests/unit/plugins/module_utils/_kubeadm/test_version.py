# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Kubernetes."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._kubeadm.version import parse


@pytest.mark.parametrize("text", ["1.37.1", "v1.37.1"])
def test_parse(text: str) -> None:
    assert parse(text) == (1, 37, 1)


@pytest.mark.parametrize("text", ["", "1.37", "1.37.1-rc1", "latest"])
def test_no_version(text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"1\.37\.1"):
        parse(text)

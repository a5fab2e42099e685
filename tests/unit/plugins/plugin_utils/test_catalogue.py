# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue that action plugins share."""

from __future__ import annotations

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.plugin_utils import catalogue


def test_it_is_read_once():
    assert catalogue.project() is catalogue.project()


def test_the_site_chooses_versions():
    default, other = catalogue.project().versions["kubernetes"][:2]
    assert catalogue.site_view({}, str)["versions"]["kubernetes"] == default
    seen = catalogue.site_view({"kubernetes_version": other, "other_version": "1"}, str)
    assert seen["versions"]["kubernetes"] == other
    assert seen["images"]["kube-apiserver"].endswith(f":v{other}")


def test_a_version_that_it_does_not_have_is_refused():
    with pytest.raises(InvalidInputError, match="does not have this version"):
        catalogue.load_view({"kubernetes": "0.1.0"})

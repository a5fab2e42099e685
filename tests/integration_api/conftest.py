# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server for the tests; where the bundle did not build one they are skipped."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from tests.support import apiserver
from tests.support.controllers import Controllers
from tests.support.shop import Shop

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def api_kubeconfig() -> Iterator[Path]:
    """The kubeconfig of a cluster administrator of a running API server."""
    programs = apiserver.programs()
    if programs is None:
        pytest.skip(apiserver.LACKING)
    with apiserver.serving(*programs) as kubeconfig:
        yield kubeconfig


@pytest.fixture
def api(api_kubeconfig: Path) -> Iterator[KubeClient]:
    """A connection as cluster administrator."""
    with KubeClient.connect(str(api_kubeconfig)) as client:
        yield client


@pytest.fixture
def shops(api: KubeClient) -> Iterator[Callable[..., Shop]]:
    """Make environments of a stack, with controllers at work in them."""
    with ExitStack() as running:

        def make(**given: Any) -> Shop:
            shop = Shop(api, f"e{next(_NUMBERS)}", **given)
            broken, busy = shop.broken.__contains__, shop.busy.__contains__
            controllers = Controllers(api, shop.namespace, broken, busy)
            running.enter_context(controllers.running())
            return shop

        yield make


@pytest.fixture
def shop(shops: Callable[..., Shop]) -> Shop:
    """An environment of the stack that most tests have."""
    return shops()

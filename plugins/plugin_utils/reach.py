# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets an action that asks a host first say why it cannot be reached, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.landfall.platform.plugins.module_utils._site.reach import explain

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase


@contextmanager
def explained(action: ActionBase, task_vars: Mapping[str, Any]) -> Iterator[None]:
    """Replace a failure to connect by one with host, what was expected and found, and a remedy."""
    try:
        yield
    except AnsibleConnectionFailure as error:
        host = str(action._task.delegate_to or task_vars["inventory_hostname"])
        address = str(getattr(action._connection, "host", None) or host)
        raise AnsibleConnectionFailure(str(explain(str(error), host, address))) from None

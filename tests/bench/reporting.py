# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report of a big site takes once its data are there, and how big its page is."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from ansible_collections.landfall.platform.plugins.module_utils._report.build import build
from ansible_collections.landfall.platform.plugins.module_utils._report.page import render
from tests.support.cluster import site
from tests.support.site import ROOT

NODES, STACKS, PODS = 100, 50, 1500
TEMPLATES = ROOT / "roles/report/templates"


@dataclass(frozen=True)
class Figures:
    """The report of a big site.

    Attributes:
        seconds: from what was read to the page and the document, as texts.
        page: size of the page in bytes.
    """

    seconds: float
    page: int


def measure() -> Figures:
    """Report a site of NODES nodes with STACKS stacks of PODS pods."""
    facts = site(nodes=NODES, stacks=STACKS, pods=PODS)
    begin = time.perf_counter()
    report = build(facts)
    text = render(report, TEMPLATES)
    json.dumps(report.document())
    return Figures(time.perf_counter() - begin, len(text.encode()))

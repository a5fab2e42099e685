#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: site_report
short_description: Shows a site as one page, as JSON and as text
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Reads the cluster with one LIST of each kind, the certificates that servers show, and the
    records of runs in the controller's cache; nothing is changed, and no host is logged in to.
  - What cannot be read is said in the report. It fails only when the report cannot be written.
  - No content of Secrets is read, only the heads of releases.
options:
  kubeconfig:
    description: Path of a kubeconfig on the controller.
    type: path
    required: true
  state:
    description: Directory of the controller's cache for the site.
    type: path
    required: true
  site:
    description:
      - What the inventory says of the site, C(name), C(domain), C(environment), C(network),
        C(pod_cidr), C(service_cidr), C(gateway_address), C(gateway_pool), C(gateway_ports),
        C(depot_port) and C(kubernetes_version).
    type: dict
    required: true
  groups:
    description:
      - Address by host for C(operator), C(depot), C(gateways), C(control_planes) and C(workers).
    type: dict
    required: true
  stacks:
    description: The inventory's list of stacks.
    type: list
    elements: dict
    default: []
  page:
    description: File for the HTML page; not written unless set.
    type: path
    default: ""
  document:
    description: File for the JSON document; not written unless set.
    type: path
    default: ""
  timeout:
    description: Seconds for which an answer is waited for.
    type: float
    default: 2.0
attributes:
  check_mode:
    description: Nothing is ever changed; the files are not written.
    support: full
"""

EXAMPLES = r"""
- name: See how the site is
  landfall.platform.site_report:
    kubeconfig: state/lab/kubeconfig
    state: state/lab
    site: "{{ site }}"
    groups: "{{ addresses }}"
    page: state/lab/report.html
"""

RETURN = r"""
verdict:
  description: How the site is, in a few words.
  returned: success
  type: str
state:
  description: V(good), V(note), V(warning) or V(bad), the worst of what was found.
  returned: success
  type: str
findings:
  description: What needs attention.
  returned: success
  type: list
  elements: str
lines:
  description: The report for a terminal.
  returned: success
  type: list
  elements: str
page:
  description: The file with the page; empty when none was written.
  returned: success
  type: str
document:
  description: The file with the JSON document; empty when none was written.
  returned: success
  type: str
"""

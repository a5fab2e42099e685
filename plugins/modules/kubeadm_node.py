#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a cluster on a node, admit others through it, or let it join."""

from __future__ import annotations

DOCUMENTATION = r"""
module: kubeadm_node
short_description: Carry out one node's step of a cluster plan
version_added: 0.1.0
author: Landfall contributors (@landfall)
description:
  - With I(step=lead) the plan's sponsor makes the cluster where there is none, and otherwise
    admits the nodes that join; run it once, delegated to the sponsor.
  - With I(step=join) a node joins; nodes without a step in the plan are left alone without a
    connection.
  - What a run that was cut off left on a node is removed first. Credentials are derived on the
    controller and the nodes, valid for half an hour, and in no result and on no command line.
options:
  step:
    description: Lead the plan as its sponsor, or join.
    type: str
    required: true
    choices: [lead, join]
  plan:
    description: The result of M(landfall.platform.kubeadm_plan).
    type: dict
    required: true
  cluster:
    description: What the cluster is configured with; see the role kubernetes.
    type: dict
    required: true
    suboptions:
      name:
        description: The site's name.
        type: str
        required: true
      version:
        description: Version of Kubernetes.
        type: str
        required: true
      endpoint:
        description: Address of the gateway.
        type: str
        required: true
      pod_cidr:
        description: Addresses of pods.
        type: str
        required: true
      service_cidr:
        description: Addresses of services.
        type: str
        required: true
      dns_domain:
        description: The cluster's DNS domain.
        type: str
        default: cluster.local
      extra_sans:
        description: Further names and addresses in the API server's certificate.
        type: list
        elements: str
        default: []
      tls_cipher_suites:
        description: Cipher suites of the control plane's servers for TLS 1.2.
        type: list
        elements: str
        default: []
      audit:
        description: Retention of the audit log, C(maxage) in days, C(maxbackup), C(maxsize) in MB.
        type: dict
        default: {}
      etcd_args:
        description: Flags of etcd, laid over Landfall's.
        type: dict
        default: {}
      api_args:
        description: Flags of the API server, laid over Landfall's.
        type: dict
        default: {}
      controller_manager_args:
        description: Flags of the controller manager, laid over Landfall's.
        type: dict
        default: {}
      scheduler_args:
        description: Flags of the scheduler, laid over Landfall's.
        type: dict
        default: {}
      kube_proxy:
        description: KubeProxyConfiguration, laid over Landfall's.
        type: dict
        default: {}
      schedule_on_control_planes:
        description: Control planes take ordinary pods as well.
        type: bool
        default: false
  encryption_key:
    description: The site's key, base64 of 32 bytes.
    type: str
    required: true
  ca:
    description: The CA that the site keeps for its cluster, PEM.
    type: dict
    required: true
    suboptions:
      certificate:
        description: Its certificate.
        type: str
        required: true
      key:
        description: Its key.
        type: str
        required: true
attributes:
  check_mode:
    support: full
    description: Says what would be done.
  diff_mode:
    support: full
    description: Says what is done.
"""

EXAMPLES = r"""
- name: Make the cluster, or admit nodes
  landfall.platform.kubeadm_node:
    step: lead
    plan: "{{ plan }}"
    cluster: "{{ cluster }}"
    encryption_key: "{{ key }}"
    ca: "{{ ca }}"
  delegate_to: "{{ plan.sponsor }}"
  run_once: true

- name: Join
  landfall.platform.kubeadm_node:
    step: join
    plan: "{{ plan }}"
    cluster: "{{ cluster }}"
    encryption_key: "{{ key }}"
    ca: "{{ ca }}"
"""

RETURN = r"""
changes:
  description: What was done, a line each.
  returned: when a node was acted on
  type: list
  elements: str
"""

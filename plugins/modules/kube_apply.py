#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: kube_apply
short_description: Brings a Kubernetes cluster to the objects that one owner declares
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Applies many objects in one call, from the controller, with concurrent server-side apply under
    the field manager C(landfall-<owner>).
  - Reads first what is there, with one LIST a kind, and sends only what differs. What may differ is
    settled by a dry-run apply, so nothing is reported as changed that is not.
  - Namespaces and definitions come first, then what workloads refer to, then workloads, then custom
    resources when their definition is established.
  - Removes what the same owner applied before and no longer declares. The record of that follows
    KEP-3659 (ApplySet) and is the ConfigMap C(landfall-<owner>) in C(kube-system).
  - An object with the annotation C(landfall.dev/wait) V(false) is not waited for, one with
    C(landfall.dev/keep) V(true) is never removed.
options:
  kubeconfig:
    description:
      - Path of a kubeconfig on the controller, or its content as a dictionary.
      - In check mode the file may be missing. Every object then counts as to be created.
    type: raw
    required: true
  owner:
    description:
      - Whose objects these are. One call holds all objects of an owner, because what it does not
        hold is removed.
    type: str
    required: true
  templates:
    description:
      - Templates of the role with one or more YAML documents. They see all variables, and
        C(catalogue) with C(images) and C(versions) of the project's catalogue.
    type: list
    elements: str
    default: []
  objects:
    description: Objects in addition to those of O(templates).
    type: list
    elements: dict
    default: []
  artifacts:
    description: Names of artifacts in O(artifact_index) that are manifests.
    type: list
    elements: str
    default: []
  artifact_index:
    description:
      - What the depot has; name of the artifact to C(files), which is name of the file to
        C(sha256), C(size) and C(url) or C(store_path).
      - It may be empty in check mode; the objects of O(artifacts) are then not predicted.
    type: dict
    default: {}
  artifact_ca:
    description: PEM certificate of the CA that the depot's certificate is verified with.
    type: str
    default: ""
  prune:
    description: Remove what the owner applied before and no longer declares.
    type: bool
    default: true
  prune_data:
    description:
      - Remove also objects that hold data or other objects. These are PersistentVolumeClaim,
        PersistentVolume, Namespace and CustomResourceDefinition.
    type: bool
    default: false
  wait:
    description: Wait until every object is ready, changed or not.
    type: bool
    default: true
  timeout:
    description:
      - Limit of the wait in seconds.
      - A Job that has begun by then may take as long as its C(activeDeadlineSeconds) says.
    type: float
    default: 300.0
  force:
    description:
      - Take over fields that another field manager owns and objects of another owner. Without it
        they are an error that names the manager or owner.
    type: bool
    default: false
attributes:
  check_mode:
    description: Predicts by a server-side dry run exactly what would change.
    support: full
  diff_mode:
    description: Shows each object before and after; Secrets are hidden.
    support: full
"""

EXAMPLES = r"""
- name: Apply the pod network
  landfall.platform.kube_apply:
    kubeconfig: "{{ landfall_kubeconfig }}"
    owner: network
    templates: [flannel.yaml.j2]

- name: Apply one object and remove everything else of this owner
  landfall.platform.kube_apply:
    kubeconfig: state/lab/kubeconfig
    owner: example
    objects:
      - apiVersion: v1
        kind: ConfigMap
        metadata: {name: example, namespace: default}
        data: {greeting: hello}
"""

RETURN = r"""
objects:
  description: All declared objects and those that were removed.
  returned: success
  type: list
  elements: dict
  contains:
    kind: {description: Kind., type: str, returned: success}
    namespace: {description: Namespace or empty text., type: str, returned: success}
    name: {description: Name., type: str, returned: success}
    action: {description: "create, update, delete or none.", type: str, returned: success}
changes:
  description: One line for each change, in the order of the changes.
  returned: success
  type: list
  elements: str
kept:
  description: Objects that are no longer declared but were kept, see O(prune_data).
  returned: success
  type: list
  elements: str
"""

#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: node_state
short_description: Gives a machine its packages, files, artifacts, kernel settings and units
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - One call brings one machine to its declared state. An action plugin renders templates and
    checks everything on the controller, then one module call applies all of it in a fixed order
    - packages, groups, users, file systems, directories, artifacts, files, links, kernel modules,
    kernel parameters, units.
  - A started unit is restarted when its unit file or what O(units[].restart_on) names differs
    from what it was last started with. The digest of that is recorded after the start, so a run
    that was killed in between makes up for it when it is repeated.
  - Missing parent directories are created with mode 0755, owned by root.
options:
  packages:
    description: Debian packages that shall be installed, by their real (not virtual) names.
    type: list
    elements: str
    default: []
  groups:
    description: Groups that shall exist.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name., type: str, required: true}
      system: {description: A system group., type: bool, default: false}
  users:
    description: Users that shall exist. Home directories are not created.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name., type: str, required: true}
      system: {description: A system user., type: bool, default: false}
      group: {description: Primary group; without it the group of the same name., type: str}
      home: {description: Home directory., type: str}
      shell: {description: Login shell., type: str}
  directories:
    description: Directories that shall exist.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Absolute path., type: path, required: true}
      mode: {description: Octal mode as quoted text., type: str, default: "0755"}
      owner: {description: Name or number of the owner., type: str, default: root}
      group: {description: Name or number of the group., type: str, default: root}
  file_systems:
    description:
      - File systems (ext4) on devices of their own, mounted now and, by C(/etc/fstab), at boot.
      - One is made on a device that carries nothing. What was made by this module keeps its
        content; a device that carries anything else is refused, and so is a directory that is not
        empty.
      - Those that were declared before and no longer are get unmounted; their content stays.
        Without this option, nothing is looked at.
    type: list
    elements: dict
    suboptions:
      path: {description: Directory that it is mounted at., type: path, required: true}
      device:
        description: The device, by a name of C(/dev/disk/by-*) or C(/dev/mapper), which stays.
        type: path
        required: true
  files:
    description:
      - Files with their whole content, or files that shall not exist.
      - Exactly one of O(files[].content), O(files[].template), O(files[].source) is needed.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Absolute path., type: path, required: true}
      content: {description: The content as text., type: str}
      template:
        description:
          - A template of the role. It sees all variables, and C(catalogue) with C(images) and
            C(versions) of the project's catalogue.
        type: str
      variables: {description: Variables for this rendering of the template alone., type: dict}
      source: {description: A text or binary file of the role's C(files) directory., type: str}
      content_base64: {description: The content in base64; set by the action plugin., type: str}
      mode: {description: Octal mode as quoted text., type: str, default: "0644"}
      owner: {description: Name or number of the owner., type: str, default: root}
      group: {description: Name or number of the group., type: str, default: root}
      validate:
        description:
          - A program and its arguments, C({file}) in them stands for a temporary file beside the
            target. If it fails, the old file is kept.
        type: list
        elements: str
        default: []
      secret: {description: Never show the content., type: bool, default: false}
      state:
        description: Whether the file shall exist.
        type: str
        choices: [present, absent]
        default: present
  links:
    description: Symbolic links that shall exist.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Absolute path of the link., type: path, required: true}
      target: {description: Where it points., type: str, required: true}
  artifacts:
    description: Files of catalogue entries, verified by their digest.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name in the catalogue., type: str, required: true}
      directory: {description: Where the files go., type: path, required: true}
      files:
        description: Names of the files to install; all when empty.
        type: list
        elements: str
        default: []
      mode: {description: Octal mode as quoted text., type: str, default: "0755"}
      owner: {description: Name or number of the owner., type: str, default: root}
      group: {description: Name or number of the group., type: str, default: root}
      source:
        description:
          - V(depot) downloads from C(url) of the index. V(bundle) sends C(store_path) of the index
            from the controller, if the machine does not have it.
        type: str
        choices: [depot, bundle]
        default: depot
      store_path:
        description: A file on the controller; then no index is needed, and the source is V(bundle).
        type: str
      sha256: {description: "Digest of O(artifacts[].store_path).", type: str}
  artifact_index:
    description:
      - What the depot has; name of the artifact to C(files), which is name of the file to
        C(sha256), C(size) and C(url) or C(store_path).
      - It may be empty in check mode, artifacts that are missing count as to be installed then.
    type: dict
    default: {}
  artifact_ca:
    description: PEM certificate of the CA that the depot's certificate is verified with.
    type: str
    default: ""
  kernel_modules:
    description:
      - Kernel modules to load now and at boot. Where the kernel has no C(/proc/modules) all are
        built in, and nothing is loaded.
    type: list
    elements: str
    default: []
  sysctls:
    description: Kernel parameters to set now and, with O(sysctls_file), at boot.
    type: dict
    default: {}
  sysctls_file:
    description: Name of the file in C(/etc/sysctl.d); needed with O(sysctls), one for each role.
    type: str
  units:
    description: systemd units.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Full name of the unit., type: str, required: true}
      enabled: {description: Whether it starts at boot., type: bool}
      masked: {description: Whether it can be started at all., type: bool}
      state:
        description:
          - Without it the unit is never started, but still restarted or reloaded, if it runs and
            O(units[].restart_on) or O(units[].reload_on) changed since its start. That is for
            units that others start.
        type: str
        choices: [started, stopped]
      restart_on:
        description: Files or directories whose content the unit has to be restarted for.
        type: list
        elements: path
        default: []
      reload_on:
        description: Files or directories whose content a reload of the unit is enough for.
        type: list
        elements: path
        default: []
  secret_contents:
    description: Contents of secret files in base64, by path; set by the action plugin.
    type: dict
    default: {}
  staged:
    description: Transferred artifacts, digest to path; set by the action plugin.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Run the container runtime
  landfall.platform.node_state:
    packages: [runc]
    directories:
      - {path: /etc/containerd, mode: "0755"}
    files:
      - {path: /etc/containerd/config.toml, template: config.toml.j2}
      - {path: /etc/systemd/system/containerd.service, template: containerd.service.j2}
    artifacts:
      - {name: containerd, directory: /usr/local/bin}
    artifact_index: "{{ landfall_depot.artifacts }}"
    artifact_ca: "{{ landfall_site.ca_certificate }}"
    kernel_modules: [overlay]
    units:
      - name: containerd.service
        enabled: true
        state: started
        restart_on: [/etc/containerd/config.toml, /usr/local/bin/containerd]
"""

RETURN = r"""
changes:
  description: What was changed, or in check mode would be, one line each.
  returned: always
  type: list
  elements: str
  sample: [create file /etc/containerd/config.toml, restart unit containerd.service]
units:
  description: What was done with each unit, or in check mode would be; name to verbs in order.
  returned: always
  type: dict
  sample: {containerd.service: [enable, start]}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._core.plan import Plan
from ansible_collections.landfall.platform.plugins.module_utils._node.desired import Desired
from ansible_collections.landfall.platform.plugins.module_utils._node.node import Node, transfers
from ansible_collections.landfall.platform.plugins.module_utils._node.planner import plan
from ansible_collections.landfall.platform.plugins.module_utils._node.spec import ARGUMENT_SPEC
from ansible_collections.landfall.platform.plugins.module_utils._node.steps import (
    ChangeUnit,
    NodeChange,
)


def report(wanted: Plan[NodeChange]) -> dict[str, Any]:
    units: dict[str, list[str]] = {}
    for change in wanted:
        if isinstance(change.step, ChangeUnit):
            units.setdefault(change.step.unit.name, []).append(change.step.verb)
    return {
        "changed": bool(wanted),
        "diff": wanted.diff(),
        "changes": wanted.summary(),
        "units": units,
    }


def act(params: dict[str, Any], *, check: bool) -> dict[str, Any]:
    desired, node = Desired.from_params(params, check=check), Node()
    wanted = plan(desired, node.observe(desired), check=check)
    if check:
        node.rehearse(wanted)
    elif transfers(wanted):
        return {"changed": False, "changes": [], "units": {}, "transfers": transfers(wanted)}
    else:
        wanted = node.converge(desired, wanted)
    return report(wanted)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        result = act(module.params, check=module.check_mode)
    except LandfallError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()

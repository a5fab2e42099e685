#!/usr/bin/python
# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: stack_import
short_description: Makes the description of a stack from docker-compose files
version_added: 0.1.0
author: "Landfall contributors (@landfall)"
description:
  - Reads docker-compose files (versions 1, 2 and 3, and the Compose Specification) and writes the
    description of a stack with the same services, on the controller.
  - Lists every decision and everything that it could not map, with its place in the compose file,
    the reason, and what to do; in the result, and as comments at the top of the file.
  - Values of secrets are not taken over. They are generated in the cluster, or the environment
    gives them.
  - A file that is there and different is not overwritten unless O(force) is set.
options:
  name:
    description: Name of the stack.
    type: str
    required: true
  compose:
    description:
      - Path of the compose file, or of several, each put over those before it.
      - Relative paths begin at the directory that the command was started in.
    type: list
    elements: str
    required: true
  output:
    description: Path of the description that is written.
    type: str
    required: true
  variables:
    description:
      - Values of variables in the compose files. They count before those of O(env_file).
      - The environment of the process is not used. A variable without a value is reported.
    type: dict
    default: {}
  env_file:
    description: File with variables; C(.env) beside the first compose file unless set.
    type: str
  profiles:
    description: Profiles whose services are imported, too.
    type: list
    elements: str
    default: []
  force:
    description: Overwrite a file that is different.
    type: bool
    default: false
attributes:
  check_mode:
    description: Imports and reports, but does not write.
    support: full
  diff_mode:
    description: Shows the file before and after.
    support: full
seealso:
  - module: landfall.platform.stack
"""

EXAMPLES = r"""
- name: Import the shop
  landfall.platform.stack_import:
    name: shop
    compose: [../shop/docker-compose.yml]
    output: stacks/shop.yml
    variables: {SHOP_VERSION: 2.4.1}
"""

RETURN = r"""
output:
  description: Path of the description.
  returned: success
  type: str
notes:
  description: What was decided, and what is not in the stack.
  returned: success
  type: list
  elements: dict
  contains:
    path: {description: Place in the compose file., type: str, returned: success}
    what: {description: What is there., type: str, returned: success}
    why: {description: Why it is not or not exactly in the stack., type: str, returned: success}
    remedy: {description: What to do., type: str, returned: success}
settings:
  description: What an environment must say in C(stack_list), with examples for values.
  returned: success
  type: dict
changes:
  description: What was written, one line each.
  returned: success
  type: list
  elements: str
"""

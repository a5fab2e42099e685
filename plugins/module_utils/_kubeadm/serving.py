# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which requests for a kubelet's serving certificate are granted.

The controller manager signs what was approved and checks subject and usages; whether the names
and addresses are the node's own is decided here, by the record of admitted nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .pem import request

SIGNER = "kubernetes.io/kubelet-serving"
USAGES = frozenset({"digital signature", "key encipherment", "server auth"})
RECORD = "landfall-nodes"


def objection(csr: Mapping[str, Any], record: Mapping[str, str], pem: str) -> str:
    """Say why a request is not granted; empty when it is.

    Args:
        csr: the CertificateSigningRequest object.
        record: name → address of the nodes that were admitted.
        pem: the request itself, decoded.
    """
    spec = csr["spec"]
    user = str(spec.get("username", ""))
    name = user[len("system:node:") :] if user.startswith("system:node:") else ""
    if spec.get("signerName") != SIGNER:
        return f"signer {spec.get('signerName')}"
    if not name or "system:nodes" not in spec.get("groups", ()):
        return f"{user} is no node"
    if name not in record:
        return f"node {name} was not admitted by Landfall"
    usages = set(spec.get("usages", ()))
    if not {"server auth"} <= usages <= USAGES:
        return f"usages {sorted(usages)}"
    try:
        wanted = request(pem)
    except ValueError as error:
        return f"not readable: {error}"
    if wanted.common_names != (user,) or wanted.organizations != ("system:nodes",):
        return f"subject {wanted.common_names} {wanted.organizations}"
    strangers = {*wanted.dns} - {name} | {*wanted.addresses} - {record[name]}
    if strangers or wanted.others:
        return f"names that are not the node's: {sorted(strangers) or 'of other kinds'}"
    if record[name] not in wanted.addresses:
        return "without the node's address"
    return ""


def decided(csr: Mapping[str, Any]) -> bool:
    """Tell whether somebody has granted or denied a request already."""
    return bool(csr.get("status", {}).get("conditions"))

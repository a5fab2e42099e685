# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site keeps secret: what is missing, what must be renewed, and what is never touched.

The site has one authority of its own, which signs the certificates of its servers; passwords,
random keys, and certificate authorities of others (Kubernetes', with what they sign) are kept
beside it. Each is made once. A certificate is made again when it nears its end or its names
change; nothing else is ever replaced unless it is named in ``replace``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Optional, Protocol

from .._core.errors import InvalidInputError, LandfallError, ProblemsError, RefusedError
from .._core.plan import Change, Plan
from .secret_spec import CertificateSpec, Desired, KeySpec, PasswordSpec
from .vault import AUTHORITY, Id, KeyPair, Value, Vault

DAY = 86400.0


@dataclass(frozen=True)
class CertificateFacts:
    """What an existing certificate says; ``signed`` means by the authority that is in force."""

    names: frozenset[str]
    addresses: frozenset[str]
    usages: frozenset[str]
    not_after: float
    ca: bool
    signed: bool


@dataclass(frozen=True)
class SecretChange(Change):
    """A secret that is made, stored or replaced; its value is never part of the change."""

    identity: Id = field(default_factory=lambda: Id("", ""))
    supplied: bool = False


@dataclass(frozen=True)
class SecretsPlan:
    """The changes to the store, and what an operator should know although nothing changes."""

    plan: Plan[SecretChange]
    warnings: tuple[str, ...] = ()


class Maker(Protocol):
    """Makes secrets; the real one uses the system's random numbers and ``cryptography``."""

    def password(self, spec: PasswordSpec) -> str:
        """Return a new password."""
        ...

    def key(self, spec: KeySpec) -> str:
        """Return a new random key as base64."""
        ...

    def certificate(self, spec: CertificateSpec, authority: Optional[KeyPair]) -> KeyPair:
        """Return a new certificate, signed by the authority or (without one) by itself."""
        ...


def plan_secrets(
    desired: Desired,
    stored: Vault,
    supplied: Vault,
    facts: Mapping[Id, CertificateFacts],
    now: float,
) -> SecretsPlan:
    """Return what must be made, renewed or stored.

    Args:
        desired: the secrets that the site shall have.
        stored: what its operator host keeps.
        supplied: what the inventory (Ansible Vault) brings along.
        facts: of every certificate that is supplied or, failing that, stored.
        now: seconds since the epoch.

    Raises:
        ProblemsError: a supplied value differs from the stored one, or an authority has expired.
    """
    problems: list[LandfallError] = []
    warnings: list[str] = []
    changes: list[SecretChange] = []
    context = _Context(desired, facts, now)
    for identity, spec in _in_order(desired.specs):
        try:
            change, warning = _decide(
                context, identity, spec, stored.get(identity), supplied.get(identity)
            )
        except LandfallError as error:
            problems.append(error)
            continue
        if change:
            changes.append(change)
            context = replace(context, changed=context.changed | {identity})
        if warning:
            warnings.append(warning)
    if problems:
        raise ProblemsError("the site's secrets cannot be brought together", problems)
    return SecretsPlan(Plan(tuple(changes)), tuple(warnings))


def carry_out(
    plan: Plan[SecretChange], desired: Desired, stored: Vault, supplied: Vault, maker: Maker
) -> Vault:
    """Return the content that the store has after the plan."""
    vault = stored
    for change in plan:
        identity = change.identity
        value = supplied.get(identity) if change.supplied else None
        if value is None:
            value = _make(desired.specs[identity], vault, maker)
        vault = vault.put(identity, value)
    return vault


@dataclass(frozen=True)
class _Context:
    desired: Desired
    facts: Mapping[Id, CertificateFacts]
    now: float
    changed: frozenset[Id] = frozenset()


def _in_order(specs: Mapping[Id, Any]) -> Iterable[tuple[Id, Any]]:
    """The authorities come before what they sign."""

    def rank(item: tuple[Id, Any]) -> tuple[bool, bool, str]:
        identity, spec = item
        return identity.kind != AUTHORITY, bool(getattr(spec, "authority", "")), str(identity)

    return sorted(specs.items(), key=rank)


def _decide(
    context: _Context, identity: Id, spec: Any, stored: Optional[Value], supplied: Optional[Value]
) -> tuple[Optional[SecretChange], str]:
    replaced = str(identity) in context.desired.replace
    if supplied is not None:
        return _decide_supplied(context, identity, stored, supplied, replaced)
    if stored is None:
        return _change(identity, "create", ""), ""
    if replaced:
        return _change(identity, "replace", "asked for by site_replace", exists=True), ""
    if not isinstance(spec, CertificateSpec):
        return None, ""
    found = context.facts[identity]
    if spec.ca:
        return None, _ageing_authority(context, identity, found)
    reason = _renewal(context, spec, found)
    return (_change(identity, "renew", reason, exists=True) if reason else None), ""


def _decide_supplied(
    context: _Context, identity: Id, stored: Optional[Value], supplied: Value, replaced: bool
) -> tuple[Optional[SecretChange], str]:
    found = context.facts.get(identity)
    warning = _ageing(context, identity, found) if found else ""
    if found and found.not_after <= context.now:
        raise InvalidInputError(
            "a supplied certificate has expired",
            on=f"site_supplied, {identity}",
            remedy="supply one that is valid",
        )
    if stored == supplied:
        return None, warning
    if stored is None:
        return _change(identity, "store", "supplied by the inventory", supplied=True), warning
    if replaced:
        change = _change(identity, "replace", "by the supplied one", exists=True, supplied=True)
        return change, warning
    raise RefusedError(
        "the supplied value is not the one that the site uses",
        on=str(identity),
        expected="the value that is stored on the operator host, or none",
        found="another one in site_supplied",
        remedy=f"remove it from site_supplied, or replace the site's with -e '{{\"site_replace\": "
        f'["{identity}"]}}\'',
    )


def _renewal(context: _Context, spec: CertificateSpec, found: CertificateFacts) -> str:
    if spec.signer in context.changed or not found.signed:
        return "signed by another authority"
    if found.names != frozenset(spec.names) or found.addresses != frozenset(spec.addresses):
        return "its names changed"
    if found.usages != frozenset(spec.usages):
        return "its usage changed"
    authority = context.facts.get(spec.signer)
    end = context.now + spec.validity_days * DAY
    if authority:
        end = min(end, authority.not_after)
    # A third of a short life at most, and never for less than a day: else every run would renew.
    window = min(context.desired.renew_days, spec.validity_days / 3) * DAY
    if found.not_after - context.now < window and end - found.not_after > DAY:
        return "it nears its end"
    return ""


def _ageing_authority(context: _Context, identity: Id, found: CertificateFacts) -> str:
    if found.not_after <= context.now:
        raise RefusedError(
            "an authority has expired and everything that trusts it must be told of a new one",
            on=str(identity),
            remedy=f'replace it on purpose with -e \'{{"site_replace": ["{identity}"]}}\'',
        )
    return _ageing(context, identity, found)


def _ageing(context: _Context, identity: Id, found: CertificateFacts) -> str:
    days = int((found.not_after - context.now) // DAY)
    if days >= max(context.desired.renew_days, 180 if found.ca else 0):
        return ""
    return f"{identity} ends in {days} days and is not renewed by itself"


def _make(spec: Any, vault: Vault, maker: Maker) -> Value:
    if isinstance(spec, PasswordSpec):
        return maker.password(spec)
    if isinstance(spec, KeySpec):
        return maker.key(spec)
    authority = vault.get(spec.signer)
    if spec.ca or not isinstance(authority, KeyPair):
        return maker.certificate(spec, None)
    return maker.certificate(spec, authority)


def _change(
    identity: Id, action: str, reason: str, *, exists: bool = False, supplied: bool = False
) -> SecretChange:
    target = f"secret {identity}" + (f" ({reason})" if reason else "")
    return SecretChange(
        target,
        action,
        before="present" if exists else "",
        after="present",
        secret=True,
        identity=identity,
        supplied=supplied,
    )

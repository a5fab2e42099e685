# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which variables hold secrets, told by their names."""

from __future__ import annotations

import re


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SECRET = _set(
    """apikey authkey credential credentials masterauth pass passphrase passwd password pw pwd
    requirepass salt secret secrets token"""
)
# "key" alone says little: these words before it say that it is a secret one …
_KEYS = _set(
    """access account api app application auth client encrypt encryption fernet hmac jwt license
    master private secret server service session shared signing"""
)
# … and these last words say that a name with "password" or "secret" in it is about one.
_ABOUT = _set(
    """algorithm allow cost count dir disabled enabled env expiration expires expiry file format
    host id length lifetime max method min name path policy port prefix rounds source timeout ttl
    type url user username version"""
)
_PASSWORDS = _set("masterauth pass passphrase passwd password pw pwd requirepass")
_GENERABLE = _set("app-secret cookie-secret jwt-secret secret-key secret-key-base session-secret")
_EXTERNAL = _set(
    """aws azure cloudflare dockerhub email external facebook gcp github gitlab google imap ldap
    license mail mailgun oauth oidc openai paypal registry s3 saml sendgrid sentry slack smtp
    stripe telegram twilio vapid"""
)
_SWITCH = re.compile(r"(?i:true|false|yes|no|on|off|none|[01])")


def words(name: str) -> list[str]:
    """Return the words of a variable's name in lower case, without numbers at their ends."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name)
    parts = [part.rstrip("0123456789") for part in re.split(r"[^A-Za-z0-9]+", spaced.lower())]
    return [part for part in parts if part]


def is_secret(name: str, value: str = "") -> bool:
    """Tell whether a variable holds a secret; ``value`` tells a switch from one."""
    found = words(name)
    if not found or _SWITCH.fullmatch(value):
        return False
    last = found[-1]
    if last == "key":
        return len(found) > 1 and found[-2] in _KEYS
    if last in _SECRET or last.endswith(("password", "passwd", "secret", "token")):
        return True
    return last not in _ABOUT and bool({"password", "secret"} & set(found))


def is_password(name: str) -> bool:
    """Tell whether a variable holds a password, for which any random text serves."""
    found = words(name)
    return bool(found) and (found[-1] in _PASSWORDS or found[-1].endswith("password"))


def is_external(name: str) -> bool:
    """Tell whether a secret comes from somebody outside, so that nothing can be made up for it."""
    found = words(name)
    return bool(_EXTERNAL & set(found)) or found[-2:] == ["api", "key"] or "apikey" in found


def is_generable(name: str) -> bool:
    """Tell whether a secret that only one service knows may be any random text."""
    found = words(name)
    ends = {"-".join(found[-2:]), "-".join(found[-3:])}
    own = is_password(name) and bool({"admin", "root", "default", "initial"} & set(found))
    return own or bool(ends & _GENERABLE)


def key_of(name: str) -> str:
    """Return a secret's key for a variable: ``POSTGRES_PASSWORD`` is ``postgres-password``."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100].strip("-") or "value"

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keystone: who a run is, and the application credentials of its user."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Optional

from keystoneauth1 import exceptions as keystone
from keystoneauth1.identity import v3
from keystoneauth1.session import Session
from openstack import exceptions
from openstack.connection import Connection

from .._core.errors import InvalidInputError
from .._heat.session import explained
from .._heat.survey import services
from .credential import Credential, Wanted
from .needs import Login, refused

# What it was made with is remembered here: Keystone lists roles that these imply as well.
_DESCRIPTION = "Made by Landfall for the controllers of a cluster, with the roles "


def login(connection: Connection) -> Login:
    """Return who the run is; asks for nothing but a token.

    Raises:
        InvalidInputError: the credentials are not accepted.
    """
    with explained("Keystone cannot be asked who the run is"):
        session = connection.config.get_session()
        plugin: Any = session.auth
        access = plugin.get_access(session)
        try:
            by = access.application_credential
        except (KeyError, AttributeError):
            by = {}
        return Login(
            user=str(access.user_id),
            roles=frozenset(access.role_names or ()),
            services=services(connection),
            restricted=bool((by or {}).get("restricted", False)),
        )


class KeystoneCredentials:
    """The application credentials of a login's user."""

    def __init__(self, connection: Connection, who: Login) -> None:
        self._connection = connection
        self._who = who

    @property
    def _identity(self) -> Any:
        # of version 3; the other one, which has none of these, no cloud has had for years
        return self._connection.identity

    def find(self, name: str) -> Optional[Credential]:
        """Return the one of a name, None if there is none."""
        with explained("Keystone does not list application credentials", name):
            listed = self._identity.application_credentials(self._who.user)
            found = next((each for each in listed if each.name == name), None)
        if found is None:
            return None
        roles = sorted(str(role["name"]) for role in found.roles or ())
        said = str(found.description or "")
        if said.startswith(_DESCRIPTION):
            roles = said[len(_DESCRIPTION) :].split(", ")
        return Credential(str(found.id), name, tuple(roles))

    def works(self, credential: str, secret: str) -> bool:
        """Tell whether Keystone takes an id and a secret."""
        with explained("Keystone cannot be asked for a token", credential):
            session = self._connection.config.get_session()
            attempt = v3.ApplicationCredential(
                auth_url=auth_url(self._connection),
                application_credential_id=credential,
                application_credential_secret=secret,
            )
            try:
                attempt.get_access(Session(auth=attempt, verify=session.verify, cert=session.cert))
            except (keystone.Unauthorized, keystone.NotFound):
                return False
            return True

    def create(self, wanted: Wanted) -> Credential:
        """Make one; it cannot make others, and acts in the login's project alone.

        Raises:
            InvalidInputError: the login must not.
        """
        with explained("the application credential cannot be made", wanted.name):
            try:
                made = self._identity.create_application_credential(
                    self._who.user,
                    wanted.name,
                    description=_DESCRIPTION + ", ".join(wanted.roles),
                    secret=wanted.secret,
                    roles=[{"name": role} for role in wanted.roles],
                    unrestricted=False,
                )
            except exceptions.ForbiddenException:
                raise refused(self._who, wanted.name) from None
        return Credential(str(made.id), wanted.name, wanted.roles)

    def remove(self, credential: Credential) -> None:
        """Remove one; what was logged in with it is logged out.

        Raises:
            InvalidInputError: the login must not.
        """
        with explained("the application credential cannot be removed", credential.name):
            try:
                self._identity.delete_application_credential(self._who.user, credential.id)
            except exceptions.ForbiddenException:
                raise refused(self._who, credential.name) from None


def auth_url(connection: Connection) -> str:
    """Return where Keystone is, as the configuration says."""
    return str(connection.config.get_auth_args().get("auth_url") or "")


def trust(connection: Connection) -> dict[str, Any]:
    """Return how Keystone's certificate is verified: own authorities (PEM), or not at all.

    Raises:
        InvalidInputError: the file of the authorities cannot be read.
    """
    verify = connection.config.get_requests_verify_args()[0]
    if not isinstance(verify, str):
        return {"ca_certificate": "", "insecure": verify is False}
    try:
        text = Path(verify).read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(
            "the cloud's authorities cannot be read",
            on=verify,
            found=str(error),
            remedy="correct cacert of the cloud in clouds.yaml",
        ) from None
    return {"ca_certificate": text, "insecure": False}

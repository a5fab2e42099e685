# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way to OpenStack: clouds.yaml or the environment, as all users of openstacksdk have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openstack
from keystoneauth1 import exceptions as keystone
from openstack import exceptions
from openstack.connection import Connection

from .._core.errors import InvalidInputError, LandfallError, UnreachableError

_LOGIN = "see the cloud's entry in clouds.yaml, or the OS_ variables of the environment"


def connect(cloud: str, region: str) -> Connection:
    """Return a connection; nothing is asked of the cloud yet.

    Args:
        cloud: name in clouds.yaml; empty for what the environment says.
        region: empty for the one that is configured.

    Raises:
        InvalidInputError: there is no such cloud, or its entry is not complete.
    """
    chosen: dict[str, Any] = {"cloud": cloud or None, "region_name": region or None}
    with explained("the cloud cannot be used", cloud):
        return openstack.connect(**{key: value for key, value in chosen.items() if value})


@contextmanager
def explained(what: str, on: str = "") -> Iterator[None]:
    """Replace the errors of openstacksdk by the project's.

    Raises:
        InvalidInputError: of what OpenStack does not accept.
        UnreachableError: of a service that does not answer.
    """
    try:
        yield
    except keystone.Unauthorized as error:
        raise InvalidInputError(
            "Keystone does not accept the credentials, or they have expired",
            on=on,
            found=_text(error),
            remedy=_LOGIN,
        ) from None
    except (keystone.EndpointNotFound, keystone.catalog.CatalogException) as error:
        raise InvalidInputError(
            "the cloud does not have a service", on=on, found=_text(error)
        ) from None
    except (keystone.ConnectFailure, keystone.DiscoveryFailure) as error:
        raise UnreachableError(
            "OpenStack does not answer", on=on, found=_text(error), remedy=_LOGIN
        ) from None
    except (keystone.MissingAuthPlugin, keystone.MissingRequiredOptions) as error:
        raise InvalidInputError(
            "credentials are missing", on=on, found=_text(error), remedy=_LOGIN
        ) from None
    except exceptions.ConfigException as error:
        raise InvalidInputError(what, on=on, found=_text(error), remedy=_LOGIN) from None
    except (exceptions.SDKException, keystone.ClientException) as error:
        raise LandfallError(what, on=on, found=_text(error)) from None


def _text(error: Exception) -> str:
    return " ".join(str(error).split())

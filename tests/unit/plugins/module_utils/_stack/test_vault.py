# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in HashiCorp Vault: what is asked, what is said when it fails, and what never is."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.hashicorp import (
    HashiCorpVault,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from ansible_collections.landfall.platform.plugins.module_utils._stack.vault import (
    NoVault,
    UnreadVault,
    VaultSettings,
)
from tests.support.vault import ROLE, SECRET, TOKEN, StandIn, vault

from .conftest import Place

RAW: dict[str, Any] = {
    "name": "s",
    "components": {"a": {"type": "service", "image": "r.test/a:1"}},
    "secrets": {
        "db": {
            "password": {"vault": "apps/db", "key": "pass"},
            "user": {"vault": "apps/db"},
        }
    },
}
VALUES = {"pass": "p4ss-w0rd", "user": "ann"}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with vault({"secret/apps/db": dict(VALUES), "kv/other": {"x": 5}}) as found:
        yield found


def open_vault(server: StandIn, **settings: str) -> HashiCorpVault:
    given = {"address": server.address, "token": TOKEN, **settings}
    return HashiCorpVault(VaultSettings.from_params(given))


def test_a_path_is_read_once(server: StandIn) -> None:
    client = open_vault(server, namespace="team")
    assert [client.read("apps/db", name) for name in ("pass", "user", "none")] == [
        "p4ss-w0rd", "ann", None,
    ]  # fmt: skip
    assert server.asked == ["/v1/secret/data/apps/db"]
    assert server.namespaces == {"team"}


def test_an_app_role_logs_in(server: StandIn) -> None:
    client = open_vault(server, token="", role_id=ROLE, secret_id=SECRET, mount="kv")
    assert client.read("other", "x") == "5"


@pytest.mark.parametrize(
    ("settings", "path", "words"),
    [
        ({}, "apps/none", "Vault has no such secret"),
        ({"mount": "elsewhere"}, "apps/db", "Vault has no such secret"),
        ({"token": "wrong"}, "apps/db", "permission denied.*see the policy"),
        ({"token": "", "role_id": ROLE, "secret_id": "wrong"}, "apps/db", "invalid role"),
    ],
)
def test_what_fails_is_said(
    server: StandIn, settings: dict[str, str], path: str, words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        open_vault(server, **settings).read(path, "pass")
    assert not any(secret in str(caught.value) for secret in (TOKEN, SECRET, "p4ss"))


def test_a_server_that_is_away_is_said() -> None:
    settings = VaultSettings(address="http://127.0.0.1:1", token=TOKEN)
    with pytest.raises(UnreachableError, match="Vault does not answer"):
        HashiCorpVault(settings).read("a", "b")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"adress": "x"}, "did you mean address"),
        ({"address": "x"}, "nothing is set to log in"),
        ({"address": "x", "role_id": "r"}, "nothing is set to log in"),
    ],
)
def test_settings_are_checked(params: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        VaultSettings.from_params(params)


def test_credentials_are_not_shown() -> None:
    text = repr(VaultSettings(address="a", token=TOKEN, secret_id=SECRET))
    assert TOKEN not in text
    assert SECRET not in text
    assert VaultSettings.from_params({"address": None}) == VaultSettings()


def live(revision: str, **values: str) -> dict[str, Any]:
    data = {key: base64.b64encode(text.encode()).decode() for key, text in values.items()}
    return {"metadata": {"annotations": {"landfall.dev/revision": revision}}, "data": data}


@pytest.mark.parametrize(
    ("present", "given", "values", "same"),
    [
        (None, {}, {"password": "p4ss-w0rd", "user": "ann"}, False),
        (live("r1", password="p4ss-w0rd", user="ann"), {}, None, True),
        (live("r1", password="old", user="ann"), {}, None, False),
        (None, {"user": "bob"}, {"password": "p4ss-w0rd", "user": "bob"}, False),
    ],
)
def test_a_changed_value_is_another_revision(
    server: StandIn, place: Place, present: Any, given: Any, values: Any, same: bool
) -> None:
    one = place(RAW, secrets={"db": given})
    found = settle(one, {"db": present}, vault=open_vault(server))["db"]
    assert found.values == (values or {"password": "p4ss-w0rd", "user": "ann"})
    assert (found.revision == "r1") == same


def test_what_vault_has_not_got_is_said(server: StandIn, place: Place) -> None:
    server.secrets["secret/apps/db"] = {"user": ""}
    with pytest.raises(InvalidInputError, match=r"secret db\.password; expected: field pass of"):
        settle(place(RAW), {}, vault=open_vault(server))
    with pytest.raises(LandfallError, match="none is set up"):
        settle(place(RAW), {})
    with pytest.raises(InvalidInputError):
        NoVault().read("a", "b")
    assert settle(place(RAW), {}, vault=UnreadVault())["db"].values.keys() == {"password", "user"}

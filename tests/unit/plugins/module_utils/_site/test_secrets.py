# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets: what is made, renewed, refused; and a machine that never loses one."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    LandfallError,
    ProblemsError,
)
from ansible_collections.landfall.platform.plugins.module_utils._site import secrets, vault, x509
from ansible_collections.landfall.platform.plugins.module_utils._site.secret_spec import (
    CertificateSpec,
    Desired,
    KeySpec,
    PasswordSpec,
)
from ansible_collections.landfall.platform.plugins.module_utils._site.vault import (
    AUTHORITY,
    CERTIFICATE,
    PASSWORD,
    Id,
    KeyPair,
    Vault,
)

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
SITE = Id(AUTHORITY, "site")
DEPOT = Id(CERTIFICATE, "depot")
PARAMS: dict[str, Any] = {
    "certificates": {
        "depot": {"names": ["depot.x"], "addresses": ["10.0.0.1"]},
        "kubernetes_ca": {"ca": True, "common_name": "kubernetes"},
    },
    "passwords": {"depot": {"length": 40}, "keepalived": {"length": 8}},
    "keys": {"encryption": {"size": 32}},
}


class Site:
    """A site over time, with its store."""

    def __init__(self) -> None:
        self.now = START
        self.stored = Vault()

    def run(
        self, params: dict[str, Any] | None = None, supplied: Vault | None = None
    ) -> secrets.SecretsPlan:
        desired = Desired.from_params(PARAMS if params is None else params)
        given_values = supplied or Vault()
        facts = x509.read_certificates(desired, self.stored, given_values, "store")
        planned = secrets.plan_secrets(
            desired, self.stored, given_values, facts, self.now.timestamp()
        )
        maker = x509.CryptographyMaker(lambda: self.now)
        self.stored = secrets.carry_out(planned.plan, desired, self.stored, given_values, maker)
        self.stored = vault.parse(vault.dump(self.stored), "store")
        return planned

    def later(self, days: float) -> None:
        self.now += datetime.timedelta(days=days)


@pytest.fixture
def site() -> Site:
    built = Site()
    built.run()
    return built


def actions(planned: secrets.SecretsPlan) -> list[str]:
    return [f"{change.action} {change.identity}" for change in planned.plan]


def test_a_virgin_site_gets_everything_once() -> None:
    site = Site()
    assert actions(site.run()) == [
        "create authority.site",
        "create certificates.depot",
        "create certificates.kubernetes_ca",
        "create keys.encryption",
        "create passwords.depot",
        "create passwords.keepalived",
    ]
    before = site.stored
    assert actions(site.run()) == []
    assert site.stored == before


def test_certificates_say_what_was_asked_for(site: Site) -> None:
    desired = Desired.from_params(PARAMS)
    facts = x509.read_certificates(desired, site.stored, Vault(), "store")
    assert facts[DEPOT].names == {"depot.x"}
    assert facts[DEPOT].addresses == {"10.0.0.1"}
    assert facts[DEPOT].usages == {"server"}
    assert facts[DEPOT].signed
    assert not facts[DEPOT].ca
    assert facts[Id(CERTIFICATE, "kubernetes_ca")].ca
    assert not facts[Id(CERTIFICATE, "kubernetes_ca")].signed
    pair = site.stored.get(DEPOT)
    assert isinstance(pair, KeyPair)
    assert pair.key.startswith("-----BEGIN EC PRIVATE KEY-----")
    assert len(str(site.stored.get(Id(PASSWORD, "depot")))) == 40


def changed(**options: Any) -> dict[str, Any]:
    depot = {**PARAMS["certificates"]["depot"], **options}
    return {**PARAMS, "certificates": {**PARAMS["certificates"], "depot": depot}}


@pytest.mark.parametrize(
    ("params", "days", "expected"),
    [
        (changed(names=["other"]), 0, "its names changed"),
        (changed(addresses=[]), 0, "its names changed"),
        (changed(usages=["client"]), 0, "its usage changed"),
        (changed(), 334, ""),
        (changed(), 336, "it nears its end"),
        (changed(), 500, "it nears its end"),
        ({**changed(), "renew_days": 100}, 270, "it nears its end"),
        ({**changed(), "replace": ["certificates.depot"]}, 0, "asked for by site_replace"),
    ],
)
def test_renewal(site: Site, params: dict[str, Any], days: int, expected: str) -> None:
    site.later(days)
    changes = list(site.run(params).plan)
    assert [change.target for change in changes] == (
        [f"secret certificates.depot ({expected})"] if expected else []
    )
    assert actions(site.run({**params, "replace": []})) == []


def test_a_short_life_is_not_renewed_in_every_run() -> None:
    params = changed(validity_days=6)
    site = Site()
    site.run(params)
    renewed = 0
    for _ in range(48):
        site.later(0.5)
        renewed += len(actions(site.run(params)))
    assert 4 <= renewed <= 6


def test_what_ends_with_its_authority_is_not_renewed_for_nothing() -> None:
    site = Site()
    params = {**PARAMS, "authority": {"validity_days": 100}}
    site.run(params)
    site.later(85)
    planned = site.run(params)
    assert actions(planned) == []
    assert "authority.site ends in 15 days" in planned.warnings[0]


def test_an_expired_authority_is_refused_and_replaced_on_demand(site: Site) -> None:
    site.later(4000)
    with pytest.raises(ProblemsError, match="authority has expired") as caught:
        site.run()
    assert len(caught.value.problems) == 2
    both = {**PARAMS, "replace": ["authority.site", "certificates.kubernetes_ca"]}
    assert actions(site.run(both)) == [
        "replace authority.site",
        "renew certificates.depot",
        "replace certificates.kubernetes_ca",
    ]
    assert actions(site.run()) == []


def test_a_supplied_value_is_stored_and_then_kept() -> None:
    site, given_values = Site(), Vault({Id(PASSWORD, "depot"): "from the vault"})
    assert "store passwords.depot" in actions(site.run(supplied=given_values))
    assert actions(site.run(supplied=given_values)) == []
    assert actions(site.run()) == []
    assert site.stored.get(Id(PASSWORD, "depot")) == "from the vault"


def test_a_supplied_value_never_replaces_silently(site: Site) -> None:
    before = site.stored
    given_values = Vault({Id(PASSWORD, "depot"): "from the vault"})
    with pytest.raises(ProblemsError, match=r"passwords\.depot") as caught:
        site.run(supplied=given_values)
    assert "from the vault" not in str(caught.value)
    assert site.stored == before
    planned = site.run({**PARAMS, "replace": ["passwords.depot"]}, given_values)
    assert actions(planned) == ["replace passwords.depot"]
    assert site.stored.get(Id(PASSWORD, "depot")) == "from the vault"


def test_a_supplied_authority_signs_and_a_supplied_certificate_is_not_renewed() -> None:
    theirs = Site()
    theirs.run()
    authority, depot = theirs.stored.get(SITE), theirs.stored.get(DEPOT)
    assert authority
    assert depot
    site, given_values = Site(), Vault({SITE: authority, DEPOT: depot})
    assert "store authority.site" in actions(site.run(supplied=given_values))
    other_names = changed(names=["else"])
    assert actions(site.run(other_names, supplied=given_values)) == []
    site.later(340)
    assert "ends in 25 days" in site.run(supplied=given_values).warnings[0]
    site.later(340)
    with pytest.raises(ProblemsError, match="supplied certificate has expired"):
        site.run(supplied=given_values)


def test_a_replaced_authority_renews_what_it_signed(site: Site) -> None:
    planned = site.run({**PARAMS, "replace": ["authority.site"]})
    assert actions(planned) == ["replace authority.site", "renew certificates.depot"]
    assert actions(site.run()) == []


CLIENT: dict[str, Any] = {
    "certificates": {
        "balancer": {"usages": ["client"], "authority": "kubernetes_ca"},
        "kubernetes_ca": {"ca": True, "common_name": "kubernetes"},
    }
}


def test_another_authority_signs() -> None:
    site = Site()
    site.run(CLIENT)
    assert actions(site.run(CLIENT)) == []
    ca, client = (
        x509.x509.load_pem_x509_certificate(
            site.stored.named(CERTIFICATE)[name]["certificate"].encode()
        )
        for name in ("kubernetes_ca", "balancer")
    )
    client.verify_directly_issued_by(ca)


def test_a_replaced_authority_renews_only_what_it_signed() -> None:
    site = Site()
    params = {"certificates": {**CLIENT["certificates"], "depot": {}}}
    site.run(params)
    replaced = site.run({**params, "replace": ["certificates.kubernetes_ca"]})
    assert sorted(str(change.identity) for change in replaced.plan) == [
        "certificates.balancer",
        "certificates.kubernetes_ca",
    ]
    assert actions(site.run(params)) == []


@pytest.mark.parametrize(
    ("authority", "error"), [("kubernetes", "unknown authority"), ("depot", "not an authority")]
)
def test_an_authority_that_is_none(authority: str, error: str) -> None:
    certificates = {"balancer": {"authority": authority}, "depot": {}}
    with pytest.raises(InvalidInputError, match=error):
        Desired.from_params({"certificates": certificates})


def test_diffs_name_secrets_and_show_none(site: Site) -> None:
    planned = Site().run()
    text = str(planned.plan.diff()) + str(planned.plan.summary()) + repr(site.stored)
    for value in site.stored.values.values():
        assert (value if isinstance(value, str) else value.key) not in text


def test_what_is_not_wanted_any_more_stays(site: Site) -> None:
    before = site.stored
    assert actions(site.run({})) == []
    assert site.stored == before


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.sampled_from(
                [PARAMS, changed(names=["a"]), changed(usages=["client", "server"]), {}]
            ),
        ),
        max_size=5,
    )
)
def test_whatever_happens_passwords_and_authorities_stay(
    steps: list[tuple[int, dict[str, Any]]],
) -> None:
    site = Site()
    site.run()
    kept = {identity: value for identity, value in site.stored.values.items() if identity != DEPOT}
    for days, params in steps:
        site.later(days)
        site.run(params)
        assert actions(site.run(params)) == []
        assert {key: site.stored.get(key) for key in kept} == kept


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"certificates": {"a": {"usages": ["mail"]}}}, "unknown usage"),
        ({"certificates": {"a": {"adresses": []}}}, "unknown option"),
        ({"certificates": {"a": {"validity_days": 0}}}, "not a usable number"),
        ({"passwords": {"a": {"length": 3}}}, "not a usable number"),
        ({"passwords": {"a": {"length": "long"}}}, "not a usable number"),
        ({"passwords": {"a": {"alphabet": "ab"}}}, "too few characters"),
        ({"keys": {"a": {"size": 3}}}, "not a usable number"),
        ({"replace": ["passwords.nobody"]}, "unknown secret"),
    ],
)
def test_options_that_cannot_be_meant(params: dict[str, Any], error: str) -> None:
    with pytest.raises(InvalidInputError, match=error):
        Desired.from_params(params)


def test_an_address_that_is_none(site: Site) -> None:
    with pytest.raises(InvalidInputError, match="not an address"):
        site.run(changed(addresses=["depot"]))


def test_alphabet_and_size_are_kept() -> None:
    maker = x509.CryptographyMaker(lambda: START)
    assert set(maker.password(PasswordSpec("a", 100, "0123456789"))) <= set("0123456789")
    assert len(maker.key(KeySpec("a", 33))) == 44
    pair = maker.certificate(CertificateSpec("a", "a"), None)
    assert x509.read_certificate(Id(CERTIFICATE, "a"), pair, pair, "x").signed
    assert not x509.read_certificate(Id(CERTIFICATE, "a"), pair, None, "x").signed


@pytest.mark.parametrize(
    ("pair", "error"),
    [
        (lambda good, _other: KeyPair("nothing", good.key), "not a certificate with its key"),
        (lambda good, _other: KeyPair(good.certificate, "nothing"), "not a certificate"),
        (lambda good, other: KeyPair(good.certificate, other.key), "not that of the certificate"),
    ],
)
def test_damaged_certificates(site: Site, pair: Any, error: str) -> None:
    good, other = site.stored.get(DEPOT), site.stored.get(SITE)
    site.stored = site.stored.put(SITE, pair(other, good))
    with pytest.raises(LandfallError, match=error):
        site.run()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"format": 9}',
        '{"format": 1, "passwords": []}',
        '{"format": 1, "passwords": {"a": 1}}',
        '{"format": 1, "certificates": {"a": {"key": "x"}}}',
        '{"format": 1, "certificates": {"a": "x"}}',
    ],
)
def test_a_damaged_store_is_an_error(text: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        vault.parse(text, "store")


def test_supplied_secrets_of_an_unknown_kind() -> None:
    with pytest.raises(InvalidInputError, match="unknown kind"):
        Vault.from_params({"pasword": {}}, "site_supplied")


def test_what_a_newer_version_added_stays() -> None:
    text = '{"format": 1, "notes": {"a": 1}}'
    assert '"notes"' in vault.dump(vault.parse(text, "store"))
    assert vault.parse("", "store") == Vault()

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keystone, Octavia, Neutron and Cinder, as they were recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openstack.connection import Connection

from ansible_collections.landfall.platform.plugins.module_utils._cloud import offers
from ansible_collections.landfall.platform.plugins.module_utils._cloud.credential import (
    Credential,
    Wanted,
)
from ansible_collections.landfall.platform.plugins.module_utils._cloud.keystone import (
    KeystoneCredentials,
    auth_url,
    login,
    trust,
)
from ansible_collections.landfall.platform.plugins.module_utils._cloud.leftovers import (
    Address,
    Balancer,
    Volume,
)
from ansible_collections.landfall.platform.plugins.module_utils._cloud.made import Project
from ansible_collections.landfall.platform.plugins.module_utils._cloud.settings import Settings
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.session import connect
from tests.support.openstack import SERVICES, Cloud, cloud

CREDENTIALS = "/v3/users/u1/application_credentials"
MADE: dict[str, Any] = {
    "id": "c1",
    "name": "landfall-qa",
    "roles": [{"id": "r2", "name": "member"}, {"id": "r1", "name": "load-balancer_member"}],
    "unrestricted": False,
}
WANTED = Wanted("landfall-qa", ("load-balancer_member", "member"), "hidden")
FORBIDDEN = (403, {"error": {"message": "Using method 'application_credential' is not allowed"}})


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    with cloud() as found:
        found.services = {**SERVICES, "identity": "/v3", "load-balancer": "/lb"}
        found.answers["GET /lb"] = {
            "versions": [
                {
                    "id": "v2.26",
                    "status": "CURRENT",
                    "links": [{"rel": "self", "href": f"{found.url}/lb/v2"}],
                }
            ]
        }
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def connection(one: Cloud) -> Connection:
    return connect("", "")


@pytest.fixture
def credentials(connection: Connection) -> KeystoneCredentials:
    return KeystoneCredentials(connection, login(connection))


def test_who_the_run_is(one: Cloud, connection: Connection) -> None:
    found = login(connection)
    assert (found.user, found.restricted, found.roles) == ("u1", False, frozenset())
    assert {"load-balancer", "block-storage", "identity"} <= found.services
    assert not one.asked, "a token tells it all"


def test_a_credential_is_found(one: Cloud, credentials: KeystoneCredentials) -> None:
    one.answers[f"GET {CREDENTIALS}"] = {"application_credentials": [MADE]}
    assert credentials.find("landfall-qa") == Credential("c1", "landfall-qa", WANTED.roles)
    assert credentials.find("landfall-qb") is None


def test_roles_that_others_imply_were_not_asked_for(
    one: Cloud, credentials: KeystoneCredentials
) -> None:
    one.answers[f"POST {CREDENTIALS}"] = (201, {"application_credential": MADE})
    credentials.create(WANTED)
    (sent,) = [body["application_credential"] for method, _, body in one.asked if method == "POST"]
    roles = [*MADE["roles"], {"id": "r3", "name": "reader"}]
    listed = {**MADE, "roles": roles, "description": sent["description"]}
    one.answers[f"GET {CREDENTIALS}"] = {"application_credentials": [listed]}
    assert credentials.find("landfall-qa") == Credential("c1", "landfall-qa", WANTED.roles)


def test_whether_its_secret_is_accepted(one: Cloud, credentials: KeystoneCredentials) -> None:
    assert credentials.works("c1", "hidden")
    one.accepts = False
    assert not credentials.works("c1", "hidden")


def test_a_credential_is_made_and_removed(one: Cloud, credentials: KeystoneCredentials) -> None:
    one.answers[f"POST {CREDENTIALS}"] = (201, {"application_credential": MADE})
    one.answers[f"DELETE {CREDENTIALS}/c1"] = (204, "")
    made = credentials.create(WANTED)
    assert made.id == "c1"
    credentials.remove(made)
    asked = {method: body for method, _, body in one.asked if method != "GET"}
    sent = asked["POST"]["application_credential"]
    assert sent["roles"] == [{"name": "load-balancer_member"}, {"name": "member"}]
    assert (sent["secret"], sent["unrestricted"]) == ("hidden", False)
    assert "DELETE" in asked


def test_a_login_that_must_not(one: Cloud, credentials: KeystoneCredentials) -> None:
    one.answers[f"POST {CREDENTIALS}"] = FORBIDDEN
    one.answers[f"DELETE {CREDENTIALS}/c1"] = FORBIDDEN
    with pytest.raises(InvalidInputError, match="must not make application credentials") as caught:
        credentials.create(WANTED)
    assert "hidden" not in str(caught.value)
    with pytest.raises(InvalidInputError, match="must not make application credentials"):
        credentials.remove(Credential("c1", "landfall-qa", ()))


def test_where_keystone_is_and_who_vouches_for_it(
    one: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorities = tmp_path / "ca.pem"
    authorities.write_text("CA\n")
    assert auth_url(connect("", "")) == f"{one.url}/v3"
    assert trust(connect("", "")) == {"ca_certificate": "", "insecure": False}
    monkeypatch.setenv("OS_CACERT", str(authorities))
    own = connect("", "")
    assert trust(own) == {"ca_certificate": "CA\n", "insecure": False}
    authorities.unlink()
    with pytest.raises(InvalidInputError, match="authorities cannot be read"):
        trust(own)


NETWORKS = [{"id": "n1", "name": "public"}, {"id": "n2", "name": "second"}]
SUBNETS = [{"id": "s1", "name": "qa"}, {"id": "s2", "name": "twin"}, {"id": "s3", "name": "twin"}]
PROVIDERS = [{"name": "amphora", "description": ""}, {"name": "ovn", "description": ""}]


def offered(one: Cloud) -> None:
    one.answers |= {
        "GET /network/v2.0/networks": {"networks": NETWORKS},
        "GET /network/v2.0/subnets": {"subnets": SUBNETS},
        "GET /lb/v2.0/lbaas/providers": {"providers": PROVIDERS},
        "GET /volume/v3/p1/types": {"volume_types": [{"id": "t1", "name": "ssd"}]},
    }


def test_ids_of_networks(one: Cloud, connection: Connection) -> None:
    offered(one)
    assert offers.network(connection, "second") == offers.network(connection, "n2") == "n2"
    with pytest.raises(InvalidInputError, match=r"no such external network.*found: secnd"):
        offers.network(connection, "secnd")
    assert offers.subnet(connection, "qa", "10.60.0.0/24", planned=False) == "s1"
    assert offers.subnet(connection, "none", "10.60.0.0/24", planned=True) == ""
    for name, found in (("twin", "s2, s3"), ("none", "none")):
        with pytest.raises(InvalidInputError, match=f"subnet is not known.*found: {found}"):
            offers.subnet(connection, name, "10.60.0.0/24", planned=False)


def test_what_is_named_must_be_there(one: Cloud, connection: Connection) -> None:
    offered(one)
    assert not list(offers.lacking(connection, Settings()))
    assert not one.asked, "nothing is named"
    wrong = Settings(provider="f5", volume_type="fast")
    found = [str(error).partition(";")[0] for error in offers.lacking(connection, wrong)]
    assert found == [
        "the cloud has no such provider of load balancers: landfall_cloud.balancer_provider",
        "the cloud has no such volume type: landfall_cloud.volume_type",
    ]
    assert offers.provider(connection, Settings(provider="ovn")) == "ovn"
    assert offers.provider(connection, Settings()) == "amphora"


DESCRIPTION = "Kubernetes external service default/web from cluster qa"
BALANCER: dict[str, Any] = {
    "id": "b1",
    "name": "kube_service_qa_default_web",
    "description": DESCRIPTION,
    "vip_port_id": "p1",
    "provisioning_status": "ACTIVE",
}
ADDRESS = {"id": "a1", "floating_ip_address": "192.0.2.7", "description": None, "port_id": None}
VOLUME: dict[str, Any] = {
    "id": "v1",
    "name": "pvc-1",
    "size": 10,
    "status": "available",
    "metadata": {
        "cinder.csi.openstack.org/cluster": "qa",
        "csi.storage.k8s.io/pvc/namespace": "default",
        "csi.storage.k8s.io/pvc/name": "data",
    },
}


def test_what_is_in_the_project(one: Cloud, connection: Connection) -> None:
    gone = {**BALANCER, "id": "b2", "provisioning_status": "DELETED"}
    other = {**VOLUME, "id": "v2", "metadata": {"cinder.csi.openstack.org/cluster": "qb"}}
    one.answers |= {
        "GET /lb/v2.0/lbaas/loadbalancers": {"loadbalancers": [BALANCER, gone]},
        "GET /network/v2.0/floatingips": {"floatingips": [ADDRESS]},
        "GET /volume/v3/p1/volumes/detail": {"volumes": [VOLUME, other]},
        "DELETE /lb/v2.0/lbaas/loadbalancers/b1": (204, ""),
        "DELETE /network/v2.0/floatingips/a1": (204, ""),
        "DELETE /volume/v3/p1/volumes/v1": (202, ""),
    }
    project = Project(connection)
    balancer = Balancer("b1", "kube_service_qa_default_web", DESCRIPTION, "p1", "ACTIVE")
    address = Address("a1", "192.0.2.7", "", "")
    volume = Volume("v1", "pvc-1", "default/data", 10, "available")
    assert list(project.balancers()) == [balancer]
    assert list(project.addresses()) == [address]
    assert list(project.volumes("qa")) == [volume]
    for thing in (balancer, address, volume):
        project.delete(thing)
    deleted = [path for method, path, _ in one.asked if method == "DELETE"]
    assert deleted == [
        "/lb/v2.0/lbaas/loadbalancers/b1?cascade=True",
        "/network/v2.0/floatingips/a1",
        "/volume/v3/p1/volumes/v1?cascade=False",
    ]


def test_a_cloud_without_octavia_and_cinder(one: Cloud, connection: Connection) -> None:
    one.services = {"network": "/network"}
    project = Project(connection)
    assert (project.balancers(), project.volumes("qa")) == ([], [])
    assert not one.asked

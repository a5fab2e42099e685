# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stacks in a cluster with its platform and with strangers, asked by a simulator."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import (
    load,
    template_view,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.context import (
    predicted_addresses,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import Loader
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from tests.support.manifests import ROOT, rendered
from tests.support.reach import Cluster, Connection, Port, Simulator
from tests.support.store import program
from tests.support.tables import differences, numbers, table
from tests.unit.plugins.module_utils._stack.samples import FakeRenderer

IMAGES = template_view(load(ROOT / "catalogue"))["images"]
# Ports that no component has: SSH, the API server, the health of proxies.
FURTHER = {Port(22), Port(443), Port(8404)}
OTHER = {"TCP": "UDP", "UDP": "TCP"}
# Labels that Envoy Gateway gives the pods of a Gateway, beside those that are asked of it.
ENVOY = {
    "app.kubernetes.io/name": "envoy",
    "app.kubernetes.io/component": "proxy",
    "app.kubernetes.io/managed-by": "envoy-gateway",
    "gateway.envoyproxy.io/owning-gateway-name": "landfall",
    "gateway.envoyproxy.io/owning-gateway-namespace": "ingress",
}
OUTSIDE = {"internet": "203.0.113.9", "node": "192.0.2.21", "api-server": "192.0.2.11"}
role_objects = functools.cache(rendered)


@dataclass
class World:
    """A cluster with a site's platform, with strangers, and with stacks.

    Attributes:
        own: namespace to the pods of its stack.
    """

    simulator: Simulator
    cluster: Cluster = field(default_factory=Cluster)
    own: dict[str, list[str]] = field(default_factory=dict)

    def platform(self) -> None:
        """Take what the platform's roles apply, with the pods that Envoy Gateway makes of it."""
        cluster = self.cluster
        for role in ("dns", "metrics", "ingress"):
            cluster.add(role_objects(role), "platform/")
        cluster.peers["dns"] = cluster.peers.pop("platform/coredns")
        (proxy,) = (one for one in role_objects("ingress") if one["kind"] == "EnvoyProxy")
        asked = proxy["spec"]["provider"]["kubernetes"]["envoyDeployment"]["pod"]["labels"]
        # It makes them in its own namespace, wherever the Gateway is.
        space = cluster.peers["platform/envoy-gateway"].namespace
        cluster.pod("gateway", space, {**ENVOY, **asked})

    def strangers(self) -> None:
        """Take pods of other namespaces, also with the labels of others, and what is outside."""
        cluster, elsewhere = self.cluster, "elsewhere"
        cluster.pod("stranger", elsewhere, {})
        for name in [*itertools.chain(*self.own.values()), "gateway"]:
            cluster.pod(f"double/{name}", elsewhere, cluster.peers[name].labels)
        # Where the Gateway is, its pods are not; and not every pod of kube-system is a name server.
        cluster.pod("false-gateway", "ingress", cluster.peers["gateway"].labels)
        cluster.pod("false-dns", elsewhere, cluster.peers["dns"].labels)
        cluster.pod("kube-proxy", "kube-system", {"k8s-app": "kube-proxy"})
        for namespace in self.own:
            # Somebody looks around in the stack's own namespace.
            cluster.pod(f"{namespace}/debug", namespace, {"run": "debug"})
        for name, address in OUTSIDE.items():
            cluster.outside(name, address)

    def stack(self, folder: str, name: str, prefix: str = "", **settings: Any) -> None:
        """Take the objects of a stack; the environment is ``lab`` unless set."""
        loader = Loader(ROOT / folder, "lab", lambda: IMAGES, FakeRenderer())
        (one,) = loader.all([{"name": name, **settings}])
        objects = compile_stack(one, settle(one, {}), predicted_addresses(one.stack, {}))
        self.own[one.namespace] = self.cluster.add(objects, prefix)

    @property
    def groups(self) -> dict[str, list[str]]:
        """``world``: who is no part of the stacks, in the cluster and outside."""
        own = set(itertools.chain(*self.own.values()))
        return {"world": [name for name in self.cluster.peers if name not in own]}

    def asked(self, further: Iterable[Port] = ()) -> set[Connection]:
        """Return the connections in question: from, to and between the pods of stacks.

        The ports are those of the stacks and of the name servers, and of who is reached also the
        same numbers with the other protocol.

        Args:
            further: more ports.
        """
        own, peers = set(itertools.chain(*self.own.values())), self.cluster.peers
        every = {port for name in {*own, "dns"} for port in peers[name].ports.values()}
        every |= {*further, *FURTHER}
        found = set()
        for destination, peer in peers.items():
            swapped = {Port(one.number, OTHER[one.protocol]) for one in peer.ports.values()}
            ports = every | (swapped if destination in own else set())
            sources = peers if destination in own else own
            found |= {Connection(one, destination, port) for one in sources for port in ports}
        return found

    def check(self, texts: Mapping[str, str]) -> None:
        """See that just those connections come about that tables name.

        Args:
            texts: prefix of names to the table of a stack.
        """
        asked = self.asked(set().union(*map(numbers, texts.values())))
        expected: set[Connection] = set()
        for prefix, text in texts.items():
            expected |= table(text, self.cluster, self.groups, asked, prefix)
        self._check(expected, asked)
        # What is refused above is refused by the policies.
        pairs = {(one.source, one.destination): one for one in sorted(asked - expected)}
        refused = set(pairs.values())
        assert refused
        assert self.cluster.reached(self.simulator, refused, enforced=False) == refused

    def check_addresses(self, namespace: str, told: Mapping[str, list[str]]) -> None:
        """See that who is told an address reaches all that it leads to.

        Args:
            namespace: where the Services are.
            told: a peer to ``service:port`` as its configuration has it.
        """
        wanted = set()
        for source, addresses in told.items():
            for address in addresses:
                service, _, number = address.partition(":")
                ends = self.cluster.ends(namespace, service, int(number))
                assert ends, f"{address} leads nowhere"
                wanted |= {Connection(source, name, port) for name, port in ends}
        self._check(wanted, wanted)

    def _check(self, expected: set[Connection], asked: set[Connection]) -> None:
        wrong = differences(expected, self.cluster.reached(self.simulator, asked))
        assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Simulator:
    """The simulator, which the bundle makes when the store does not have it."""
    return Simulator(program("cyclonus", "cyclonus", tmp_path_factory.mktemp("simulator")))


@pytest.fixture
def world(simulator: Simulator) -> World:
    """A cluster with its platform and no stack."""
    made = World(simulator)
    made.platform()
    return made

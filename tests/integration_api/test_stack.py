# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stacks against a real API server: any valid one is accepted, a deployed one stays unchanged."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import LandfallError
from ansible_collections.landfall.platform.plugins.module_utils._kube.apply import apply_objects
from ansible_collections.landfall.platform.plugins.module_utils._kube.client import KubeClient
from ansible_collections.landfall.platform.plugins.module_utils._kube.concurrent import each
from ansible_collections.landfall.platform.plugins.module_utils._kube.objects import (
    gvk_of,
    normalised,
)
from ansible_collections.landfall.platform.plugins.module_utils._kube.wait import SystemClock
from ansible_collections.landfall.platform.plugins.module_utils._stack.compile import compile_stack
from ansible_collections.landfall.platform.plugins.module_utils._stack.deploy import (
    Options,
    deploy,
    present_secrets,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.load import (
    Loader,
    read_file,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.secrets import settle
from ansible_collections.landfall.platform.plugins.module_utils._stack.settings import Instance
from ansible_collections.landfall.platform.plugins.module_utils._stack.verify import Answer
from tests.integration_api.test_roles import definitions
from tests.support.manifests import ROOT
from tests.unit.plugins.module_utils._stack.compiled import HOSTS
from tests.unit.plugins.module_utils._stack.conftest import CATALOGUE
from tests.unit.plugins.module_utils._stack.samples import (
    ADDRESSES,
    EVERYTHING,
    EVERYTHING_SETTINGS,
    FakeRenderer,
    stacks,
    without_addresses,
)
from tests.unit.plugins.module_utils._stack.test_parse import FULL

PLAIN = without_addresses(EVERYTHING)
GUESTBOOK = read_file(ROOT / "stacks/guestbook.yml")


def place(raw: dict[str, Any], **more: Any) -> Instance:
    hosts = {name: f"{name}.test" for name in raw.get("expose", {})}
    entry = {"definition": raw, "hosts": hosts, **more}
    (found,) = Loader(ROOT / "stacks", "lab", lambda: CATALOGUE, FakeRenderer()).all([entry])
    return found


@pytest.fixture(scope="module")
def routable(api_kubeconfig: Any) -> None:
    """HTTPRoutes exist."""
    with KubeClient.connect(str(api_kubeconfig)) as api:
        apply_objects(api, "definitions", definitions(), force=True)


@pytest.mark.usefixtures("routable")
@pytest.mark.parametrize(
    ("raw", "more"), [(GUESTBOOK, {}), (FULL, HOSTS), (PLAIN, EVERYTHING_SETTINGS)]
)
def test_a_stack_is_accepted_and_stable(
    api: KubeClient, raw: dict[str, Any], more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = place(raw, **more)

    def go(check: bool) -> list[str]:
        options = Options(wait=False, check=check)
        result = deploy(api, one, options, lambda _: Answer(), SystemClock(), lambda _: None)
        # Until a secret is made, nobody knows the name of a Job that uses it.
        return [re.sub(r"(Job \S+)-[0-9a-f]{10}$", r"\1", line) for line in result.plan.summary()]

    predicted = go(check=True)
    assert go(check=False) == predicted
    assert go(check=True) == []
    asked: list[Any] = []
    monkeypatch.setattr(api, "apply", lambda _, obj, **options: asked.append(obj) or obj)
    assert go(check=False) == []
    assert [f"{obj['kind']} {obj['metadata']['name']}" for obj in asked] == [], "LISTs tell it"
    secrets = settle(one, present_secrets(api, one))
    assert secrets == settle(one, present_secrets(api, one)), "secrets are made once"


@pytest.mark.usefixtures("routable")
@given(raw=stacks())
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_valid_stack_is_accepted(api: KubeClient, raw: dict[str, Any]) -> None:
    one = place(raw, namespace="default")
    accept(api, compile_stack(one, settle(one, {})))


@pytest.mark.usefixtures("routable")
def test_a_stack_with_everything_is_accepted(api: KubeClient) -> None:
    one = place(EVERYTHING, **EVERYTHING_SETTINGS, namespace="default")
    accept(api, compile_stack(one, settle(one, {}), ADDRESSES))


@pytest.mark.usefixtures("routable")
def test_pods_keep_to_the_restricted_level(api: KubeClient) -> None:
    space = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "restricted",
            "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
        },
    }
    apply_objects(api, "restricted", [space])
    one = place(EVERYTHING, **EVERYTHING_SETTINGS, namespace="restricted")
    pods = []
    for obj in compile_stack(one, settle(one, {}), ADDRESSES):
        spec = obj.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        # What is in a chart is its author's.
        if template and "landfall.dev/component" not in template["metadata"]["labels"]:
            name = obj["metadata"]["name"]
            for constraint in template["spec"].get("topologySpreadConstraints", ()):
                constraint.pop("matchLabelKeys", None)  # a label that the Deployment makes
            # The claims of a StatefulSet are volumes of its pods.
            claims = spec.get("volumeClaimTemplates", ())
            volumes = [
                {"name": c["metadata"]["name"], "persistentVolumeClaim": {"claimName": "c"}}
                for c in claims
            ]
            template["spec"].setdefault("volumes", []).extend(volumes)
            meta = {**template["metadata"], "name": name, "namespace": "restricted"}
            body = {"kind": "Pod", "metadata": meta, "spec": template["spec"]}
            pods.append({"apiVersion": "v1", **body})
    assert len(pods) == 7
    accept(api, pods)
    del pods[0]["spec"]["securityContext"]
    with pytest.raises(LandfallError, match="violates PodSecurity"):
        accept(api, pods)


def accept(api: KubeClient, found: list[dict[str, Any]]) -> None:
    objects = [normalised(obj, {}) for obj in found]

    def dry_run(obj: dict[str, Any]) -> None:
        resource = api.resource(gvk_of(obj))
        assert resource
        api.apply(resource, obj, manager="test", force=True, dry_run=True)

    each("objects are refused", dry_run, objects)

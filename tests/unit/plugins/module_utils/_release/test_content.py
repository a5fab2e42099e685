# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects of a release: recorded without secrets, brought back with the present ones."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._release import content
from ansible_collections.landfall.platform.plugins.module_utils._release.content import (
    before,
    component_of,
    configuration_hash,
    is_foreign,
    packed,
    pod_template,
    restored,
    unpacked,
    with_replicas,
    without_values,
)
from ansible_collections.landfall.platform.plugins.module_utils._release.model import Scaled


def secret(name: str = "own", revision: str = "r1", **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": "n",
            "labels": {"a": "b", "applyset.kubernetes.io/part-of": "x"},
            "annotations": {"landfall.dev/revision": revision},
        },
        "data": data,
    }


def workload(kind: str = "Deployment", name: str = "web", **spec: Any) -> dict[str, Any]:
    template = {
        "metadata": {"annotations": {"landfall.dev/secrets": "mail=r0,own=r0"}},
        "spec": {
            "initContainers": [{"name": "first", "image": "r/first:1"}],
            "containers": [{"name": name, "image": "r/web:1"}, {"name": "logs", "image": "r/l:1"}],
        },
    }
    body: dict[str, Any] = {"template": template, **spec}
    if kind == "CronJob":
        body = {"jobTemplate": {"spec": body}}
    labels = {"app.kubernetes.io/component": name}
    return {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "n", "labels": labels},
        "spec": body,
    }


NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}}


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=8), min_size=1))
def test_no_value_of_a_secret_is_kept(values: dict[str, str]) -> None:
    declared = {**secret(x="YQ=="), "stringData": values}
    (kept,) = without_values([declared])
    assert kept["data"] == dict.fromkeys(sorted({"x", *values}), "")
    assert "stringData" not in kept
    assert declared["stringData"] == values


def test_a_configuration_is_told_by_revisions_and_not_by_values() -> None:
    def of(*objects: Any) -> str:
        return configuration_hash(without_values(objects))

    assert of(secret(x="YQ==")) == of(secret(x="Yg=="))
    assert of(secret(x="YQ==")) != of(secret(revision="r2", x="YQ=="))
    assert of(secret(x="YQ==")) != of(secret(y="YQ=="))
    assert of(workload()) != of(workload(replicas=2))


def test_objects_are_packed_and_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = (workload(), NAMESPACE)
    text = packed(objects)
    assert unpacked(text, "r") == objects
    assert text == packed(objects), "the same objects are the same text"
    monkeypatch.setattr(content, "MOST_BYTES", 10)
    assert packed(objects) == ""


@pytest.mark.parametrize(
    "text",
    [
        "?",
        "YQ==",
        base64.b64encode(gzip.compress(b"{", mtime=0)).decode(),
        base64.b64encode(gzip.compress(b"[]", mtime=0)[:-4]).decode(),
    ],
)
def test_a_damaged_record_is_said(text: str) -> None:
    with pytest.raises(InvalidInputError, match="the record of a release is damaged: r"):
        unpacked(text, "r")


def test_what_is_brought_back_has_the_present_secrets() -> None:
    kept = without_values([workload(), secret(x="YQ=="), NAMESPACE, workload("Job", "j")])
    live = {"own": secret(revision="r7", x="bmV3", y="eQ=="), "new": secret("new", "", z="eg==")}
    found = restored(kept, live, {}, (), "s")
    names = [f"{obj['kind']} {obj['metadata']['name']}" for obj in found]
    assert names == ["Namespace n", "Secret own", "Secret new", "Deployment web"]
    own, new = found[1], found[2]
    assert own["data"] == {"x": "bmV3", "y": "eQ=="}, "keys that came later stay"
    assert own["metadata"]["annotations"] == {"landfall.dev/revision": "r7"}
    assert own["metadata"]["labels"] == {"a": "b"}
    assert "annotations" not in new["metadata"]
    notes = found[3]["spec"]["template"]["metadata"]["annotations"]
    assert notes == {"landfall.dev/secrets": "mail=r0,own=r7"}
    assert json.dumps(kept).count("own=r0") == 2, "the record itself does not change"


def test_jobs_that_are_there_stay_and_others_do_not_run_again() -> None:
    kept = [workload("Job", "there"), workload("Job", "gone")]
    found = restored(kept, {}, {}, {"there"}, "s")
    assert [obj["metadata"]["name"] for obj in found] == ["there"]


def test_a_secret_that_is_gone_cannot_be_brought_back() -> None:
    kept = without_values([secret(x="YQ==", y="YQ=="), secret("mail", z="YQ==")])
    with pytest.raises(RefusedError, match=r"found: own\.y, mail\.z"):
        restored(kept, {"own": secret(x="YQ==")}, {}, (), "s")


def test_secrets_as_they_were_before() -> None:
    earlier = {"own": secret(revision="r1", x="old"), "gone": None}
    now = {"own": secret(revision="r2", x="new", y="made"), "fresh": secret("fresh", "r3", z="1")}
    found = before(earlier, now)
    assert found["own"]["data"] == {"x": "old", "y": "made"}
    assert found["own"]["metadata"]["annotations"] == {"landfall.dev/revision": "r1"}
    assert found["fresh"] == now["fresh"]
    assert found.keys() == {"own", "fresh"}


def test_numbers_set_by_hand() -> None:
    objects = [workload(replicas=2), workload("DaemonSet", "d"), workload(name="db", replicas=1)]
    found = with_replicas(objects, {"web": Scaled(5, 2), "d": Scaled(5, 2)})
    assert [obj["spec"].get("replicas") for obj in found] == [5, None, 1]
    assert objects[0]["spec"]["replicas"] == 2


def test_components_of_charts_are_said_by_their_pods() -> None:
    chart = workload()
    chart["spec"]["template"]["metadata"]["labels"] = {"landfall.dev/component": "shop"}
    assert component_of(chart) == "shop"
    assert is_foreign(chart)
    assert not is_foreign(workload())
    assert component_of(NAMESPACE) == ""


def test_a_pod_is_its_own_template() -> None:
    labels = {"landfall.dev/component": "shop"}
    pod = {"kind": "Pod", "metadata": {"name": "p", "labels": labels}, "spec": {"containers": []}}
    assert pod_template(pod) == pod
    assert component_of(pod) == "shop"
    assert pod_template({"kind": "Pod", "metadata": {"name": "p"}}) is None

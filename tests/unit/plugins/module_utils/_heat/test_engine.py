# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a stack: created, left alone, updated, repaired, refused, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    NotReadyError,
    ProblemsError,
    RefusedError,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.compare import content_from
from ansible_collections.landfall.platform.plugins.module_utils._heat.engine import (
    Engine,
    Options,
    Outcome,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.kept import (
    CSI,
    NETWORK,
    Balancer,
    Census,
    Volume,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.needs import Needs, Survey
from ansible_collections.landfall.platform.plugins.module_utils._heat.stack import (
    Content,
    Resource,
    Stack,
)
from ansible_collections.landfall.platform.plugins.module_utils._heat.waiting import (
    StackFailedError,
)

from .fake import Clock, FakeHeat

SERVICES = frozenset({"compute", "network", "block-storage"})
AROUND = Census(volumes=(Volume("v1", "pvc-1", 5, metadata={CSI: "qa"}),))


def content(*names: str, **properties: Any) -> Content:
    resources = {
        name: {"type": "OS::Nova::Server", "properties": {"name": name, **properties}}
        for name in names
    }
    template = {"heat_template_version": "2018-08-31", "resources": resources}
    return content_from(template, {}, {}, {})


def engine(heat: FakeHeat, told: Optional[list[Outcome]] = None, **options: Any) -> Engine:
    def survey(needs: Needs) -> Survey:
        return Survey(SERVICES, {"flavor": frozenset({"small"})})

    decided = told if told is not None else []
    return Engine(heat, survey, Options(**options), Clock(), decided.append, lambda _: AROUND)


def made(*names: str, state: str = "CREATE_COMPLETE", **more: Any) -> FakeHeat:
    return FakeHeat(Stack("s1", "qa", state), content(*names), **more)


def test_a_stack_is_created() -> None:
    heat, told = FakeHeat(), []
    outcome = engine(heat, told).present("qa", content("worker1"))
    assert outcome.plan.summary() == ["create stack qa", "create OS::Nova::Server worker1"]
    assert outcome.stack == Stack("s1", "qa", "CREATE_COMPLETE")
    assert told[0].plan == outcome.plan


def test_check_mode_predicts_and_creates_nothing() -> None:
    heat = FakeHeat()
    outcome = engine(heat, check=True).present("qa", content("worker1"))
    assert outcome.plan.summary() == ["create stack qa", "create OS::Nova::Server worker1"]
    assert heat.calls == ["find", "preview_create"]


def test_nothing_to_do_costs_three_requests() -> None:
    heat = made("worker1")
    outcome = engine(heat).present("qa", content("worker1"))
    assert not outcome.plan
    assert sorted(heat.calls) == ["environment", "find", "template"]


def test_a_server_more() -> None:
    heat = made("worker1")
    outcome = engine(heat).present("qa", content("worker1", "worker2"))
    assert outcome.plan.summary() == ["update stack qa", "create OS::Nova::Server worker2"]
    assert "+" not in outcome.plan.diff()[0]["before"]
    assert "worker2" in outcome.plan.diff()[0]["after"]
    assert outcome.stack
    assert outcome.stack.state == "UPDATE_COMPLETE"


def test_what_the_cloud_lacks_is_said_before_anything_is_done() -> None:
    heat = FakeHeat()
    with pytest.raises(ProblemsError, match=r"small\?; found: smal"):
        engine(heat).present("qa", content("worker1", flavor="smal"))
    assert heat.calls == ["find"]


def test_a_flavor_that_does_not_exist_is_found_in_an_update_too() -> None:
    heat = made("worker1")
    with pytest.raises(ProblemsError, match="worker1"):
        engine(heat).present("qa", content("worker1", flavor="smal"))
    assert "update" not in heat.calls


def test_a_server_is_not_lost_by_the_way() -> None:
    heat = made("worker1", "worker2")
    with pytest.raises(RefusedError, match="server worker2 would be deleted"):
        engine(heat).present("qa", content("worker1"))
    assert "update" not in heat.calls
    outcome = engine(heat, removable=frozenset({"worker2"})).present("qa", content("worker1"))
    assert outcome.plan.summary() == ["update stack qa", "delete OS::Nova::Server worker2"]


def test_replacing_is_shown_and_refused() -> None:
    server = Resource("worker1", "OS::Nova::Server", "CREATE_COMPLETE", "", "id-worker1")
    heat = made("worker1", previewed={"replaced": [server], "unchanged": []})
    wanted = content("worker1", flavor="small")
    with pytest.raises(RefusedError, match="server worker1 would be replaced"):
        engine(heat).present("qa", wanted)
    outcome = engine(heat, removable=frozenset({"qa"})).present("qa", wanted)
    assert outcome.plan.summary()[1] == "replace OS::Nova::Server worker1"
    assert "REPLACED" in outcome.plan.diff()[1]["after"]


def test_a_server_is_made_anew_by_order() -> None:
    heat = made("worker1", "worker2")
    outcome = engine(heat, replace=frozenset({"worker2"})).present(
        "qa", content("worker1", "worker2")
    )
    assert outcome.plan.summary() == ["update stack qa", "replace OS::Nova::Server worker2"]
    assert heat.calls.index("mark worker2") < heat.calls.index("update")


@pytest.mark.parametrize("check", [False, True])
def test_a_server_at_work_is_let_go_first(check: bool) -> None:
    heat, told = made("gateway1", "worker1", "worker2"), []
    members = frozenset({"worker1", "worker2"})
    allowed = {"removable": frozenset({"worker2", "gateway1"}), "check": check}
    wanted = content("worker1")
    held = engine(heat, told, members=members, **allowed).present("qa", wanted)
    assert (held.leaving, bool(held.plan), told) == (("worker2",), False, [])
    assert "update" not in heat.calls
    done = engine(heat, told, **allowed).present("qa", wanted)
    assert done.leaving == ()
    assert "delete OS::Nova::Server worker2" in done.plan.summary()


def test_a_member_that_is_made_anew_is_let_go_first() -> None:
    heat = made("worker1", "worker2", broken={"worker1": "ERROR"})
    assert heat.stack
    heat.stack = Stack("s1", "qa", "UPDATE_FAILED")
    server = Resource("worker1", "OS::Nova::Server", "CREATE_FAILED", "ERROR", "id-worker1")
    heat.previewed = {"replaced": [server]}
    one = engine(heat, members=frozenset({"worker1", "worker2"}), replace=frozenset({"worker2"}))
    assert one.present("qa", content("worker1", "worker2")).leaving == ("worker1", "worker2")
    assert "mark worker2" not in heat.calls


def test_a_member_is_not_let_go_for_what_is_refused() -> None:
    heat = made("worker1", "worker2")
    with pytest.raises(RefusedError, match="server worker2 would be deleted"):
        engine(heat, members=frozenset({"worker2"})).present("qa", content("worker1"))


def test_other_changes_need_nobody_to_go() -> None:
    heat = made("worker1")
    outcome = engine(heat, members=frozenset({"worker1"})).present(
        "qa", content("worker1", "worker2")
    )
    assert outcome.leaving == ()
    assert "create OS::Nova::Server worker2" in outcome.plan.summary()


def test_only_what_is_there_can_be_made_anew() -> None:
    heat = made("worker1")
    with pytest.raises(InvalidInputError, match="worker9"):
        engine(heat, replace=frozenset({"worker9"})).present("qa", content("worker1"))


@pytest.mark.parametrize("state", ["CREATE_FAILED", "UPDATE_FAILED", "CHECK_FAILED"])
def test_a_failed_stack_is_repaired(state: str) -> None:
    server = Resource("worker1", "OS::Nova::Server", "CREATE_FAILED", "", "id-worker1")
    heat = made("worker1", state=state, previewed={"replaced": [server]})
    heat.broken = {"worker1": "went to ERROR"}
    outcome = engine(heat).present("qa", content("worker1"))
    assert outcome.plan.summary() == ["repair stack qa", "repair OS::Nova::Server worker1"]
    assert outcome.stack
    assert outcome.stack.state == "UPDATE_COMPLETE"


def test_a_failure_names_the_resource_its_reason_and_novas() -> None:
    heat, told = FakeHeat(ends="FAILED", broken={"worker1": "went to ERROR"}), []
    with pytest.raises(ProblemsError) as caught:
        engine(heat, told).present("qa", content("worker1", "worker2"))
    text = str(caught.value)
    assert "stack qa is CREATE_FAILED" in text
    assert "create failed: OS::Nova::Server worker1" in text
    assert "found: went to ERROR; Nova: No valid host for id-worker1" in text
    assert "worker2" not in text
    assert told


def test_a_failure_without_a_failed_resource() -> None:
    with pytest.raises(StackFailedError, match="CREATE_FAILED"):
        engine(FakeHeat(ends="FAILED")).present("qa", content("worker1"))


def test_what_a_killed_run_began_is_waited_for() -> None:
    heat = made("worker1", state="CREATE_IN_PROGRESS")
    assert not engine(heat).present("qa", content("worker1")).plan
    assert "update" not in heat.calls


def test_a_deletion_under_way_is_waited_for_and_the_stack_made_anew() -> None:
    heat = made("worker1", state="DELETE_IN_PROGRESS")
    outcome = engine(heat).present("qa", content("worker1"))
    assert outcome.plan.summary()[0] == "create stack qa"


def test_a_half_deleted_stack_is_not_touched() -> None:
    with pytest.raises(RefusedError, match="half deleted"):
        engine(made("worker1", state="DELETE_FAILED")).present("qa", content("worker1"))


def test_a_heat_that_does_nothing_ends_the_wait() -> None:
    heat = FakeHeat(silent=True)
    with pytest.raises(NotReadyError, match="no event at all"):
        engine(heat, minutes=10).present("qa", content("worker1"))
    assert len(heat.calls) < 100


def test_an_engine_that_died_leaves_no_event() -> None:
    heat = made("worker1", state="UPDATE_IN_PROGRESS", silent=True)
    found = iter(["UPDATE_IN_PROGRESS", "UPDATE_FAILED"])

    def find(name: str) -> Stack:
        return Stack("s1", "qa", next(found, "UPDATE_COMPLETE"))

    heat.find = find  # type: ignore[method-assign]
    outcome = engine(heat).present("qa", content("worker1"))
    assert outcome.plan.summary() == ["repair stack qa"]


def test_what_an_engine_that_died_left_at_work_is_taken_up() -> None:
    heat = made("worker1", state="CREATE_IN_PROGRESS", silent=True)
    server = Resource("worker1", "OS::Nova::Server", "INIT_COMPLETE", "", "")
    heat.previewed = {"replaced": [server]}
    heat.resources = lambda stack: [server]  # type: ignore[method-assign]
    outcome = engine(heat, check=True).present("qa", content("worker1"))
    assert outcome.plan.summary() == ["repair stack qa", "repair OS::Nova::Server worker1"]
    refused = made("worker1", state="DELETE_IN_PROGRESS", silent=True)
    with pytest.raises(RefusedError, match="half deleted"):
        engine(refused).present("qa", content("worker1"))


def test_deleting() -> None:
    heat = made("worker1")
    with pytest.raises(RefusedError, match="worker1 would be deleted"):
        engine(heat).absent("qa")
    assert engine(heat, removable=frozenset({"qa"}), check=True).absent("qa").plan
    assert "delete" not in heat.calls
    outcome = engine(heat, removable=frozenset({"qa"})).absent("qa")
    assert outcome.plan.summary() == ["delete stack qa", "delete OS::Nova::Server worker1"]
    assert outcome.stack is None
    assert outcome.kept == ("volume pvc-1 (v1, 5 GiB, made by the cluster qa)",)
    assert not engine(heat).absent("qa").plan


def test_what_others_made_in_a_network_is_in_the_way() -> None:
    heat = made("worker1")
    heat.resources = lambda stack: [  # type: ignore[method-assign]
        Resource("net", NETWORK, "CREATE_COMPLETE", "", "n1")
    ]
    asked: list[Sequence[str]] = []

    def census(networks: Sequence[str]) -> Census:
        asked.append(networks)
        return Census(balancers=(Balancer("lb1", "kube_service_qa_web"),))

    named = Options(removable=frozenset({"qa"}))
    one = Engine(heat, lambda _: Survey(SERVICES), named, Clock(), [].append, census)
    with pytest.raises(ProblemsError, match=r"kube_service_qa_web \(lb1\).*delete the Service"):
        one.absent("qa")
    assert asked == [["n1"]]
    assert "delete" not in heat.calls


def test_a_deletion_that_fails() -> None:
    heat = made("worker1", ends="FAILED", broken={"worker1": "still attached"})
    with pytest.raises(ProblemsError, match="still attached"):
        engine(heat, removable=frozenset({"qa"})).absent("qa")


def test_adopting() -> None:
    heat = FakeHeat()
    outcome = engine(heat, adopt="{}").present("qa", content("worker1", flavor="gone"))
    assert outcome.plan.summary() == ["adopt stack qa", "adopt OS::Nova::Server worker1"]
    assert heat.adopted == "{}"

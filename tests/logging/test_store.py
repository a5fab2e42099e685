# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store at work: who may do what, what is found, what is lost (nothing), and what goes."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from kubernetes import client

from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    LandfallError,
    UnreachableError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs import (
    keeper,
    provision,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import (
    CredentialsError,
    StoreError,
)
from ansible_collections.landfall.platform.plugins.module_utils._logs.retention import Policy
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import Settings
from tests.support.waiting import eventually

from .conftest import LOGGING, NAMESPACE, LoggingSite

STREAM = "logs-lab-shop"


def now() -> datetime:
    """Return the time."""
    return datetime.now(timezone.utc)


def record(message: str, **more: Any) -> dict[str, Any]:
    """Return a record of the shop."""
    return {
        "@timestamp": now().isoformat().replace("+00:00", "000Z"),
        "message": message,
        "level": "info",
        "stream": "stdout",
        "environment": "lab",
        "stack": "shop",
        "component": "api",
        "pod": "api-1",
        "node": "worker1",
        "id": uuid.uuid4().hex,
        **more,
    }


def write(site: LoggingSite, *records: Mapping[str, Any], stream: str = STREAM) -> Any:
    """Write records as a router does."""
    lines: list[Mapping[str, Any]] = []
    for one in records:
        lines += [{"create": {"_index": stream, "_id": one["id"]}}, one]
    return site.door("log-writer").bulk(lines)


def statuses(answer: Mapping[str, Any]) -> list[int]:
    """Return what became of each record."""
    return [item["create"]["status"] for item in answer["items"]]


def count(site: LoggingSite, field: str, value: str) -> int:
    """Return how many records can be found."""
    body = {"query": {"term": {field: value}}}
    found: int = site.door("log-reader").call("POST", "/logs-*/_count", body)["count"]
    return found


def keep(site: LoggingSite) -> str:
    """Run the job that keeps the store in order, now, and return what it says."""
    batch, name = client.BatchV1Api(site.api()), f"keeper-{uuid.uuid4().hex[:8]}"
    spec = batch.read_namespaced_cron_job("keeper", NAMESPACE).spec.job_template.spec
    meta = client.V1ObjectMeta(name=name)
    batch.create_namespaced_job(NAMESPACE, client.V1Job(metadata=meta, spec=spec))

    def ended() -> bool:
        status = batch.read_namespaced_job(name, NAMESPACE).status
        return bool(status.succeeded or status.failed)

    eventually(ended, 180, every=1)
    pods = site.core().list_namespaced_pod(NAMESPACE, label_selector=f"job-name={name}").items
    text: str = site.core().read_namespaced_pod_log(pods[0].metadata.name, NAMESPACE)
    assert batch.read_namespaced_job(name, NAMESPACE).status.succeeded, text
    batch.delete_namespaced_job(name, NAMESPACE, propagation_policy="Background")
    return text


def ready(site: LoggingSite) -> bool:
    """Tell whether the store's pod is ready."""
    pod = site.core().read_namespaced_pod("store-0", NAMESPACE)
    conditions = {one.type: one.status for one in pod.status.conditions or ()}
    return conditions.get("Ready") == "True" and pod.metadata.deletion_timestamp is None


@pytest.fixture(scope="session")
def written(site: LoggingSite) -> str:
    """A word that is in two of three records, which can be found."""
    word = f"word{uuid.uuid4().hex[:8]}"
    answer = write(
        site,
        record(f"GET /{word}/entries 200"),
        record(f"no connection to {word}.internal\n  at a.b(c)\n  at d.e(f)", level="error"),
        record("something else", level="warning", component="ui", pod="ui-1"),
    )
    assert statuses(answer) == [201, 201, 201]
    eventually(lambda: site.play("logs", "-e", f"logs_text={word}").output.count(word) > 2, 60)
    return word


def test_a_second_run_changes_nothing(site: LoggingSite) -> None:
    before = site.core().read_namespaced_pod("store-0", NAMESPACE).metadata.uid
    assert site.play("site", "--check", "--diff").changed == {}
    assert site.play("site").changed == {}
    assert site.core().read_namespaced_pod("store-0", NAMESPACE).metadata.uid == before


def test_records_are_found(site: LoggingSite, written: str) -> None:
    found = site.play("logs", "-e", "logs_stack=shop", "-e", f"logs_text={written}").output
    assert f"GET /{written}/entries 200" in found
    assert "shop/api 1" in found
    assert "at d.e(f)" in found, "a message of several lines is shown whole"
    assert "2 records: stack shop" in found
    assert "something else" not in found


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"level": "error"}, 1),
        ({"level": "warning"}, 2),
        ({"component": "ui"}, 1),
        ({"host": "worker1"}, 3),
        ({"environment": "lab", "since": "1h"}, 3),
        ({"environment": "qa"}, 0),
        ({"until": "1h", "since": "2h"}, 0),
    ],
)
def test_by_everything(
    site: LoggingSite, written: str, asked: Mapping[str, str], expected: int
) -> None:
    options = [part for name, value in asked.items() for part in ("-e", f"logs_{name}={value}")]
    output = site.play("logs", "-e", "logs_stack=shop", "-e", "logs_format=json", *options).output
    found = [json.loads(line) for line in output.splitlines() if line.startswith('{"')]
    assert len(found) == expected
    assert all(one["stack"] == "shop" for one in found)


def test_what_comes_is_followed(site: LoggingSite, written: str) -> None:
    word = f"later{uuid.uuid4().hex[:8]}"
    options = ("logs_stack=shop", "logs_follow=true", "logs_follow_seconds=25", "logs_limit=1")
    process = site.start("logs", *(part for one in options for part in ("-e", one)))
    time.sleep(8)
    write(site, record(f"{word} came"))
    output, _nothing = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert output.count(f"{word} came") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("logs_level=loud",), "unknown level: level; expected: trace, debug, info"),
        (("logs_since=soon",), "not a time: since; expected: 30m, 2h"),
        (("logging_port=30999",), "the store of the logs does not answer: port 30999"),
        (("logging_port=10250",), "its certificate is not the site's"),
    ],
)
def test_errors_say_what_to_do(site: LoggingSite, options: tuple[str, ...], said: str) -> None:
    run = site.play("logs", *(part for one in options for part in ("-e", one)), expect=2)
    assert said in " ".join(run.output.split())


def test_who_may_do_what(site: LoggingSite, written: str) -> None:
    with pytest.raises(CredentialsError, match="does not accept the certificate"):
        site.door("").call("GET", "/_cluster/health")
    reader, writer, master = (site.door(f"log-{one}") for one in ("reader", "writer", "keeper"))
    refused: list[tuple[Any, str, str]] = [
        (reader, "POST", "/_bulk"),
        (reader, "DELETE", f"/_data_stream/{STREAM}"),
        (reader, "PUT", "/_cluster/settings"),
        (reader, "POST", f"/{STREAM}/_doc/_search"),
        (reader, "POST", "/_scripts/_search"),
        (reader, "POST", f"/{STREAM}/_rollover"),
        (writer, "GET", f"/{STREAM}/_search"),
        (writer, "POST", f"/{STREAM}/_search"),
        (writer, "POST", f"/{STREAM}/_bulk"),
        (writer, "DELETE", f"/_data_stream/{STREAM}"),
    ]
    for door, method, path in refused:
        with pytest.raises(CredentialsError, match="may not"):
            door.call(method, path, {})
    # Somebody else's of the same authority is no client's.
    with pytest.raises(CredentialsError, match="does not accept the certificate"):
        site.door("depot").call("GET", "/_cluster/health")
    assert reader.call("GET", "/_cluster/health")["status"] == "green"
    assert master.call("GET", "/_cluster/settings")["persistent"]


def test_a_record_that_is_sent_twice_is_there_once(site: LoggingSite) -> None:
    one = record("once")
    assert statuses(write(site, one)) == [201]
    assert statuses(write(site, one)) == [409]


def test_a_value_of_json_may_have_32_kilobytes(site: LoggingSite) -> None:
    """More than that the engine refuses; a router cuts values before."""
    answer = write(site, record("too long", json={"long": "x" * 40_000}))
    assert statuses(answer) == [400]


def test_no_field_of_one_stack_is_in_the_way_of_another(site: LoggingSite) -> None:
    name = uuid.uuid4().hex
    odd: list[dict[str, Any]] = [
        {"json": {"user": "ada"}},
        {"json": {"user": {"name": "ada", "roles": ["a", {"b": 1}]}}},
        {"json": {"user": 5, "deep": {"a": {"b": {"c": [[1], [2]]}}}}},
        {"json": {"long": "x" * 30_000}},
        {"stranger": {"a": 1}},
        {"stranger": "text"},
        {"component": "c" * 40_000},
        {"message": "m" * 1_000_000},
        {"message": "\x00\x1b[31m\ufffd binary"},
    ]
    answer = write(site, *(record("odd", release=name) | more for more in odd))
    assert statuses(answer) == [201] * len(odd), json.dumps(answer)[:3000]
    eventually(lambda: count(site, "release", name) == len(odd), 60, every=0.5)


def test_an_index_that_is_none_of_logs_is_not_made(site: LoggingSite) -> None:
    one = record("elsewhere")
    assert statuses(write(site, one, stream="other")) == [404]


def test_a_killed_store_loses_no_record(site: LoggingSite) -> None:
    name, stored, refused = uuid.uuid4().hex, 0, 0
    killed = False
    end = time.monotonic() + 300
    pending = record("counted", release=name)
    while stored < 60 and time.monotonic() < end:
        try:
            # The same record again until it is stored: 409 says that it was already.
            outcome = statuses(write(site, pending))[0]
        except LandfallError:
            refused += 1
            time.sleep(0.5)
            continue
        assert outcome in (201, 409), outcome
        stored += 1
        pending = record("counted", release=name)
        if stored == 20 and not killed:
            killed = True
            grace = client.V1DeleteOptions(grace_period_seconds=0)
            site.core().delete_namespaced_pod("store-0", NAMESPACE, body=grace)
    eventually(lambda: ready(site), 240, every=1, ignoring=(client.ApiException,))
    eventually(
        lambda: count(site, "release", name) >= stored, 60, every=1, ignoring=(LandfallError,)
    )
    print(f"killed store: {stored} records acknowledged, {refused} requests refused meanwhile")  # noqa: T201
    assert killed
    assert stored == 60
    assert count(site, "release", name) == stored


def indices(site: LoggingSite, stream: str) -> list[str]:
    """Return the names of the indices of a stream; none where it is gone."""
    answer = site.door("log-reader").call("GET", "/_data_stream/logs-*")["data_streams"]
    found = [one["indices"] for one in answer if one["name"] == stream]
    return [index["index_name"] for index in found[0]] if found else []


def test_what_is_too_much_goes(site: LoggingSite) -> None:
    write(site, *(record("much", stack="much") for _number in range(50)), stream="logs-lab-much")
    (first,) = indices(site, "logs-lab-much")
    tiny = Settings.from_params({**LOGGING, "retention": {"size": "1"}, "snapshots": {"keep": 0}})
    said: list[str] = []
    # Each run makes room once or twice.
    while first in indices(site, "logs-lab-much"):
        before = len(said)
        keeper.keep(site.door("log-keeper"), Policy.of(tiny), now, said.append)
        assert len(said) > before
    assert f"delete index {first}: more than 1 B" in said


def test_a_full_disk_stops_no_more_than_writing(site: LoggingSite, written: str) -> None:
    master, disk = site.door("log-keeper"), "cluster.routing.allocation.disk.watermark"
    full = {f"{disk}.low": "0.1%", f"{disk}.high": "0.2%", f"{disk}.flood_stage": "0.3%"}
    quick = {"cluster.info.update.interval": "10s"}
    master.call("PUT", "/_cluster/settings", {"persistent": {**full, **quick}})
    try:
        one = record("when it is full")
        eventually(
            lambda: statuses(write(site, one | {"id": uuid.uuid4().hex})) != [201], 120, every=2
        )
        assert statuses(write(site, one)) in ([403], [429]), "it can be told from a broken record"
        assert count(site, "stack", "shop") > 0, "searching goes on"
        site.play("logs", "-e", f"logs_text={written}")
    finally:
        # What the inventory says is what the next run brings back.
        master.call("PUT", "/_cluster/settings", {"persistent": dict.fromkeys(quick)})
        wanted = provision.plan(Settings.from_params(LOGGING), provision.read(master))
        provision.apply(master, wanted)
    assert wanted.summary() == ["update settings of the store"]
    keep(site)
    eventually(lambda: statuses(write(site, one)) in ([201], [409]), 120, every=2)


def test_the_store_away_is_said(site: LoggingSite) -> None:
    apps = client.AppsV1Api(site.api())
    apps.patch_namespaced_stateful_set_scale("store", NAMESPACE, {"spec": {"replicas": 0}})
    try:
        door = site.door("log-reader")

        def gone() -> bool:
            try:
                door.call("GET", "/_cluster/health")
            except UnreachableError:
                return True
            except StoreError:
                return False
            return False

        eventually(gone, 180, every=1)
        output = " ".join(site.play("logs", expect=2).output.split())
        assert "the store of the logs does not answer" in output
        assert "kubectl --namespace logging get pods" in output
    finally:
        apps.patch_namespaced_stateful_set_scale("store", NAMESPACE, {"spec": {"replicas": 1}})
    eventually(lambda: ready(site), 240, every=1, ignoring=(client.ApiException,))


def test_what_is_too_old_goes(site: LoggingSite) -> None:
    """The job's own program, with a clock that is ahead: an index' age cannot be changed."""
    stream, store = "logs-lab-old", site.door("log-keeper")
    policy = Policy.of(Settings.from_params({**LOGGING, "snapshots": {"keep": 0}}))
    name = uuid.uuid4().hex
    write(site, record("old", stack="old", release=name), stream=stream)
    eventually(lambda: count(site, "release", name) == 1, 60, every=0.5)
    (first,) = indices(site, stream)

    def run(days: float) -> list[str]:
        said: list[str] = []
        ahead = timedelta(days=days)
        keeper.keep(store, policy, lambda: datetime.now(timezone.utc) + ahead, said.append)
        return said

    assert not [line for line in run(1) if stream in line or first in line]
    assert [line for line in run(3) if line.startswith(f"roll over stream {stream}: since")]
    assert count(site, "release", name) == 1, "it stays as long as was said"
    said = run(15)
    assert f"delete index {first}: older than 14 days" in said
    assert count(site, "release", name) == 0
    # Nobody wrote to the new one either.
    assert f"delete stream {stream}: empty for 14 days" in said
    assert indices(site, stream) == []
    # A stack that writes again has a stream again.
    assert statuses(write(site, record("new", stack="old"), stream=stream)) == [201]

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers write is found in a real store, once, whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import time

from tests.support.waiting import eventually

from .conftest import Bench


def test_records_have_what_is_known(bench: Bench) -> None:
    bench.write("app", "hello from the shop", 'GET /cart {"level":"x"}')
    bench.write("app", '{"level": "error", "msg": "payment refused", "password": "geheim1"}')
    eventually(lambda: bench.records("payment refused"), 60, every=0.5)
    (hello,) = bench.records("hello from the shop")
    expected = {"stack": "shop", "component": "web", "environment": "test", "release": "1.2.3"}
    assert expected.items() <= hello.items()
    assert (hello["pod"], hello["container"], hello["node"]) == ("web-1", "app", "node1")
    (refused,) = bench.records("payment refused")
    assert refused["level"] == "error"
    assert refused["json"]["password"] == "***"
    assert "geheim1" not in json.dumps(refused)


def test_a_line_is_soon_there(bench: Bench) -> None:
    """Measures; nothing depends on the figure."""
    begin = time.monotonic()
    bench.write("app", "how long does it take")
    eventually(lambda: bench.count(refresh=False, message="how long does it take") == 1, 60)
    print(f"\nfound {time.monotonic() - begin:.1f} s after it was written")  # noqa: T201


def test_broken_lines_and_traces_are_one_record(bench: Bench) -> None:
    bench.write("app", "first half ", flag="P")
    bench.write("app", "second half")
    bench.write("app", "it failed", "java.io.IOException: no", "\tat a.B(C.java:1)", "then")
    eventually(lambda: bench.records("then"), 60, every=0.5)
    assert [one["message"] for one in bench.records("first half")] == ["first half second half"]
    (trace,) = bench.records("java.io.IOException")
    assert trace["message"] == "java.io.IOException: no\n\tat a.B(C.java:1)"


def test_bad_input_stops_nobody(bench: Bench) -> None:
    bench.write("app", bytes(range(1, 256)).replace(b"\n", b"").decode("utf-8", "surrogateescape"))
    for _ in range(640):
        bench.write("app", "x" * (16 << 10), pod="web-2", flag="P")
    bench.write("app", "end of ten megabytes", pod="web-2")
    bench.write("app", "a.b" * 3, '{"a": "text"}', '{"a": {"b": 1}}', '{"": {".": 1}}', pod="web-3")
    bench.write("app", "after all that", pod="web-3")
    eventually(lambda: bench.records("after all that"), 60, every=0.5)
    eventually(lambda: bench.count(cut="true") == 1, 60, every=0.5)
    assert bench.count(stack="shop", pod="web-3") == 5


def test_clocks_that_are_wrong(bench: Bench) -> None:
    folder = bench.logs / "shop-test_web-2_uid-web-2/clock"
    folder.mkdir(parents=True)
    times = (
        "2031-01-01T00:00:00.1+05:30",
        "1999-01-01T00:00:00Z",
        "2026-11-21T10:00:00.000000001Z",
    )
    lines = [f"{time} stdout F clock {number}\n" for number, time in enumerate(times)]
    # The last one is none that a clock can have.
    (folder / "0.log").write_text("".join([*lines, "2026-13-41T10:00:00Z stdout F odd\n"]))
    eventually(lambda: bench.count(container="clock") == 3, 60, every=0.5)
    found = {one["message"]: one["@timestamp"] for one in bench.records("clock")}
    assert found == {f"clock {number}": time for number, time in enumerate(times)}
    aside = bench.folder / "root/undelivered/aside.json"
    eventually(lambda: aside.exists() and "2026-13-41" in aside.read_text(), 60, every=0.5)


def test_what_the_store_refuses_is_put_aside(bench: Bench) -> None:
    line = 'logs-lab-hosts\taside-1\t{"@timestamp":"yesterday","unit":"kubelet"}\n'
    good = 'logs-lab-hosts\tbeside-1\t{"@timestamp":"2026-11-21T10:00:00Z","message":"beside"}\n'
    bench.stop("router")
    (bench.folder / "root/spool/ready/999999999990.seg").write_text(
        line + good + "end\t999999999990.seg\t-\n"
    )
    bench.start_router()
    aside = bench.folder / "root/undelivered/aside.json"
    eventually(lambda: aside.exists() and "yesterday" in aside.read_text(), 60, every=0.5)
    every = [json.loads(one) for one in aside.read_text().splitlines()]
    (found,) = [one for one in every if "yesterday" in one["record"]]
    assert found["status"] == 400
    assert found["error"]["type"] == "mapper_parsing_exception"
    assert json.loads(found["record"])["unit"] == "kubelet"
    eventually(lambda: bench.records("beside"), 60, every=0.5)


def test_store_and_router_away_lose_nothing(bench: Bench) -> None:
    total = 3000
    for number in range(total):
        bench.write("count", f"numbered line {number}", pod="web-4")
        if number == 500:
            bench.stop("store")
        elif number in (1000, 1500, 2500):
            bench.stop("router")
            bench.start_router()
        elif number == 1200:
            bench.stop("door")
        elif number == 2000:
            bench.start_door()
            bench.start_store()
    eventually(lambda: bench.count(pod="web-4") >= total, 180, every=1)
    assert bench.count(pod="web-4") == total


def test_a_renamed_file_is_read_to_its_end(bench: Bench) -> None:
    bench.write("turn", "before the turn")
    eventually(lambda: bench.records("before the turn"), 60, every=0.5)
    path = next(bench.logs.glob("*web-1*/turn/0.log"))
    path.rename(path.with_name("0.log.20261121-100000"))
    with path.with_name("0.log.20261121-100000").open("ab") as file:
        file.write(b"2026-11-21T10:00:00.000000001Z stdout F late in the old file\n")
    bench.write("turn", "first in the new file")
    eventually(lambda: bench.records("first in the new file"), 60, every=0.5)
    eventually(lambda: bench.records("late in the old file"), 60, every=0.5)
    assert bench.count(container="turn") == 3


def test_the_audit_log(bench: Bench) -> None:
    event = {"auditID": "a1", "stage": "ResponseComplete", "verb": "create"}
    event["requestReceivedTimestamp"] = "2026-11-21T10:00:00.123456Z"
    (bench.folder / "audit/audit.log").write_text(json.dumps(event) + "\n")
    eventually(lambda: bench.count(stream="audit") == 1, 60, every=0.5)


def line(number: int) -> str:
    """Return a line as a web server writes it, 150 characters or so."""
    return (
        f'10.244.{number % 7}.{number % 250} - - "GET /api/entries/{number}?page={number % 90} '
        f'HTTP/1.1" {200 + number % 5} {number % 5000} "https://guestbook.example/list" '
        f'"Mozilla/5.0 (X11; Linux x86_64)" {number % 977}ms'
    )


def test_a_backlog_of_more_than_the_buffer(bench: Bench) -> None:
    """The store is away until nothing more is read; what waits then is in the containers' files."""
    lines = 200_000
    bench.stop("store")
    bench.write("backlog", *map(line, range(lines)))
    limit = 64 << 20
    eventually(lambda: bench.waiting() >= limit, 300, every=1, ignoring=(FileNotFoundError,))
    bench.start_store()
    begin, before = time.monotonic(), bench.processor()
    eventually(lambda: bench.count(container="backlog") >= lines, 600, every=2)
    told(bench, "after an outage", lines, time.monotonic() - begin, before)
    assert bench.count(container="backlog") == lines


def test_throughput(bench: Bench) -> None:
    """Measures; nothing depends on the figure."""
    lines = 200_000
    begin, before = time.monotonic(), bench.processor()
    bench.write("load", *map(line, range(lines)))
    eventually(lambda: bench.count(refresh=False, container="load") >= lines, 600, every=0.5)
    told(bench, "as it comes", lines, time.monotonic() - begin, before)
    assert bench.count(container="load") == lines


def told(bench: Bench, what: str, lines: int, seconds: float, before: dict[str, float]) -> None:
    """Say how fast it was, and whose work it was."""
    used = {name: round(now - before.get(name, 0), 1) for name, now in bench.processor().items()}
    print(  # noqa: T201
        f"\n{what}: {lines} lines in {seconds:.1f} s, {lines / seconds:.0f} lines/s; router "
        f"{bench.memory()} MiB; seconds of processor time {used}; load {os.getloadavg()[0]:.1f}"
    )

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms that parts of a compose file take, and the one that they are brought to."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._compose import units
from ansible_collections.landfall.platform.plugins.module_utils._compose.canonical import service
from ansible_collections.landfall.platform.plugins.module_utils._compose.document import (
    Replace,
    content,
    plain,
    scalar,
)
from ansible_collections.landfall.platform.plugins.module_utils._compose.known import (
    known,
    repository,
    tag,
)
from ansible_collections.landfall.platform.plugins.module_utils._compose.merge import (
    merged,
    settled,
)
from ansible_collections.landfall.platform.plugins.module_utils._compose.mounts import rebased
from ansible_collections.landfall.platform.plugins.module_utils._compose.names import (
    component_names,
    port_name,
    volume_name,
)
from ansible_collections.landfall.platform.plugins.module_utils._compose.names import (
    plain as plain_name,
)
from ansible_collections.landfall.platform.plugins.module_utils._compose.secretlike import (
    is_external,
    is_generable,
    is_password,
    is_secret,
    key_of,
)
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
)
from ansible_collections.landfall.platform.plugins.module_utils._stack.schema import Problems

# documents --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: no", {"a": "no"}),
        ("a: yes\nb: on\nc: True", {"a": "yes", "b": "on", "c": True}),
        ("a: 22:22", {"a": "22:22"}),
        ("a: 2001-01-01", {"a": "2001-01-01"}),
        (
            "a: 0440\nb: 0o440\nc: 0x1f\nd: -7\ne: +7",
            {"a": 288, "b": 288, "c": 31, "d": -7, "e": 7},
        ),
        ("a: 1.50\nb: 1e3\nc: ~\nd:", {"a": 1.5, "b": 1000.0, "c": None, "d": None}),
        ("1: x\ntrue: y", {"1": "x", "true": "y"}),
        ("a: &a {b: 1, c: 1}\nd: {<<: *a, c: 2}", {"a": {"b": 1, "c": 1}, "d": {"b": 1, "c": 2}}),
        (
            "a: !override [1]\nb: !reset x\nc: !override {d: 1}\ne: !override 5",
            {"a": Replace([1]), "b": Replace(None, True), "c": Replace({"d": 1}), "e": Replace(5)},
        ),
    ],
)
def test_yaml_is_read_as_compose_reads_it(text: str, expected: Any) -> None:
    assert content(text, "f") == expected


@pytest.mark.parametrize(
    "text",
    [
        *("a: [", "a: 1\na: 2", "? [a]\n: 1", "a: !other 1", "a: *none", "&a [*a]", "a: \x00"),
        "a: !!binary aGk=",
        "a: !!set {b}",
        "[" * 60 + "]" * 60,
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "\n".join(f"{k}: &{k} [{','.join(['*' + p] * 10)}]" for p, k in zip("abcd", "bcde")),
        "a: " + "9" * 5000,
        'a: "\\ud800"',
    ],
)
def test_what_is_no_plain_data_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="f"):
        content(text, "f")


def test_a_problem_of_data_has_its_path() -> None:
    with pytest.raises(InvalidInputError) as error:
        plain({"a": [{"b": object()}]}, "f")
    assert error.value.on == "f: a[0].b"


def test_scalars_are_texts_as_compose_makes_them() -> None:
    values = [True, False, None, 1, 1.5, 2.0, "x", 1e300]
    found = ["true", "false", "", "1", "1.5", "2", "x", "1e+300"]
    assert [scalar(value) for value in values] == found


# services ---------------------------------------------------------------------------------------


def port(target: int, published: int | None = None, ip: str = "", protocol: str = "tcp") -> Any:
    return {"target": target, "published": published, "host_ip": ip, "protocol": protocol}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (80, [port(80)]),
        ("80", [port(80)]),
        ("8080:80/UDP", [port(80, 8080, protocol="udp")]),
        ("127.0.0.1:8080:80", [port(80, 8080, "127.0.0.1")]),
        ("127.0.0.1::80", [port(80, None, "127.0.0.1")]),
        ("[::1]:8080:80", [port(80, 8080, "::1")]),
        ("1-2:3-4", [port(3, 1), port(4, 2)]),
        ("7000-7001:80", [port(80, 7000)]),
        ({"target": "80", "published": "8080-8081"}, [{**port(80, 8080), "name": ""}]),
        ({"target": 80, "name": "web"}, [{**port(80), "name": "web"}]),
    ],
)
def test_ports(given: Any, expected: Any) -> None:
    at = Problems("f")
    (found,) = [service({"ports": [given]}, at)["ports"]]
    assert [{k: v for k, v in one.items() if k != "place"} for one in found] == expected
    assert at.found == []


@pytest.mark.parametrize(
    "given",
    [
        *("x", "0", "70000", "80/http", "1-99", "a:80", "9-8", True, ["80"], "1:2:3:4", "80:"),
        *({}, {"target": 0}, {"target": 80, "published": "x"}, {"target": 80, "protocol": "x"}),
    ],
)
def test_ports_that_cannot_be_read(given: Any) -> None:
    at = Problems("f")
    assert service({"ports": [given]}, at)["ports"] == []
    assert at.found[0].on.startswith("f: ports[0]")


@pytest.mark.parametrize(
    ("given", "kind", "source", "target", "read_only"),
    [
        ("/data", "volume", "", "/data", False),
        ("data:/data/", "volume", "data", "/data", False),
        ("data:/data:ro,z", "volume", "data", "/data", True),
        ("./a:/b", "bind", "./a", "/b", False),
        ("../a:/b", "bind", "../a", "/b", False),
        ("~/a:/b", "bind", "~/a", "/b", False),
        ("C:\\a:/b:ro", "bind", "C:\\a", "/b", True),
        ("d:/b", "volume", "d", "/b", False),
        ("d:/b:ro", "volume", "d", "/b", True),
        ({"source": "d", "target": "/b", "read_only": True}, "volume", "d", "/b", True),
        ({"type": "bind", "source": "x", "target": "/b"}, "bind", "x", "/b", False),
    ],
)
def test_mounts(given: Any, kind: str, source: str, target: str, read_only: bool) -> None:
    (found,) = service({"volumes": [given]}, Problems("f"))["volumes"]
    assert (found["type"], found["source"]) == (kind, source)
    assert (found["target"], found["read_only"]) == (target, read_only)


@pytest.mark.parametrize(
    "given", ["a", "a:b", "a:/b:ro:x", [], {"target": "x"}, {"type": "x", "target": "/x"}, 5]
)
def test_mounts_that_cannot_be_read(given: Any) -> None:
    at = Problems("f")
    assert service({"volumes": [given]}, at)["volumes"] == []
    assert at.found[0].on == "f: volumes[0]"


@pytest.mark.parametrize(
    ("field", "given", "expected"),
    [
        ("command", "a 'b c'", ["a", "b c"]),
        ("command", ["a", 1], ["a", "1"]),
        ("command", None, None),
        ("environment", ["A=1=2", "B", "=x"], {"A": "1=2", "B": None}),
        ("environment", {"A": 1.0, "B": None, "C": True}, {"A": "1", "B": None, "C": "true"}),
        ("build", ".", {"context": "."}),
        ("build", {"args": ["A=1"]}, {"args": {"A": "1"}}),
        ("env_file", "a", [{"path": "a"}]),
        ("env_file", ["a", {"path": "b"}], [{"path": "a"}, {"path": "b"}]),
        ("secrets", ["a", {"source": "b"}], [{"source": "a"}, {"source": "b"}]),
        ("depends_on", ["a"], {"a": {}}),
        ("networks", {"a": None, "b": {"aliases": []}}, {"a": {}, "b": {"aliases": []}}),
        ("healthcheck", {"test": "x y"}, {"test": ["CMD-SHELL", "x y"]}),
        ("healthcheck", {"test": Replace(["NONE"])}, {"test": ["NONE"]}),
        ("dns", "1.1.1.1", ["1.1.1.1"]),
        ("command", Replace("a b"), Replace(["a", "b"])),
        ("ports", Replace(None, reset=True), Replace(None, reset=True)),
        ("x-any", {"a": 1}, {"a": 1}),
    ],
)
def test_short_and_long_forms(field: str, given: Any, expected: Any) -> None:
    at = Problems("f")
    assert service({field: given}, at) == {field: expected}
    assert at.found == []


@pytest.mark.parametrize(
    ("field", "given", "where"),
    [
        ("command", "a 'b", "command"),
        ("command", {"a": 1}, "command"),
        ("command", [["a"]], "command[0]"),
        ("environment", "A=1", "environment"),
        ("environment", {"A": []}, "environment.A"),
        ("build", 5, "build"),
        ("env_file", [5], "env_file[0]"),
        ("secrets", [5], "secrets[0]"),
        ("depends_on", {"a": 5}, "depends_on.a"),
        ("healthcheck", [], "healthcheck"),
        ("deploy", 5, "deploy"),
        ("dns", [{}], "dns[0]"),
    ],
)
def test_forms_that_do_not_fit(field: str, given: Any, where: str) -> None:
    at = Problems("f")
    service({field: given}, at)
    assert [one.on for one in at.found] == [f"f: {where}"]


def test_a_service_is_a_mapping() -> None:
    at = Problems("f")
    assert service("nginx", at) == {}
    assert len(at.found) == 1


# one over another -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "over", "expected"),
    [
        ({"a": 1, "b": {"c": 1}}, {"b": {"d": 2}}, {"a": 1, "b": {"c": 1, "d": 2}}),
        ({"a": "x"}, {"a": None}, {"a": None}),
        ({"a": {"b": 1}}, {"a": None}, {"a": {"b": 1}}),
        ({"dns": ["a"]}, {"dns": ["a", "b"]}, {"dns": ["a", "b"]}),
        ({"command": ["a"]}, {"command": ["b"]}, {"command": ["b"]}),
        (
            {"volumes": [{"target": "/a", "source": "x"}, {"target": "/b"}]},
            {"volumes": [{"target": "/a", "source": "y"}]},
            {"volumes": [{"target": "/a", "source": "y"}, {"target": "/b"}]},
        ),
        ({"ports": [1]}, {"ports": [2]}, {"ports": [1, 2]}),
        ({"dns": ["a"]}, {"dns": Replace(["b"])}, {"dns": ["b"]}),
        ({"dns": ["a"]}, {"dns": Replace(None, reset=True)}, {}),
        ({"dns": Replace(["a"])}, {"dns": ["b"]}, {"dns": ["a", "b"]}),
        ({"dns": [Replace(None, reset=True), Replace("b")]}, {}, {"dns": ["b"]}),
    ],
)
def test_merging(base: Any, over: Any, expected: Any) -> None:
    assert settled(merged(base, over)) == expected


# words and amounts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1m30s", 90), ("100ms", 1), ("2h", 7200), ("1.5s", 2), ("5", None), ("x", None), ("", None)],
)
def test_durations(text: str, expected: int | None) -> None:
    assert units.seconds(text) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        *(("512m", "512Mi"), ("1.5gb", "1536Mi"), ("1000", "1000"), (1024, "1Ki"), ("2T", "2Ti")),
        *(("0", None), ("x", None), ("9" * 15 + "t", None), ("10000000001b", "9765626Ki")),
    ],
)
def test_sizes(given: Any, expected: str | None) -> None:
    assert units.memory(given) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [("0.5", "500m"), (2, "2"), (0.0001, "1m"), (".25", "250m"), ("x", None), ("0", None)],
)
def test_processors(given: Any, expected: str | None) -> None:
    assert units.cpu(given) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *(
            ("POSTGRES_PASSWORD", "x", True),
            ("apiToken", "x", True),
            ("SECRET_KEY_BASE", "x", True),
        ),
        *(
            ("AWS_SECRET_ACCESS_KEY", "x", True),
            ("PGPASSWORD", "x", True),
            ("JWT_SECRET", "", True),
        ),
        *(("DB_PASS", "x", True), ("ENCRYPTION_KEY", "x", True), ("requirepass", "x", True)),
        *(("POSTGRES_PASSWORD_FILE", "/x", False), ("ALLOW_EMPTY_PASSWORD", "yes", False)),
        *(("KEY", "x", False), ("CACHE_KEY", "x", False), ("PASSWORD_MIN_LENGTH", "8", False)),
        *(("AWS_ACCESS_KEY_ID", "x", False), ("TOKEN_URL", "x", False), ("", "x", False)),
        *(("POSTGRES_USER", "x", False), ("MYSQL_RANDOM_ROOT_PASSWORD", "1", False)),
    ],
)
def test_which_variables_are_secrets(name: str, value: str, expected: bool) -> None:
    assert is_secret(name, value) is expected


def test_kinds_of_secrets() -> None:
    assert is_password("MYSQL_PASSWORD")
    assert not is_password("JWT_SECRET")
    assert is_external("SMTP_PASSWORD")
    assert is_external("API_KEY")
    assert not is_external("DB_PASSWORD")
    assert is_generable("ADMIN_PASSWORD")
    assert is_generable("DJANGO_SECRET_KEY")
    assert not is_generable("APP_TOKEN")
    assert (key_of("DB_PASSWORD"), key_of("__")) == ("db-password", "value")


def test_names_of_components() -> None:
    services = ["we_b", "we-b", "stack", "db-members", "1", "x" * 50, "..."]
    found = component_names(services)
    assert len(set(found.values())) == len(services)
    assert (found["we-b"], found["we_b"]) == ("we-b", "we-b-2")
    assert (found["stack"], found["db-members"]) == ("stack-app", "db-members-app")
    assert (found["1"], found["..."], found["x" * 50]) == ("app-1", "app", "x" * 40)


def test_names_of_ports_and_volumes() -> None:
    assert port_name(5432, "tcp", "", []) == "postgres"
    assert port_name(9, "tcp", "", []) == "port-9"
    assert port_name(53, "udp", "", ["dns"]) == "dns-udp"
    assert port_name(8081, "tcp", "", ["http"]) == "http-8081"
    assert port_name(8081, "tcp", "", ["http", "http-8081"]) == "http-8081-2"
    assert volume_name("my_data", "/x", []) == "my-data"
    assert volume_name("", "/var/lib/x", ["x"]) == "x-2"
    assert plain_name("Ä", "app") == "app"


def test_paths_are_seen_from_the_project() -> None:
    paths = ["./a", "../a", "/a", "~/a", "https://x/y", ""]
    found = ["d/a", "a", "/a", "~/a", "https://x/y", ""]
    assert [rebased(path, "d") for path in paths] == found


@pytest.mark.parametrize(
    ("image", "name", "version", "port_number", "user"),
    [
        ("postgres:16", "postgres", "16", 5432, 999),
        ("docker.io/library/postgres:16-alpine", "postgres", "16-alpine", 5432, 70),
        ("registry.test:5000/postgres", "registry.test:5000/postgres", "", 5432, 999),
        ("bitnami/postgresql:16@sha256:1", "bitnami/postgresql", "16", 5432, None),
        ("wordpress:6-fpm", "wordpress", "6-fpm", 9000, None),
        ("team/app:1", "team/app", "1", None, None),
    ],
)
def test_images(
    image: str, name: str, version: str, port_number: int | None, user: int | None
) -> None:
    found = known(image)
    assert (repository(image), tag(image)) == (name, version)
    assert next(iter(found.ports.values()), None) == port_number
    assert found.user == user

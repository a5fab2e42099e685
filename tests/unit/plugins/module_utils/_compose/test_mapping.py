# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which service becomes what, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landfall.platform.plugins.module_utils._compose.write import plan_file
from ansible_collections.landfall.platform.plugins.module_utils._core.errors import (
    InvalidInputError,
    RefusedError,
)

from .samples import OTHER, component, noted, one, take


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "service"),
        ({"volumes": ["d:/d"]}, "stateful"),
        ({"volumes": ["/d"]}, "service"),
        ({"volumes": ["./data:/d"]}, "stateful"),
        ({"volumes": ["./data:/d:ro"]}, "service"),
        ({"image": "mysql:8"}, "stateful"),
        ({"image": "redis:7"}, "service"),
        ({"image": "redis:7", "volumes": ["/data"]}, "stateful"),
        ({"deploy": {"mode": "global"}}, "daemon"),
        ({"deploy": {"mode": "replicated-job"}}, "job"),
        ({"restart": "no", "command": "run"}, "job"),
        ({"restart": "no"}, "service"),
        ({"restart": "no", "command": "run", "ports": ["80:80"]}, "service"),
        ({"restart": "on-failure", "command": "rake db:migrate"}, "job"),
        ({"restart": "on-failure", "command": "worker"}, "service"),
        ({"deploy": {"restart_policy": {"condition": "none"}}, "command": "x"}, "job"),
        ({"restart": "no", "command": "x", "volumes": ["d:/d"]}, "job"),
    ],
)
def test_types(fields: dict[str, Any], expected: str) -> None:
    assert component(take({"services": one(**fields), "volumes": {"d": None}}))["type"] == expected


def test_who_is_waited_for_until_it_has_ended_is_a_job() -> None:
    waiting = {"a": {"condition": "service_completed_successfully"}}
    deploy = {"restart_policy": {"max_attempts": 7}}
    services = one(deploy=deploy) | {"b": {"image": "b:1", "depends_on": waiting}}
    found = take(services)
    assert component(found) == {
        "type": "job",
        "image": "a:1",
        "security": component(found)["security"],
        "retries": 7,
    }
    assert component(found, "b")["uses"] == ["a"]
    assert "b for a" in noted(found, "services")


@pytest.mark.parametrize(
    ("fields", "security"),
    [
        ({"user": "1000"}, {"user": 1000, "writable": True}),
        ({"user": "1000:1000", "read_only": True}, {"user": 1000}),
        ({"user": "1000:7", "read_only": True}, {"user": 1000, "group": 7}),
        (
            {"cap_drop": ["ALL"], "cap_add": ["CAP_KILL"], "read_only": True},
            {"root": True, "capabilities": ["KILL"]},
        ),
        ({"user": "0", "cap_drop": ["ALL"]}, {"root": True, "writable": True}),
        (
            {"cap_drop": ["chown", "FOWNER", "SETUID"], "read_only": True},
            {"root": True, "capabilities": ["DAC_OVERRIDE", "SETGID"]},
        ),
    ],
)
def test_rights(fields: dict[str, Any], security: dict[str, Any]) -> None:
    assert component(take(one(**fields)))["security"] == security


@pytest.mark.parametrize(
    ("ports", "image", "expected", "publish", "exposed"),
    [
        (["8080:80"], "a:1", {"http": 80}, None, {"/": "a"}),
        (["127.0.0.1:8080:80"], "a:1", {"http": 80}, None, None),
        (["3000"], "a:1", {"http": 3000}, None, {"/": "a"}),
        (["7777:7777"], "a:1", {"port-7777": 7777}, {"port-7777": 7777}, None),
        (["7777"], "a:1", {"port-7777": 7777}, None, None),
        (["10.0.0.1:7777:7777"], "a:1", {"port-7777": 7777}, None, None),
        (["1:7777", "2:7777"], "a:1", {"port-7777": 7777}, {"port-7777": 1}, None),
        (["443:443"], "a:1", {"https": 443}, {"https": 443}, None),
        (
            ["53:53", "53:53/udp"],
            "a:1",
            {"dns": 53, "dns-udp": {"number": 53, "protocol": "UDP"}},
            {"dns": 53, "dns-udp": 53},
            None,
        ),
        (["5432:5432"], "postgres:16", {"postgres": 5432}, {"postgres": 5432}, None),
        (
            ["9999:80"],
            "b/rabbitmq:1",
            {"amqp": 5672, "management": 15672, "http": 80},
            {"http": 9999},
            None,
        ),
        (["1:1/sctp"], "a:1", None, None, None),
    ],
)
def test_ports(ports: list[str], image: str, expected: Any, publish: Any, exposed: Any) -> None:
    found = take(one(image, ports=ports))
    assert component(found).get("ports") == expected
    assert component(found).get("publish", {}).get("ports") == publish
    assert found.stack.get("expose", {}).get("a", {}).get("paths") == exposed
    assert bool(noted(found, "services.a.ports[0]")) == (
        (exposed is None and len(ports) == 1) or bool(publish)
    )


def test_several_pages_of_one_component() -> None:
    found = take(one(ports=["80:80", "81:8081", "82:8082"]))
    assert found.stack["expose"] == {
        "a": {"paths": {"/": "a"}},
        "a-http-8081": {"paths": {"/": {"component": "a", "port": "http-8081"}}},
        "a-http-8082": {"paths": {"/": {"component": "a", "port": "http-8082"}}},
    }


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DB_HOST", "b", "${b.host}"),
        ("DB_NAME", "b", "b"),
        ("URL", "http://b/x", "http://${b.host}/x"),
        ("URL", "http://b:80/x", "http://${b.host}:${b.port}/x"),
        ("URL", "http://b:81/x", "http://${b.host}:${b.port.http-81}/x"),
        ("HOSTS", "b:80,b:80", "${b.host}:${b.port},${b.host}:${b.port}"),
        ("URL", "http://web.b:80/", "http://web.b:80/"),
        ("URL", "http://bb:80/", "http://bb:80/"),
        ("TEXT", "a${b}", "a$${b}"),
        ("SELF", "a:7777", "${a.host}:${a.port}"),
        ("IMAGE", "b:16", "b:16"),
        ("URL", "http://alias:80/", "http://${b.host}:${b.port}/"),
        ("DB_PORT", "5", "5"),
    ],
)
def test_names_of_others_become_references(name: str, value: str, expected: str) -> None:
    services = {
        "a": {
            "image": "a:1",
            "environment": {name: value.replace("${", "$${")},
            "links": ["b:alias"],
        },
        "b": {"image": "b:1", "expose": [80, 81]},
    }
    found = component(take(services))["environment"][name]
    assert found == expected


def test_ports_follow_their_hosts() -> None:
    environment = {"B_HOST": "b", "B_PORT": "80", "C_HOST": "b", "C_PORT": "81", "PORT": "80"}
    found = component(take(one(environment=environment)))["environment"]
    assert found["B_PORT"] == "${b.port}"
    assert (found["C_PORT"], found["PORT"]) == ("81", "80")


def test_circles_are_opened() -> None:
    services = {
        "a": {"image": "a:1", "expose": [80], "environment": ["B_URL=http://b:80", "B_HOST=b"]},
        "b": {"image": "b:1", "expose": [80], "environment": ["A_URL=http://a:80"]},
        "c": {"image": "c:1", "depends_on": ["d"], "expose": [80]},
        "d": {"image": "d:1", "depends_on": ["c"]},
    }
    found = take(services)
    assert component(found, "b")["environment"] == {"A_URL": "http://a:80"}
    assert "circle" in noted(found, "services.b.environment.A_URL")
    assert "circle" in noted(found, "services.d.depends_on.c")


def test_a_component_without_ports_has_no_reference() -> None:
    services = {"a": {"image": "a:1", "environment": {"B_HOST": "b"}}, "b": {"image": "b:1"}}
    found = component(take(services))
    assert (found["environment"], found["uses"]) == ({"B_HOST": "b"}, ["b"])


# the rest ---------------------------------------------------------------------------------------


def test_amounts_replicas_and_places() -> None:
    deploy = {
        "replicas": 0,
        "resources": {
            "limits": {"cpus": "1", "memory": "1g"},
            "reservations": {"memory": "2g", "devices": [{}]},
        },
        "placement": {"constraints": ["node.hostname==n1", "node.labels.a == b"]},
        "update_config": {"parallelism": 1},
    }
    found = take(one(deploy=deploy, mem_reservation=0))
    a = component(found)
    assert a["replicas"] == 0
    assert a["resources"] == {
        "limits": {"cpu": "1", "memory": "1Gi"},
        "requests": {"memory": "1Gi"},
    }
    assert a["nodes"] == {"selector": {"kubernetes.io/hostname": "n1", "a": "b"}}
    assert "one by one" in noted(found, "services.a.deploy.update_config")
    assert "devices" in noted(found, "services.a.deploy.resources.reservations.devices")


def test_stores_with_replicas() -> None:
    found = take(one("mysql:8", deploy={"replicas": 3}))
    assert component(found)["replicas"] == 3
    assert "know each other" in noted(found, "services.a.deploy.replicas")


@pytest.mark.parametrize(
    ("fields", "path", "text"),
    [
        ({"privileged": True}, "privileged", "rights"),
        ({"devices": ["/dev/x", "/dev/y", "/dev/z", "/dev/w"]}, "devices", "…"),
        ({"extra_hosts": {"a": "1.1.1.1"}}, "extra_hosts", "external"),
        ({"extra_hosts": ["x" * 80]}, "extra_hosts", "…"),
        ({"stop_signal": "SIGTERM"}, "stop_signal", ""),
        ({"stop_signal": "SIGINT"}, "stop_signal", "SIGINT"),
        ({"network_mode": "host"}, "network_mode", "publish"),
        ({"network_mode": "service:b"}, "network_mode", "sidecar"),
        ({"network_mode": "bridge"}, "network_mode", ""),
        ({"enviroment": {}}, "enviroment", "did you mean environment?"),
        ({"x-any": 1}, "x-any", ""),
        ({"entrypoint": []}, "entrypoint", "empty"),
        ({"command": ["a", ""]}, "command", "too long word"),
        ({"image": "Bad Image"}, "image", "not a name"),
        ({"environment": {"a b": "1"}}, "environment.a b", "letters"),
        ({"user": "me"}, "user", "number"),
    ],
)
def test_what_is_not_mapped_is_said(fields: dict[str, Any], path: str, text: str) -> None:
    found = noted(take(one(**fields)), f"services.a.{path}")
    assert text in found
    assert bool(text) == bool(found)


def test_other_names_of_a_component() -> None:
    services = one(command="x -h main-b") | {"b": {**OTHER["b"], "container_name": "main-b"}}
    found = take(services)
    assert "main-b" in noted(found, "services.b")
    assert "other host names" not in noted(take(one() | {"b": services["b"]}), "services.b")


def test_internal_networks_let_nothing_out() -> None:
    networks = {"in": {"internal": True}, "out": {}}
    services = {
        "a": {"image": "a:1", "networks": ["in"]},
        "b": {"image": "b:1", "networks": {"in": {"aliases": ["bb"]}, "out": None}},
        "c": {"image": "c:1", "environment": {"B_URL": "http://bb:81/"}},
    }
    found = take({"services": services, "networks": networks})
    assert component(found)["outbound"] == "used"
    assert "outbound" not in component(found, "b")
    assert component(found, "c")["environment"] == {"B_URL": "http://${b.host}:${b.port}/"}


def test_builds_and_versions() -> None:
    build = {
        "context": "app",
        "dockerfile": "D",
        "target": "t",
        "args": ["X"],
        "dockerfile_inline": "FROM x",
    }
    services = {
        "a": {"build": build},
        "b": {"build": build},
        "c": {"build": ".", "image": "team/c:2"},
        "d": {"image": "nginx:${TAG}"},
    }
    found = take(services)
    images = {name: one["image"] for name, one in found.stack["components"].items()}
    assert images == {"a": "shop-a", "b": "shop-a", "c": "team/c:2", "d": "nginx"}
    note = noted(found, "services.a.build")
    command = (
        "podman build -t <registry>/shop-a:<version> -f app/D --target t --build-arg X=VALUE app"
    )
    assert command in note
    assert "dockerfile_inline" in note
    assert list(found.settings["components"]) == ["a", "b", "d"]


def test_proxies_that_look_at_containers_are_replaced() -> None:
    socket = "/var/run/docker.sock:/var/run/docker.sock"
    proxy = {"image": "nginxproxy/nginx-proxy:1", "volumes": [socket]}
    web = {
        "image": "a:1",
        "depends_on": ["proxy"],
        "environment": {"VIRTUAL_HOST": "a.test, b.test", "VIRTUAL_PORT": "8088"},
    }
    rules = {f"traefik.http.routers.r{n}.rule": f"PathPrefix(`/{n}`)" for n in range(20)}
    labelled = {
        "image": "c:1",
        "ports": ["80:80", "81:8080"],
        "labels": {**rules, "traefik.http.routers.bad.rule": "Path(`no`)"},
    }
    found = take(
        {
            "proxy": proxy,
            "web": web,
            "labelled": labelled,
            "job": {"image": "j:1", "command": "x", "restart": "no", "labels": rules},
        }
    )
    assert list(found.stack["components"]) == ["web", "labelled", "job"]
    assert found.settings["hosts"]["web"] == ["a.test"]
    assert len(found.stack["expose"]["labelled"]["paths"]) == 16
    with pytest.raises(InvalidInputError, match="no service"):
        take({"proxy": proxy})


def test_profiles() -> None:
    services = one() | {"c": {"image": "c:1", "profiles": ["debug"], "depends_on": ["a"]}}
    services["a"]["depends_on"] = {"c": {"required": False}}
    assert "c" not in take(services).stack["components"]
    assert "c" in take(one() | {"c": services["c"]}, profiles=["debug"]).stack["components"]


def test_a_data_directory_of_its_own() -> None:
    services = one("postgres:16", volumes=["d:/pg"], environment={"PGDATA": "/pg/"})
    found = take({"services": services, "volumes": {"d": {}}})
    assert component(found)["environment"]["PGDATA"] == "/pg/pgdata"


# the file ---------------------------------------------------------------------------------------


def test_what_is_done_with_the_file() -> None:
    assert not plan_file("f", "text", "text", force=False)
    assert plan_file("f", None, "text", force=False).summary() == ["create file f"]
    assert plan_file("f", "other", "text", force=True).summary() == ["update file f"]
    with pytest.raises(RefusedError, match="there already"):
        plan_file("f", "other", "text", force=False)

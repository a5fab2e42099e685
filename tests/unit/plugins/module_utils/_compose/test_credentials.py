# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets: which there are, who makes them, and that their values are nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from .samples import OTHER, component, noted, one, take


def secrets(services: dict[str, Any], **more: Any) -> Any:
    found = take(services, **more)
    assert "hunter" not in found.text
    return found.stack.get("secrets")


@pytest.mark.parametrize(
    ("name", "image", "expected"),
    [
        ("POSTGRES_PASSWORD", "postgres:16", "generate"),
        ("APP_PASSWORD", "a:1", "environment"),
        ("ADMIN_PASSWORD", "a:1", "generate"),
        ("SMTP_PASSWORD", "postgres:16", "environment"),
        ("SECRET_KEY_BASE", "a:1", {"length": 64}),
        ("API_TOKEN", "a:1", "environment"),
    ],
)
def test_who_makes_a_secret(name: str, image: str, expected: Any) -> None:
    found = secrets(one(image, environment={name: "hunter2"}))
    assert found == {"a": {name.lower().replace("_", "-"): expected}}


def test_a_shared_value_is_one_secret_of_the_store() -> None:
    services = {
        "a": {"image": "a:1", "environment": {"DB_PASS": "hunter2", "OTHER": "hunter2"}},
        "db": {"image": "mysql:8", "environment": {"MYSQL_PASSWORD": "hunter2"}},
    }
    found = take(services, variables={"MY_SECRET": "hunter2"})
    assert found.stack["secrets"] == {"db": {"mysql-password": "generate"}}
    assert component(found)["environment"]["DB_PASS"] == "${secret.db.mysql-password}"
    assert component(found)["environment"]["OTHER"] == "${secret.db.mysql-password}"


def test_missing_secrets_stay_shared() -> None:
    services = {
        "a": {"image": "a:1", "environment": {"DB_PASSWORD": "${PW_SECRET}"}},
        "db": {"image": "mysql:8", "environment": {"MYSQL_PASSWORD": "${PW_SECRET}"}},
    }
    found = take(services)
    assert component(found)["environment"] == {"DB_PASSWORD": "${secret.db.mysql-password}"}


@pytest.mark.parametrize(
    "value",
    ["postgres://u:hunter22@b:80/x", "jdbc:x://b/y?user=u&password=hunter22", "-Dx=hunter22 -v"],
)
def test_a_password_in_a_value_makes_all_of_it_a_secret(value: str) -> None:
    found = take(one(environment={"DATABASE_URL": value, "B_TOKEN": "hunter22"}))
    assert "hunter" not in found.text
    assert found.stack["secrets"] == {
        "a": {"database-url": "environment", "b-token": "environment"}
    }
    assert "<password>" in noted(found, "services.a.environment.DATABASE_URL")
    assert component(found).get("uses", []) == (["b"] if "//" in value else [])


@pytest.mark.parametrize(
    ("command", "expected", "environment"),
    [
        ("redis-server --requirepass hunter22", "$(REQUIREPASS)", "REQUIREPASS"),
        ("x --password=hunter22", "--password=$(PASSWORD)", "PASSWORD"),
        ("x --user u --token hunter22", "$(A_TOKEN)", "A_TOKEN"),
    ],
)
def test_commands_read_secrets_from_variables(
    command: str, expected: str, environment: str
) -> None:
    own = {"A_TOKEN": "hunter22"} if environment == "A_TOKEN" else {}
    found = component(take(one(command=command, environment=own)))
    assert found["arguments"][-1] == expected
    assert list(found["environment"]) == [environment]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("ping", ["/bin/sh", "-c", "ping"]),
        (["CMD", "a", "b c"], ["a", "b c"]),
        (["CMD", "ping", "-phunter22"], ["/bin/sh", "-c", "ping -p$A_PASSWORD"]),
        ("ping --password=hunter22", ["/bin/sh", "-c", "ping --password=$A_PASSWORD"]),
        (
            "curl http://u:hunter22@localhost",
            ["/bin/sh", "-c", "curl http://u:$A_PASSWORD@localhost"],
        ),
        ("ping '-phunter22'", None),
        ("ping other-hunter", None),
        (["CMD", ""], None),
        (["NONE"], None),
    ],
)
def test_health_checks(test: Any, expected: Any) -> None:
    environment = {"A_PASSWORD": "hunter22", "B_TOKEN": "other-hunter"}
    services = one(environment=environment, healthcheck={"test": test})
    if "other" in str(test):
        services["a"]["environment"]["B_TOKEN"] = "x"
        services["b"] = {**OTHER["b"], "environment": {"T_TOKEN": "other-hunter"}}
    found = take(services)
    assert "hunter" not in found.text
    assert component(found).get("probes", {}).get("ready", {}).get("command") == expected


def test_times_of_health_checks() -> None:
    health = {"test": "x", "interval": "10m", "timeout": "0s", "retries": 0, "start_period": "3h"}
    found = component(take(one(healthcheck=health)))["probes"]
    assert found["start_within"] == 3600
    assert {k: found["ready"][k] for k in ("period", "timeout", "failures")} == {
        "period": 300,
        "timeout": 30,
        "failures": 1,
    }

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the sections of a loaded compose project to its typed model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Optional

from .._core.errors import ProblemsError
from .._core.names import hint
from .._stack.schema import Problems
from .canonical import pairs, texts
from .document import scalar
from .interpolate import Variables
from .load import Files, Sections, environment_file
from .model import (
    Build,
    Deploy,
    FileSource,
    FileUse,
    Health,
    Mount,
    Port,
    Project,
    Service,
    Volume,
)
from .notes import Notes
from .ports import numbers
from .units import cpu, memory, seconds

_INTERVAL_S, _TIMEOUT_S, _RETRIES = 30, 30, 3
_STARTED = "service_started"
CONDITIONS = (_STARTED, "service_healthy", "service_completed_successfully")


class Reader:
    """Reads one project.

    Args:
        files: for the files with variables.
        variables: for names without a value.
        notes: takes what is to be known.
        file: names the compose file in errors.
    """

    def __init__(self, files: Files, variables: Variables, notes: Notes, file: str) -> None:
        self._files = files
        self._variables = variables
        self._notes = notes
        self._at = Problems(file)

    def read(self, sections: Sections, profiles: Collection[str]) -> Project:
        """Return the project, without the services of profiles that are not asked for.

        Raises:
            ProblemsError: with everything that does not fit.
        """
        there = self._at.at("services")
        services = {}
        for name, raw in sections["services"].items():
            if self._is_active(name, raw, profiles):
                services[name] = self._service(name, raw, there.at(name))
        if not services:
            there.add("there is no service", expected="at least one, without a profile")
        self._check_names(services, sections)
        project = Project(
            services,
            {name: self._volume(raw) for name, raw in sections["volumes"].items()},
            {name: _source(raw) for name, raw in sections["configs"].items()},
            {name: _source(raw) for name, raw in sections["secrets"].items()},
            frozenset(n for n, raw in sections["networks"].items() if raw.get("internal") is True),
            frozenset(self._variables.secrets),
        )
        if self._at.found:
            raise ProblemsError("the compose file is not valid", self._at.found)
        return project

    def _is_active(self, name: str, raw: Mapping[str, Any], profiles: Collection[str]) -> bool:
        own = raw.get("profiles") or []
        if not own or set(own) & set(profiles):
            return True
        self._notes.add(
            f"services.{name}.profiles",
            f"the service is left out: {name}",
            f"it belongs to profiles that were not asked for ({', '.join(own)})",
            "import with one of the profiles if it is part of the application",
        )
        return False

    def _check_names(self, services: Mapping[str, Service], sections: Sections) -> None:
        for name, one in services.items():
            there = self._at.at("services").at(name)
            for other in one.links.values():
                _known(other, sections["services"], "a service", there.at("links"))
            for other in one.needs:
                _known(other, sections["services"], "a service", there.at("depends_on"))
            for use in one.configs:
                _known(use.source, sections["configs"], "a config", there.at("configs"))
            for use in one.secrets:
                _known(use.source, sections["secrets"], "a secret", there.at("secrets"))

    def _service(self, name: str, raw: Mapping[str, Any], at: Problems) -> Service:
        image, build = scalar(raw.get("image")), _build(raw.get("build"))
        if not image and not build:
            at.add("a service has no image", expected="image or build")
        return Service(
            name=name,
            image=image,
            build=build,
            entrypoint=_words(raw.get("entrypoint")),
            command=_words(raw.get("command")),
            environment=self._environment(raw, at),
            ports=tuple(_port(one) for one in raw.get("ports") or []),
            exposed=_exposed(raw, at.at("expose")),
            mounts=(*_mounts(raw, at), *_tmpfs(raw, at)),
            configs=_uses(raw, "configs", at, "/"),
            secrets=_uses(raw, "secrets", at, "/run/secrets/"),
            needs=_needs(raw, at.at("depends_on")),
            links=_links(raw),
            networks={
                network: tuple(map(scalar, _listed(value.get("aliases"))))
                for network, value in (raw.get("networks") or {}).items()
            },
            health=_health(raw.get("healthcheck"), at.at("healthcheck")),
            deploy=_deploy(raw, at),
            restart="no" if raw.get("restart") is False else scalar(raw.get("restart")),
            user=scalar(raw.get("user")),
            read_only=raw.get("read_only") is True,
            cap_add=tuple(raw.get("cap_add") or ()),
            cap_drop=tuple(raw.get("cap_drop") or ()),
            stop_grace=_time(raw, "stop_grace_period", None, at),
            labels={key: value or "" for key, value in (raw.get("labels") or {}).items()},
            raw=raw,
        )

    def _environment(self, raw: Mapping[str, Any], at: Problems) -> dict[str, str]:
        found: dict[str, str] = {}
        for number, entry in enumerate(raw.get("env_file") or []):
            there = at.at("env_file").at(number)
            raw_format = entry.get("format") == "raw"
            more = environment_file(
                self._files, entry["path"], self._variables, there, raw=raw_format
            )
            if more is None and entry.get("required") is not False:
                self._notes.add(
                    there.path,
                    f"the file {entry['path']} is not there",
                    "the variables in it are not known, and not in the stack",
                    "repeat the import with the file, or add its variables",
                )
            found.update(more or {})
        for name, value in (raw.get("environment") or {}).items():
            given = self._variables.get(name) if value is None else value
            if given is None:
                place = at.at("environment").at(name).path
                given = found.get(name) or self._variables.missing(name, place)
                if not given:
                    continue
            found[name] = self._variables.keep(name, given)
        return found

    def _volume(self, raw: Mapping[str, Any]) -> Volume:
        options = raw.get("driver_opts")
        return Volume(
            bool(raw.get("external")),
            scalar(raw.get("driver")),
            {key: scalar(value) for key, value in options.items()}
            if isinstance(options, Mapping)
            else {},
        )


def _known(word: str, known: Collection[str], what: str, at: Problems) -> None:
    if word not in known:
        at.add(f"{what} is not declared", found=word, remedy=hint(word, known))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(value: Any) -> Optional[tuple[str, ...]]:
    return None if value is None else tuple(value)


def _build(value: Any) -> Optional[Build]:
    if value is None:
        return None
    return Build(
        scalar(value.get("context") or "."),
        scalar(value.get("dockerfile")),
        scalar(value.get("target")),
        tuple(value.get("args") or ()),
        "dockerfile_inline" in value,
    )


def _port(raw: Mapping[str, Any]) -> Port:
    return Port(
        raw["target"],
        raw["published"],
        raw["host_ip"],
        raw["protocol"],
        raw.get("name", ""),
        raw["place"],
    )


def _exposed(raw: Mapping[str, Any], at: Problems) -> tuple[tuple[int, str], ...]:
    found = []
    for number, text in enumerate(raw.get("expose") or []):
        ports, _, protocol = text.partition("/")
        listed = numbers(ports)
        if listed is None or protocol.lower() not in {"", "tcp", "udp", "sctp"}:
            at.at(number).add("a port cannot be read", expected="port[/protocol]", found=text)
        else:
            found += [(one, protocol.lower() or "tcp") for one in listed]
    return tuple(found)


def _mounts(raw: Mapping[str, Any], at: Problems) -> list[Mount]:
    return [
        Mount(
            one["type"],
            one["source"],
            one["target"],
            one["read_only"],
            _size(one.get("size", ""), at.at("volumes")),
            one["place"],
        )
        for one in raw.get("volumes") or []
    ]


def _size(text: str, at: Problems) -> str:
    size = memory(text) if text else ""
    if size is None:
        at.add("a size does not fit", expected="such as 64m", found=text)
    return size or ""


def _tmpfs(raw: Mapping[str, Any], at: Problems) -> list[Mount]:
    found = []
    for number, text in enumerate(raw.get("tmpfs") or []):
        there = at.at("tmpfs").at(number)
        path, _, options = text.partition(":")
        given = dict(one.partition("=")[::2] for one in options.split(","))
        size = _size(given.get("size", ""), there)
        if not path.startswith("/"):
            there.add("a path does not fit", expected="an absolute path", found=text)
        found.append(Mount("tmpfs", "", path, False, size, there.path))
    shared = _size(scalar(raw.get("shm_size")), at.at("shm_size"))
    if shared:
        found.append(Mount("tmpfs", "", "/dev/shm", False, shared, at.at("shm_size").path))  # noqa: S108
    return found


def _uses(raw: Mapping[str, Any], field: str, at: Problems, folder: str) -> tuple[FileUse, ...]:
    found = []
    for number, one in enumerate(raw.get(field) or []):
        target = scalar(one.get("target")) or one["source"]
        path = target if target.startswith("/") else folder + target
        mode = one.get("mode")
        octal = f"{mode:04o}" if isinstance(mode, int) and 0 <= mode <= 0o777 else scalar(mode)
        found.append(FileUse(one["source"], path, octal, at.at(field).at(number).path))
    return tuple(found)


def _needs(raw: Mapping[str, Any], at: Problems) -> dict[str, str]:
    found = {}
    for name, value in (raw.get("depends_on") or {}).items():
        condition = scalar(value.get("condition") or _STARTED)
        if condition not in CONDITIONS:
            expected = ", ".join(CONDITIONS)
            at.at(name).add("a value does not fit", expected=expected, found=condition)
        found[name] = condition
    return found


def _links(raw: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for text in raw.get("links") or []:
        service, _, alias = text.partition(":")
        found[alias or service] = service
    return found


def _time(raw: Mapping[str, Any], name: str, default: Optional[int], at: Problems) -> Optional[int]:
    if raw.get(name) is None:
        return default
    found = seconds(raw[name])
    if found is None:
        at.at(name).add("a duration does not fit", expected="such as 1m30s", found=raw[name])
    return found


def _whole(raw: Mapping[str, Any], name: str, at: Problems) -> Optional[int]:
    text = scalar(raw.get(name))
    if text.isdecimal() and text.isascii() and len(text) < 5:
        return int(text)
    if text:
        at.at(name).add("a value does not fit", expected="a whole number", found=raw[name])
    return None


def _health(raw: Any, at: Problems) -> Optional[Health]:
    test = raw.get("test") if isinstance(raw, Mapping) else None
    if raw is None or (test is None and raw.get("disable") is not True):
        return None
    words = tuple(test or ())
    kind = words[0] if words else "NONE"
    if raw.get("disable") is True or kind == "NONE" or len(words) < 2:
        return Health((), False, 0, 0, 0, 0)
    if kind not in {"CMD", "CMD-SHELL"}:
        at.at("test").add("a value does not fit", expected="CMD, CMD-SHELL or NONE", found=kind)
    retries = _whole(raw, "retries", at)
    return Health(
        words[1:],
        kind == "CMD-SHELL",
        _time(raw, "interval", _INTERVAL_S, at) or _INTERVAL_S,
        _time(raw, "timeout", _TIMEOUT_S, at) or _TIMEOUT_S,
        _RETRIES if retries is None else retries,
        _time(raw, "start_period", 0, at) or 0,
    )


def _part(raw: Mapping[str, Any], name: str, at: Problems) -> tuple[Mapping[str, Any], Problems]:
    """Return a mapping in a mapping, empty when it is not there."""
    value = raw.get(name)
    if value is not None and not isinstance(value, Mapping):
        at.at(name).add("a value does not fit", expected="a mapping", found=value)
    return (value if isinstance(value, Mapping) else {}), at.at(name)


def _deploy(raw: Mapping[str, Any], at: Problems) -> Deploy:
    deploy, there = _part(raw, "deploy", at)
    resources, place = _part(deploy, "resources", there)
    limits, limits_at = _part(resources, "limits", place)
    requests, requests_at = _part(resources, "reservations", place)
    policy, policy_at = _part(deploy, "restart_policy", there)
    placement, placement_at = _part(deploy, "placement", there)
    replicas = _whole(deploy, "replicas", there)
    constraints = placement.get("constraints") or []
    labels = deploy.get("labels") or {}
    return Deploy(
        mode=scalar(deploy.get("mode") or "replicated"),
        replicas=_whole(raw, "scale", at) if replicas is None else replicas,
        limits={
            **_amounts(raw, {"cpus": "cpu", "mem_limit": "memory"}, at),
            **_amounts(limits, {"cpus": "cpu", "memory": "memory"}, limits_at),
        },
        requests={
            **_amounts(raw, {"mem_reservation": "memory"}, at),
            **_amounts(requests, {"cpus": "cpu", "memory": "memory"}, requests_at),
        },
        restart=scalar(policy.get("condition")),
        attempts=_whole(policy, "max_attempts", policy_at),
        constraints=tuple(texts(constraints, placement_at.at("constraints"))),
        labels={key: value or "" for key, value in pairs(labels, there.at("labels")).items()},
    )


def _amounts(raw: Mapping[str, Any], names: Mapping[str, str], at: Problems) -> dict[str, str]:
    found = {}
    for name, ours in names.items():
        value = raw.get(name)
        # Compose takes 0 for no limit.
        if value is None or scalar(value) in {"", "0", "0.0"}:
            continue
        amount = cpu(value) if ours == "cpu" else memory(value)
        if amount is None:
            expected = "such as 0.5" if ours == "cpu" else "such as 512m"
            at.at(name).add("an amount does not fit", expected=expected, found=value)
        else:
            found[ours] = amount
    return found


def _source(raw: Mapping[str, Any]) -> FileSource:
    text = raw.get("content")
    return FileSource(
        scalar(raw.get("file")),
        scalar(raw.get("environment")),
        None if text is None else scalar(text),
        bool(raw.get("external")),
    )

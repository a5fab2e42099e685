# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a compose project to a stack: which service becomes what, put together."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .._core.errors import InvalidInputError
from .._stack.kinds import IMAGE
from .credentials import Credentials, collect, guarded
from .environment import Graph, Writer, escaped, mentions
from .exposure import Exposures, exposures
from .known import known, repository, tag
from .load import Files
from .model import Project, Service
from .notes import Notes
from .pods import fitting, nodes, probes, resources, security, stop
from .public import published
from .secretlike import words
from .storage import SIZE, Storage, all_storage
from .unmapped import note_unmapped
from .world import World, all_ports, build_world

_ONCE = frozenset(
    [
        "bootstrap",
        "create",
        "import",
        "init",
        "initialize",
        "load",
        "migrate",
        "migration",
        "seed",
        "setup",
    ]
)
_COMPLETED = "service_completed_successfully"
_MEANING = {"service_healthy": "another is healthy", _COMPLETED: "another has ended"}


@dataclass(frozen=True)
class Mapped:
    """A stack as plain data, and a beginning of an environment's settings for it."""

    stack: dict[str, Any]
    settings: dict[str, Any]


def map_project(project: Project, name: str, files: Files, notes: Notes) -> Mapped:
    """Return the stack of a project.

    Args:
        project: what the compose files describe.
        name: the stack's name.
        files: for the content of files that services mount.
        notes: takes what was decided, and what could not be mapped.

    Raises:
        InvalidInputError: nothing of the project would be in the stack.
    """
    world = build_world(project, name, notes)
    if not world.services:
        raise InvalidInputError(
            "no service becomes a component", expected="one that is no proxy of containers"
        )
    tasks = frozenset(one for one in world.services if _is_task(project, world.services[one]))
    storage = all_storage(world, files, tasks)
    texts = {one: tuple(text for text, _ in storage[one].files.values()) for one in storage}
    world = dataclasses.replace(world, texts=texts)
    ports = {one: {} if one in tasks else p for one, p in all_ports(world).items()}
    kinds = {one: _kind(world, one, storage[one], tasks) for one in world.services}
    world = dataclasses.replace(world, ports=ports, kinds=kinds)
    return _Assembly(world, storage, collect(world, storage)).mapped()


def _is_task(project: Project, service: Service) -> bool:
    """Tell whether a service runs to its end."""
    if service.deploy.mode.endswith("-job"):
        return True
    conditions = [one.needs.get(service.name) for one in project.services.values()]
    if _COMPLETED in conditions:
        return True
    stays = service.ports or service.exposed or service.health or any(conditions)
    if stays or service.deploy.mode == "global":
        return False
    command = [*(service.entrypoint or ()), *(service.command or ())]
    if "no" in {service.restart, service.deploy.restart} or service.deploy.restart == "none":
        return bool(command)
    failure = "on-failure" in service.restart or service.deploy.restart == "on-failure"
    return failure and bool(_ONCE & {word for one in command for word in words(one)})


def _kind(world: World, name: str, storage: Storage, tasks: Collection[str]) -> str:
    if name in tasks:
        return "job"
    if world.services[name].deploy.mode == "global":
        return "daemon"
    return "stateful" if storage.volumes else "service"


class _Assembly:
    def __init__(
        self, world: World, storage: Mapping[str, Storage], credentials: Credentials
    ) -> None:
        self._world = world
        self._storage = storage
        self._credentials = credentials
        self._graph = Graph()
        self._gateway: dict[str, list[str]] = {}
        self._versions: dict[str, dict[str, str]] = {}

    def mapped(self) -> Mapped:
        for name, service in self._world.services.items():
            self._order(name, service)
        components = {
            self._world.names[name]: self._component(service)
            for name, service in self._world.services.items()
        }
        public = exposures(self._world, self._gateway)
        secrets = self._credentials.declared()
        stack: dict[str, Any] = {"name": self._world.stack, "components": components}
        if secrets:
            stack["secrets"] = secrets
        if public.paths:
            stack["expose"] = public.stack()
        return Mapped(stack, self._settings(public, secrets))

    def _order(self, name: str, service: Service) -> None:
        """Take who needs whom, before what variables say."""
        notes = self._world.notes
        for other, condition in service.needs.items():
            if other not in self._world.services:
                continue
            place = f"{service.place}.depends_on.{other}"
            if not self._graph.add(name, other):
                notes.add(place, f"{other} in a circle", "components must not need each other")
            elif condition != "service_started":
                notes.gather(
                    f"{name} for {other}",
                    f"waiting until {_MEANING[condition]}",
                    "components are applied in their order, but all start together",
                    "see that the programs try again until they succeed",
                )
        linked = mentions(self._world.texts.get(name, ()), self._world.hosts_for(service))
        for other in (*service.links.values(), *sorted(linked)):
            if other in self._world.services:
                self._graph.add(name, other)

    def _component(self, service: Service) -> dict[str, Any]:
        name, world = service.name, self._world
        kind, storage = world.kinds[name], self._storage[name]
        note_unmapped(world, service)
        writer = Writer(world, service, self._credentials, self._graph)
        environment = writer.environment()
        command = self._command(service, environment)
        if kind == "stateful" and _postgres_directory(service, storage, environment):
            world.notes.add(
                f"{service.place}.environment.PGDATA",
                "the data directory is below its volume",
                "PostgreSQL wants it for itself, and a volume's top belongs to root",
            )
        self._gateway[name], numbers = published(world, service)
        replicas = self._replicas(service, kind)
        self._note_claims(service, storage)
        uses = [world.names[one] for one in self._graph.used_by(name) if one not in writer.referred]
        found: dict[str, Any] = {
            "type": kind,
            "image": self._image(service),
            **command,
            "replicas": replicas if kind == "service" or replicas > 1 else 0,
            "ports": self._ports(name),
            "environment": environment,
            "files": self._files(storage),
            "uses": uses,
            "probes": {} if kind == "job" else probes(world, service, self._credentials),
            "resources": resources(service),
            "volumes": self._volumes(service, storage, kind),
            "scratch": storage.scratch,
            "stop": stop(service, kind, replicas),
            "security": security(world, service),
            "outbound": self._outbound(service),
            "nodes": nodes(world, service),
            "publish": {"ports": numbers} if numbers else {},
            "retries": service.deploy.attempts if kind == "job" else 0,
        }
        if kind == "service" and replicas == 0:
            return {**_filled(found), "replicas": 0}
        return _filled(found)

    def _command(self, service: Service, environment: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field, given in (("command", service.entrypoint), ("arguments", service.command)):
            if given is None:
                continue
            place = f"{service.place}.{'entrypoint' if field == 'command' else 'command'}"
            safe = guarded(given, service, self._credentials)
            if (
                not given
                or not fitting(safe.words)
                or any(self._credentials.held(" ".join(safe.words)))
            ):
                self._world.notes.add(
                    place,
                    "the command",
                    "it is empty, has an empty or too long word, or a secret",
                    f"set {field}: in the stack",
                )
                continue
            environment.update({n: v for n, v in safe.environment.items() if n not in environment})
            found[field] = list(safe.words)
        return found

    def _replicas(self, service: Service, kind: str) -> int:
        given = service.deploy.replicas
        if kind == "stateful" and (given or 1) > 1:
            self._world.notes.add(
                f"{service.place}.deploy.replicas",
                f"{given} replicas with volumes",
                "each has a volume of its own, and they do not know each other",
                "keep one unless the program replicates its data itself",
            )
        if kind == "service" and given is None:
            self._world.notes.gather(
                service.name,
                "one replica",
                "the compose file says no number",
                "set replicas: 2 or more for each that keeps no state in memory or on disk",
            )
        if kind not in {"service", "stateful"}:
            return 0
        return min(1 if given is None else given, 1000)

    def _note_claims(self, service: Service, storage: Storage) -> None:
        if storage.volumes and self._world.kinds[service.name] == "stateful":
            self._world.notes.gather(
                service.name,
                f"claims of {SIZE}",
                "a compose file says no size, and a claim cannot be made smaller later",
                "set volumes: {<name>: {size: …}} in the environment before the first deployment",
            )

    def _ports(self, name: str) -> dict[str, Any]:
        return {
            port: spec.number
            if spec.protocol == "tcp"
            else {"number": spec.number, "protocol": "UDP"}
            for port, spec in self._world.ports[name].items()
        }

    def _volumes(self, service: Service, storage: Storage, kind: str) -> dict[str, Any]:
        if kind == "stateful":
            return {name: {"path": p, "size": SIZE} for name, p in storage.volumes.items()}
        for name, path in storage.volumes.items():
            self._world.notes.add(
                f"{service.place}.volumes",
                f"{path}: the volume {name}",
                f"a component of type {kind} has no volumes",
                "keep its data in another component",
            )
        return {}

    def _files(self, storage: Storage) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for path, (text, mode) in storage.files.items():
            content = escaped(text)
            found[path] = content if mode == "0444" else {"content": content, "mode": mode}
        for path, (source, mode) in storage.secret_files.items():
            found[path] = {"content": self._credentials.files[source].reference, "mode": mode}
        return found

    def _outbound(self, service: Service) -> str:
        internal = self._world.project.internal
        return "used" if service.networks and set(service.networks) <= internal else ""

    # images -------------------------------------------------------------------------------------

    def _image(self, service: Service) -> str:
        component = self._world.names[service.name]
        image = service.image.rstrip(":") or self._built(service)
        if service.build:
            self._note_build(service, image)
        if len(image) > IMAGE.most or not re.fullmatch(IMAGE.pattern, image) or "$" in image:
            self._world.notes.add(
                f"{service.place}.image",
                f"the image {image[:80]}",
                "it is not a name of an image",
                f"set image: in the environment (components: {{{component}: {{image: …}}}})",
            )
            image = f"{self._world.stack}-{component}"
        elif not service.build and "@" not in image and tag(image) in {"", "latest"}:
            self._world.notes.add(
                f"{service.place}.image",
                f"{image} has no version",
                "only development takes images without one",
                f"set components: {{{component}: {{version: …}}}} in the environment",
            )
        if "@" not in image and tag(image) in {"", "latest"}:
            self._versions[component] = {"version": "1.0.0"}
        return image

    def _built(self, service: Service) -> str:
        """Return the name of an image that is built; equal builds are one image."""
        first = next(
            one.name
            for one in self._world.services.values()
            if one.build == service.build and not one.image
        )
        return f"{self._world.stack}-{self._world.names[first]}"

    def _note_build(self, service: Service, image: str) -> None:
        build = service.build
        if build is None:
            return
        argv = ["podman", "build", "-t", f"<registry>/{repository(image)}:<version>"]
        argv += ["-f", f"{build.context}/{build.dockerfile}"] if build.dockerfile else []
        argv += ["--target", build.target] if build.target else []
        for one in build.arguments:
            argv += ["--build-arg", f"{one}=VALUE"]
        line = " ".join([*argv[:4], *map(shlex.quote, argv[4:]), shlex.quote(build.context)])
        inline = " after writing dockerfile_inline to a file" if build.inline else ""
        self._world.notes.add(
            f"{service.place}.build",
            "an image of your own",
            "a stack runs images, it does not build them",
            f"build and push it ({line}){inline}, and set image and version in the environment",
        )

    # settings -----------------------------------------------------------------------------------

    def _settings(
        self, public: Exposures, secrets: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Return what an environment must say, with examples for values."""
        asked = {
            name: {
                key: f"{{{{ vault_{name}_{key} }}}}".replace("-", "_")
                for key, spec in keys.items()
                if spec == "environment"
            }
            for name, keys in secrets.items()
        }
        found = {
            "hosts": public.hosts,
            "components": self._versions,
            "secrets": {name: keys for name, keys in asked.items() if keys},
        }
        return {"name": self._world.stack, **{key: one for key, one in found.items() if one}}


def _filled(component: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in component.items() if value not in ({}, [], "", 0, None)}


def _postgres_directory(service: Service, storage: Storage, environment: dict[str, str]) -> bool:
    """Let PostgreSQL keep its data below a volume's top, and tell whether that was necessary.

    It insists on a directory that is its own alone; the top of a volume belongs to root.
    """
    if "postgres" not in known(service.image).ports and "PGDATA" not in environment:
        return False
    directory = environment.get("PGDATA", "/var/lib/postgresql/data").rstrip("/")
    if directory not in storage.volumes.values():
        return False
    environment["PGDATA"] = f"{directory}/pgdata"
    return True

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets: found by the names of variables, declared in the stack, their values nowhere in it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional
from urllib.parse import unquote

from .model import Service
from .names import free
from .secretlike import is_external, is_generable, is_password, is_secret, key_of, words
from .storage import Storage, secret_name
from .world import World

# Shorter values, and words that stand for something else as well, are found by chance.
_LEAST_SCANNED = 6
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/:@]*:(?P<password>[^\s/@]+)@", re.IGNORECASE)
_QUERY = re.compile(
    r"(?:^|[?&;,\s])(?:\w*password|\w*passwd|pwd|\w*secret|\w*token)=(?P<password>[^&;,\s\"']+)",
    re.IGNORECASE,
)
_FLAG = re.compile(r"--?(?P<name>[A-Za-z][-A-Za-z0-9]*)")
_BEFORE = r"(?:(?:^|\s)(?:-p|-a |--password[= ])|//[^\s/:@]*:)"
_LONG = 64
# What a value that is a secret elsewhere is not here: a name that happens to be the same.
_ORDINARY = frozenset({"database", "db", "email", "host", "login", "name", "user", "username"})


@dataclass(frozen=True)
class Use:
    """A place where a secret is; ``whole`` is false when it is only a part of the value."""

    service: str
    name: str
    value: str
    place: str
    whole: bool = True


@dataclass(frozen=True)
class Credential:
    """A key of a declared secret."""

    secret: str
    key: str
    spec: Any

    @property
    def reference(self) -> str:
        """The reference to it in the stack."""
        return f"${{secret.{self.secret}.{self.key}}}"


@dataclass
class Credentials:
    """All secrets of a stack.

    Attributes:
        values: value to its key.
        users: service and variable to the key.
        files: source of a file to its key.
        scanned: values that no other text of the stack may hold.
    """

    values: dict[str, Credential] = field(default_factory=dict)
    users: dict[tuple[str, str], Credential] = field(default_factory=dict)
    files: dict[str, Credential] = field(default_factory=dict)
    scanned: tuple[str, ...] = ()

    def declared(self) -> dict[str, dict[str, Any]]:
        """Return the secrets as the stack declares them."""
        found: dict[str, dict[str, Any]] = {}
        for one in (*self.values.values(), *self.files.values()):
            found.setdefault(one.secret, {})[one.key] = one.spec
        return found

    def of(self, service: str, name: str) -> Optional[Credential]:
        """Return the secret that a variable of a service is; None when it is none."""
        return self.users.get((service, name))

    def masked(self, text: str) -> str:
        """Return a text with the secrets in it hidden."""
        for password in (*passwords_in(text), *self.held(text)):
            text = text.replace(password, "<password>")
        return text

    def held(self, text: str) -> Iterator[str]:
        """Yield the values that a text holds as whole words."""
        for value in self.scanned:
            if re.search(rf"(?<![\w-]){re.escape(value)}(?![\w-])", text):
                yield value


def passwords_in(text: str) -> list[str]:
    """Return the passwords that stand in a URL or a list of settings."""
    return [m["password"] for pattern in (_URL, _QUERY) for m in pattern.finditer(text)]


def _uses(world: World) -> Iterator[Use]:
    for service in world.services.values():
        for name, value in service.environment.items():
            place = f"{service.place}.environment.{name}"
            if value and (is_secret(name, value) or _is_given(world, name, value)):
                yield Use(service.name, name, value, place)
            elif passwords_in(value):
                yield Use(service.name, name, value, place, whole=False)
        for name, value in _flags(service):
            yield Use(service.name, name, value, f"{service.place}.command")


def _is_given(world: World, name: str, value: str) -> bool:
    """Tell whether a variable has the value of another one, whose name is a secret's."""
    known = value in world.project.credentials and len(value) >= _LEAST_SCANNED
    ordinary = bool(words(name)) and words(name)[-1] in _ORDINARY
    return known and not ordinary and value not in world.hosts


def _parts(world: World, uses: list[Use], found: Credentials) -> Iterator[Use]:
    """Yield the variables that hold a secret as a part of something else."""
    seen = {(use.service, use.name) for use in uses}
    for service in world.services.values():
        for name, value in service.environment.items():
            if (service.name, name) not in seen and any(found.held(value)):
                place = f"{service.place}.environment.{name}"
                yield Use(service.name, name, value, place, whole=False)


def _flags(service: Service) -> Iterator[tuple[str, str]]:
    """Yield the secrets among a command's arguments: ``--password=x`` and ``--password x``."""
    argv = [*(service.entrypoint or ()), *(service.command or ())]
    for word, following in zip(argv, [*argv[1:], ""]):
        head, equals, value = word.partition("=")
        flag = _FLAG.fullmatch(head)
        value = value if equals else following
        if flag and value and not value.startswith(("-", "$")) and is_secret(flag["name"], value):
            yield flag["name"], value


def collect(world: World, storage: Mapping[str, Storage]) -> Credentials:
    """Return the secrets of a project, each noted; files that hold one become secrets, too."""
    found = Credentials()
    uses = list(_uses(world))
    found.scanned = _scanned(world, uses)
    uses += _parts(world, uses, found)
    known = {unquote(p) for use in uses if not use.whole for p in passwords_in(use.value)}
    known |= {p for use in uses if not use.whole for p in found.held(use.value)}
    taken: dict[str, set[str]] = {}
    for value in dict.fromkeys(use.value for use in uses):
        same = [use for use in uses if use.value == value]
        owner = min(same, key=lambda use: not world.known(use.service).store)
        secret = world.names[owner.service]
        key = free(key_of(owner.name), taken.setdefault(secret, set()), 100)
        taken[secret].add(key)
        made = Credential(secret, key, _spec(world, owner, same, known))
        found.values[value] = made
        found.users.update({(use.service, use.name): made for use in same})
        _note(world, owner, same, found)
    for one in storage.values():
        _protect(one, found)
    _files(world, storage, found)
    return found


def _protect(storage: Storage, found: Credentials) -> None:
    """Make files that hold a secret secrets as a whole."""
    for path, (text, mode) in list(storage.files.items()):
        if any(found.held(text)):
            del storage.files[path]
            storage.secret_files[path] = (f"file:{path}", mode)


def _spec(world: World, owner: Use, same: list[Use], in_urls: set[str]) -> Any:
    """Return who makes the value: nobody knows a generated one, so no URL can hold it."""
    services = {use.service for use in same}
    if not owner.whole or owner.value in in_urls or any(is_external(use.name) for use in same):
        return "environment"
    of_store = is_password(owner.name) and any(world.known(one).store for one in services)
    if len(services) > 1 or of_store or is_generable(owner.name):
        return {"length": _LONG} if key_of(owner.name) == "secret-key-base" else "generate"
    return "environment"


def _note(world: World, owner: Use, same: list[Use], found: Credentials) -> None:
    made = found.values[owner.value]
    users = ", ".join(dict.fromkeys(use.service for use in same))
    place = f"secret {made.secret}, key {made.key}, used by {users}"
    settings = f"secrets: {{{made.secret}: {{{made.key}: …}}}}"
    if not owner.whole:
        world.notes.add(
            owner.place,
            f"a value with a password in it ({found.masked(owner.value)})",
            "a secret cannot be a part of a value, so all of it is a secret of the environment "
            f"({place})",
            f"give the whole value in the environment's settings, {settings}",
        )
    elif made.spec == "environment":
        world.notes.add(
            owner.place,
            "a secret that the environment must give",
            f"values of secrets are not taken over ({place})",
            f"set {settings} in the environment, from a vault",
        )
    else:
        world.notes.add(
            owner.place,
            "a secret that is generated",
            f"it is made once in the cluster ({place})",
            f"for data that exists already give its value in the environment, {settings}",
        )


def _files(world: World, storage: Mapping[str, Storage], found: Credentials) -> None:
    users: dict[str, list[str]] = {}
    for name, one in storage.items():
        for source, _ in one.secret_files.values():
            users.setdefault(source, []).append(name)
    taken = {*world.names.values(), *(one.secret for one in found.values.values())}
    for source, services in users.items():
        name = free(secret_name(source), taken)
        taken.add(name)
        shared = len(set(services)) > 1 or any(world.known(one).store for one in services)
        made = is_password(source) and shared and not is_external(source)
        found.files[source] = Credential(name, "value", "generate" if made else "environment")
        file = source.startswith("file:")
        world.notes.add(
            f"services.{services[0]}.volumes" if file else f"secrets.{source}",
            f"the file {source[5:]} is private or holds a secret"
            if file
            else f"the secret {source}",
            f"it is secret {name}, key value, of the stack; its content is not taken over",
            f"it is generated; give secrets: {{{name}: {{value: …}}}} to keep the present one"
            if made
            else f"set secrets: {{{name}: {{value: …}}}} in the environment, from a vault",
        )


def _scanned(world: World, uses: Iterable[Use]) -> tuple[str, ...]:
    ordinary = {*world.hosts, *world.names.values()}
    for service in world.services.values():
        ordinary |= {v for n, v in service.environment.items() if not is_secret(n, v)}
        ordinary |= set(re.split(r"[/:@]", service.image))
    values = {use.value for use in uses if use.whole} | world.project.credentials
    values |= {p for use in uses if not use.whole for p in passwords_in(use.value)}
    found = {one for one in values if len(one) >= _LEAST_SCANNED and one not in ordinary}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


# commands ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Guarded:
    """A command without secrets, and the variables that it has instead."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


def guarded(argv: tuple[str, ...], service: Service, found: Credentials) -> Guarded:
    """Return a command whose secrets are variables, which Kubernetes puts into it."""
    environment: dict[str, str] = {}
    flags = {value: name for name, value in _flags(service)}

    def variable(value: str) -> Optional[str]:
        made = found.values.get(value)
        if made is None:
            return None
        for name, own in service.environment.items():
            if own == value and found.of(service.name, name):
                return name
        name = re.sub(r"[^A-Z0-9]+", "_", made.key.upper())
        environment[name] = made.reference
        return name

    changed = []
    for word in argv:
        text = word
        for value in (*(one for one in flags if one in text), *found.held(text)):
            name = variable(value)
            if name:
                text = re.sub(rf"(?<![\w-]){re.escape(value)}(?![\w-])", f"$({name})", text)
        changed.append(text)
    return Guarded(tuple(changed), environment)


def guarded_test(
    argv: tuple[str, ...], shell: bool, service: Service, found: Credentials
) -> Optional[tuple[str, ...]]:
    """Return a health check as words without secrets; None when there is no such form."""
    text = argv[0] if shell else " ".join(map(shlex.quote, argv))
    changed = text
    for name, value in service.environment.items():
        if found.of(service.name, name) and value in text:
            pattern = (
                rf"(?P<pre>(^|\s)(-p|--password[= ]|-a )|//[^\s/:@]*:){re.escape(value)}(?![\w-])"
            )
            changed = re.sub(pattern, lambda m, name=name: f"{m['pre']}${name}", changed)  # type: ignore[misc]
            if value in found.scanned:
                changed = changed.replace(value, f"${name}")
    if any(found.held(changed)) or (changed != text and "'" in text):
        return None
    return ("/bin/sh", "-c", changed) if shell or changed != text else argv

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What fields cannot tell alone: names that must exist or be free, and what excludes what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .._core.errors import InvalidInputError
from .._core.names import hint
from .._kube.compare import quantity
from .containers import Init, Port, Probe, Probes, Resources, Security, Sidecar
from .model import (
    Check,
    Component,
    Exposure,
    External,
    Pods,
    Running,
    Schedule,
    SecretKey,
    Service,
    Stack,
    Stateful,
    fetcher_name,
    files_name,
    members_name,
    ports_of,
    public_name,
    published,
    redirect_name,
)
from .reference_rules import below, check_references, known
from .references import RESERVED
from .schema import Problems
from .uses import containers, order

# minute, hour, day, month, weekday as Kubernetes takes them
_CRON = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]


def check_stack(stack: Stack, at: Problems) -> None:
    """Note at ``at`` everything in a stack that does not fit together."""
    before = len(at.found)
    for name, component in stack.components.items():
        there = at.at("components").at(name)
        if name in RESERVED:
            there.add("a name is reserved for references", remedy="give it another name")
        _check_component(stack, name, component, there)
    _check_names(stack, at)
    check_references(stack, at)
    for name, exposure in stack.expose.items():
        _check_exposure(stack, exposure, at.at("expose").at(name))
    for name, keys in stack.secrets.items():
        for key, declared in keys.items():
            _check_secret(declared, at.at("secrets").at(name).at(key))
    for number, check in enumerate(stack.checks):
        _check_check(stack, check, at.at("checks").at(number))
    if len(at.found) == before:
        _check_cycles(stack, at)


def _check_names(stack: Stack, at: Problems) -> None:
    """Two objects of a kind must not get one name."""
    services, maps = dict.fromkeys(stack.components, ""), dict.fromkeys(stack.components, "")
    for name, component in stack.components.items():
        there = at.at("components").at(name)
        if isinstance(component, Stateful):
            _claim(services, members_name(name), there)
        if published(component):
            _claim(services, public_name(name), there.at("publish"))
        if isinstance(component, Pods) and component.files:
            _claim(maps, files_name(name), there.at("files"))
    for name in stack.configs:
        _claim(maps, name, at.at("configs").at(name))
    for name, exposure in stack.expose.items():
        if exposure.https == "redirect" and redirect_name(name) in stack.expose:
            at.at("expose").at(name).add("a name is taken", found=redirect_name(name))


def _claim(taken: dict[str, str], name: str, at: Problems) -> None:
    if name in taken:
        what = taken[name] or "a component"
        at.add(f"a name is taken by {what}", found=name, remedy="give it another name")
    taken[name] = at.path


# components -------------------------------------------------------------------------------------


def _check_component(stack: Stack, name: str, component: Component, at: Problems) -> None:
    for number, other in enumerate(component.uses):
        known(other, stack.components, "a component", at.at("uses").at(number))
    if isinstance(component, Pods):
        _check_pods(name, component, at)
    if isinstance(component, Running):
        _check_ports(component.ports, at.at("ports"), {})
        _check_probes(component.probes, component.ports, at.at("probes"))
        if component.publish:
            _check_publish(component, at.at("publish"))
    scale = component.scale if isinstance(component, Service) else None
    if scale and scale.least > scale.most:
        at.at("scale").add("the lower limit is above the upper one", expected="from ≤ to")
    if isinstance(component, Schedule):
        _check_schedule(component.schedule, at.at("schedule"))
    if isinstance(component, External):
        _check_external(component, at)


def _check_pods(name: str, component: Pods, at: Problems) -> None:
    _check_resources(component.resources, at.at("resources"))
    _check_security(component.security, at.at("security"))
    paths = _check_paths(component, at)
    taken = {name, *map(fetcher_name, range(len(component.content)))}
    seen = dict(component.ports) if isinstance(component, Running) else {}
    for place, container in containers(component):
        there = below(at, place)
        if place[1] in taken:
            there.add("a container's name is taken", remedy="give it another name")
        taken.add(str(place[1]))
        _check_container(container, paths, there)
        if isinstance(container, Sidecar):
            _check_ports(container.ports, there.at("ports"), seen)
            _check_probes(container.probes, container.ports, there.at("probes"))
            seen |= container.ports


def _check_container(container: Init, paths: Mapping[str, str], at: Problems) -> None:
    _check_resources(container.resources, at.at("resources"))
    _check_security(container.security, at.at("security"))
    seen = set()
    for number, mount in enumerate(container.mounts):
        there = at.at("mounts").at(number)
        known(mount.path, paths, "a directory or file of the component", there)
        if (mount.at or mount.path) in seen:
            there.add("two directories have one path", found=mount.at or mount.path)
        seen.add(mount.at or mount.path)


def _check_ports(ports: Mapping[str, Port], at: Problems, others: Mapping[str, Port]) -> None:
    seen = {(port.number, port.protocol): name for name, port in others.items()}
    for name, port in ports.items():
        key = (port.number, port.protocol)
        if key in seen:
            remedy = f"see {seen[key]}"
            at.at(name).add("a port is there twice", found=port.number, remedy=remedy)
        if name in others:
            at.at(name).add("a port's name is there twice")
        seen[key] = name


def _check_probes(probes: Probes, ports: Mapping[str, Port], at: Problems) -> None:
    for name, probe in (("ready", probes.ready), ("live", probes.live)):
        if probe:
            _check_probe(probe, ports, at.at(name))


def _check_probe(probe: Probe, ports: Mapping[str, Port], at: Problems) -> None:
    if probe.http and probe.command:
        at.add("a probe has two ways to ask", expected="http or command")
    if probe.port:
        there = at.at("port")
        declared = known(probe.port, ports, "a port", there)
        if declared and not probe.command and ports[probe.port].protocol != "TCP":
            there.add("a probe asks by TCP", expected="a TCP port, or a command")
    elif not probe.command and not any(port.protocol == "TCP" for port in ports.values()):
        at.add("a probe has nothing to ask", expected="a command, or TCP ports of the container")


def _check_publish(component: Running, at: Problems) -> None:
    ports = ports_of(component)
    if not ports:
        at.add("a component has no ports", expected="ports that can be published")
    seen: dict[tuple[int, str], str] = {}
    for name, number in published(component).items():
        there = at.at("ports").at(name)
        if not known(name, ports, "a port", there):
            continue
        key = (number, ports[name].protocol)
        if key in seen:
            there.add("a port is there twice", found=number, remedy=f"see {seen[key]}")
        seen[key] = name


def _check_external(component: External, at: Problems) -> None:
    _check_ports(component.ports, at.at("ports"), {})
    _check_resources(component.resources, at.at("resources"))
    udp = [name for name, port in component.ports.items() if port.protocol == "UDP"]
    if component.proxy and udp:
        there = at.at("ports").at(udp[0])
        there.add("the proxy takes no UDP", expected="TCP, or proxy: false")
    target = component.target
    if target is None:
        return
    if target.port and len(component.ports) > 1:
        expected = "ports, with the names of the component's ports"
        at.at("target").at("port").add("a target has one port for several", expected=expected)
    for name in target.ports:
        known(name, component.ports, "a port", at.at("target").at("ports").at(name))


def _check_resources(resources: Resources, at: Problems) -> None:
    for name in ("cpu", "memory"):
        request, limit = getattr(resources.requests, name), getattr(resources.limits, name)
        least, most = quantity(request or 0), quantity(limit or 0)
        if request and limit and least is not None and most is not None and least > most:
            there = at.at("requests").at(name)
            there.add("a request is above its limit", expected=f"at most {limit}", found=request)


def _check_security(security: Security, at: Problems) -> None:
    if security.root and security.user:
        at.add("a container is to be root and another user", expected="root or user")


def _paths(component: Pods) -> Iterator[tuple[str, str]]:
    for number, scratch in enumerate(component.scratch):
        yield f"scratch[{number}]", scratch.path
    for number, content in enumerate(component.content):
        yield f"content[{number}]", content.path
    if isinstance(component, Stateful):
        for name, volume in component.volumes.items():
            yield f"volumes.{name}", volume.path
    for path in component.files:
        yield f"files.{path}", path


def _check_paths(component: Pods, at: Problems) -> dict[str, str]:
    seen: dict[str, str] = {}
    for where, path in _paths(component):
        if path in seen:
            at.at(where).add("two directories have one path", found=path, remedy=seen[path])
        seen[path] = where
    return seen


# schedules --------------------------------------------------------------------------------------


def _check_schedule(text: str, at: Problems) -> None:
    if text.startswith("@"):
        return
    what = ("minute", "hour", "day", "month", "weekday")
    for field, limits, name in zip(text.split(" "), _CRON, what):
        if not all(_is_cron(part, *limits) for part in field.lower().split(",")):
            expected = f"{name}: *, or numbers from {limits[0]} to {limits[1]}, such as 1,5 */10"
            at.add("a schedule does not fit", expected=expected, found=field)


def _is_cron(part: str, least: int, most: int) -> bool:
    found = re.fullmatch(r"(\*|[a-z0-9]+(-[a-z0-9]+)?)(/([1-9][0-9]{0,3}))?", part)
    if not found:
        return False
    if found[1] == "*":
        return True
    words = {12: _MONTHS, 6: _DAYS}.get(most, [])
    numbers = [
        words.index(word) + least if word in words else int(word) if word.isdigit() else -1
        for word in found[1].split("-")
    ]
    return all(least <= number <= most for number in numbers) and numbers == sorted(numbers)


# what is public, secrets, checks ----------------------------------------------------------------


def _check_exposure(stack: Stack, exposure: Exposure, at: Problems) -> None:
    for path, route in exposure.paths.items():
        there = at.at("paths").at(path)
        if not known(route.component, stack.components, "a component", there):
            continue
        ports = ports_of(stack.components[route.component])
        if route.port:
            if known(route.port, ports, "a port", there) and ports[route.port].protocol != "TCP":
                there.add("a route takes TCP ports alone", found=route.port)
        elif not ports:
            there.add("a component has no ports", found=route.component)
        elif next(iter(ports.values())).protocol != "TCP":
            there.add("a route takes TCP ports alone", expected="port: the name of a TCP port")


def _check_secret(declared: SecretKey, at: Problems) -> None:
    if declared.key and not declared.vault:
        at.at("key").add("a field of Vault without a secret there", expected="vault: its path")


def _check_check(stack: Stack, check: Check, at: Problems) -> None:
    if check.expose:
        known(check.expose, stack.expose, "an exposure", at.at("expose"))
    elif len(stack.expose) != 1:
        at.at("expose").add(
            "a check must say which host name it asks", remedy=hint("", stack.expose)
        )


def _check_cycles(stack: Stack, at: Problems) -> None:
    try:
        order(stack)
    except InvalidInputError as error:
        at.at("components").add(
            error.what, expected="no circle", remedy=f"the circle: {error.found}"
        )

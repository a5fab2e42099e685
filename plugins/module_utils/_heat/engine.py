# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a stack to what it shall be: look, check what is needed, decide, act, wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Optional

from .._core.errors import InvalidInputError, NotReadyError, ProblemsError, RefusedError
from .._core.plan import Plan
from .._kube.concurrent import each
from .._kube.wait import Clock
from .changes import (
    ADOPT,
    StackChange,
    lost_servers,
    plan_create,
    plan_delete,
    plan_update,
    refusal,
)
from .compare import differences, has_files
from .kept import Census, kept, networks, obstacles
from .needs import Needs, Survey, needs, unmet
from .preview import settled
from .stack import Content, Heat, Resource, Stack
from .waiting import Follower, failure


@dataclass(frozen=True)
class Options:
    """How to act.

    Attributes:
        check: change nothing, predict.
        minutes: that Heat may take; also how long it may show no sign of life.
        removable: names of servers and volumes that may be lost; the stack's for all.
        replace: names of resources that are made anew although nothing else says so.
        members: names of servers at work that must be let go first, if they are to be lost.
        adopt: data of an abandoned stack, taken over when there is none of the name.
        stalled: seconds without an event after which what another run began counts as given up.
    """

    check: bool = False
    minutes: int = 60
    removable: frozenset[str] = frozenset()
    replace: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    adopt: str = ""
    stalled: float = 300.0


@dataclass(frozen=True)
class Outcome:
    """What was (or would be) changed, and the stack; None when there is none.

    ``leaving`` are the members that the change would lose; if there are any, nothing was changed.
    ``kept`` is what a stack that is deleted leaves, a line each.
    """

    plan: Plan[StackChange] = field(default_factory=lambda: Plan[StackChange]())
    stack: Optional[Stack] = None
    leaving: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


class Engine:
    """Brings one stack to what it shall be.

    Args:
        heat: the connection.
        survey: looks at what the cloud has of what is needed.
        decided: told of the plan before anything is changed.
        census: looks at what there is in networks, and at the project's volumes.
    """

    def __init__(
        self,
        heat: Heat,
        survey: Callable[[Needs], Survey],
        options: Options,
        clock: Clock,
        decided: Callable[[Outcome], None],
        census: Callable[[Sequence[str]], Census],
    ) -> None:
        self._heat = heat
        self._survey = survey
        self._options = options
        self._clock = clock
        self._decided = decided
        self._census = census

    def present(self, name: str, content: Content) -> Outcome:
        """Create, adopt, update or repair a stack.

        Raises:
            ProblemsError: the cloud lacks what is needed, or resources failed.
            RefusedError: servers or volumes would be lost; nothing was changed.
            NotReadyError: Heat shows no sign of life.
        """
        stack = self._settled(name)
        if stack is None:
            return self._create(name, content)
        if stack.state.startswith("DELETE_"):  # one that failed, or goes on for ever
            raise RefusedError(
                "the stack is half deleted",
                on=f"stack {name}",
                found=f"{stack.state}: {stack.reason}",
                remedy="finish with state: absent; then it can be created again",
            )
        actual = self._content(stack, content)
        settled = not (stack.failed or stack.busy)
        if settled and not differences(content, actual) and not self._options.replace:
            return Outcome(stack=stack)
        return self._update(stack, actual, content)

    def absent(self, name: str) -> Outcome:
        """Delete a stack.

        Raises:
            RefusedError: it has servers or volumes, and the run does not name it.
            ProblemsError: others have made something in its networks, and nothing was changed; or
                resources could not be deleted.
        """
        stack = self._settled(name)
        if stack is None:
            return Outcome()
        resources = self._heat.resources(stack)
        left = Outcome(plan_delete(stack, resources), stack)
        self._allow(left, stack)
        census = self._census(networks(resources))
        problems = list(obstacles(resources, census))
        if problems:
            raise ProblemsError("the stack cannot be deleted; nothing was changed", problems)
        content = self._content(stack, Content({}))
        outcome = replace(left, kept=tuple(kept(content, resources, census)))
        self._decided(outcome)
        if self._options.check:
            return outcome
        last = self._heat.last_event(stack)
        self._heat.delete(stack)
        self._follow(stack, last)
        return replace(outcome, stack=None)

    # looking ---------------------------------------------------------------------------------

    def _settled(self, name: str) -> Optional[Stack]:
        """Return the stack; what a run that was killed has begun is waited for.

        An engine that was killed may leave a stack at work for ever. Such a one is still busy when
        it is returned, and updated like one that failed; Heat sees to it that nothing that another
        engine is really at work on is touched.
        """
        stack = self._heat.find(name)
        if stack is None or not stack.busy:
            return stack
        last, limit = self._heat.last_event(stack), self._options.stalled
        try:
            ended = Follower(self._heat, stack, last, limit, self._clock).end()
        except NotReadyError:
            return stack
        return None if ended.state == "DELETE_COMPLETE" else ended

    def _content(self, stack: Stack, wanted: Content) -> Content:
        heat = self._heat
        calls: list[Callable[[], object]] = [
            lambda: heat.template(stack),
            lambda: heat.environment(stack),
        ]
        template, environment = each("Heat cannot be asked", lambda call: call(), calls)
        actual = Content(dict(template), dict(environment))  # type: ignore[call-overload]
        if has_files(wanted) or has_files(actual):
            return Content(actual.template, actual.environment, heat.files(stack))
        return actual

    def _check(self, wanted: Needs) -> None:
        problems = list(unmet(wanted, self._survey(wanted)))
        if problems:
            raise ProblemsError("the cloud lacks what is needed; nothing was changed", problems)

    # acting ----------------------------------------------------------------------------------

    def _create(self, name: str, content: Content) -> Outcome:
        self._check(needs(content, frozenset() if self._options.adopt else None))
        plan = plan_create(name, content, self._heat.preview_create(name, content))
        if self._options.adopt:
            plan = Plan(tuple(_adopted(change) for change in plan))
        outcome = Outcome(plan)
        self._decided(outcome)
        if self._options.check:
            return outcome
        made = self._heat.create(name, content, self._options.minutes, self._options.adopt)
        return Outcome(plan, self._follow(made, ""))

    def _update(self, stack: Stack, actual: Content, content: Content) -> Outcome:
        options = self._options
        resources = self._heat.resources(stack)
        self._known(stack, resources)
        broken = {one.name for one in resources if not one.whole}
        before, after = actual.template["resources"], content.template["resources"]
        touched = {name for name in after if after[name] != before.get(name)}
        missing = {one.name for one in resources if not one.physical}
        new = (after.keys() - before.keys()) | (missing & after.keys())
        self._check(needs(content, new, touched))
        preview = settled(
            lambda asked: self._heat.preview_update(stack, asked), actual, content, resources
        )
        _announce(preview, resources, options.replace)
        plan = plan_update(stack, actual, content, preview, broken - options.replace)
        outcome = Outcome(plan, stack)
        self._allow(outcome, stack)
        leaving = lost_servers(plan) & options.members
        if leaving:
            return Outcome(stack=stack, leaving=tuple(sorted(leaving)))
        self._decided(outcome)
        if options.check:
            return outcome
        for name in sorted(options.replace):
            self._heat.mark_unhealthy(stack, name, "Landfall was told to replace it")
        last = self._heat.last_event(stack)
        self._heat.update(stack, content, options.minutes)
        return Outcome(plan, self._follow(stack, last))

    def _known(self, stack: Stack, resources: Sequence[Resource]) -> None:
        strange = self._options.replace - {one.name for one in resources}
        if strange:
            raise InvalidInputError(
                "the stack has no such resource",
                on=f"stack {stack.name}",
                expected="names of its servers or other resources",
                found=", ".join(sorted(strange)),
            )

    def _allow(self, outcome: Outcome, stack: Stack) -> None:
        refused = refusal(outcome.plan, stack, self._options.removable | self._options.replace)
        if refused:
            raise refused

    def _follow(self, stack: Stack, last: str) -> Stack:
        ended = self._wait(stack, last)
        if ended.failed:
            raise failure(ended, self._heat.resources(ended), self._heat.fault)
        return ended

    def _wait(self, stack: Stack, last: str) -> Stack:
        return Follower(self._heat, stack, last, self._options.minutes * 60.0, self._clock).end()


def _announce(
    preview: dict[str, list[Resource]], resources: Sequence[Resource], replace: frozenset[str]
) -> None:
    """Put what is replaced by order where it belongs: Heat does not know of it yet."""
    named = {one.name: one for one in resources if one.name in replace}
    for key in ("unchanged", "updated"):
        preview[key] = [one for one in preview.get(key, []) if one.name not in named]
    known = {one.name for one in preview.get("replaced", [])}
    more = [one for name, one in named.items() if name not in known]
    preview["replaced"] = [*preview.get("replaced", []), *more]


def _adopted(change: StackChange) -> StackChange:
    return StackChange(
        change.target, ADOPT, change.before, change.after, name=change.name, type=change.type
    )

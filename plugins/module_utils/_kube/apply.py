# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring a cluster to what an owner declares: look, decide, apply, prune, wait."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Optional

from .._core.errors import InvalidInputError
from .._core.plan import Plan
from .api import Api, ConflictError, Resource
from .compare import shown, unchanged
from .concurrent import each
from .objects import Gvk, Key, Object, by_wave, check_objects, gvk_of, key_of, normalised
from .plan import (
    CRD,
    CREATE,
    DELETE,
    NONE,
    UPDATE,
    ObjectChange,
    Promised,
    change,
    check_owners,
    check_scopes,
)
from .prune import PARENT_NAMESPACE, PART_OF, Pruning, Record, manager_of, pruning, set_id
from .wait import Clock, SystemClock, Waiter

# Up to this many objects that the set does not have yet are looked for one by one.
FEW = 8
# Custom resources cannot go on without their definitions, so that limit has a lower bound.
DEFINED_WITHIN_S = 60.0
# The record is an object whose name holds the owner's.
OWNER = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")
_CONFIG_MAP = Gvk("", "v1", "ConfigMap")


@dataclass(frozen=True)
class Options:
    """How to apply.

    Attributes:
        prune: remove what the owner applied before and no longer declares.
        prune_data: remove also objects that hold data (claims, volumes, namespaces, definitions).
        wait: wait until every object is ready.
        timeout: limit of that wait, in seconds.
        check: change nothing, predict.
        force: take over fields of other managers and objects of other owners.
    """

    prune: bool = True
    prune_data: bool = False
    wait: bool = True
    timeout: float = 300.0
    check: bool = False
    force: bool = False


@dataclass(frozen=True)
class ApplyResult:
    """What was (or would be) changed.

    Attributes:
        plan: the changes, in their order; false when nothing differs.
        objects: kind, namespace, name and action (create, update, delete, none) of each object.
        kept: objects that are no longer declared but were kept, because they hold data.
    """

    plan: Plan[ObjectChange]
    objects: tuple[Mapping[str, str], ...] = ()
    kept: tuple[str, ...] = ()


@dataclass
class _Survey:
    """What is declared and what the cluster has of it."""

    desired: list[Object]
    resources: dict[Gvk, Optional[Resource]]
    live: dict[Key, Object]
    members: list[Object]
    record: Record
    has_record: bool
    kinds: dict[str, Resource] = field(default_factory=dict)


class Applier:
    """Applies the objects of one owner."""

    def __init__(self, api: Api, owner: str, options: Options, clock: Clock) -> None:
        self._api = api
        self._owner = owner
        self._manager = manager_of(owner)
        self._set = set_id(owner)
        self._options = options
        selector = f"{PART_OF}={self._set}"
        self._waiter = Waiter(api, selector, options.timeout, clock)
        self._definitions = Waiter(api, selector, max(options.timeout, DEFINED_WITHIN_S), clock)

    def run(
        self, objects: Iterable[Mapping[str, Any]], decided: Callable[[ApplyResult], None]
    ) -> ApplyResult:
        """Look, decide, and unless checking: apply, prune and wait."""
        desired = [normalised(obj, {PART_OF: self._set}) for obj in objects]
        survey = self._survey(desired)
        changes = self._changes(survey)
        doomed = self._pruning(survey)
        removals = [change(DELETE, obj, obj, None) for obj in doomed.remove]
        result = _result(Plan((*changes, *removals)), desired, doomed)
        decided(result)
        if not self._options.check:
            self._execute(survey, changes, doomed)
        return result

    # looking ---------------------------------------------------------------------------------

    def _resource(self, gvk: Gvk) -> Optional[Resource]:
        return self._api.resource(gvk) or self._api.resource(gvk, fresh=True)

    def _parent(self) -> Optional[Object]:
        resource = self._resource(_CONFIG_MAP)
        key = Key("", "ConfigMap", PARENT_NAMESPACE, self._manager)
        return self._api.get(resource, key) if resource else None

    def _survey(self, desired: list[Object]) -> _Survey:
        promised = Promised.by(desired)
        gvks = dict.fromkeys(map(gvk_of, desired))
        resources = {
            gvk: self._api.resource(gvk) if gvk in promised.kinds else self._resource(gvk)
            for gvk in gvks
        }
        check_scopes(desired, resources, promised)
        parent = self._parent()
        record = Record.from_parent(parent) if parent else Record()
        kinds = {r.gvk.group_kind: r for r in resources.values() if r}
        for name in record.group_kinds - kinds.keys():
            parts = name.partition(".")
            found = self._api.resource(Gvk(parts[2], "", parts[0]))
            if found:
                kinds[name] = found
        selector = f"{PART_OF}={self._set}"
        lists = each(
            "objects cannot be read",
            lambda resource: self._api.list(resource, selector=selector),
            dict.fromkeys(kinds.values()),
        )
        members = [obj for found in lists for obj in found]
        live = self._strangers(desired, resources, {key_of(obj): obj for obj in members})
        if not self._options.force:
            check_owners(live, self._set)
        return _Survey(desired, resources, live, members, record, parent is not None, kinds)

    def _strangers(
        self,
        desired: list[Object],
        resources: Mapping[Gvk, Optional[Resource]],
        members: dict[Key, Object],
    ) -> dict[Key, Object]:
        """Add the declared objects that exist without belonging to the set."""
        groups: dict[tuple[Resource, str], list[Key]] = {}
        for obj in desired:
            key, resource = key_of(obj), resources[gvk_of(obj)]
            if key not in members and resource:
                groups.setdefault((resource, key.namespace), []).append(key)
        lists = [(r, ns) for (r, ns), keys in groups.items() if ns and len(keys) > FEW]
        gets = [
            (r, key) for (r, ns), keys in groups.items() if (r, ns) not in lists for key in keys
        ]
        listed = each(
            "objects cannot be read", lambda at: self._api.list(at[0], namespace=at[1]), lists
        )
        got = each("objects cannot be read", lambda at: self._api.get(*at), gets)
        found = [obj for objects in listed for obj in objects] + [obj for obj in got if obj]
        wanted = {key for keys in groups.values() for key in keys}
        return {**members, **{key_of(o): o for o in found if key_of(o) in wanted}}

    # deciding --------------------------------------------------------------------------------

    def _changes(self, survey: _Survey) -> list[ObjectChange]:
        new_namespaces = {
            obj["metadata"]["name"]
            for obj in survey.desired
            if obj["kind"] == "Namespace" and key_of(obj) not in survey.live
        }
        changes: list[ObjectChange] = []
        for wave in by_wave(survey.desired):
            # What changed definitions will accept only they can tell, when they are applied.
            unsure = set(Promised.by(one.obj for one in changes).kinds)
            decide = functools.partial(self._decide, survey, new_namespaces, unsure)
            differing = [obj for obj in wave if not self._is_same(survey, obj)]
            decided = each(
                "the Kubernetes API refuses objects, nothing was applied", decide, differing
            )
            changes += [one for one in decided if one]
        return changes

    def _is_same(self, survey: _Survey, obj: Object) -> bool:
        live = survey.live.get(key_of(obj))
        if live is None or live["metadata"].get("deletionTimestamp"):
            return False
        return unchanged(obj, live, self._manager)

    def _decide(
        self, survey: _Survey, new_namespaces: set[str], unsure: set[Gvk], obj: Object
    ) -> Optional[ObjectChange]:
        live = survey.live.get(key_of(obj))
        resource = survey.resources[gvk_of(obj)]
        predictable = (
            resource is not None
            and gvk_of(obj) not in unsure
            and obj["metadata"].get("namespace") not in new_namespaces
        )
        if live is None or live["metadata"].get("deletionTimestamp"):
            if self._options.check and predictable and live is None and resource:
                self._send(resource, obj, dry_run=True)
            return change(CREATE, obj, None, obj)
        if not predictable or resource is None:
            return change(UPDATE, obj, live, {**live, **obj})
        after = self._send(resource, obj, dry_run=True)
        if shown(after) == shown(live):
            return None
        return change(UPDATE, obj, live, after)

    def _pruning(self, survey: _Survey) -> Pruning:
        if not self._options.prune:
            return Pruning()
        return pruning(survey.desired, survey.members, data=self._options.prune_data)

    # applying --------------------------------------------------------------------------------

    def _send(self, resource: Resource, obj: Object, *, dry_run: bool = False) -> Object:
        force = self._options.force
        try:
            return self._api.apply(
                resource, obj, manager=self._manager, force=force, dry_run=dry_run
            )
        except ConflictError as error:
            if error.managers != {self._manager}:
                raise
        # The same manager once wrote with an update: its own fields, only of another operation.
        return self._api.apply(resource, obj, manager=self._manager, force=True, dry_run=dry_run)

    def _remember(self, record: Record) -> None:
        resource = self._resource(_CONFIG_MAP)
        if resource:
            self._send(resource, record.parent(self._owner))

    def _execute(self, survey: _Survey, changes: Sequence[ObjectChange], doomed: Pruning) -> None:
        undeclared = survey.members if not self._options.prune else doomed.kept
        final = Record.of(survey.desired) | Record.of(undeclared)
        # Before anything is applied the record must name every kind that may exist afterwards:
        # a run that is killed halfway leaves nothing that a later run could not find.
        during = survey.record | final
        if during != survey.record or not survey.has_record:
            self._remember(during)
        live = {key_of(obj): survey.live.get(key_of(obj)) for obj in survey.desired}
        self._clear_way(survey, changes)
        for wave in by_wave(one.obj for one in changes):
            done = each("objects cannot be applied", self._apply_one, wave)
            live.update({key_of(obj): obj for obj in done})
            definitions = {key_of(obj): obj for obj in done if obj["kind"] == CRD}
            if definitions:
                self._definitions.ready(definitions)
                self._api.resource(_CONFIG_MAP, fresh=True)
        self._prune(survey, doomed)
        if final != during:
            self._remember(final)
        if self._options.wait:
            self._waiter.ready({key: obj for key, obj in live.items() if obj is not None})

    def _apply_one(self, obj: Object) -> Object:
        resource = self._resource(gvk_of(obj))
        if resource is None:
            raise InvalidInputError(
                "the cluster does not serve a kind that its definition promised",
                on=str(key_of(obj)),
                found=gvk_of(obj).api_version,
            )
        return self._send(resource, obj)

    def _clear_way(self, survey: _Survey, changes: Sequence[ObjectChange]) -> None:
        """Wait for objects that are still being deleted and are to be created anew."""
        leaving: dict[Key, Resource] = {}
        for one in changes:
            key = key_of(one.obj)
            resource = survey.resources[gvk_of(one.obj)]
            if one.action == CREATE and key in survey.live and resource:
                leaving[key] = resource
        if leaving:
            self._waiter.gone(leaving)

    def _prune(self, survey: _Survey, doomed: Pruning) -> None:
        gone: dict[Key, Resource] = {}
        for wave in reversed(by_wave(doomed.remove)):
            targets = [(survey.kinds[gvk_of(obj).group_kind], obj) for obj in wave]
            each("objects cannot be deleted", lambda at: self._api.delete(*at), targets)
            gone.update({key_of(obj): resource for resource, obj in targets})
        if gone and self._options.wait:
            self._waiter.gone(gone)


def _result(plan: Plan[ObjectChange], desired: Sequence[Object], doomed: Pruning) -> ApplyResult:
    actions = {key_of(one.obj): one.action for one in plan}
    keys = list(dict.fromkeys([*(key_of(obj) for obj in desired), *actions]))
    objects = tuple(
        {"kind": k.kind, "namespace": k.namespace, "name": k.name, "action": actions.get(k, NONE)}
        for k in keys
    )
    return ApplyResult(plan, objects, tuple(str(key_of(obj)) for obj in doomed.kept))


def _ignore(result: ApplyResult) -> None:
    """Do nothing with a result."""


def _check_owner(owner: str) -> None:
    if not OWNER.fullmatch(owner):
        raise InvalidInputError(
            "an owner's name is not valid",
            on=owner,
            expected="lower-case letters, digits and '-', at most 40 characters",
        )


def predict_objects(owner: str, objects: Sequence[Mapping[str, Any]]) -> ApplyResult:
    """Return what applying would do to a cluster that does not exist yet: create everything."""
    _check_owner(owner)
    labels = {PART_OF: set_id(owner)}
    desired = [normalised(obj, labels) for wave in by_wave(map(dict, objects)) for obj in wave]
    plan = Plan(tuple(change(CREATE, obj, None, obj) for obj in desired))
    return _result(plan, desired, Pruning())


def apply_objects(
    api: Api,
    owner: str,
    objects: Sequence[Mapping[str, Any]],
    *,
    prune: bool = True,
    wait: bool = True,
    timeout: float = 300.0,
    check: bool = False,
    force: bool = False,
    prune_data: bool = False,
    clock: Optional[Clock] = None,
    decided: Callable[[ApplyResult], None] = _ignore,
) -> ApplyResult:
    """Bring the cluster to what ``owner`` declares; see :class:`Options` for the rest.

    Args:
        api: the connection, usually :meth:`.client.KubeClient.connect`.
        owner: whose objects these are; the field manager is ``landfall-<owner>``. One owner's
            whole set is given in one call, because what is missing from it is pruned.
        objects: all objects of the owner.
        decided: called with the result before anything is applied, for who wants to know what was
            changed although an error came later.

    Raises:
        InvalidInputError, RefusedError, ProblemsError: found before anything was changed.
        ConflictError: another field manager owns fields; found before existing objects change.
        NotReadyError: applied, but not ready within the limit.
    """
    _check_owner(owner)
    checked = check_objects([(obj, f"objects[{index}]") for index, obj in enumerate(objects)])
    options = Options(prune, prune_data, wait, timeout, check, force)
    return Applier(api, owner, options, clock or SystemClock()).run(checked, decided)

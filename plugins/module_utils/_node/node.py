# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One machine: observes what a call declares, and applies a plan step by step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Optional

from .._core.errors import LandfallError, NotReadyError
from .._core.plan import Plan
from .._core.process import Runner, run
from . import steps
from .accounts import Accounts
from .desired import Artifact, Desired, Unit, parents
from .digests import Digests
from .files import PART_SUFFIX, Files
from .fingerprint import record_for
from .kernel import Kernel
from .mounts import Mounts
from .observed import Leaf, Observed, PathFact, Record, UnitFact
from .packages import Packages
from .planner import plan
from .steps import ChangeUnit, NodeChange, WriteFile
from .systemd import Systemd, units_of_files

if TYPE_CHECKING:
    from .download import Open

MEMORY = "var/lib/landfall/artifacts.json"
# systemd calls most programs started as soon as they were executed.
SETTLE_SECONDS = 0.5
STARTING = ("start", "restart", "reload")


class Node:
    """A machine, or in tests a directory that stands for its root.

    Args:
        root: the root directory.
        runner: starts programs.
        accounts: users and groups; by default the system's.
        open_url: opens requests for artifacts; by default with the site's CA.
        sleep: waits between attempts, in seconds.
    """

    def __init__(
        self,
        root: Path = Path("/"),
        runner: Runner = run,
        accounts: Optional[Accounts] = None,
        open_url: Optional[Open] = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._run = runner
        self._open = open_url
        self._sleep = sleep
        self._digests = Digests(root / MEMORY)
        self.accounts = accounts or Accounts(runner)
        self.files = Files(root, self.accounts, self._digests, runner)
        self.packages = Packages(root, runner)
        self.kernel = Kernel(root, runner)
        self.mounts = Mounts(root, runner)
        self.systemd = Systemd(root, runner)

    def observe(self, desired: Desired) -> Observed:
        """Return the state of everything that is declared."""
        named = [unit.name for unit in desired.units]
        files = [file.path for file in desired.files] + [link.path for link in desired.links]
        others = [name for name in units_of_files(files) if name not in named]
        units = self.systemd.show([*named, *others])
        users = {user.name: self.accounts.user(user.name) for user in desired.users}
        fstab = self.mounts.fstab(desired)
        return Observed(
            packages=self.packages.installed(desired.packages),
            groups=self.accounts.existing_groups(group.name for group in desired.groups),
            users={name: fact for name, fact in users.items() if fact},
            paths=self._paths(desired),
            leaves=self._leaves(desired, units),
            kernel_modules=self.kernel.present_modules(desired.kernel_modules),
            sysctls={key: self.kernel.sysctl(key) for key in desired.sysctls},
            units=units,
            fstab=fstab,
            mounts=self.mounts.observe(desired, fstab),
        )

    def _paths(self, desired: Desired) -> dict[str, PathFact]:
        read = [f.path for f in desired.all_files()] + [a.path for a in desired.artifacts]
        plain = [link.path for link in desired.links] + [d.path for d in desired.directories]
        facts = {path: self.files.fact(path, read=False) for path in parents(read + plain)}
        facts.update((path, self.files.fact(path, read=False)) for path in plain)
        facts.update((path, self.files.fact(path, read=True)) for path in read)
        return facts

    def _leaves(self, desired: Desired, units: dict[str, UnitFact]) -> dict[str, tuple[Leaf, ...]]:
        wanted: dict[str, None] = {}
        for unit in desired.units:
            fact = units[unit.name]
            files = [f.path for f in desired.files if unit.owns(f.path)]
            links = [link.path for link in desired.links if unit.owns(link.path)]
            wanted.update(
                dict.fromkeys([*unit.restart_on, *unit.reload_on, *fact.unit_files, *files, *links])
            )
        return {path: self.files.leaves(path) for path in wanted}

    def converge(self, desired: Desired, first: Plan[NodeChange]) -> Plan[NodeChange]:
        """Apply a plan and look once more: an installed package may bring surprises.

        Returns:
            All changes that were made.
        """
        if not first:
            self._digests.save()
            return first
        self.apply(desired, first)
        if any(step.verb in STARTING for step in _unit_steps(first)):
            self._sleep(SETTLE_SECONDS)
        observed = self.observe(desired)
        self._refuse_failed(first, observed)
        second = plan(desired, observed)
        self.apply(desired, second)
        return Plan(first.changes + second.changes)

    def apply(self, desired: Desired, wanted: Plan[NodeChange]) -> None:
        """Make the changes of a plan in their order."""
        self._forget(wanted)
        handlers = self._handlers(desired)
        for change in wanted:
            with _named(change):
                handlers[type(change.step)](change.step)
        self._digests.save()

    def rehearse(self, wanted: Plan[NodeChange]) -> None:
        """Validate in check mode what can be: a file that nothing else in the plan precedes."""
        first = next(iter(wanted), None)
        if first is not None and isinstance(first.step, WriteFile):
            self.files.rehearse(first.step.file)

    def _forget(self, wanted: Plan[NodeChange]) -> None:
        """Drop the records of units that will be restarted, before their files change.

        Else a run that is killed after it put a file back to what is recorded would never
        restart a unit that somebody started with other content in between.
        """
        for step in _unit_steps(wanted):
            if step.verb in ("restart", "reload"):
                record = self.systemd.record(step.unit.name)
                if step.verb == "reload" and record:
                    self.systemd.set_record(step.unit.name, Record(record.restart, ""))
                else:
                    self.systemd.forget(step.unit.name)

    def _handlers(self, desired: Desired) -> dict[type, Callable[[Any], None]]:
        files, accounts = self.files, self.accounts
        return {
            steps.InstallPackages: lambda step: self.packages.install(step.names),
            steps.AddGroup: lambda step: accounts.add_group(step.group),
            steps.PutUser: lambda step: accounts.put_user(step.user),
            steps.MakeFileSystem: lambda step: self.mounts.make(step.file_system),
            steps.Mount: lambda step: self.mounts.mount(step.file_system),
            steps.Unmount: lambda step: self.mounts.unmount(step.path),
            steps.MakeDirectory: lambda step: files.make_directory(step.directory),
            steps.PlaceArtifact: lambda step: self._place(step.artifact, desired.artifact_ca),
            steps.WriteFile: lambda step: files.write(step.file),
            steps.SetOwnership: lambda step: files.set_ownership(step.path, step.ownership),
            steps.RemoveFile: lambda step: files.remove(step.path),
            steps.MakeLink: lambda step: files.make_link(step.link),
            steps.LoadModule: lambda step: self.kernel.load(step.name),
            steps.SetSysctl: lambda step: self.kernel.set_sysctl(step.key, step.value),
            steps.ReloadSystemd: lambda _step: self.systemd.reload(),
            steps.ChangeUnit: lambda step: self._change_unit(step, desired),
        }

    def _place(self, artifact: Artifact, ca: str) -> None:
        # Importing TLS and HTTP takes as long as a whole run that changes nothing.
        from .download import Download, copy_staged, opener

        real = self.files.real(artifact.path)
        part = real.with_name(f".{real.name}{PART_SUFFIX}")
        finish = partial(self.files.finish, ownership=artifact.ownership)
        if artifact.file.staged:
            copy_staged(artifact.file, part, finish)
        else:
            self._open = self._open or opener(ca)
            Download(artifact.file, part, self._open, self._sleep).run(finish)
        part.replace(real)
        self._digests.remember(real, artifact.file.sha256)

    def _change_unit(self, step: ChangeUnit, desired: Desired) -> None:
        name = step.unit.name
        if step.verb not in STARTING:
            self.systemd.do(step.verb, name)
            return
        # The digest is taken before the start: what changes later counts as not yet seen.
        record = self._record_now(step.unit, desired)
        # A package may have started a new unit with its own configuration: never just start.
        self.systemd.do("reload-or-restart" if step.verb == "reload" else "restart", name)
        self.systemd.set_record(name, record)

    def _record_now(self, unit: Unit, desired: Desired) -> Record:
        units = self.systemd.show([unit.name])
        alone = Desired(units=(unit,), files=desired.files, links=desired.links)
        observed = Observed(units=units, leaves=self._leaves(alone, units))
        return record_for(unit, desired, observed, {})

    def _refuse_failed(self, applied: Plan[NodeChange], observed: Observed) -> None:
        for step in _unit_steps(applied):
            fact = observed.units[step.unit.name]
            failed = fact.active_state == "failed" or fact.sub_state == "auto-restart"
            if failed and step.verb in STARTING:
                raise NotReadyError(
                    "a unit does not keep running",
                    on=f"unit {step.unit.name}",
                    expected="active",
                    found=f"{fact.active_state} ({fact.sub_state})\n"
                    + self.systemd.messages(step.unit.name),
                    remedy=f"see journalctl --unit {step.unit.name}",
                )


def transfers(wanted: Plan[NodeChange]) -> list[dict[str, str]]:
    """Return what the controller has to send before a plan can be applied."""
    placed = (c.step.artifact.file for c in wanted if isinstance(c.step, steps.PlaceArtifact))
    return [
        {"sha256": file.sha256, "store_path": file.store_path}
        for file in placed
        if file.store_path and not file.staged
    ]


@contextmanager
def _named(change: NodeChange) -> Iterator[None]:
    """Turn an error of the operating system into one that names the change."""
    try:
        yield
    except OSError as error:
        raise LandfallError(
            f"{change.action} failed",
            on=change.target,
            found=f"{error.strerror} ({error.filename})",
        ) from error


def _unit_steps(wanted: Plan[NodeChange]) -> Iterator[ChangeUnit]:
    return (change.step for change in wanted if isinstance(change.step, ChangeUnit))

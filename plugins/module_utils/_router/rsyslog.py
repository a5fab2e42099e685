# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""rsyslog's part: it takes records from disk and delivers them to the store, in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .spool import WAYS

# Records in memory at once, of each way; what is in flight is limited in bytes by the spool.
QUEUE = 10000
BATCH = 2000
# Of one request, in bytes: far below what the engine refuses.
REQUEST = 5 << 20
MESSAGE = 8 << 20


@dataclass(frozen=True)
class Target:
    """The store, and the certificate that may write to it.

    Attributes:
        addresses: host and port each, for example ``store.logging.svc:9243``.
        tls: directory with ``ca.crt``, ``tls.crt`` and ``tls.key``.
        named: the addresses are names that are in the store's certificate. Otherwise only that
            the site's authority signed it for a server is verified.
    """

    addresses: Sequence[str]
    tls: str
    named: bool = True


def render(root: Path, target: Target) -> str:
    """Return the configuration for records below a directory."""
    ways = "".join(_way(root, target, way) for way in WAYS)
    return f"""# Written by Landfall (role log_router); changes are overwritten.
global(workDirectory="{root}/work" maxMessageSize="{MESSAGE}")
# Its own words go where this program's do; a segment that was stored and removed is no news.
if $msg contains "poll_tree cannot stat" then stop
*.warning action(type="omfile" name="own" file="/dev/stderr")
module(load="imfile" mode="inotify")
module(load="omelasticsearch")

# A record is its stream in the store, its identity and its JSON, which has no tab.
template(name="body" type="string" string="%msg:F,9:3%")
template(name="index" type="string" string="%msg:F,9:1%")
template(name="id" type="string" string="%msg:F,9:2%")
template(name="mark" type="string" string="%msg:F,9:2%\\n")
{ways}"""


def answers(root: Path) -> list[Path]:
    """Return the files where rsyslog writes what the store has answered to what it refused."""
    return [root / f"answers-{way}.json" for way in WAYS]


def failures(root: Path) -> list[Path]:
    """Return the files where rsyslog writes what nobody has answered for."""
    return [root / f"failures-{way}.json" for way in WAYS]


def marks(root: Path) -> list[Path]:
    """Return the files where the names of segments that were answered for come back."""
    return [root / f"marks-{way}" for way in WAYS]


def _way(root: Path, target: Target, way: str) -> str:
    """Return what reads one directory of the spool and delivers what is there."""
    servers = ", ".join(f'"https://{address}"' for address in target.addresses)
    number = WAYS.index(way)
    undelivered = root / "undelivered"
    return f"""
input(type="imfile" tag="spool" file="{root}/spool/{way}/*.seg" ruleset="{way}")

# One worker: a mark must not overtake the records before it.
ruleset(name="{way}" queue.type="LinkedList" queue.size="{QUEUE}" queue.workerThreads="1"
        queue.dequeueBatchSize="{BATCH}" queue.timeoutEnqueue="2000000000") {{
  if not ($msg startswith "end") then {{
    action(type="omelasticsearch" name="store-{way}" server=[{servers}] usehttps="on"
           tls.cacert="{target.tls}/ca.crt" tls.mycert="{target.tls}/tls.crt"
           tls.myprivkey="{target.tls}/tls.key" skipverifyhost="{"off" if target.named else "on"}"
           template="body" searchType="" searchIndex="index" dynSearchIndex="on" bulkid="id"
           dynbulkid="on" writeoperation="create" bulkmode="on" maxbytes="{REQUEST}"
           indextimeout="60000" healthchecktimeout="5000"
           errorfile="{answers(undelivered)[number]}"
           action.errorfile="{failures(undelivered)[number]}"
           action.resumeRetryCount="-1" action.resumeInterval="2" action.resumeIntervalMax="10")
  }} else {{
    action(type="omfile" name="marks-{way}" file="{marks(root)[number]}" template="mark"
           fileCreateMode="0600")
  }}
}}
"""

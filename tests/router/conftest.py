# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router with a real rsyslog, and a real store behind its door: containers with one loopback."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ansible_collections.landfall.platform.plugins.module_utils._bundle.catalogue import load
from ansible_collections.landfall.platform.plugins.module_utils._bundle.images import (
    detect_runtime,
    load_into_podman,
)
from ansible_collections.landfall.platform.plugins.module_utils._bundle.store import Record, Store
from ansible_collections.landfall.platform.plugins.module_utils._logs import provision
from ansible_collections.landfall.platform.plugins.module_utils._logs.door import StoreError
from ansible_collections.landfall.platform.plugins.module_utils._logs.provision import SNAPSHOTS
from ansible_collections.landfall.platform.plugins.module_utils._logs.settings import Settings
from tests.support.certificates import AUTHORITY, with_identifiers
from tests.support.store import STORE
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "/usr/local/lib/landfall-log-router"
# Machines in containers may not raise them.
LIMITS = ("--ulimit=nofile=20000:20000", "--ulimit=nproc=30000:30000")
ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


# Stands in for the cluster's API: what is known about pods.
_API = """
import http.server, ssl, json
class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        what = "pods" if "pods" in self.path else "namespaces"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(open("/etc/api/" + what + ".json", "rb").read())
server = http.server.ThreadingHTTPServer(("127.0.0.1", 6443), Api)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/etc/door/tls.crt", "/etc/door/tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
_ASK = """
import sys, urllib.error, urllib.request
method, path = sys.argv[1:]
body = sys.stdin.read().encode() or None
request = urllib.request.Request(
    "http://127.0.0.1:9200" + path, body, {"Content-Type": "application/json"}, method=method
)
try:
    print(urllib.request.urlopen(request, timeout=20).read().decode())
except urllib.error.HTTPError as error:
    sys.exit(f"{error.code} {error.read().decode()}")
"""
LABELS = {
    "app.kubernetes.io/managed-by": "landfall",
    "app.kubernetes.io/part-of": "shop",
    "app.kubernetes.io/component": "web",
}
NAMESPACE = {"landfall.dev/stack": "shop", "landfall.dev/environment": "test"}


def pod(name: str) -> dict[str, Any]:
    """Return a pod of a stack as the API has it."""
    meta = {"name": name, "namespace": "shop-test", "uid": f"uid-{name}", "labels": LABELS}
    containers = [{"name": "app", "image": "landfall.internal/shop:1.2.3@sha256:00"}]
    return {"metadata": meta, "spec": {"containers": containers}}


def podman(*arguments: str, check: bool = True) -> str:
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def image(name: str) -> str:
    """Load an image of the bundle's store into podman, and return its reference."""
    found = sorted(
        STORE.glob(f"entries/image-{name}-*.json"), key=lambda path: path.stat().st_mtime
    )
    if not found:
        pytest.skip(f"the store has no image {name}: make bundle")
    entry = load(ROOT / "catalogue").image(name)
    record = Record.from_dict(json.loads(found[-1].read_text(encoding="utf-8")))
    load_into_podman(Store(STORE), record, entry)
    return entry.reference


def certificates(folder: Path) -> None:
    """Make an authority, the door's certificate and the writer's."""
    now = datetime.datetime.now(datetime.timezone.utc)
    root = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])
    authority = (
        _builder(name, name, root.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(AUTHORITY, critical=True)
    )
    authority = with_identifiers(authority, root.public_key(), root.public_key())
    pem = authority.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    for common_name, where in (("localhost", "door"), ("log-writer", "writer")):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        builder = _builder(subject, name, key.public_key(), now).add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        builder = with_identifiers(builder, key.public_key(), root.public_key())
        (folder / where).mkdir()
        (folder / where / "ca.crt").write_bytes(pem)
        signed = builder.sign(root, hashes.SHA256())
        text = signed.public_bytes(serialization.Encoding.PEM)
        (folder / where / "tls.crt").write_bytes(text)
        (folder / where / "tls.crt.key").write_bytes(_private(key))
        (folder / where / "tls.key").write_bytes(_private(key))
        for path in (folder / where).iterdir():
            path.chmod(0o644)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime.datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@dataclass
class Bench:
    """The containers, and the directory that stands for a node's."""

    folder: Path
    images: dict[str, str]
    options: tuple[str, ...]

    @property
    def logs(self) -> Path:
        """Where containers' logs are."""
        return self.folder / "pods"

    def start_store(self) -> None:
        """Start the engine, with its data in the folder."""
        data, snapshots = self.folder / "data", self.folder / "snapshots"
        for path in (data, snapshots):
            path.mkdir(exist_ok=True)
            path.chmod(0o777)
        settings = (ROOT / "roles/logging/templates/opensearch.yml.j2").read_text()
        for there in ("_site_", "store-nodes.logging.svc"):
            settings = settings.replace(there, "127.0.0.1")
        (self.folder / "opensearch.yml").write_text(settings)
        podman(
            *self.options, "run", "--detach", "--replace", *LIMITS, "--name=test-router-store",
            "--network=container:test-router-net", "--memory=1g",
            "--env=INITIAL_MANAGERS=localhost", "--env=node.name=localhost", "--hostname=localhost",
            f"--volume={data}:/var/lib/opensearch", f"--volume={snapshots}:{SNAPSHOTS}",
            f"--volume={self.folder / 'opensearch.yml'}:/etc/opensearch/opensearch.yml:ro",
            self.images["opensearch"],
        )  # fmt: skip
        eventually(lambda: bool(self.ask("GET", "/_cluster/health")), 120, every=0.5)

    def start_door(self) -> None:
        """Start HAProxy with the configuration that the role has for it."""
        podman(
            *self.options, "run", "--detach", "--replace", *LIMITS, "--name=test-router-door",
            "--network=container:test-router-net",
            f"--volume={self.folder / 'certificates/door'}:/run/landfall/door:ro",
            f"--volume={ROOT / 'roles/logging/templates/haproxy.cfg.j2'}:/etc/door.cfg:ro",
            self.images["haproxy"], "haproxy", "-f", "/etc/door.cfg",
        )  # fmt: skip

    def start_router(self) -> None:
        """Start the router as its DaemonSet does."""
        podman(
            *self.options, "run", "--detach", "--replace", *LIMITS, "--name=test-router-router",
            "--network=container:test-router-net", "--read-only", "--tmpfs=/tmp",
            "--cap-drop=all", "--memory=150m",
            f"--env=PYTHONPATH={PROGRAM}", "--env=PYTHONDONTWRITEBYTECODE=1",
            "--env=KUBERNETES_SERVICE_HOST=localhost", "--env=KUBERNETES_SERVICE_PORT=6443",
            f"--volume={self.folder / 'certificates/writer'}:{ACCOUNT}:ro",
            f"--volume={ROOT / 'plugins/module_utils'}:{PROGRAM}/landfall:ro",
            f"--volume={self.folder / 'settings.json'}:/etc/landfall/settings.json:ro",
            f"--volume={self.folder / 'certificates/writer'}:/run/landfall/router:ro",
            f"--volume={self.folder / 'root'}:/var/lib/landfall-logs",
            f"--volume={self.logs}:/var/log/pods:ro",
            f"--volume={self.folder / 'audit'}:/var/log/kubernetes/audit:ro",
            self.images["log-router"],
        )  # fmt: skip

    def stop(self, name: str, signal: str = "KILL") -> None:
        """End a container."""
        podman("kill", f"--signal={signal}", f"test-router-{name}", check=False)
        podman("wait", f"test-router-{name}", check=False)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the engine itself; None when it does not answer, or refuses."""
        done = self._asked(method, path, body)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the engine as what keeps it in order does.

        Raises:
            StoreError: it refuses.
        """
        done = self._asked(method, path, body)
        if done.returncode:
            status, _, answer = done.stderr.partition(" ")
            error = json.loads(answer)["error"]
            raise StoreError(int(status), error["type"], error["reason"], f"{method} {path}")
        return json.loads(done.stdout)

    def _asked(self, method: str, path: str, body: Any) -> subprocess.CompletedProcess[str]:
        command = ["podman", "exec", "-i", "test-router-net", "python3", "-c", _ASK, method, path]
        text = json.dumps(body) if body is not None else ""
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False)

    def count(self, refresh: bool = True, **terms: str) -> int:
        """Count records by exact values; without a refresh, those that others find, too."""
        if refresh:
            self.ask("POST", "/logs-*/_refresh")
        must = [{"match_phrase": {name: value}} for name, value in terms.items()]
        found = self.ask("POST", "/logs-*/_count", {"query": {"bool": {"must": must}}})
        return int(found["count"]) if found else -1

    def records(self, text: str) -> list[dict[str, Any]]:
        """Return the records with a phrase."""
        self.ask("POST", "/logs-*/_refresh")
        query = {"size": 100, "query": {"match_phrase": {"message": text}}, "sort": ["@timestamp"]}
        found = self.ask("POST", "/logs-*/_search", query)
        return [hit["_source"] for hit in found["hits"]["hits"]] if found else []

    def write(self, container: str, *lines: str, pod: str = "web-1", flag: str = "F") -> None:
        """Write lines as a runtime does."""
        folder = self.logs / f"shop-test_{pod}_uid-{pod}" / container
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "0.log").open("ab") as file:
            for line in lines:
                now = datetime.datetime.now(datetime.timezone.utc)
                head = f"{now:%Y-%m-%dT%H:%M:%S.%f}000Z stdout {flag} "
                file.write(head.encode() + line.encode("utf-8", "surrogateescape") + b"\n")

    def processor(self) -> dict[str, float]:
        """Return the seconds of processor time that each program has used."""
        used: dict[str, float] = {}
        for name in ("router", "door", "store"):
            for pid in podman("top", f"test-router-{name}", "hpid").split()[1:]:
                head, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
                program = head.partition("(")[2]
                ticks = sum(map(int, rest.split()[11:13]))
                used[program] = used.get(program, 0) + ticks / os.sysconf("SC_CLK_TCK")
        return used

    def memory(self) -> int:
        """Return the MiB that the processes of the router have at this moment."""
        every = podman("exec", "test-router-router", "sh", "-c", "cat /proc/[0-9]*/status")
        sizes = [line.split()[1] for line in every.splitlines() if line.startswith("VmRSS:")]
        return sum(map(int, sizes)) // 1024

    def waiting(self) -> int:
        """Return how many bytes wait on disk."""
        spool = (self.folder / "root/spool").glob("*/*.seg")
        return sum(path.stat().st_size for path in spool)

    def log(self) -> str:
        """Return what the router said."""
        return podman("logs", "test-router-router", check=False)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A store with its door, and a router that reads the logs of a directory."""
    folder = tmp_path_factory.mktemp("router")
    images = {name: image(name) for name in ("opensearch", "haproxy", "log-router")}
    one = Bench(folder, images, detect_runtime())
    for name in ("certificates", "root", "pods", "audit", "api"):
        (folder / name).mkdir()
    certificates(folder / "certificates")
    (folder / "certificates/writer/token").write_text("token")
    pods = [pod(f"web-{number}") for number in range(1, 5)]
    (folder / "api/pods.json").write_text(json.dumps({"items": pods}))
    space = {"metadata": {"name": "shop-test", "labels": NAMESPACE}}
    (folder / "api/namespaces.json").write_text(json.dumps({"items": [space]}))
    target = {"addresses": ["localhost:9243"], "tls": "/run/landfall/router"}
    settings = {
        "node": "node1", "environment": "lab", "root": "/var/lib/landfall-logs",
        "target": target, "buffer": "64Mi", "pods": "/var/log/pods",
        "audit": "/var/log/kubernetes/audit/audit.log",
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings))
    try:
        podman(
            *one.options, "run", "--detach", "--replace", *LIMITS, "--name=test-router-net",
            "--network=none", f"--volume={folder / 'api'}:/etc/api:ro",
            f"--volume={folder / 'certificates/door'}:/etc/door:ro",
            images["log-router"], "python3", "-c", _API,
        )  # fmt: skip
        one.start_store()
        provision.apply(one, provision.plan(Settings.from_params({}), provision.read(one)))
        one.start_door()
        one.start_router()
        yield one
    finally:
        for name in ("router", "door", "store", "net"):
            podman("rm", "--force", "--time=0", "--volumes", f"test-router-{name}", check=False)

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to one API server: the kubeconfig's authentication, a connection pool, retries.

The ``kubernetes`` package reads the kubeconfig and does the authentication (certificates, tokens,
exec plug-ins). Its generated client is not used: turning 300 objects into its classes costs more
than the requests themselves.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Union
from urllib.parse import urlencode

import tenacity
import urllib3
import yaml
from kubernetes.client.configuration import Configuration
from kubernetes.config import load_kube_config_from_dict
from kubernetes.config.config_exception import ConfigException

from .._core.errors import InvalidInputError, UnreachableError
from .concurrent import WORKERS

# A stacked control plane that loses a member answers again within 10 s (docs/performance.md).
RETRY_LIMIT_S = 30.0
RETRIED = frozenset({429, 500, 502, 503, 504})
# The server answers 500 to an apply whose fields do not fit the kind's schema.
_WRONG_MANIFEST = b"failed to create typed patch object"
_DATA_FIELDS = {
    "certificate-authority-data": "certificate-authority",
    "client-certificate-data": "client-certificate",
    "client-key-data": "client-key",
}
_FILE_FIELDS = frozenset({*_DATA_FIELDS.values(), "tokenFile"})


def encoded(body: Any) -> bytes:
    """Return a body as JSON that the API server's YAML parser reads, too.

    It refuses bare control characters, and characters above U+FFFF as escaped surrogate pairs. So
    whatever is not ASCII is escaped, but for those, which go as they are.
    """
    text = json.dumps(body, ensure_ascii=False)
    return re.sub("[\x7f-\uffff]", lambda match: f"\\u{ord(match[0]):04x}", text).encode()


@dataclass(frozen=True)
class Response:
    """An answer of the server; ``body`` is parsed JSON, or text for a log."""

    status: int
    body: Any


class _AgainError(Exception):
    """A request that may succeed when it is made again; the server asked to wait ``after`` s."""

    def __init__(self, reason: str, response: Optional[Response] = None, after: float = 0) -> None:
        super().__init__(reason)
        self.response = response
        self.after = after


def read_kubeconfig(source: Union[str, Mapping[str, Any]]) -> tuple[dict[str, Any], Path]:
    """Return a kubeconfig and the folder that its relative file names start from.

    Raises:
        InvalidInputError: the file cannot be read or is no kubeconfig.
    """
    if isinstance(source, Mapping):
        return json.loads(json.dumps(source)), Path.cwd()
    path = Path(source).expanduser()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(
            "the kubeconfig cannot be read",
            on=str(path),
            found=str(error.strerror),
            remedy="run the cluster's playbook, which fetches it from a control plane",
        ) from error
    except yaml.YAMLError as error:
        raise InvalidInputError("the kubeconfig is not YAML", on=str(path)) from error
    if not isinstance(content, dict):
        raise InvalidInputError("the kubeconfig is empty", on=str(path))
    return content, path.resolve().parent


def _with_files(config: dict[str, Any], base: Path, folder: Path) -> dict[str, Any]:
    """Replace data inside the kubeconfig by files, because the ``ssl`` module only reads files.

    The package can do that itself, but then leaves private keys behind in processes that end
    without clean-up, as Ansible's workers do.
    """
    for section, field in (("clusters", "cluster"), ("users", "user")):
        for index, entry in enumerate(config.get(section) or ()):
            part = entry.get(field) or {}
            for name in _FILE_FIELDS & part.keys():
                part[name] = str(base / part[name])
            for data, name in _DATA_FIELDS.items():
                if data in part:
                    file = folder / f"{section}-{index}-{name}"
                    file.write_bytes(base64.b64decode(part.pop(data)))
                    part[name] = str(file)
    return config


def configure(source: Union[str, Mapping[str, Any]]) -> tuple[Configuration, ssl.SSLContext]:
    """Return the configuration of a kubeconfig with its verified TLS context.

    Raises:
        InvalidInputError: the kubeconfig is wrong, or it turns verification off.
    """
    config, base = read_kubeconfig(source)
    configuration = Configuration()
    with tempfile.TemporaryDirectory(prefix="landfall-kube-") as folder:
        try:
            load_kube_config_from_dict(
                _with_files(config, base, Path(folder)),
                client_configuration=configuration,
                persist_config=False,
            )
            if not configuration.verify_ssl:
                raise InvalidInputError(
                    "the kubeconfig turns TLS verification off",
                    on=configuration.host,
                    remedy="give certificate-authority(-data) instead of insecure-skip-tls-verify",
                )
            context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
            if configuration.cert_file:
                context.load_cert_chain(configuration.cert_file, configuration.key_file)
        except (ConfigException, OSError, ValueError) as error:
            raise InvalidInputError(
                "the kubeconfig is not usable", on="kubeconfig", found=str(error)
            ) from error
    return configuration, context


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    backoff: float = min(5.0, 0.2 * 2 ** (state.attempt_number - 1))
    return max(backoff, error.after if isinstance(error, _AgainError) else 0)


def _was_cut(error: urllib3.exceptions.SSLError) -> bool:
    """Tell whether a connection just ended: its server died while the gateway passed it through."""
    cause = error.args[0] if error.args else None
    return isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError))


class Transport:
    """Requests to one API server."""

    def __init__(
        self,
        source: Union[str, Mapping[str, Any]],
        *,
        retry_limit: float = RETRY_LIMIT_S,
        timeout: float = 60.0,
    ) -> None:
        self._configuration, context = configure(source)
        self.host: str = str(self._configuration.host).rstrip("/")
        options: dict[str, Any] = {
            "ssl_context": context,
            "maxsize": WORKERS,
            "block": True,
            "retries": False,
            "timeout": urllib3.Timeout(connect=10.0, read=timeout),
        }
        if self._configuration.tls_server_name:
            options["server_hostname"] = self._configuration.tls_server_name
            options["assert_hostname"] = self._configuration.tls_server_name
        self._pool: urllib3.PoolManager = (
            urllib3.ProxyManager(self._configuration.proxy, **options)
            if self._configuration.proxy
            else urllib3.PoolManager(**options)
        )
        self._retrying = tenacity.Retrying(
            stop=tenacity.stop_after_delay(retry_limit),
            wait=_wait,
            retry=tenacity.retry_if_exception_type(_AgainError),
            reraise=True,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def _headers(self, accept: str, content_type: str) -> dict[str, str]:
        headers = {"Accept": accept, "User-Agent": "landfall"}
        if content_type:
            headers["Content-Type"] = content_type
        settings: dict[str, Any] = dict(self._configuration.auth_settings())
        for setting in settings.values():
            if setting["in"] == "header" and setting["value"]:
                headers[setting["key"]] = setting["value"]
        return headers

    def _once(
        self, method: str, url: str, body: Optional[bytes], headers: dict[str, str]
    ) -> Response:
        try:
            answer = self._pool.request(method, url, body=body, headers=headers)
        except urllib3.exceptions.SSLError as error:
            if _was_cut(error):
                raise _AgainError(str(error)) from error
            raise UnreachableError(
                "the API server's certificate is not accepted",
                on=self.host,
                found=str(error),
                remedy="compare the kubeconfig's certificate authority with the cluster's",
            ) from error
        except urllib3.exceptions.HTTPError as error:
            raise _AgainError(str(error)) from error
        is_json = "json" in answer.headers.get("Content-Type", "")
        text = answer.data
        response = Response(
            answer.status, json.loads(text) if is_json else text.decode(errors="replace")
        )
        if answer.status in RETRIED and _WRONG_MANIFEST not in answer.data:
            after = answer.headers.get("Retry-After", "0")
            raise _AgainError(
                f"HTTP {answer.status}", response, float(after) if after.isdigit() else 0
            )
        return response

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Mapping[str, str]] = None,
        body: Any = None,
        content_type: str = "",
        accept: str = "application/json",
        retry: bool = True,
    ) -> Response:
        """Make one request, again while the server is overloaded or does not answer.

        Every request that this area makes can be repeated: reads, applies and deletes by uid.
        ``retry`` is for those whose failure is an answer (the log of a lost node's pod).

        Raises:
            UnreachableError: no answer within the limit.
        """
        url = self.host + path + ("?" + urlencode(query) if query else "")
        data = None if body is None else encoded(body)
        headers = self._headers(accept, content_type)
        try:
            if not retry:
                return self._once(method, url, data, headers)
            return self._retrying(self._once, method, url, data, headers)
        except _AgainError as error:
            if error.response is not None:
                return error.response
            raise UnreachableError(
                "the Kubernetes API does not answer",
                on=self.host,
                found=str(error),
                remedy="see whether the gateway and a control plane are up",
            ) from error

# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of public images: their ports, where their data is, and as whom they run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Optional


@dataclass(frozen=True)
class Known:
    """An image.

    Attributes:
        ports: name to number, the default one first.
        data: where it keeps what must last, the usual place first.
        durable: it makes no sense without its data.
        store: clients reach it by a protocol of its own, and the public should not.
        user: numeric user that it runs as without any right of root; ``alpine`` in that variant.
        proxy: it reads the container runtime to route to other containers.
    """

    ports: Mapping[str, int] = field(default_factory=dict)
    data: tuple[str, ...] = ()
    durable: bool = False
    store: bool = False
    user: Optional[int] = None
    alpine: Optional[int] = None
    proxy: bool = False


UNKNOWN = Known()


def _store(
    ports: Mapping[str, int], *data: str, user: Optional[int] = None, alpine: Optional[int] = None
) -> Known:
    return Known(ports, data, bool(data), True, user, alpine or user)


def _web(number: int, *data: str, user: Optional[int] = None) -> Known:
    return Known({"http": number}, data, user=user, alpine=user)


_POSTGRES = _store(
    {"postgres": 5432}, "/var/lib/postgresql/data", "/var/lib/postgresql", user=999, alpine=70
)
_MYSQL = _store({"mysql": 3306}, "/var/lib/mysql", user=999)
_REDIS = replace(_store({"redis": 6379}, "/data", user=999), durable=False)
_ELASTIC = _store({"http": 9200, "transport": 9300}, "/usr/share/elasticsearch/data", user=1000)
_KAFKA = _store({"kafka": 9092})
_PROXY = Known({"http": 80, "https": 443}, proxy=True)

# By the whole name, without docker.io and library.
_IMAGES: Mapping[str, Known] = {
    "postgres": _POSTGRES,
    "postgis/postgis": _POSTGRES,
    "timescale/timescaledb": replace(_POSTGRES, user=70),
    "pgvector/pgvector": _POSTGRES,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "percona": replace(_MYSQL, user=1001),
    "mongo": _store({"mongodb": 27017}, "/data/db", user=999),
    "redis": _REDIS,
    "valkey/valkey": _REDIS,
    "memcached": _store({"memcached": 11211}, user=11211),
    "rabbitmq": replace(
        _store({"amqp": 5672, "management": 15672}, "/var/lib/rabbitmq", user=999, alpine=100),
        durable=False,
    ),
    "elasticsearch": _ELASTIC,
    "opensearchproject/opensearch": replace(_ELASTIC, data=("/usr/share/opensearch/data",)),
    "cassandra": _store({"cql": 9042}, "/var/lib/cassandra"),
    "couchdb": _store({"http": 5984}, "/opt/couchdb/data"),
    "influxdb": _store({"http": 8086}, "/var/lib/influxdb2", "/var/lib/influxdb"),
    "neo4j": _store({"http": 7474, "bolt": 7687}, "/data"),
    "minio/minio": _store({"http": 9000, "console": 9001}, "/data"),
    "zookeeper": _store({"zookeeper": 2181}, "/data"),
    "confluentinc/cp-zookeeper": _store({"zookeeper": 2181}),
    "confluentinc/cp-kafka": _KAFKA,
    "apache/kafka": _KAFKA,
    "nats": _store({"nats": 4222}),
    "eclipse-mosquitto": _store({"mqtt": 1883}),
    "kibana": _web(5601, user=1000),
    "logstash": replace(
        Known({"api": 9600, "beats": 5044}, ("/usr/share/logstash/data",)), user=1000, alpine=1000
    ),
    "grafana/grafana": _web(3000, "/var/lib/grafana", user=472),
    "prom/prometheus": _web(9090, "/prometheus", user=65534),
    "prom/alertmanager": _web(9093, "/alertmanager", user=65534),
    "prom/node-exporter": _web(9100, user=65534),
    "dpage/pgadmin4": _web(80, "/var/lib/pgadmin"),
    "phpmyadmin": _web(80),
    "phpmyadmin/phpmyadmin": _web(80),
    "adminer": _web(8080),
    "mongo-express": _web(8081),
    "nginx": _web(80),
    "httpd": _web(80),
    "caddy": _web(80, "/data"),
    "wordpress": _web(80, "/var/www/html"),
    "nextcloud": _web(80, "/var/www/html"),
    "drupal": _web(80),
    "joomla": _web(80, "/var/www/html"),
    "ghost": _web(2368, "/var/lib/ghost/content"),
    "gitea/gitea": Known({"http": 3000, "ssh": 22}, ("/data",)),
    "sonarqube": _web(9000, "/opt/sonarqube/data"),
    "jenkins/jenkins": Known({"http": 8080, "agent": 50000}, ("/var/jenkins_home",)),
    "keycloak/keycloak": _web(8080),
    "portainer/portainer-ce": _web(9000, "/data"),
    "traefik/whoami": _web(80),
    "traefik": _PROXY,
    "jwilder/nginx-proxy": _PROXY,
    "nginxproxy/nginx-proxy": _PROXY,
    "nginxproxy/acme-companion": _PROXY,
    "jrcs/letsencrypt-nginx-proxy-companion": _PROXY,
    "lucaslorentz/caddy-docker-proxy": _PROXY,
}
# Images of others that only package one of those: ports and protocol are the same.
_SAME = {"postgresql": "postgres", "mongodb": "mongo", "kafka": "apache/kafka", "valkey": "redis"}
_FPM = Known({"fastcgi": 9000})
_TAG = re.compile(r":([^:/@]+)(@|$)")


def repository(image: str) -> str:
    """Return an image's name without version, and without the registry that is the usual one."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    name = head + slash + last.partition(":")[0]
    for prefix in ("docker.io/", "index.docker.io/", "library/"):
        name = name.removeprefix(prefix)
    return name


def tag(image: str) -> str:
    """Return an image's version, empty when it has none."""
    found = _TAG.search(image)
    return found[1] if found else ""


def known(image: str) -> Known:
    """Return what is known of an image."""
    name, version = repository(image), tag(image)
    base = name.rpartition("/")[2]
    exact = _IMAGES.get(name) or (_IMAGES.get(base) if "." in name.partition("/")[0] else None)
    if exact:
        found = exact
    else:
        same = _IMAGES.get(_SAME.get(base, base), UNKNOWN)
        # Who packages it anew chooses places and users anew, too.
        found = replace(same, data=(), durable=False, user=None, alpine=None, proxy=False)
    if "fpm" in version:
        return replace(_FPM, data=found.data)
    return replace(found, user=found.alpine) if "alpine" in version else found

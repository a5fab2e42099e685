# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of texts and numbers that a stack's fields take."""

from __future__ import annotations

from .schema import ListOf, MapOf, Scalar, Text, Whole

# Lengths leave room for what Kubernetes adds: a pod of a StatefulSet carries a label with the
# name and a hash (63 characters), an owner's name has at most 40 with its prefix "stack-".
LABEL = r"[a-z]([-a-z0-9]*[a-z0-9])?"
SHORT_NAME = Text("a name of a-z, 0-9 and -, beginning with a letter, at most 24 long", LABEL, 24)
NAME = Text("a name of a-z, 0-9 and -, beginning with a letter, at most 40 long", LABEL, 40)
NAMESPACE = Text("a name of a-z, 0-9 and -, beginning with a letter, at most 34 long", LABEL, 34)
PORT_NAME = Text(
    "a port's name: a-z, 0-9 and single -, beginning with a letter, at most 15 long",
    r"[a-z](-?[a-z0-9])*",
    15,
)
SECRET_KEY = Text(
    "a key of A-Z, a-z, 0-9, - and _", r"[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?", 100
)
# A ConfigMap holds the plain ones by name, and takes no name that begins with two dots.
VARIABLE = Text(
    "a variable's name: letters, digits, _, - and ., not beginning with a digit",
    r"(?!\.\.?$|\.\.)[-._A-Za-z][-._A-Za-z0-9]*",
    200,
)
# A reference to a key ends with a letter or digit, so a key that is referred to must, too.
CONFIG_KEY = Text(
    "a key of A-Z, a-z, 0-9, - and _", r"[A-Za-z0-9]([-_A-Za-z0-9]*[A-Za-z0-9])?", 200
)
CPU = Text(
    "CPU such as 250m or 1.5",
    r"[1-9][0-9]{0,6}m|(?!0+(\.0+)?$)[0-9]{1,4}(\.[0-9]{1,3})?",
    numbers=True,
)
MEMORY = Text("a size such as 64Mi or 2Gi", r"[1-9][0-9]{0,9}([kMGT]|[KMGT]i)?", numbers=True)
IMAGE = Text(
    "an image such as registry.example/team/app:1.4.2, or ${catalogue.name}",
    r"\$\{catalogue\.[-a-z0-9]+\}"
    r"|([A-Za-z0-9][-A-Za-z0-9.]*(:[0-9]{1,5})?/)?"
    r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
    r"(:[A-Za-z0-9_][-A-Za-z0-9_.]{0,127})?(@sha256:[0-9a-f]{64})?",
    300,
)
TAG = Text("a version such as '1.4.2', in quotes", r"[A-Za-z0-9_][-A-Za-z0-9_.]{0,127}")
FILE_PATH = Text(
    "an absolute path without . and .. steps",
    r"(/(?!\.\.?(/|$))[-A-Za-z0-9_.+@]+)+",
    200,
)
RELATIVE_PATH = Text(
    "a path below the stack's file, without .. steps",
    r"(?!/)(?!(.*/)?\.\.(/|$))[-A-Za-z0-9_.+@/]+",
    200,
)
URL_PATH = Text(
    "a path that begins with /, without // and . or .. steps",
    r"/|(/(?!\.{1,2}(/|$))([-A-Za-z0-9._~!$&'()*+,;=:@]|%(?!2[fF])[0-9a-fA-F]{2})+)+/?",
    500,
)
REQUEST_PATH = Text("a path that begins with /", r"/[\x21-\x7e]*", 500)
URL = Text("an address such as https://example.org/file.tar.gz", r"https?://[\x21-\x7e]+", 2000)
REPOSITORY = Text("an address such as https://charts.example.org", r"https?://[\x21-\x7e]+", 2000)
CHART = Text(
    "a chart: a name in the repository, oci://…, or a directory below the stack's file",
    r"oci://[\x21-\x7e]+|(?!/)(?!(.*/)?\.\.(/|$))[-A-Za-z0-9_.+/]+",
    500,
)
DIGEST = Text("a digest such as sha256:<64 hexadecimal digits>", r"sha256:[0-9a-f]{64}")
HOST_NAME = Text(
    "a host name such as www.example.org",
    r"(\*\.)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+",
    253,
)
ADDRESS = Text(
    "a host name or an IP address",
    r"[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?)*|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*",
    253,
)
FILE_MODE = Text("a mode such as '0444', in quotes", r"0?[0-7]{3}")
SCHEDULE = Text(
    "when, as cron writes it: minute hour day month weekday, or @hourly",
    r"@(yearly|annually|monthly|weekly|daily|midnight|hourly)|\S+( \S+){4}",
    100,
)
TIME_ZONE = Text("a time zone such as Europe/Berlin", r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", 60)
LABEL_KEY = Text(
    "a label such as example.org/disk",
    r"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?",
    253,
)
LABEL_VALUE = Text("a label's value", r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?", 63)
API_GROUP = Text(
    "an API group such as apps, empty for the core group",
    r"([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?",
    253,
)
API_RESOURCE = Text("a resource such as pods or pods/log", r"[a-z][-a-z0-9.]*(/[a-z]+)?", 253)
OBJECT_NAME = Text("an object's name", r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", 253)
SECRET_PATH = Text("a path of a secret in Vault", r"[-A-Za-z0-9_.@]+(/[-A-Za-z0-9_.@]+)*", 500)
SECRET_FIELD = Text("a field of a secret in Vault", r"[\x21-\x7e]+", 200)
ARGUMENTS = ListOf(Text("a text"))
PORT_NUMBER = Whole(1, 65535)
REPLICAS = Whole(0, 1000)
ENVIRONMENT = MapOf(VARIABLE, Scalar())
CONFIGS = MapOf(NAME, MapOf(CONFIG_KEY, Scalar(), least=1))

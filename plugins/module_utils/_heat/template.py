# Copyright: (c) 2026, Landfall contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site as a Heat template (HOT): plain resources that an operator can read and create by hand.

Nothing is nested: Heat works on all resources that do not wait for one another at the same time,
and a preview names each of them. A server more adds resources and changes none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .access import rules
from .addresses import allocation, router_address, servers, single_gateway
from .balancer import balancer
from .hosts import groups
from .model import GATEWAYS, KINDS, POLICIES, Disk, Role, Server, Site

# Rocky: the oldest release with everything that stands here.
VERSION = "2018-08-31"
Resource = dict[str, Any]
Named = tuple[str, Resource]


def template(site: Site) -> dict[str, Any]:
    """Return the template as plain data, its resources in the order in which they are read best."""
    parts = (
        _network(site),
        _security(site),
        _key(site),
        _groups(site),
        _addresses(site),
        (named for server in servers(site) for named in _server(site, server)),
        balancer(site, subnet(site)) if site.balancer == "octavia" else (),
    )
    return {
        "heat_template_version": VERSION,
        "description": f"Networks and servers of the site {site.stack}, made by Landfall",
        "resources": {name: resource for part in parts for name, resource in part},
        "outputs": _outputs(site),
    }


def subnet(site: Site) -> Any:
    """Return what refers to the servers' subnet."""
    return site.network.subnet or reference("subnet")


def reference(name: str) -> dict[str, str]:
    """Return what refers to another resource of the template."""
    return {"get_resource": name}


def _resource(kind: str, properties: Mapping[str, Any], **more: Any) -> Resource:
    given = {key: value for key, value in properties.items() if value not in (None, "", [], {})}
    return {"type": kind, **more, "properties": given}


def _outside(site: Site) -> Resource:
    """Return what makes a resource wait for the way out of the network."""
    return {"depends_on": ["router_interface"]} if router_address(site) else {}


def _network(site: Site) -> Iterator[Named]:
    if not router_address(site):
        return
    yield "network", _resource("OS::Neutron::Net", {"name": site.stack})
    pools = [{"start": first, "end": last} for first, last in allocation(site)]
    properties: Resource = {
        "name": site.stack,
        "network": reference("network"),
        "cidr": site.network.cidr,
        "gateway_ip": router_address(site),
        "allocation_pools": pools,
        "dns_nameservers": list(site.network.dns),
    }
    yield "subnet", _resource("OS::Neutron::Subnet", properties)
    external = {"network": site.network.external} if site.network.external else None
    properties = {"name": site.stack, "external_gateway_info": external}
    yield "router", _resource("OS::Neutron::Router", properties)
    ends = {"router": reference("router"), "subnet": reference("subnet")}
    yield "router_interface", _resource("OS::Neutron::RouterInterface", ends)


def _security(site: Site) -> Iterator[Named]:
    for role in site.roles:
        properties: Resource = {
            "name": f"{site.stack}-{role.name}",
            "description": f"What the {KINDS[role.name].prefix} servers of {site.stack} let in",
        }
        yield f"security_{role.name}", _resource("OS::Neutron::SecurityGroup", properties)
    # Rules of their own: groups that name each other could not be made otherwise.
    for rule in rules(site):
        source: Resource = {"remote_ip_prefix": rule.source}
        if site.has(rule.source):
            source = {"remote_group": reference(f"security_{rule.source}")}
        ports: Resource = (
            {"port_range_min": rule.low, "port_range_max": rule.high} if rule.low else {}
        )
        properties = {
            "security_group": reference(f"security_{rule.role}"),
            "protocol": rule.protocol,
            **ports,
            **source,
        }
        yield f"rule_{rule.name}", _resource("OS::Neutron::SecurityGroupRule", properties)


def _key(site: Site) -> Iterator[Named]:
    if site.key.public:
        properties = {"name": site.key.name, "public_key": site.key.public}
        yield "key", _resource("OS::Nova::KeyPair", properties)


def _groups(site: Site) -> Iterator[Named]:
    for role in site.roles:
        if _grouped(role):
            properties = {"name": f"{site.stack}-{role.name}", "policies": [POLICIES[role.policy]]}
            yield f"apart_{role.name}", _resource("OS::Nova::ServerGroup", properties)


def _grouped(role: Role) -> bool:
    # Also for one server alone: it must be in the group when a second one comes.
    return bool(POLICIES[role.policy])


def _addresses(site: Site) -> Iterator[Named]:
    """The public address that the gateways share; of the only one it is its own."""
    if site.balancer != "gateways":
        return
    if not single_gateway(site):
        properties = {
            "name": f"{site.stack}-gateway-address",
            "network": site.network.existing or reference("network"),
            "fixed_ips": [{"subnet": subnet(site), "ip_address": site.address}],
            "security_groups": [reference(f"security_{GATEWAYS}")],
        }
        yield "gateway_address", _resource("OS::Neutron::Port", properties)
    if site.address_floating:
        port = "gateway1_port" if single_gateway(site) else "gateway_address"
        yield "gateway_floating", _floating(site, reference(port))


def _floating(site: Site, port: Any) -> Resource:
    properties = {"floating_network": site.network.external, "port_id": port}
    return _resource("OS::Neutron::FloatingIP", properties, **_outside(site))


def _server(site: Site, server: Server) -> Iterator[Named]:
    role, name = server.role, server.name
    yield f"{name}_port", _port(site, server)
    group = f"apart_{role.name}"
    properties: Resource = {
        "name": name,
        "flavor": role.flavor,
        "image": None if role.boot else role.image,
        "block_device_mapping_v2": _boot(role),
        "key_name": reference("key") if site.key.public else site.key.name,
        "availability_zone": server.zone,
        "scheduler_hints": {"group": reference(group)} if _grouped(role) else None,
        "networks": [{"port": reference(f"{name}_port")}],
        # Another image makes another server, which is never done by the way.
        "image_update_policy": "REPLACE",
        "user_data_format": "RAW",
    }
    yield name, _resource("OS::Nova::Server", properties, **_outside(site))
    for disk in role.disks:
        yield from _disk(server, disk)
    shared = role.name == GATEWAYS and single_gateway(site) and site.address_floating
    if role.floating and not shared:
        yield f"{name}_floating", _floating(site, reference(f"{name}_port"))


def _port(site: Site, server: Server) -> Resource:
    held: list[str] = []
    if server.role.name == GATEWAYS:
        held = [] if single_gateway(site) else [site.address]
        held += site.pool
    properties = {
        "name": f"{site.stack}-{server.name}",
        "network": site.network.existing or reference("network"),
        "fixed_ips": [{"subnet": subnet(site), "ip_address": server.address}],
        "security_groups": [reference(f"security_{server.role.name}")],
        "allowed_address_pairs": [{"ip_address": address} for address in held],
    }
    return _resource("OS::Neutron::Port", properties)


def _boot(role: Role) -> list[Resource]:
    if not role.boot:
        return []
    device = {
        "boot_index": 0,
        "image": role.image,
        "volume_size": role.boot.size,
        "volume_type": role.boot.type,
        "delete_on_termination": True,
    }
    return [{key: value for key, value in device.items() if value != ""}]


def _disk(server: Server, disk: Disk) -> Iterator[Named]:
    name = f"{server.name}_{disk.name.replace('-', '_')}"
    properties = {
        "name": f"{server.name}-{disk.name}",
        "size": disk.size,
        "volume_type": disk.type,
    }
    yield name, _resource("OS::Cinder::Volume", properties)
    ends = {"instance_uuid": reference(server.name), "volume_id": reference(name)}
    yield f"{name}_attachment", _resource("OS::Cinder::VolumeAttachment", ends)


def _outputs(site: Site) -> dict[str, Any]:
    hosts = {server.name: _host(site, server) for server in servers(site)}
    floating = site.address_floating
    public = {"get_attr": ["gateway_floating", "floating_ip_address"]} if floating else ""
    return {
        "hosts": {"description": "The servers, for Landfall's inventory plugin", "value": hosts},
        "gateway": {
            "description": "The public address of the site, inside and outside of its network",
            "value": {"address": site.address, "floating": public},
        },
        "jump": {
            "description": "The server that SSH goes through to the others, empty without one",
            "value": next((s.name for s in servers(site) if s.role.floating), ""),
        },
    }


def _host(site: Site, server: Server) -> dict[str, Any]:
    name, role = server.name, server.role
    floating: Any = ""
    if role.floating:
        own = not (role.name == GATEWAYS and single_gateway(site) and site.address_floating)
        owner = f"{name}_floating" if own else "gateway_floating"
        floating = {"get_attr": [owner, "floating_ip_address"]}
    disks = {disk.name: reference(f"{name}_{disk.name.replace('-', '_')}") for disk in role.disks}
    mounts = {disk.name: disk.path for disk in role.disks if disk.path}
    return {
        "id": reference(name),
        "groups": list(groups(site, role.name)),
        "address": server.address,
        "floating": floating,
        "volumes": disks,
        **({"mounts": mounts} if mounts else {}),
    }

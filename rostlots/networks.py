"""Settings that name from where others may come."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from rostlots.settings import SettingsError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(env: Mapping[str, str], name: str) -> tuple[Network, ...]:
    """Addresses and networks, separated by commas; none where the variable is not set.

    Raises:
        SettingsError: one of them is neither.
    """
    try:
        return tuple(ipaddress.ip_network(one.strip()) for one in env.get(name, "").split(",") if one.strip())
    except ValueError:
        raise SettingsError(f"{name} takes addresses or networks, separated by commas.") from None


def within(address: Address | None, among: tuple[Network, ...]) -> bool:
    """Whether an address lies in one of the networks; one that is not known lies in none."""
    if address is None:
        return False
    # What reaches a socket of both families by IPv4 is written as IPv6.
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in network for network in among)


def is_loopback(host: str) -> bool:
    """Whether a host, as written in a setting, is this machine alone."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"

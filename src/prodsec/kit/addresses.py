"""Where requests of ours may go: the public internet, and what the operator allows by name or network.

People type addresses (of an identity provider, of a webhook) that the server then asks. Without this check they could
make it ask what only the server reaches: its own machine, the private network, a cloud's metadata.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from prodsec.kit.errors import InvalidError, UnavailableError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IPv6 addresses through which a gateway reaches an IPv4 one: judged by the address inside.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LONGEST_URL = 2_000


class HostRefusedError(InvalidError):
    """The address is one that requests may not go to."""


class HostUnknownError(UnavailableError):
    """The name has no address now."""


@dataclass(frozen=True)
class Allowed:
    """What the operator allows besides the public internet: names, exactly, and networks."""

    names: frozenset[str]
    networks: tuple[Network, ...]


def allowed(entries: tuple[str, ...]) -> Allowed:
    """Read a list of host names, addresses and networks (`keycloak.corp.example`, `10.0.0.0/8`)."""
    names, networks = set(), []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            names.add(entry.lower().rstrip("."))
    return Allowed(names=frozenset(names), networks=tuple(networks))


def parts_of(url: str) -> SplitResult:
    """The parts of an address that can be asked: http or https, a host, no name or password in it.

    Raises: HostRefusedError.
    """
    if len(url) > _LONGEST_URL or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise HostRefusedError("this is no address of the form https://host/path")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise HostRefusedError("this is no address of the form https://host/path") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise HostRefusedError("this is no address of the form https://host/path")
    if "@" in parts.netloc:
        raise HostRefusedError("an address may not hold a name and a password")
    return parts


def checked(host: str, port: int) -> list[str]:
    """The addresses behind a host name, all of them such that requests may go there. Connect to one of these, not to the name, which may mean something else a moment later.

    Raises: HostRefusedError when one of them is private, of this machine, or otherwise not of the public internet, and
    the operator did not allow it; HostUnknownError.
    """
    name = host.lower().rstrip(".")
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise HostUnknownError(f"The name {host} has no address; check how it is spelled.") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    may = allowed(settings.PRODSEC_ALLOW_HOSTS)
    if name not in may.names:
        for text in addresses:
            _check(ipaddress.ip_address(text.partition("%")[0]), host, may)
    return addresses


def _check(address: Address, host: str, may: Allowed) -> None:
    if any(address.version == network.version and address in network for network in may.networks):
        return
    inside = _inside(address)
    if inside is not None:
        _check(inside, host, may)
        return
    if not address.is_global or address.is_multicast:
        raise HostRefusedError(
            f"{host} is not on the public internet ({address}); "
            "the operator allows such a host or network with PRODSEC_ALLOW_HOSTS"
        )


def _inside(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)

"""The addresses to which users may make us connect: public ones only (against server-side request forgery)."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NEVER = (IPv4Network("168.63.129.16/32"),)
"""A public address that is a service inside a cloud: Azure's wire server."""
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


def is_public(text: str) -> bool:
    """Whether a packet to this address leaves for the public internet.

    An IPv6 address that carries an IPv4 one (mapped, compatible, 6to4, Teredo, NAT64) is public if that one is.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _v4(address)
    carried = _carried(address)
    if carried is not None:
        return all(_v4(inner) for inner in carried)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_site_local)


def _v4(address: IPv4Address) -> bool:
    if any(address in network for network in _NEVER):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _carried(address: IPv6Address) -> list[IPv4Address] | None:
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address.sixtofour is not None:
        return [address.sixtofour]
    if address.teredo is not None:
        return list(address.teredo)
    low = IPv4Address(int(address) & 0xFFFFFFFF)
    if any(address in network for network in _NAT64) or int(address) >> 32 == 0:
        return [low]
    return None

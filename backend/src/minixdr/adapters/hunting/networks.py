"""Whether a text is an address in a network, as regular expressions that DuckDB runs.

IPv4 addresses have one writing each. IPv6 has many for its zeros: the macro `IPV6_DIGITS` writes an address as its 32 hexadecimal digits first.
"""

from ipaddress import IPv4Network, ip_network

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_OCTETS = 4
_OCTET_BITS = 8
_DIGIT_BITS = 4

IPV6_DIGITS = "minixdr_ipv6_digits"
MACROS = (
    "CREATE MACRO minixdr_octets(p) AS list_transform(string_split(regexp_extract(p, '[0-9.]+$'), '.'), lambda o: TRY_CAST(o AS INTEGER))",
    "CREATE MACRO minixdr_tail(o) AS printf('%x:%x', o[1] * 256 + o[2], o[3] * 256 + o[4])",
    (
        "CREATE MACRO minixdr_unfolded(p) AS CASE WHEN contains(p, '.') AND len(list_filter(minixdr_octets(p), lambda o: o BETWEEN 0 AND 255)) = 4 "
        "THEN regexp_replace(p, '[0-9.]+$', minixdr_tail(minixdr_octets(p))) ELSE p END"
    ),
    (
        "CREATE MACRO minixdr_groups(part) AS "
        "list_transform(list_filter(string_split(part, ':'), lambda g: g <> ''), lambda g: lpad(g, 4, '0'))"
    ),
    (
        "CREATE MACRO minixdr_filled(l, r) AS "
        "array_to_string(list_concat(l, list_transform(range(8 - len(l) - len(r)), lambda g: '0000'), r), '')"
    ),
    (
        "CREATE MACRO minixdr_digits(a) AS CASE "
        "WHEN NOT regexp_matches(a, '^[0-9a-f:]+$') OR regexp_matches(a, ':::|::.*::|[0-9a-f]{5}') THEN NULL "
        "WHEN contains(a, '::') THEN minixdr_filled(minixdr_groups(split_part(a, '::', 1)), minixdr_groups(split_part(a, '::', 2))) "
        "WHEN len(string_split(a, ':')) = 8 THEN array_to_string(minixdr_groups(a), '') END"
    ),
    f"CREATE MACRO {IPV6_DIGITS}(address) AS minixdr_digits(minixdr_unfolded(lower(split_part(address, '%', 1))))",
)
"""The last one returns NULL where the text is no IPv6 address."""


def in_network(value: str, network: str) -> tuple[str, str]:
    """Return what of the value (SQL) the expression is looked for in, and the expression (RE2)."""
    parsed = ip_network(network)
    if isinstance(parsed, IPv4Network):
        return value, _ipv4(parsed)
    digits = parsed.network_address.exploded.replace(":", "")
    whole, rest = divmod(parsed.prefixlen, _DIGIT_BITS)
    last = ""
    if rest:
        first = int(digits[whole], 16)
        last = "[" + "".join(f"{digit:x}" for digit in range(first, first + 2 ** (_DIGIT_BITS - rest))) + "]"
    return f"CASE WHEN contains({value}, ':') THEN {IPV6_DIGITS}({value}) END", f"^{digits[:whole]}{last}"


def _ipv4(network: IPv4Network) -> str:
    whole, rest = divmod(network.prefixlen, _OCTET_BITS)
    octets = str(network.network_address).split(".")
    parts = octets[:whole]
    if rest:
        first = int(octets[whole])
        parts.append("(?:" + "|".join(map(str, range(first, first + 2 ** (_OCTET_BITS - rest)))) + ")")
    parts += [_OCTET] * (_OCTETS - len(parts))
    return "^" + r"\.".join(parts) + "$"

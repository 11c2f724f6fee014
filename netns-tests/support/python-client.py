"""What a program on Python learns of a host: through the C library, by visiting it, and through dnspython.

Usage: python-client.py HOST; prints JSON. dnspython reads messages strictly: a byte too many, an answer that is not to
the question, or a record it cannot parse is an exception.
"""

import asyncio
import json
import socket
import sys
import urllib.request

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.resolver

SECONDS = 5
host = sys.argv[1]
resolver = dns.resolver.Resolver()
server = resolver.nameservers[0]


def ask(kind, **options):
    """The records of a type, as texts; or the name of the exception."""
    try:
        return sorted(record.to_text() for record in resolver.resolve(host, kind, lifetime=SECONDS, **options))
    except dns.exception.DNSException as error:
        return type(error).__name__


def exchange(transport, **options):
    """The rcode and the extended errors of one exchange with these EDNS options; a truncated answer is an exception."""
    query = dns.message.make_query(host, "A", **options)
    send = {"udp": dns.query.udp, "tcp": dns.query.tcp}[transport]
    extra = {"raise_on_truncation": True} if transport == "udp" else {}
    answer = send(query, server, timeout=SECONDS, **extra)
    return {
        "rcode": dns.rcode.to_text(answer.rcode()),
        "addresses": [item.address for records in answer.answer for item in records],
        "options": sorted(int(option.otype) for option in answer.options),
    }


async def visit_both_ways():
    """A connection as asyncio makes it: over whichever family answers first (RFC 8305)."""
    reader, writer = await asyncio.open_connection(host, 80, happy_eyeballs_delay=0.25)
    writer.write(f"GET /whoami HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
    page = await asyncio.wait_for(reader.read(), SECONDS)
    writer.close()
    return json.loads(page.split(b"\r\n\r\n", 1)[1])


def lookup():
    try:
        return sorted({target[0] for *_, target in socket.getaddrinfo(host, 80)})
    except socket.gaierror as error:
        return error.errno


def visit():
    with urllib.request.urlopen(f"https://{host}/whoami", timeout=SECONDS) as page:
        return json.load(page)


def main():
    report = {"getaddrinfo": lookup(), "types": {kind: ask(kind) for kind in ["A", "AAAA", "HTTPS", "TXT", "SOA"]}}
    if isinstance(report["getaddrinfo"], list):
        report["tcp"] = ask("A", tcp=True)
        report["urllib"] = visit()
        report["asyncio"] = asyncio.run(visit_both_ways())
        report["reverse"] = [name.to_text() for name in resolver.resolve_address(report["types"]["A"][0])]
        report["exchanges"] = {name: exchange(**options) for name, options in EXCHANGES.items()}
    print(json.dumps(report))


def generic(code, data=b""):
    return dns.edns.GenericOption(code, data)


# What clients put into OPT: RFC 6891, 3225, 5001 (NSID), 7871 (client subnet), 7873 (cookie), 7828 (keepalive), 7830 (padding).
EXCHANGES = {
    "without EDNS": {"transport": "udp", "use_edns": False},
    "with DO": {"transport": "udp", "use_edns": 0, "want_dnssec": True, "payload": 1232},
    "of 512 bytes": {"transport": "udp", "use_edns": 0, "payload": 512},
    "of 65535 bytes": {"transport": "udp", "use_edns": 0, "payload": 65535},
    "NSID": {"transport": "udp", "use_edns": 0, "options": [generic(3)]},
    "client subnet": {"transport": "udp", "use_edns": 0, "options": [dns.edns.ECSOption("198.51.100.0", 24)]},
    "cookie": {"transport": "udp", "use_edns": 0, "options": [generic(10, b"12345678")]},
    "padding": {"transport": "udp", "use_edns": 0, "options": [generic(12, bytes(64))]},
    "an unknown option": {"transport": "udp", "use_edns": 0, "options": [generic(65001, b"?")]},
    "keepalive over TCP": {"transport": "tcp", "use_edns": 0, "options": [generic(11)]},
}

main()

"""The one HTTP client for addresses that somebody typed in: it cannot be turned against us.

Only https, only public addresses, resolved once and connected to the very address that was
checked, no redirects, a deadline for the whole exchange and a limit on the answer.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from typing import Any
from urllib.parse import SplitResult, urlsplit

SECONDS_MAX = 10
ANSWER_MAX = 64 * 1024
URL_LENGTH_MAX = 500
_PORTS = {"https": 443, "http": 80}
# Of IPv6 only global unicast (RFC 4291 section 2.5.4): every form that wraps an IPv4 address and
# could lead inside (mapped, NAT64) lies outside of it, 6to4 (RFC 3056) and Teredo are taken out.
_GLOBAL_UNICAST = ip_network("2000::/3")
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
)


class CannotCall(Exception):
    """The address is not one we call: nothing was sent. The text says why."""


class NoAnswer(Exception):
    """The other side could not be reached or did not answer; it may have got the request."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``body`` is cut at 64 KiB."""

    status: int
    reason: str
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def post(
    *,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allow_loopback: bool = False,
    seconds_max: float = SECONDS_MAX,
) -> Answer:
    """POST once. ``allow_loopback`` lets the machine itself, and only it, be called, also by
    http: for development. Redirects are answers like others: they are not followed."""
    parts = checked(url, allow_loopback=allow_loopback)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    addresses = _resolve(host, port, parts.scheme, allow_loopback=allow_loopback)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = {"Host": parts.netloc, "Connection": "close", **headers}
    passed = [False]
    try:
        with (
            _connected(addresses, host, parts.scheme, seconds_max) as sock,
            _deadline(sock, seconds_max, passed),
        ):
            return _exchange(sock, host, target, body, sent)
    except (OSError, HTTPException, ValueError) as error:
        if passed[0] or isinstance(error, TimeoutError):
            raise NoAnswer(f"no answer within {seconds_max:g} seconds") from error
        raise NoAnswer(str(error) or type(error).__name__) from error


def checked(url: str, *, allow_loopback: bool) -> SplitResult:
    """The parts of an address that may be called as far as its text shows; else CannotCall."""
    if len(url) > URL_LENGTH_MAX or not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        raise CannotCall(f"the address must be visible ASCII, {URL_LENGTH_MAX} characters at most")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError as error:
        raise CannotCall(f"this is not an address: {error}") from None
    if parts.scheme != "https" and not (allow_loopback and parts.scheme == "http"):
        raise CannotCall("the address must begin with https://")
    if not host or port == 0 or "\\" in url:
        raise CannotCall("the address names no host")
    if "@" in parts.netloc or parts.fragment:
        raise CannotCall("the address must not contain a user, a password or a fragment")
    try:
        literal = ip_address(host)
    except ValueError:
        return parts  # a name: judged by what it resolves to, when it is called
    _permit(host, [literal], parts.scheme, allow_loopback=allow_loopback)
    return parts


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address is somebody else's on the open internet."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    if any(address.version == n.version and address in n for n in _NOT_PUBLIC):
        return False
    return address.is_global and not address.is_multicast


def _permit(
    host: str, found: list[IPv4Address | IPv6Address], scheme: str, *, allow_loopback: bool
) -> None:
    if allow_loopback and all(address.is_loopback for address in found):
        return
    if not all(is_public(address) for address in found):
        # Also when only one of several is inside: a name that mixes them is up to something.
        raise CannotCall(f"{host} is not a public address")
    if scheme != "https":
        raise CannotCall("the address must begin with https://")


def _resolve(host: str, port: int, scheme: str, *, allow_loopback: bool) -> list[Any]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer(f"{host} is not found") from error
    addresses = [ip_address(str(entry[4][0])) for entry in found]
    _permit(host, addresses, scheme, allow_loopback=allow_loopback)
    return found


@contextmanager
def _connected(
    addresses: list[Any], host: str, scheme: str, seconds_max: float
) -> Iterator[socket.socket]:
    """A connection to the first of the checked addresses that takes one; the certificate must
    be the host's."""
    failed: OSError | None = None
    for family, kind, protocol, _name, address in addresses[:3]:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(seconds_max)
            sock.connect(address)
            if scheme == "https":
                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host)
        except OSError as error:
            sock.close()
            failed = error
            continue
        with sock:
            yield sock
        return
    raise failed or OSError("no address")


@contextmanager
def _deadline(sock: socket.socket, seconds_max: float, passed: list[bool]) -> Iterator[None]:
    """Ends the connection when the time is over, however steadily the other side drips."""

    def end() -> None:
        passed[0] = True
        try:
            # Not the method of a TLS socket, which would take its state from under the reader.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself

    timer = Timer(seconds_max, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _exchange(
    sock: socket.socket, host: str, target: str, body: bytes, headers: Mapping[str, str]
) -> Answer:
    connection = HTTPConnection(host)
    connection.sock = sock
    connection.request("POST", target, body, dict(headers))
    response = connection.getresponse()
    kept = response.read(ANSWER_MAX)
    return Answer(response.status, response.reason, kept)

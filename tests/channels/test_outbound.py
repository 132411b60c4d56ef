"""The one outbound client: what it refuses to call, and what no answer can do to it."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from acquit.channels import outbound
from acquit.channels.outbound import CannotCall, NoAnswer, post
from tests.support.webhooks import receiver, self_signed

# Each leads inside, in one of the many ways in which an address can be written.
INSIDE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://localhost/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.254/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.100.100.200/latest/meta-data/",
    "https://100.64.0.1/",
    "https://192.0.0.192/",
    "https://198.18.0.1/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[2001:db8::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
]
MALFORMED = [
    "http://hooks.example/",
    "ftp://hooks.example/",
    "file:///etc/passwd",
    "gopher://hooks.example/",
    "hooks.example/path",
    "https://",
    "https:///path",
    "https://user:word@hooks.example/",
    "https://hooks.example@127.0.0.1/",
    "https://hooks.example\\@127.0.0.1/",
    "https://hooks.example/#part",
    "https://hooks.example:0/",
    "https://hooks.example:99999/",
    "https://[::1/",
    "https://hooks.example/\r\nX-More: 1",
    "https://hooks.example/a b",
    "https://ⓛocalhost/",
    "https://hooks.example/" + "a" * 500,
    "",
]


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Every name now resolves to these; the list of names that were looked up."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        families = [socket.AF_INET6 if ":" in one else socket.AF_INET for one in addresses]
        return [
            (family, socket.SOCK_STREAM, 6, "", (one, port))
            for family, one in zip(families, addresses, strict=True)
        ]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("url", INSIDE)
def test_inner_addresses_are_not_called(url: str) -> None:
    with pytest.raises(CannotCall, match="not a public address"):
        post(url=url, body=b"", headers={})


@pytest.mark.parametrize("url", MALFORMED)
def test_other_addresses_are_refused_before_any_look_up(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = names(monkeypatch, "127.0.0.1")
    with pytest.raises(CannotCall):
        post(url=url, body=b"", headers={})
    assert asked == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::ffff:10.0.0.1"])
def test_a_public_name_of_an_inner_address(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, address)
    with pytest.raises(CannotCall):
        post(url="https://hooks.example/", body=b"", headers={})
    names(monkeypatch, "93.184.215.14", address)
    with pytest.raises(CannotCall):
        post(url="https://hooks.example/", body=b"", headers={})


def test_a_name_is_resolved_once_and_that_address_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second look-up could give another address than the one that was judged."""
    asked = names(monkeypatch, "127.0.0.1")
    with receiver(200) as remembers:
        url = remembers.url.replace("127.0.0.1", "hooks.example")
        assert post(url=url, body=b"{}", headers={}, allow_loopback=True).ok
    assert asked == ["hooks.example"]
    assert remembers.got[0].headers["host"].startswith("hooks.example:")
    assert remembers.got[0].path == "/hook?from=acquit"


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:220:1::1"])
def test_public_addresses_are_public(address: str) -> None:
    assert outbound.is_public(outbound.ip_address(address))


def test_loopback_is_all_that_development_opens() -> None:
    for url in ("http://10.0.0.1/", "http://169.254.169.254/", "http://93.184.215.14/"):
        with pytest.raises(CannotCall):
            post(url=url, body=b"", headers={}, allow_loopback=True)


def test_redirects_are_not_followed() -> None:
    with receiver() as other, receiver(other.url) as remembers:
        answer = post(url=remembers.url, body=b"{}", headers={}, allow_loopback=True)
        assert (answer.ok, answer.status) == (False, 302)
        assert len(remembers.got) == 1
        assert other.got == []


@pytest.mark.parametrize("how", ["hang", "drip"])
def test_the_whole_exchange_has_a_deadline(how: str) -> None:
    with receiver(how) as remembers:
        start = time.monotonic()
        with pytest.raises(NoAnswer, match="no answer within 0.4 seconds"):
            post(url=remembers.url, body=b"{}", headers={}, allow_loopback=True, seconds_max=0.4)
        assert time.monotonic() - start < 20  # a silent one would take 30, the other for ever


def test_a_huge_answer_is_cut() -> None:
    with receiver("huge") as remembers:
        answer = post(url=remembers.url, body=b"{}", headers={}, allow_loopback=True)
    assert (answer.ok, len(answer.body)) == (True, outbound.ANSWER_MAX)


def test_nobody_there_and_a_connection_that_breaks() -> None:
    with receiver("cut") as remembers, pytest.raises(NoAnswer):
        post(url=remembers.url, body=b"{}", headers={}, allow_loopback=True)
    with pytest.raises(NoAnswer):
        post(url=remembers.url, body=b"{}", headers={}, allow_loopback=True)


def test_https_wants_the_certificate_of_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not before somebody we trust says that this is the host does it get a byte of ours."""
    file = self_signed(tmp_path / "host.pem", "hooks.example")
    names(monkeypatch, "127.0.0.1")
    with receiver(certificate=file) as remembers:

        def call(host: str) -> bool:
            url = remembers.url.replace("127.0.0.1", host)
            return post(url=url, body=b"{}", headers={}, allow_loopback=True).ok

        with pytest.raises(NoAnswer, match="self-signed"):
            call("hooks.example")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        with pytest.raises(NoAnswer, match="other.example"):
            call("other.example")
        assert remembers.got == []
        assert call("hooks.example")


def test_a_header_cannot_be_smuggled() -> None:
    with receiver() as remembers:
        with pytest.raises(NoAnswer):
            post(
                url=remembers.url,
                body=b"{}",
                headers={"X-One": "1\r\nX-Two: 2"},
                allow_loopback=True,
            )
        assert remembers.got == []

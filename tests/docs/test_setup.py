"""Setting up trusts the certificates of the computer: on its own, and as told."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.docs.sessions import ROOT


def environment(**given: str) -> dict[str, str]:
    """The variables that the scripts of the setup give to uv, pip and Node."""
    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail; source tools/certificates.sh; env"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"} | given,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


def test_a_bundle_that_is_named_is_used_by_all(tmp_path: Path) -> None:
    bundle = tmp_path / "ours.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----")
    found = environment(SSL_CERT_FILE=str(bundle))
    assert found["PIP_CERT"] == found["NODE_EXTRA_CA_CERTS"] == str(bundle)
    assert found["UV_SYSTEM_CERTS"] == found["UV_NATIVE_TLS"] == "1"


def test_what_is_set_already_stays(tmp_path: Path) -> None:
    bundle = tmp_path / "ours.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----")
    found = environment(SSL_CERT_FILE=str(bundle), PIP_CERT="/mine.pem", NODE_EXTRA_CA_CERTS="/n")
    assert (found["PIP_CERT"], found["NODE_EXTRA_CA_CERTS"]) == ("/mine.pem", "/n")


@pytest.mark.parametrize("script", ["setup.sh", "front.sh"])
def test_both_scripts_ask_for_it(script: str) -> None:
    assert "source tools/certificates.sh" in (ROOT / "tools" / script).read_text("utf-8")

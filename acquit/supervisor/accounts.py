"""Who runs the database server, and what that user can reach.

PostgreSQL refuses to run as root. An ordinary user runs it as himself. Root runs it as the owner
of an existing cluster, and a new one as the system user ``acquit``. What that user cannot reach
is never opened up by changing modes: binaries are copied, and the cluster is put elsewhere.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from acquit.core.faults import Refused

SYSTEM_USER = "acquit"


class CannotUseAccount(Refused):
    """No user can be found or created who may run the database."""


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int

    @property
    def is_me(self) -> bool:
        return self.uid == os.geteuid()

    @property
    def switch(self) -> tuple[int, int] | None:
        """(uid, gid) to change to before a program is run; None when it is this user already."""
        return None if self.is_me else (self.uid, self.gid)


def account_of(*, uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise CannotUseAccount.because(
            "database.user.nameless",
            f"user id {uid} has no name on this computer, and PostgreSQL needs one",
            fix="add the user to /etc/passwd (in a container: a line in the image, or --user)",
        ) from None
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def account_for_new_cluster() -> Account:
    """This user; for root the system user ``acquit``, created when it is missing."""
    if os.geteuid() != 0:
        return account_of(uid=os.geteuid())
    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _create_system_user()
        entry = pwd.getpwnam(SYSTEM_USER)
    if entry.pw_uid == 0:
        raise CannotUseAccount.because(
            "database.user.root", f"the user {SYSTEM_USER} is root", fix="give it another user id"
        )
    return account_of(uid=entry.pw_uid)


def _create_system_user() -> None:
    program = shutil.which("useradd") or shutil.which("useradd", path="/usr/sbin:/sbin")
    fix = f"run as an ordinary user, or create a system user named {SYSTEM_USER}"
    if program is None:
        raise CannotUseAccount.because(
            "database.user.missing", "PostgreSQL does not run as root; useradd not found", fix=fix
        )
    done = subprocess.run(
        [program, "--system", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", "--user-group", SYSTEM_USER],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # Exit code 9: the name is in use, another start was a moment faster.
    if done.returncode not in (0, 9):
        raise CannotUseAccount.because(
            "database.user.missing",
            f"PostgreSQL does not run as root; useradd failed: {done.stderr.strip()}",
            fix=fix,
        )


def can_enter(*, account: Account, folder: Path) -> bool:
    """Whether the account can pass through every folder down to this one (really tried)."""
    return _tried(account=account, program=["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)])


def can_run(*, account: Account, program: Path) -> bool:
    """Whether the account can execute the program (``PROGRAM --version``, really tried)."""
    return _tried(account=account, program=[str(program), "--version"])


def _tried(*, account: Account, program: list[str]) -> bool:
    switch = account.switch
    if switch is None:
        command = subprocess.run(program, cwd="/", capture_output=True, check=False)
        return command.returncode == 0
    try:
        command = subprocess.run(
            program, user=switch[0], group=switch[1], extra_groups=[], cwd="/",
            capture_output=True, check=False,
        )  # fmt: skip
    except PermissionError:
        return False
    return command.returncode == 0

"""What every console command shares: where the data are, how answers and refusals look."""

from __future__ import annotations

import errno
import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar
from urllib.parse import parse_qs, urlsplit

import typer

from acquit.core.faults import ConfirmFirst, Fault, Refused
from acquit.entrypoints.console.folding import folded
from acquit.entrypoints.console.visible import visible
from acquit.entrypoints.loading import loading

if TYPE_CHECKING:
    from acquit.access.models import Company

P = ParamSpec("P")
R = TypeVar("R")

SIZE_MAX = 50_000_000  # bytes of a file; what the codecs read at most
EXIT_WRONG, EXIT_USAGE, EXIT_NOT_FOUND, EXIT_CONFLICT, EXIT_REFUSED = 1, 2, 3, 4, 5

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON, one object a line.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Data folder. Default: ACQUIT_DATA, else ~/.local/share/acquit.",
        file_okay=False,
    ),
]
CompanySlug = Annotated[
    str, typer.Option("--company", help="Which company, where there are several.")
]


class NoSuchCompany(Refused):
    """No company, or several and none was named."""


class CannotOpen(Refused):
    """The file is not there, may not be read, or is too large; none of it was read."""


class WrongUsage(Refused):
    """What was typed makes no sense together, or names nothing that is there; nothing was done."""


class NoDatabase(Refused):
    """The database does not answer; nothing was read or written."""


def data_folder(given: Path | None) -> Path:
    """The folder of this installation, absolute."""
    default = Path(os.environ.get("XDG_DATA_HOME", "~/.local/share")) / "acquit"
    chosen = given or Path(os.environ.get("ACQUIT_DATA") or default)
    return chosen.expanduser().resolve()


# What the shell that called us will take for the folder: commands change the variable for
# themselves and their children.
_SHELLS_FOLDER = data_folder(None)


def command_line(words: str, folder: Path) -> str:
    """``acquit WORDS`` for this folder, as it works when typed into the shell that called us:
    by its path where ``acquit`` means nothing there or another program."""
    script = Path(sys.executable).with_name("acquit")
    found = shutil.which("acquit")
    program = "acquit"
    if found is None or Path(found).resolve() != script.resolve():
        here = Path.cwd()
        program = str(script.relative_to(here) if script.is_relative_to(here) else script)
    parts = [program, *words.split()]
    if folder != _SHELLS_FOLDER:
        parts += ["--data", str(folder)]
    return shlex.join(parts)


def say(text: str) -> None:
    """A message for a person: to stderr, so that data on stdout stay clean."""
    typer.echo(visible(text), err=True)


def tell_missing(faults: Sequence[Fault]) -> None:
    """What the company's letters must name and do not, with the law and the way out."""
    for fault in faults:
        say(f"warning: {fault.message} ({fault.rule}); {fault.fix}")


def emit(value: Mapping[str, Any], *, as_json: bool, text: Callable[[], str]) -> None:
    """The answer: one JSON object, or text for a person."""
    if as_json:
        typer.echo(visible(json.dumps(value, ensure_ascii=False, default=str)))
    else:
        typer.echo(visible(text()))


def tell_dry(*, dry_run: bool) -> None:
    """Figures of a dry run look like those of the act: a person is told which they are."""
    if dry_run:
        say("A dry run: nothing was changed.")


def connect(data: Path | None) -> Path:
    """Make the database reachable and load Django. Starts the embedded server where it does not
    run yet; never stops it. An empty embedded database gets its tables."""
    folder = data_folder(data)
    load_connected(folder)
    from django.db import OperationalError

    from acquit.entrypoints.console.schema import ensure_schema

    try:
        ensure_schema(automatic=os.environ.get("ACQUIT_EMBEDDED") == "1")
    except OperationalError as error:
        reason = str(error).strip()
        raise NoDatabase.because(
            "database.no_answer",
            f"the database does not answer: {reason}",
            path="DATABASE_URL",
            fix="start that server, or correct the address; without one Acquit brings its own",
        ) from None
    return folder


def read_file(path: Path, *, most: int = SIZE_MAX) -> bytes:
    """All of a file, ``-`` for stdin. A size above the limit is refused before it is read."""
    try:
        if str(path) == "-":
            data = typer.get_binary_stream("stdin").read(most + 1)
            size = len(data)
        else:
            with path.open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                data = stream.read(most + 1) if size <= most else b""
                size = max(size, len(data))
    except OSError as error:
        raise _unreadable(error, str(path)) from None
    if size > most:
        message = f"{size} bytes; at most {most} are read"
        raise CannotOpen.because("file.size", message, path=str(path), fix="split the file")
    return data


def name_database(folder: Path) -> None:
    """Say in the environment which database is meant: the server of yours that is named there, or
    the embedded one of the folder, which is not started yet."""
    os.environ["ACQUIT_DATA"] = str(folder)
    if "DATABASE_URL" not in os.environ:
        from acquit.supervisor import Cluster

        os.environ["DATABASE_URL"] = Cluster.at(folder).prepare()
        os.environ["ACQUIT_EMBEDDED"] = "1"


def own_server() -> str:
    """Host, port and name of a server of yours that keeps the data; empty for the embedded one."""
    url = os.environ.get("DATABASE_URL", "")
    if not url or os.environ.get("ACQUIT_EMBEDDED") == "1":
        return ""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", [""])[-1]
    return f"{host}{parts.path}"


def load_connected(folder: Path) -> None:
    """Load Django, and have the embedded database running when that is done: it starts beside."""
    name_database(folder)
    if os.environ.get("ACQUIT_EMBEDDED") == "1":
        from acquit.supervisor import Cluster

        Cluster.at(folder).ensure_running(progress=say, meanwhile=load_django)
    else:
        load_django()


def load_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "acquit.config.settings")
    with loading():
        import django

        django.setup()


def the_company(slug: str) -> Company:
    """The company named, or the only one there is."""
    from acquit.access.models import Company

    wanted = slug or os.environ.get("ACQUIT_COMPANY", "")
    companies = list(Company.objects.order_by("slug"))
    chosen = [c for c in companies if c.slug == wanted] if wanted else companies
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(c.slug for c in companies)
    if not companies:
        fault = Fault("company.none", "there is no company yet", fix="acquit init")
    elif wanted:
        fault = Fault("company.unknown", f"no company {wanted!r}", fix=f"one of: {names}")
    else:
        fault = Fault("company.which", "there are several companies", fix=f"--company {names}")
    raise NoSuchCompany((fault,))


@contextmanager
def stable_stdout() -> Iterator[None]:
    """A closed pipe (``| head``) ends the command quietly."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def guarded(function: Callable[P, R]) -> Callable[P, R]:
    """Turn refusals into words and exit codes; a bug keeps its traceback."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        as_json = bool(kwargs.get("as_json"))
        try:
            with stable_stdout():
                return function(*args, **kwargs)
        except ConfirmFirst as question:
            report(question.warnings, as_json=as_json)
            say("Nothing was changed. Repeat with --yes to go on.")
            raise typer.Exit(EXIT_REFUSED) from None
        except Refused as refusal:
            report(refusal.faults, as_json=as_json)
            raise typer.Exit(exit_code(refusal)) from None
        except OSError as error:
            if not _is_of(error, kwargs.values()):
                raise
            report(_unreadable(error, str(error.filename)).faults, as_json=as_json)
            raise typer.Exit(EXIT_USAGE) from None

    return run


def _unreadable(error: OSError, path: str) -> Refused:
    fix = "name another file" if error.errno != errno.EACCES else "ask for the right to it"
    return CannotOpen.because("file.unreadable", str(error.strerror), path=path, fix=fix)


def _is_of(error: OSError, given: Iterable[object]) -> bool:
    """Whether it is about a file or folder that was named to the command, or one inside."""
    each = (one for value in given for one in (value if isinstance(value, list) else [value]))
    named = [path for path in each if isinstance(path, Path)]
    return isinstance(error.filename, str | Path) and any(
        Path(error.filename).absolute().is_relative_to(path.absolute()) for path in named
    )


_BY_CODE = {
    "company.exists": EXIT_CONFLICT,
    "customer.unknown": EXIT_NOT_FOUND,
    "import.kind_unknown": EXIT_USAGE,
    "import.profile_unknown": EXIT_USAGE,
    "limit.amount": EXIT_USAGE,
    "limit.command": EXIT_USAGE,
    "paper.missing": EXIT_NOT_FOUND,
    "render.kind": EXIT_USAGE,
    "report.customer": EXIT_USAGE,
    "report.unknown": EXIT_USAGE,
}


def exit_code(refusal: Refused) -> int:
    """What a refusal is to the shell."""
    for fault in refusal.faults:
        if fault.code in _BY_CODE:
            return _BY_CODE[fault.code]
    names = {kind.__name__ for kind in type(refusal).__mro__}
    if "NoSuchCompany" in names:
        return EXIT_NOT_FOUND
    if names & {"CannotOpen", "WrongUsage"}:
        return EXIT_USAGE
    if "AlreadyRunning" in names:
        return EXIT_CONFLICT
    return EXIT_REFUSED if names & {"Forbidden", "CannotReset"} else EXIT_WRONG


def emit_refusal(faults: Iterable[Fault], *, file: str = "") -> None:
    """A refusal as programs read it: one object on stdout."""
    named = {"file": file} if file else {}
    refused = [fault.as_dict() for fault in faults]
    typer.echo(visible(json.dumps({**named, "refused": refused}, ensure_ascii=False)))


def report(faults: tuple[Fault, ...], *, as_json: bool, file: str = "") -> None:
    """Faults in words on stderr, with ``--json`` as one object on stdout too. ``file``: the one
    of several that they are about."""
    if as_json:
        emit_refusal(faults, file=file)
    said = []
    for fault in faults:
        place = "".join(f"{part}: " for part in dict.fromkeys((file, fault.path)) if part)
        fix = f"\n  -> {fault.fix}" if fault.fix else ""
        said.append(f"{place}{fault.message} [{fault.code}]{fix}")
    for text in folded(said):
        say(text)

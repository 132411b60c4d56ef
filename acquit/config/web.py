"""The web server: Acquit is loaded once, then granian makes its workers of this one process.

    python -m acquit.config.web GRANIAN-OPTIONS acquit.config.wsgi:application

On Linux the workers are forks, so they start at once and share the memory of what was loaded;
where granian starts them afresh, each loads Acquit by itself as it would without this.
"""

from __future__ import annotations

from acquit.entrypoints.loading import loading


def serve() -> None:
    """Load everything a request needs, wait for the word of a supervisor, serve until told to
    stop."""
    with loading():
        from django.urls import get_resolver
        from granian.cli import cli

        from acquit.config import wsgi
        from acquit.supervisor import wait_for_go

        # The routes, with what each of them imports.
        assert wsgi.application is not None
        assert get_resolver().url_patterns
    wait_for_go()
    cli(auto_envvar_prefix="GRANIAN")


if __name__ == "__main__":
    serve()

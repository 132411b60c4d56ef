"""The web server: Acquit is loaded once, then granian makes its workers of this one process.

    python -m acquit.config.web GRANIAN-OPTIONS acquit.config.wsgi:application

On Linux the workers are forks, so they start at once and share the memory of what was loaded;
where granian starts them afresh, each loads Acquit by itself as it would without this.
"""

from __future__ import annotations

import gc

from granian.cli import cli

from acquit.supervisor import wait_for_go


def load() -> None:
    """Everything a request needs: the application, and each route with what it imports."""
    from django.urls import get_resolver

    from acquit.config import wsgi

    assert wsgi.application is not None
    assert get_resolver().url_patterns
    # What is loaded stays: nobody looks it through again, so the forks go on sharing its memory.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    load()
    wait_for_go()
    cli(auto_envvar_prefix="GRANIAN")

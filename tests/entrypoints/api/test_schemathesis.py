"""What callers never think of: requests made up from the OpenAPI document, sound and unsound.

No request may make the server fail, and every answer is one that the document promises.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from acquit.entrypoints.api import openapi
from acquit.entrypoints.api.app import api
from tests.support.api import Seeded

# Enough to fit the minute of the suite; the nightly run asks for more.
EXAMPLES = int(os.environ.get("ACQUIT_EXAMPLES", "5"))
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
document = api.get_openapi_schema(path_prefix="/api/v1/")
schema = schemathesis.openapi.from_dict(json.loads(openapi.text(document)))
schema.app = WSGIHandler()
# Walking every corner of every shape takes longer than all other tests together: on demand.
schema.config.phases.coverage.enabled = "ACQUIT_EXAMPLES" in os.environ


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """A real server gives up its connection after each request; here it carries the test's own
    transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.django_db
@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_makes_it_fail(case: schemathesis.Case, ours: Seeded) -> None:
    with transaction.atomic():
        case.call_and_validate(
            checks=CHECKS, headers={"Authorization": f"Bearer {ours.api.secret}"}
        )
        transaction.set_rollback(True)

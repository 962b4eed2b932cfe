"""The OpenAPI document against the running application: no input makes it fail, or answer otherwise than described."""

from __future__ import annotations

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

OPERATIONS = (
    ("POST", "/api/ask"),
    ("POST", "/api/listen"),
    ("GET", "/api/speech/{name}.mp3"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
)


def test_every_operation_is_tried(app: Flask) -> None:
    described = app.test_client().get("/api/openapi.json").get_json()["paths"]
    assert {(method.upper(), path) for path, methods in described.items() for method in methods} == set(OPERATIONS)


TAKE_INPUT = OPERATIONS[:3]
RIGHT, WRONG = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE


@pytest.mark.parametrize(
    ("method", "path", "mode"), [(*o, RIGHT) for o in OPERATIONS] + [(*o, WRONG) for o in TAKE_INPUT]
)
def test_whatever_comes_is_answered_as_described(
    app: Flask, method: str, path: str, mode: schemathesis.GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)

    @settings(max_examples=120, suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def answers_as_described(case: schemathesis.Case) -> None:
        response = case.call()
        # A recogniser that is not loaded says so, as described; any other 5xx is a fault.
        assert response.status_code < 500 or (response.status_code == 503 and path in ("/api/listen", "/readyz"))
        case.validate_response(response, checks=[status_code_conformance, response_schema_conformance])

    answers_as_described()

"""For those who run the service: is it alive, is it ready, what does it do."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from rostlots import __version__
from rostlots.web import metrics
from rostlots.web.service import Service


class Health(msgspec.Struct, frozen=True):
    """State of the process that answered. hearing: whether a recording would be heard at once."""

    status: str
    hearing: bool
    version: str


def blueprint(service: Service) -> Blueprint:
    """`/healthz`, `/readyz`, `/metrics`."""
    routes = Blueprint("operations", __name__)

    def health(status: str, code: int) -> Response:
        body = msgspec.json.encode(Health(status, service.hearing.ready, __version__))
        return Response(body, code, content_type="application/json")

    @routes.get("/healthz")
    def healthz() -> Response:
        return health("ok", 200)

    @routes.get("/readyz")
    def readyz() -> Response:
        return health("ready", 200) if service.hearing.ready else health("starting", 503)

    @routes.get("/metrics")
    def figures() -> Response:
        return Response(service.metrics.page(), content_type=metrics.CONTENT_TYPE)

    return routes

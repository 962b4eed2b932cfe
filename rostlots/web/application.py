"""The application: one service, and every way in that stands on it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from rostlots import telephony
from rostlots.web import api, errors, headers, operations, page, smart_speaker, stream
from rostlots.web.hearing import MOST_BYTES
from rostlots.web.requests import MOST_JSON_BYTES
from rostlots.web.service import Service
from rostlots.web.settings import WebSettings

WAYS_IN: tuple[Callable[[Service], Blueprint], ...] = (
    page.blueprint,
    api.blueprint,
    stream.blueprint,
    operations.blueprint,
    smart_speaker.blueprint,
    telephony.blueprint,
)
"""A function for each part of the site. A new way in is one more."""


def create_app(settings: WebSettings | None = None) -> Flask:
    """The WSGI application; its `Service` is `app.extensions["rostlots"]`.

    Raises:
        SettingsError: no settings were given and those of the environment cannot be used.
    """
    settings = WebSettings.from_environ() if settings is None else settings
    app = Flask("rostlots.web")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_JSON_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000  # their addresses change with their content
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    service = Service.from_settings(settings)
    app.extensions["rostlots"] = service
    errors.register(app)
    headers.register(app)
    service.limiter.init_app(app)
    for way_in in WAYS_IN:
        app.register_blueprint(way_in(service))

    return app

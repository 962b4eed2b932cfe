"""The page."""

from flask import Blueprint

from rostlots.web.service import Service


def blueprint(service: Service) -> Blueprint:
    return Blueprint("page", __name__)

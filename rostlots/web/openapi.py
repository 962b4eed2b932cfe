"""The API described for programs, from the types that it takes and gives."""

from __future__ import annotations

from typing import Any

import msgspec

from rostlots import __version__
from rostlots.web.errors import STATUS, Code, ErrorBody
from rostlots.web.hearing import LONGEST
from rostlots.web.operations import Health
from rostlots.web.replies import WebReply
from rostlots.web.requests import SESSION_HEADER, AskRequest
from rostlots.web.sessions import LONGEST_TOKEN
from rostlots.web.texts import texts
from skill import CONTROLS, load_knowledge

AUDIO_TYPES = (
    "audio/wav",
    "audio/flac",
    "audio/ogg",
    "audio/mpeg",
    "audio/webm",
    "audio/mp4",
    "application/octet-stream",
)

_LANG = {
    "name": "lang",
    "in": "query",
    "description": "Language of the conversation and of error messages; Swedish where nothing says otherwise.",
    "schema": {"enum": ["sv", "en"]},
}


def document() -> dict[str, Any]:
    """The OpenAPI document, version 3.1."""
    types = (AskRequest, WebReply, ErrorBody, Health)
    _, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    _only_what_can_be_chosen(components["AskRequest"])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Röstlots",
            "version": __version__,
            "description": "Questions about cancer metastases in Swedish, typed or recorded, and answers with their "
            "source. An automatic voice: no substitute for care, no diagnosis. In danger of life, ring 112. "
            "The WebSocket /api/stream, which this format cannot describe, hears a question while it is said.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/api/ask": {"post": _ask()},
            "/api/listen": {"post": _listen()},
            "/api/speech/{name}.mp3": {"get": _speech()},
            "/healthz": {"get": _state("healthz", "The process is alive.", 200)},
            "/readyz": {"get": _state("readyz", "Recordings are heard at once.", 200, 503)},
            "/metrics": {
                "get": {
                    "operationId": "metrics",
                    "summary": "Figures for Prometheus.",
                    "responses": {
                        "200": {"description": "Figures.", "content": {"text/plain": {"schema": {"type": "string"}}}}
                    },
                }
            },
        },
        "components": {"schemas": components},
    }


def _ask() -> dict[str, Any]:
    return {
        "operationId": "ask",
        "summary": "A typed question, or the topic of a suggestion.",
        "parameters": [_LANG],
        "requestBody": {"required": True, "content": _json("AskRequest")},
        "responses": _reply() | _refusals("bad_request", "too_large", "unsupported", "invalid", "too_many", "broken"),
    }


def _listen() -> dict[str, Any]:
    session = {"type": "string", "maxLength": LONGEST_TOKEN}
    sound = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": "listen",
        "summary": f"A recorded question of at most {LONGEST:g} seconds.",
        "parameters": [
            {"name": "session", "in": "query", "description": "From the reply before.", "schema": session},
            {
                "name": SESSION_HEADER,
                "in": "header",
                "description": "The same, out of sight of servers that write addresses down; goes before it.",
                "schema": session,
            },
            {
                "name": "connects",
                "in": "query",
                "description": "false where the client cannot put a call through, so that none is promised.",
                "schema": {"enum": ["true", "false"]},
            },
            _LANG,
        ],
        "requestBody": {"required": True, "content": dict.fromkeys(AUDIO_TYPES, sound)},
        "responses": _reply()
        | _refusals(
            "bad_request", "too_large", "unsupported", "unreadable", "invalid", "too_many", "broken", "busy", "deaf"
        ),
    }


def _speech() -> dict[str, Any]:
    return {
        "operationId": "speech",
        "summary": "A spoken answer by its content; it never changes.",
        "parameters": [
            {
                "name": "name",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            },
            _LANG,
        ],
        "responses": {
            "200": {"description": "The sound.", "content": {"audio/mpeg": {}}},
            "206": {"description": "A part of it.", "content": {"audio/mpeg": {}}},
            "304": {"description": "The client has it."},
            "416": {"description": "There is no such part."},
        }
        | _refusals("not_found", "too_many", "broken", "mute"),
    }


def _state(operation: str, summary: str, *statuses: int) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "responses": {str(status): {"description": summary, "content": _json("Health")} for status in statuses},
    }


def _reply() -> dict[str, Any]:
    page = {"text/html": {"schema": {"type": "string", "description": "A part of the page, where that is preferred."}}}
    return {"200": {"description": "The reply.", "content": _json("WebReply") | page}}


def _refusals(*codes: Code) -> dict[str, Any]:
    """By status; several codes can share one."""
    said = texts("en").errors
    found: dict[str, Any] = {}
    for code in codes:
        status = str(STATUS[code])
        line = f"{code}: {said[code]}"
        before = found[status]["description"] + " " if status in found else ""
        found[status] = {"description": before + line, "content": _json("ErrorBody")}
    return found


def _json(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _only_what_can_be_chosen(schema: dict[str, Any]) -> None:
    """A question needs a text or a topic, and the topic has to be one that exists."""
    schema["anyOf"] = [{"required": ["text"]}, {"required": ["topic"]}]
    schema["properties"]["topic"]["enum"] = [*load_knowledge().answers, "helpline.hours", *CONTROLS]

"""Conversations between two turns: signed and carried by the client, or kept in Redis for a while."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

import msgspec
from itsdangerous import BadData, URLSafeTimedSerializer

from rostlots.assistant import new_conversation
from rostlots.web.redis_store import redis_errors
from skill import State, from_json, to_json

if TYPE_CHECKING:
    from redis import Redis

SECONDS = 2 * 60 * 60
"""How long after its last turn a conversation can go on."""

LONGEST_TOKEN = 8192
"""Characters of a token; real ones have fewer than a thousand."""

_KEY = "rostlots:conversation:"

log = logging.getLogger(__name__)


class Sessions:
    """Turns a state into a token and back, in any process that has the same secret or the same Redis."""

    def __init__(self, secret_key: str, redis: Redis | None = None) -> None:
        self._signer = URLSafeTimedSerializer(secret_key, salt="rostlots.conversation")
        self._redis = redis

    def load(self, token: str | None, lang: str | None = None) -> State:
        """The state of a conversation, in the given language, else its own.

        A token that is unknown, forged or old starts a new conversation: somebody who left the page open has to be
        answered, too.
        """
        state = self._known(token) if token and len(token) <= LONGEST_TOKEN else None
        if state is None:
            return new_conversation(lang or "sv")
        if lang is None or lang == state.lang:
            return state
        return msgspec.structs.replace(state, lang=new_conversation(lang).lang, said=None, said_of=None)

    def save(self, state: State, token: str | None = None) -> str:
        """The token with which the conversation goes on; in Redis it stays the same from turn to turn."""
        data = to_json(state)
        if self._redis is not None:
            name = token if token and self._is_name(token) else secrets.token_urlsafe(24)
            try:
                self._redis.set(_KEY + name, data, ex=SECONDS)
            except redis_errors() as fault:
                log.warning("Redis failed (%s); the client carries the conversation.", type(fault).__name__)
            else:
                return name
        return self._signer.dumps(data.decode())

    def _known(self, token: str) -> State | None:
        try:
            if self._is_name(token):
                return self._kept(token)
            # A readable token says nothing of the caller's words: the state holds topics and our own.
            return from_json(self._signer.loads(token, max_age=SECONDS))
        except (BadData, ValueError, TypeError):
            return None

    def _kept(self, name: str) -> State | None:
        if self._redis is None:
            return None
        try:
            data = self._redis.get(_KEY + name)
        except redis_errors() as fault:
            log.warning("Redis failed (%s); a conversation begins anew.", type(fault).__name__)
            return None
        return from_json(data) if isinstance(data, bytes) else None

    @staticmethod
    def _is_name(token: str) -> bool:
        """Whether a token is the name of a state in Redis; signed ones have dots."""
        return len(token) == 32 and "." not in token and token.isascii()

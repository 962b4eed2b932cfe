"""Conversations between two turns: encrypted and carried by the client, or kept in Redis for a while."""

from __future__ import annotations

import base64
import logging
import re
import secrets
from typing import TYPE_CHECKING

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

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

_NAME = re.compile(r"[A-Za-z0-9_-]{32}")
"""Of a state in Redis; encrypted ones are longer."""

log = logging.getLogger(__name__)


class Sessions:
    """Turns a state into a token and back, in any process that has the same secret or the same Redis."""

    def __init__(self, secret_key: str, redis: Redis | None = None) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=b"rostlots.conversation").derive(secret_key.encode())
        # A telephone call carries its state in addresses, which providers and proxies write down: what somebody has
        # asked about is for nobody else to read.
        self._cipher = Fernet(base64.urlsafe_b64encode(key))
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
            try:
                # Only a name that was given out here is used again; clients choose none.
                if token and _NAME.fullmatch(token) and self._redis.set(_KEY + token, data, ex=SECONDS, xx=True):
                    return token
                name = secrets.token_urlsafe(24)
                self._redis.set(_KEY + name, data, ex=SECONDS)
            except redis_errors() as fault:
                log.warning("Redis failed (%s); the client carries the conversation.", type(fault).__name__)
            else:
                return name
        return self._cipher.encrypt(data).decode()

    def _known(self, token: str) -> State | None:
        try:
            if _NAME.fullmatch(token):
                return self._kept(token)
            return from_json(self._cipher.decrypt(token, ttl=SECONDS))
        except (InvalidToken, ValueError, TypeError):
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

"""Redis, where an operator has set one up."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis import Redis

SECONDS_TO_ANSWER = 0.5
"""A caller waits for Redis, so it answers at once or counts as gone."""


def open_redis(url: str | None) -> Redis | None:
    """The pool of connections, which connects when it is first used; None without an address."""
    if url is None:
        return None
    from redis import Redis

    return Redis.from_url(url, socket_timeout=SECONDS_TO_ANSWER, socket_connect_timeout=SECONDS_TO_ANSWER)


def redis_errors() -> tuple[type[Exception], ...]:
    """What Redis raises when it is not there, does not answer or is full."""
    try:
        from redis.exceptions import RedisError
    except ImportError:
        return ()
    return (RedisError,)

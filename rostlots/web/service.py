"""What one process of the web service has, for every way in that it offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_limiter import Limiter

from rostlots.assistant import LANGUAGES, Assistant
from rostlots.own_words import warn_of_newer_words
from rostlots.web.hearing import Hearing
from rostlots.web.limits import limiter
from rostlots.web.metrics import Metrics
from rostlots.web.redis_store import open_redis
from rostlots.web.sessions import Sessions
from rostlots.web.settings import WebSettings
from rostlots.web.spoken import SpokenAnswers
from rostlots.web.streams import Streams
from rostlots.web.turns import Turns

if TYPE_CHECKING:
    from redis import Redis


@dataclass(frozen=True)
class Service:
    """The parts that ways in share."""

    settings: WebSettings
    assistant: Assistant
    sessions: Sessions
    hearing: Hearing
    streams: Streams
    spoken: SpokenAnswers
    metrics: Metrics
    turns: Turns
    limiter: Limiter
    redis: Redis | None

    @classmethod
    def from_settings(cls, settings: WebSettings) -> Service:
        """Everything set up; models are loaded by `warm_up` or when they are first needed."""
        assistant = Assistant.from_settings(settings.product)
        metrics = Metrics()
        redis = open_redis(settings.redis_url)
        hearing = Hearing(settings.product.stt, settings.speech, metrics)
        spoken = SpokenAnswers(settings.product, settings.speech.cache_dir / "said", redis)
        sessions = Sessions(settings.secret_key, redis)
        streams = Streams(metrics)
        turns = Turns(assistant, hearing, streams, metrics)
        return cls(settings, assistant, sessions, hearing, streams, spoken, metrics, turns, limiter(settings), redis)

    def warm_up(self) -> None:
        """Load the understanding now, recogniser and voice in the background."""
        for lang in LANGUAGES:
            self.assistant.warm_up(lang)
        warn_of_newer_words(self.settings.product.stt, self.settings.speech)
        self.hearing.open_in_background()
        self.spoken.open_in_background("sv")

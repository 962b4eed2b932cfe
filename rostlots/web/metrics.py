"""Figures for Prometheus. Labels are few and fixed: never a text, a number or an id."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from rostlots.web.settings import FIGURES_FOLDER

if TYPE_CHECKING:
    from rostlots.web.errors import Code
    from skill import Reply

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

STAGES = ("understand", "wait", "read", "hear", "speak")
"""Of `hear` the engines tell more in the reply; here a stage is what an operator could do something about."""


class Metrics:
    """What one process counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._turns = Counter(
            "rostlots_turns",
            "Turns of conversations, by channel, action and topic.",
            ("channel", "action", "topic"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "rostlots_stage_seconds",
            "Seconds that a stage of a turn took.",
            ("stage",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._rejected = Counter(
            "rostlots_rejected", "Requests that were refused, by reason.", ("reason",), registry=self._registry
        )
        self.waiting = Gauge(
            "rostlots_recordings_waiting",
            "Recordings that are heard or wait for it.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )

        self.streams = Gauge(
            "rostlots_streams",
            "Questions that are heard while they are said.",
            multiprocess_mode="livesum",
            registry=self._registry,
        )

    def turn(self, channel: str, reply: Reply) -> None:
        """Count one turn. Channel: a fixed word of the program, such as "page"."""
        self._turns.labels(channel, reply.action, reply.topic).inc()
        if reply.timings is not msgspec.UNSET:
            for stage in STAGES:
                if stage in reply.timings:
                    self.stage(stage, reply.timings[stage] / 1000)

    def stage(self, stage: str, seconds: float) -> None:
        """Note how long something took."""
        self._seconds.labels(stage).observe(seconds)

    def rejected(self, reason: Code) -> None:
        """Count a refusal."""
        self._rejected.labels(reason).inc()

    def page(self) -> bytes:
        """All figures in Prometheus's text format; those of all processes where they count together."""
        if os.environ.get(FIGURES_FOLDER):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            return generate_latest(registry)
        return generate_latest(self._registry)

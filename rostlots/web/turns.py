"""One turn on the web: text, a choice or a recording and a state in, reply and state out, counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rostlots.assistant import Assistant
from skill import Reply, State, by_hand

if TYPE_CHECKING:
    from rostlots.web.hearing import Hearing
    from rostlots.web.metrics import Metrics


class Turns:
    """The conversation for every way in of the web service."""

    def __init__(self, assistant: Assistant, hearing: Hearing, metrics: Metrics) -> None:
        self._assistant = assistant
        self._hearing = hearing
        self._metrics = metrics

    def ask(self, text: str, state: State, channel: str, *, connects: bool = True) -> tuple[Reply, State]:
        """A typed turn. Connects: whether the channel can put a call through."""
        started = time.perf_counter()
        result = self._assistant.answer(text, state)
        self._metrics.stage("understand", time.perf_counter() - started)
        return self._counted(*result, channel, connects)

    def choose(self, topic: str, state: State, channel: str, *, connects: bool = True) -> tuple[Reply, State]:
        """A topic that was pointed at. Raises `skill.UnknownChoice`."""
        return self._counted(*self._assistant.choose(topic, state), channel, connects)

    def listen(self, recording: bytes, state: State, channel: str, *, connects: bool = True) -> tuple[Reply, State]:
        """A recorded turn. Raises what `Hearing.listen` raises."""
        return self._counted(*self._hearing.listen(recording, state), channel, connects)

    def _counted(self, reply: Reply, state: State, channel: str, connects: bool) -> tuple[Reply, State]:
        self._metrics.turn(channel, reply)
        if connects:
            return reply, state
        return by_hand(reply, state, self._assistant.language(state.lang).knowledge)

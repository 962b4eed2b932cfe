"""One turn on the web: text, a choice or a recording and a state in, reply and state out, counted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rostlots.assistant import Assistant, timed
from skill import Reply, State

if TYPE_CHECKING:
    from rostlots.web.hearing import Hearing
    from rostlots.web.metrics import Metrics
    from rostlots.web.streams import Stream, Streams
    from speech import Transcript


class Turns:
    """The conversation for every way in of the web service."""

    def __init__(self, assistant: Assistant, hearing: Hearing, streams: Streams, metrics: Metrics) -> None:
        self._assistants = {True: assistant, False: assistant.not_connecting()}
        self._hearing = hearing
        self._streams = streams
        self._metrics = metrics

    def ask(self, text: str, state: State, channel: str, *, connects: bool = True) -> tuple[Reply, State]:
        """A typed turn. Connects: whether the channel can put a call through."""
        started = time.perf_counter()
        result = self._assistants[connects].answer(text, state)
        self._metrics.stage("understand", time.perf_counter() - started)
        return self._counted(*result, channel)

    def choose(self, topic: str, state: State, channel: str, *, connects: bool = True) -> tuple[Reply, State]:
        """A topic that was pointed at. Raises `skill.UnknownChoice`."""
        return self._counted(*self._assistants[connects].choose(topic, state), channel)

    def listen(self, recording: bytes, state: State, channel: str, *, connects: bool = True) -> tuple[Reply, State]:
        """A recorded turn. Raises what `Hearing.listen` raises."""
        return self._counted(*self._hearing.listen(recording, state, self._assistants[connects]), channel)

    def follow(self, rate: int, state: State, channel: str, *, connects: bool = True) -> Stream:
        """A turn that is heard while it is said. Raises what `Hearing.listener` raises."""
        assistant = self._assistants[connects]

        def answer(transcript: Transcript, ended: float) -> tuple[Reply, State]:
            heard = time.perf_counter()
            reply, after = assistant.reply_to(transcript, state)
            reply = timed(reply, hear=heard - ended, total=time.perf_counter() - ended)
            return self._counted(reply, after, channel)

        prompt = assistant.language(state.lang).knowledge.phrases["hearing"]["prompt"]
        return self._streams.begin(self._hearing.listener(state.lang), rate, prompt, answer)

    def _counted(self, reply: Reply, state: State, channel: str) -> tuple[Reply, State]:
        self._metrics.turn(channel, reply)
        return reply, state

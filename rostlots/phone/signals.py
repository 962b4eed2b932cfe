"""Keys, and the ends that are decided outside the conversation, as `rostlots.talking.Signals`."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from skill.pressing import press

if TYPE_CHECKING:
    from rostlots.phone.channel import PhoneChannel
    from skill import Reply, State
    from skill.calling import Closing

MOST_KEYS = 16
"""Keys that may wait; beyond, the oldest go, so that a telephone that sends keys without end fills nothing."""


class CallSignals:
    """What one caller presses. Make it inside the event loop."""

    def __init__(self, channel: PhoneChannel) -> None:
        self._channel = channel
        self._keys: deque[str] = deque(maxlen=MOST_KEYS)
        self._news = asyncio.Event()
        self.closing: Closing | None = None
        """Why the call is being ended by us, once it is."""

    def press(self, key: str) -> None:
        """The caller has pressed a key."""
        self._keys.append(key)
        self._news.set()

    def close(self, why: Closing) -> None:
        """End the conversation as soon as what may not be interrupted has been said."""
        self.closing = self.closing or why
        self._news.set()

    async def wait(self) -> None:
        await self._news.wait()

    def take(self, state: State) -> tuple[Reply, State] | None:
        if self.closing is not None:
            return None
        key = self._keys.popleft()
        if not self._keys:
            self._news.clear()
        return press(key, state, self._channel.knowledge, connects=self._channel.connects())

"""What the telephone adds to the conversation, as a `rostlots.talking.Channel`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from skill import Knowledge, Reply, State
from skill.calling import for_phone

if TYPE_CHECKING:
    from rostlots.phone.settings import PhoneSettings


@dataclass(frozen=True)
class PhoneChannel:
    """Knows whether a call can be put through at this moment."""

    settings: PhoneSettings
    knowledge: Knowledge

    def connects(self) -> bool:
        """Whether a call can be put through now."""
        return self.settings.connects()

    def adapted(self, reply: Reply, state: State) -> tuple[Reply, State]:
        closed = None if self.settings.hand_over is None else self.settings.opening.words(self.knowledge)
        return for_phone(reply, state, self.knowledge, connects=self.connects(), closed=closed)

    def show(self, reply: Reply) -> None:
        """Nobody looks."""

"""When somebody answers where callers are put through to, on our own telephone line and by webhook."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rostlots.settings import SettingsError

if TYPE_CHECKING:
    from opening_hours import OpeningHours

    from skill import Knowledge

_ZONE = ZoneInfo("Europe/Stockholm")


@dataclass(frozen=True)
class Opening:
    """When callers can be put through, and what they are told when not.

    hours: in the notation of OpenStreetMap, by Swedish time and holidays; None for always.
    closed: what is said outside them; None for the usual words.
    """

    hours: OpeningHours | None = None
    closed: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> Opening:
        """Read the variables; an empty one counts as not set.

        Raises:
            SettingsError: the hours cannot be read, or their library is missing.
        """
        env = os.environ if environ is None else environ
        hours = env.get("ROSTLOTS_SIP_HAND_OVER_HOURS", "").strip()
        return cls(_parsed(hours) if hours else None, env.get("ROSTLOTS_SIP_CLOSED", "").strip() or None)

    def is_open(self, when: datetime.datetime | None = None) -> bool:
        """Whether somebody answers, now or at a time with its zone."""
        if self.hours is None:
            return True
        return self.hours.is_open((when or datetime.datetime.now(_ZONE)).astimezone(_ZONE))

    def words(self, knowledge: Knowledge) -> str:
        """What is said outside the hours in place of putting a caller through."""
        return self.closed or knowledge.phrase("phone", "closed")


def _parsed(hours: str) -> OpeningHours:
    """Raises `SettingsError`."""
    try:
        from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]
    except ImportError as error:
        raise SettingsError("ROSTLOTS_SIP_HAND_OVER_HOURS needs a library: pip install opening-hours-py.") from error
    try:
        return OpeningHours(hours, timezone=_ZONE, country="SE")
    except ParserError:
        raise SettingsError('ROSTLOTS_SIP_HAND_OVER_HOURS takes hours such as "Mo-Fr 08:00-16:00; PH off".') from None

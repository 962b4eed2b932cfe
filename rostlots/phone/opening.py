"""When somebody answers where callers are put through to."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from rostlots.settings import SettingsError

_ZONE = ZoneInfo("Europe/Stockholm")


class Opening:
    """Opening hours in the notation of OpenStreetMap: "Mo-Fr 08:00-16:00; PH off". Swedish holidays, Swedish time."""

    def __init__(self, hours: str) -> None:
        """Raises `SettingsError` where the hours cannot be read."""
        from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]

        try:
            self._hours = OpeningHours(hours, timezone=_ZONE, country="SE")
        except ParserError:
            raise SettingsError(
                'ROSTLOTS_SIP_HAND_OVER_HOURS takes hours such as "Mo-Fr 08:00-16:00; PH off".'
            ) from None

    def is_open(self, when: datetime.datetime | None = None) -> bool:
        """Whether somebody answers, now or at a time with its zone."""
        return self._hours.is_open((when or datetime.datetime.now(_ZONE)).astimezone(_ZONE))

"""The settings of the Alexa skill, from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from rostlots.settings import SettingsError


@dataclass(frozen=True)
class AlexaSettings:
    """What an operator has set.

    skill_id: the id that Amazon gave the skill ("amzn1.ask.skill.…"); without it the web service answers no request.
    verify: whether requests must be signed by Alexa; only a developer's own machine does without.
    audio_url: where the web service is reached over https; then the answers are spoken in Swedish, as recordings.
    """

    skill_id: str | None = None
    verify: bool = True
    audio_url: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] | None = None) -> "AlexaSettings":
        """Read the variables; an empty one counts as not set.

        Raises:
            SettingsError: a value is not one of those that the variable takes.
        """
        env = os.environ if environ is None else environ
        verify = env.get("ROSTLOTS_ALEXA_VERIFY", "").strip() or "1"
        if verify not in ("0", "1"):
            raise SettingsError(f"ROSTLOTS_ALEXA_VERIFY is {verify!r}; it takes 1, or 0 while developing.")
        audio_url = env.get("ROSTLOTS_ALEXA_AUDIO_URL", "").strip().rstrip("/") or None
        if audio_url is not None and not audio_url.startswith("https://"):
            raise SettingsError("ROSTLOTS_ALEXA_AUDIO_URL takes an address that begins with https://.")
        return cls(
            skill_id=env.get("ROSTLOTS_ALEXA_SKILL_ID", "").strip() or None,
            verify=verify == "1",
            audio_url=audio_url,
        )

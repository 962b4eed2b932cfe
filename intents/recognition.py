"""What understanding gives: one topic, how sure, and what came close."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scored:
    """A topic id with its calibrated confidence, 0 to 1."""

    topic: str
    confidence: float


@dataclass(frozen=True)
class Context:
    """What an utterance may refer back to.

    topic: the content topic last spoken of. organ: the organ last named, as a prefix of topic ids.
    cancer: the `spread.*` topic of the cancer last named.
    options: topic ids between which the caller was asked to choose, empty where nothing was asked.
    asking: "clarify.organ", "clarify.aspect" or "clarify.choice" while such a question is open.
    offer: a topic, "control.more" or "handoff.request" that was offered; a yes or no is expected.
    """

    topic: str | None = None
    organ: str | None = None
    cancer: str | None = None
    options: tuple[str, ...] = ()
    asking: str | None = None
    offer: str | None = None


@dataclass(frozen=True)
class Recognition:
    """One utterance understood in its context.

    heard: the text that was understood. ranked: topics, likeliest first.
    second: another content topic that was asked in the same breath.
    organs: organs that were named, as prefixes of topic ids ("liver", "bone" …), in order.
    aspect: "symptoms", "examination", "treatment" or "about", where the words name one.
    cancer: the `spread.*` topic of a cancer that was named.
    settled: a rule of the conversation decided (a bare yes, an option chosen), not the classifier.
    on_subject: the words name a thing of the subject, or follow up on one.
    danger: "safety.emergency" or "safety.self_harm" where a sign of it is there, whatever else was said.
    """

    heard: str
    ranked: tuple[Scored, ...]
    second: str | None = None
    organs: tuple[str, ...] = ()
    aspect: str | None = None
    cancer: str | None = None
    danger: str | None = None
    settled: bool = False
    on_subject: bool = True

    @property
    def best(self) -> Scored:
        return self.ranked[0]

    @classmethod
    def of_nothing(cls, topic: str) -> "Recognition":
        """No words at all."""
        return cls("", (Scored(topic, 1.0),))

    @classmethod
    def of_topic(cls, topic: str) -> "Recognition":
        """What was meant is known without words: a key, a button, or an intent that the way in made out itself."""
        return cls("", (Scored(topic, 1.0),), settled=True)

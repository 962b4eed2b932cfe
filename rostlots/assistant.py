"""One turn for every way in: text or sound and a conversation's state go in, a reply and the new state come out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import msgspec

from intents import Recogniser, Recognition, load_recogniser
from skill import (
    Knowledge,
    Lang,
    Reply,
    State,
    choose,
    context_of,
    load_knowledge,
    respond,
    respond_to_noise,
    respond_to_silence,
)

if TYPE_CHECKING:
    from rostlots.settings import Settings
    from speech import Audio, Ear, Transcript

LANGUAGES: tuple[Lang, ...] = ("sv", "en")


class UnknownLanguage(Exception):
    """There is no such language; the message names those that there are."""


def new_conversation(lang: str = "sv") -> State:
    """The state before the first turn.

    Raises:
        UnknownLanguage: the language is not one of `LANGUAGES`.
    """
    for known in LANGUAGES:
        if known == lang:
            return State(lang=known)
    raise UnknownLanguage(f"there is no language {lang!r}; it is one of {', '.join(LANGUAGES)}")


def timed(reply: Reply, **seconds: float) -> Reply:
    """The reply with the time that further stages took."""
    timings = {**(reply.timings or {}), **{stage: round(took * 1000, 1) for stage, took in seconds.items()}}
    return msgspec.structs.replace(reply, timings=timings)


@dataclass(frozen=True)
class Language:
    """Everything that one language needs: understanding, knowledge, and the words that hearing should expect."""

    recogniser: Recogniser
    knowledge: Knowledge


class Notes(Protocol):
    """Is told of every turn, and decides what of it may be kept. See `rostlots.review`."""

    def note(self, reply: Reply) -> None:
        """One turn. Never raises."""


class Assistant:
    """The conversation behind every channel. Holds no state of any caller; safe to share between threads."""

    def __init__(
        self,
        *,
        hours: str | None = None,
        review: Notes | None = None,
        connects: bool = True,
        answers_in: Lang | None = None,
    ) -> None:
        """Hours: when the helpline is open, in words, if the operator has said so. Review: only with their consent.

        Connects: False where no call can be put through, so that the words must not promise one.
        Answers_in: the language of the answers, where it isn't that of the questions.
        """
        self._hours = hours
        self._review = review
        self._connects = connects
        self._answers_in = answers_in
        self._languages: dict[str, Language] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> Assistant:
        """The assistant of a way in, as the operator has set it up."""
        review: Notes | None = None
        if settings.review is not None:
            from rostlots.review import Review

            review = Review(settings.review)
        return cls(hours=settings.hours, review=review)

    def not_connecting(self) -> Assistant:
        """The same assistant for a way in that can put no call through."""
        return Assistant(hours=self._hours, review=self._review, connects=False, answers_in=self._answers_in)

    def language(self, lang: str) -> Language:
        """The understanding and the knowledge of a language, loaded when it is first used."""
        if lang not in self._languages:
            knowledge = load_knowledge(self._answers_in or lang)
            if self._hours:
                knowledge = knowledge.with_hours(self._hours)
            if not self._connects:
                knowledge = knowledge.not_connecting()
            self._languages[lang] = Language(load_recogniser(lang), knowledge)
        return self._languages[lang]

    def warm_up(self, lang: str) -> None:
        """Load all that a language may need, so that nobody who asks has to wait for it."""
        self.language(lang).recogniser.warm_up()

    def answer(self, text: str, state: State) -> tuple[Reply, State]:
        """One turn from text."""
        language = self.language(state.lang)
        recognition = language.recogniser.recognise(text, context_of(state))
        if recognition.danger is None:
            recognition = replace(recognition, danger=self._danger_in_another_language(text, state.lang))
        reply, after = respond(recognition, state, language.knowledge)
        self._note(reply)
        return reply, after

    def _danger_in_another_language(self, text: str, lang: str) -> str | None:
        """Who is in danger may fall back on English where the conversation is Swedish."""
        if lang == "en":
            return None
        english = load_recogniser("en")
        foreign = english.known_share(text) > load_recogniser(lang).known_share(text)
        return english.danger_in(text) if foreign else None

    def answer_topic(self, topic: str, state: State) -> tuple[Reply, State]:
        """One turn whose topic the way in knows by itself, as from an intent that it made out: any topic, unchecked.

        What a client sends goes through `choose`.
        """
        reply, after = respond(Recognition.of_topic(topic), state, self.language(state.lang).knowledge)
        self._note(reply)
        return reply, after

    def answer_noise(self, state: State) -> tuple[Reply, State]:
        """One turn in which the way in heard something, but made out no words."""
        reply, after = respond_to_noise(state, self.language(state.lang).knowledge)
        self._note(reply)
        return reply, after

    def choose(self, topic: str, state: State) -> tuple[Reply, State]:
        """One turn from a topic that a client sent, as from a button: one that may be offered, under its name.

        Raises:
            skill.UnknownChoice: it is none of those.
        """
        reply, after = choose(topic, state, self.language(state.lang).knowledge)
        self._note(reply)
        return reply, after

    def listen(self, audio: Audio, state: State, ear: Ear) -> tuple[Reply, State]:
        """One turn from sound, with the time that each stage took."""
        language = self.language(state.lang)
        started = time.perf_counter()
        transcript = ear.hear(audio, language.knowledge.phrases["hearing"]["prompt"])
        heard = time.perf_counter()
        reply, after = self.reply_to(transcript, state)
        return timed(reply, hear=heard - started, total=time.perf_counter() - started), after

    def reply_to(self, transcript: Transcript, state: State, *, hurried: bool = False) -> tuple[Reply, State]:
        """One turn from what was heard already, as by `speech.Listener`.

        hurried: others wait, so a second look at what leaves doubt is taken for dangers alone.
        """
        language = self.language(state.lang)
        started = time.perf_counter()
        if transcript.outcome == "silence":
            reply, after = respond_to_silence(state, language.knowledge)
        elif transcript.outcome == "unclear" or not transcript.hypotheses:
            reply, after = respond_to_noise(state, language.knowledge)
        else:
            readings = [(h.text, h.score) for h in transcript.hypotheses]
            recognition = language.recogniser.recognise_spoken(
                readings, context_of(state), transcript.fit, hurried=hurried
            )
            reply, after = respond(recognition, state, language.knowledge)
        understood = time.perf_counter()
        self._note(reply)
        reply = msgspec.structs.replace(
            reply, timings={stage: round(ms, 1) for stage, ms in transcript.timings.items()}
        )
        return timed(reply, understand=understood - started), after

    def _note(self, reply: Reply) -> None:
        if self._review is not None:
            self._review.note(reply)

"""Understanding an utterance in its context: one topic with a calibrated confidence."""

import copy
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from intents import danger
from intents.calibration import Calibration, shared_out
from intents.classifier import Classifier
from intents.concepts import ConceptTable, Mention
from intents.context import (
    Subject,
    Words,
    aspect_named,
    cancer_named,
    chosen,
    narrowed,
    organ_spoken_of,
    organs_named,
    own_value,
    readings,
    two_asked,
    without_correction,
    yes_or_no,
)
from intents.data_files import (
    DataFileError,
    concept_table,
    data_folder,
    encoder,
    sound_alikes,
    sound_repair,
    spoken_forms,
    subjects,
)
from intents.encoder import Encoder
from intents.features import features
from intents.mishearing import SoundRepair
from intents.normalise import Utterance, utterance
from intents.recognition import Context, Recognition, Scored
from intents.soundalikes import SoundAlikes
from intents.spoken import Fit, understood

_UNCLEAR = "fallback.unclear"
# What steers the talk, or what somebody says of themselves, needs no subject from before where it is this sure.
_SURE_ALONE = 0.8
_SAYS_ALL = (
    "control.",
    "safety.",
    "handoff.request",
    "handoff.distress",
    "handoff.prognosis",
    "handoff.personal_advice",
    "handoff.urgent",
    "helpline.",
    "fallback.off_topic",
)
# What is asked in general of an organ that was just spoken of means that organ, in this share of cases.
_SPECIFIED = 0.85
_OVERVIEWS = {
    "symptoms.overview": "symptoms",
    "treatment.overview": "treatment",
    "clarify.organ": "examination",
}
# Concepts that show that somebody speaks of the subject at all; more of them than misheard words are mended to.
_ON_SUBJECT = (
    "organ:",
    "metastasis",
    "spread",
    "primary",
    "unknown",
    "cancer",
    "treat:",
    "exam:",
    "find:",
    "regional",
    "distant",
    "cells",
    "blood",
    "act:helpline",
    "aspect:which_cancers",
)
# Confidence in a bare yes or no.
_PLAIN = 0.97
# Confidence in that a value of one's own asks for what nobody but one's doctor can say.
_OWN_VALUE = 0.8
# Confidence in one of two that an ordinal picked, and in the organ that answers our question for one.
_CHOSEN = 0.9
_NARROWED = 0.95
# From this share of words that no question has, the likeliest topic is trusted less, down to nothing where all are.
_STRANGE = 0.5
# A question has some tens of words; of a longer story the two ends are read.
_MOST_WORDS = 120
# Longer utterances are stories; what is asked mostly stands in the last words of them.
_STORY = 45
_QUESTION = 25
_END_WEIGHT = 0.6
# Where the classifier gives its likeliest topic less, as in one turn of five, the encoder is asked too, and the mean of
# the two counts. It takes ten times as long; asked below 0.95, it makes no more turns of the evaluation sets right.
_DOUBT = 0.8
_SECOND_OPINION = 0.5
# So many topics are kept in a ranking.
_RANKED = 6


class Recogniser:
    """Understands one language. Immutable; safe to share between threads."""

    def __init__(
        self,
        concepts: ConceptTable,
        classifier: Classifier,
        encoder: Callable[[], Encoder] | None,
        subjects: Mapping[str, Subject],
        cues: Words,
        danger_cues: danger.Cues,
        calibration: Calibration,
        spoken_forms: Mapping[str, str],
        repair: SoundRepair | None,
        sound_alikes: Callable[[], SoundAlikes],
    ) -> None:
        self._concepts = concepts
        self._classifier = classifier
        self._encoder = encoder
        self._subjects = subjects
        self._cues = cues
        self._danger_cues = danger_cues
        self._calibration = calibration
        self._spoken_forms = spoken_forms
        self._repair = repair
        self._sound_alikes = sound_alikes
        self._index = {topic: at for at, topic in enumerate(classifier.topics)}
        self._dangers = [at for topic, at in self._index.items() if topic.startswith("safety.")]

    def with_calibration(self, calibration: Calibration) -> "Recogniser":
        """The same recogniser with other weights for its confidence."""
        other = copy.copy(self)
        other._calibration = calibration
        return other

    def warm_up(self) -> None:
        """Load what is otherwise read when something first leaves doubt, which takes half a second."""
        if self._encoder is not None:
            self._encoder()
        self._sound_alikes()

    def recognise(self, text: str, context: Context | None = None) -> Recognition:
        """Understand a text.

        text: anything that was typed or transcribed. context: what it may refer back to.
        """
        context = context or Context()
        said = utterance(text, self._spoken_forms)
        if not said.words:
            return Recognition.of_nothing(_UNCLEAR)
        threat = self._danger(said)
        if self._repair is not None and len(said.words) <= _MOST_WORDS:
            mended = said.with_sentences(self._repair.repaired)
            if mended.words != said.words:
                said = mended
                threat = threat or self._danger(said)
        words = _both_ends(said.words)
        mentions = self._concepts.mentions(words)
        plain = yes_or_no(words, mentions, context, self._cues)
        if plain is None and (context.topic or context.asking):
            words = without_correction(words, mentions, self._cues)
            mentions = self._concepts.mentions(words)
        organs = organs_named(mentions)
        aspect = aspect_named(mentions)
        ranked, second = self._ranked(words, mentions, organs, aspect, context)
        if threat is None and danger.all_long_ago(words, mentions, self._danger_cues):
            ranked = tuple(s for s in ranked if not s.topic.startswith("safety.")) or ranked
        if own_value(words, self._cues) and not ranked[0].topic.startswith(("handoff.", "safety.")):
            ranked = _led_by("handoff.personal_advice", _OWN_VALUE, ranked)
        settled = plain is not None or ranked[0].confidence in (_CHOSEN, _NARROWED)
        if plain is not None:
            ranked = _led_by(plain, _PLAIN, ranked)
        if threat is not None:
            ranked = _led_by(threat[0], max(threat[1], 0.5), ranked)
        return Recognition(
            heard=said.text,
            ranked=ranked,
            second=second,
            organs=organs,
            aspect=aspect,
            cancer=cancer_named(mentions),
            danger=threat[0] if threat else None,
            settled=settled,
            on_subject=context.topic is not None or any(m.concept.startswith(_ON_SUBJECT) for m in mentions),
        )

    def danger_in(self, text: str) -> str | None:
        """The danger that a text names by itself, "safety.emergency" or "safety.self_harm", if any."""
        said = utterance(text, self._spoken_forms)
        threat = self._danger(said) if said.words else None
        return threat[0] if threat else None

    def known_share(self, text: str) -> float:
        """The share of words that stand in a question of this language, 0 to 1: how much it is this language."""
        return self._classifier.known_share(utterance(text, self._spoken_forms).words)

    def _danger(self, said: Utterance) -> tuple[str, float] | None:
        return danger.find_danger(said, self._concepts.mentions, self._topic_probabilities, self._danger_cues)

    def recognise_spoken(
        self,
        readings: Sequence[tuple[str, float]],
        context: Context | None = None,
        fit: Fit | None = None,
        *,
        hurried: bool = False,
    ) -> Recognition:
        """Understand an utterance from what a recogniser heard: (text, score) pairs, best first, at least one.

        score: mean log probability. fit: how well further texts fit the sound, where the recogniser can tell.
        hurried: where the readings leave doubt, listening a second time for dangers alone.
        """

        def recognise(text: str) -> Recognition:
            return self.recognise(text, context)

        return understood(readings, recognise, fit, self._sound_alikes, hurried=hurried)

    def _ranked(
        self,
        words: tuple[str, ...],
        mentions: Sequence[Mention],
        organs: tuple[str, ...],
        aspect: str | None,
        context: Context,
    ) -> tuple[tuple[Scored, ...], str | None]:
        picked = chosen(words, context, self._cues)
        probabilities = self._in_context(words, mentions, context)
        ranked = self._ranking(probabilities, follow_up=context.topic is not None)
        told = {at for m in mentions for at in range(m.start, m.end)}
        strange = 1 - self._classifier.known_share([w for at, w in enumerate(words) if at not in told], len(told))
        if strange > _STRANGE:
            ranked = _doubted(ranked, (1 - strange) / (1 - _STRANGE))
        if picked is not None:
            return _led_by(picked[0], _CHOSEN, ranked), picked[1]
        left = narrowed(organs, aspect, words, context)
        if left:
            return _led_by(left[0], _NARROWED, ranked), (left[1] if len(left) > 1 else None)
        return ranked, two_asked(words, mentions, ranked[0].topic, self._classifier.topics, self._cues)

    def _in_context(self, words: tuple[str, ...], mentions: Sequence[Mention], context: Context) -> NDArray[np.float32]:
        """Topic probabilities over all readings of an utterance in its context."""
        alone = self._probabilities(words, mentions)
        if len(words) > _STORY:
            end = words[-_QUESTION:]
            asked = self._probabilities(end, self._concepts.mentions(end))
            alone = (1 - _END_WEIGHT) * alone + _END_WEIGHT * asked
        best = int(alone.argmax())
        if alone[best] >= _SURE_ALONE and self._classifier.topics[best].startswith(_SAYS_ALL):
            return alone
        total = np.zeros_like(alone)
        found = readings(words, mentions, context, self._subjects, self._cues)
        for reading in found:
            if reading.words == words:
                total += reading.weight * alone
            else:
                seen = self._concepts.mentions(reading.words)
                total += reading.weight * self._probabilities(reading.words, seen)
        organ = organ_spoken_of(context, self._subjects)
        if len(found) > 1 and organ is not None and not any(m.concept == "metastasis" for m in mentions):
            self._specify(total, organ)
        return total

    def _probabilities(self, words: tuple[str, ...], mentions: Sequence[Mention]) -> NDArray[np.float32]:
        """Topic probabilities of an utterance as it stands; where that leaves doubt, with the second opinion."""
        first = self._classifier.probabilities(features(words, mentions))
        if self._encoder is None or first.max() >= _DOUBT:
            return first
        both = (1 - _SECOND_OPINION) * first + _SECOND_OPINION * self._encoder().probabilities(words)
        # A danger that one of the two sees is not voted away.
        both[self._dangers] = np.maximum(both[self._dangers], first[self._dangers])
        return np.asarray(both / both.sum(), dtype=np.float32)

    def _specify(self, probabilities: NDArray[np.float32], organ: str) -> None:
        """Of an organ that is spoken of, the overview means that organ's own page; changes the array."""
        for general, aspect in _OVERVIEWS.items():
            at = self._index.get(general)
            to = self._index.get(f"{organ}.{aspect}")
            if at is not None and to is not None:
                probabilities[to] += _SPECIFIED * probabilities[at]
                probabilities[at] *= 1 - _SPECIFIED

    def _ranking(self, probabilities: NDArray[np.float32], *, follow_up: bool) -> tuple[Scored, ...]:
        order = np.argsort(-probabilities)[:_RANKED]
        shares = [float(probabilities[i]) for i in order]
        sure = self._calibration.confidence(shares[0], shares[1], follow_up=follow_up)
        topics = (self._classifier.topics[i] for i in order)
        return tuple(Scored(t, c) for t, c in zip(topics, shared_out(sure, shares), strict=True))

    def _topic_probabilities(self, words: Sequence[str], mentions: Sequence[Mention]) -> dict[str, float]:
        probabilities = self._classifier.probabilities(features(words, mentions))
        return dict(zip(self._classifier.topics, probabilities.tolist(), strict=True))


def _both_ends(words: tuple[str, ...]) -> tuple[str, ...]:
    """The beginning and the end of a long story, where its question is."""
    half = _MOST_WORDS // 2
    return words if len(words) <= _MOST_WORDS else words[:half] + words[-half:]


def _doubted(ranked: tuple[Scored, ...], trust: float) -> tuple[Scored, ...]:
    """A ranking of which only a part is trusted; the rest says that nothing was understood."""
    weighed = [Scored(s.topic, s.confidence * trust) for s in ranked if s.topic != _UNCLEAR]
    unclear = Scored(_UNCLEAR, 1 - trust)
    return tuple(sorted((unclear, *weighed), key=lambda s: -s.confidence))


def _led_by(topic: str, confidence: float, ranked: tuple[Scored, ...]) -> tuple[Scored, ...]:
    return (Scored(topic, confidence), *(s for s in ranked if s.topic != topic))


@cache
def load_recogniser(lang: str = "sv") -> Recogniser:
    """The recogniser that ships with the product, read once.

    Raises:
        DataFileError: a file is missing or broken.
    """
    try:
        return _load(lang)
    except (OSError, ValueError, TypeError, msgspec.ValidationError) as fault:
        raise DataFileError(f"data/{lang}: {fault}") from None


def _load(lang: str) -> Recogniser:
    folder = data_folder(lang)

    def toml(name: str) -> dict[str, object]:
        return tomllib.loads((folder / name).read_text(encoding="utf-8"))

    cues = {name: frozenset(words) for name, words in msgspec.convert(toml("cues.toml"), dict[str, list[str]]).items()}
    runs = msgspec.convert(toml("danger.toml"), dict[str, list[str]])
    classifier = Classifier.from_bytes((folder / "classifier.npz").read_bytes())
    return Recogniser(
        concept_table(lang),
        classifier,
        (lambda: encoder(lang, classifier.topics)) if (folder / "encoder.onnx").is_file() else None,
        subjects(lang),
        Words(**cues),
        danger.Cues(**{name: tuple(tuple(run.split()) for run in said) for name, said in runs.items()}),
        msgspec.convert(toml("calibration.toml"), Calibration),
        spoken_forms(lang),
        sound_repair(lang),
        lambda: sound_alikes(lang),
    )

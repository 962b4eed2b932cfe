"""Taking out of a text whatever could tell who said it.

Nobody can list all that gives a person away, so the list is the other way round: a word stays only where it is known to
be ordinary or to belong to the subject. Everything else, every number and every word that could be a name becomes "…".
What is lost by this is little: how people ask is in the ordinary words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice

from intents.data_files import concept_entries, questions, spoken_forms

GAP = "…"
MAX_WORDS = 40
# Nothing beyond is looked at; no word of either language is as long.
_MAX_LETTERS = 2000
_LONGEST_WORD = 40

# A word in so many different questions of the files is an ordinary one.
_ORDINARY = 5
# A short beginning such as "lung*" also fits Lungström: such a word must be in so many questions itself.
_SHORT_STEM_SEEN = 3
# A beginning of so many letters belongs to the subject, and may stand in compounds that no file has yet.
_LONG_STEM = 6
# A part of such a compound must be known from so many words.
_PART_SEEN = 2
# After "jag heter" or "bor i" so many words go, known or not: Sten, Björn and Vara are names there.
_AFTER_CUE = 3

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# Addresses, file names and the like: struck out whole.
_TELLTALE = re.compile(r"[@\\_]|://|\w\.\w|\bwww\b", re.IGNORECASE)
_ENDS_SENTENCE = re.compile(r"[.!?;:…][^\w\s]*$")
# English writes these with a capital wherever they stand.
_PRONOUN = frozenset(("i", "i'm", "i'd", "i'll", "i've"))
_LETTERS = {"sv": frozenset("iå"), "en": frozenset("ai")}

_UNITS = (
    r"noll|nolla|en|ett|två|tvåa|tre|trea|fyra|fem|femma|sex|sexa|sju|sjua|åtta|nio|nia|tio|tia|elva|tolv|tretton|fjorton"
    r"|femton|sexton|sjutton|arton|aderton|nitton|tjugo|tjugi|tjug|tju|trettio?|fyrtio?|förtio?|femtio?|sextio?|sjuttio?"
    r"|sjutio?|åttio?|åtio?|nittio?|hundra|tusen|miljon(?:er)?|miljard(?:er)?|första?|andra?|tredje|fjärde|femte|sjätte"
    r"|sjunde|åttonde|nionde|tionde|elfte|tolfte|hundrade|tjugonde"
    r"|(?:tret|fjor|fem|sex|sju|ar|ader|nit)tonde|(?:tret|fyr|för|fem|sex|sjut|sju|åt|åtti?|nit)tionde"
)
_EN_UNITS = (
    r"zero|nought|naught|nil|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fourty"
    r"|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion|double|triple|dozen|first|second|third|fourth"
    r"|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|hundredth|(?:thir|four|fif|six|seven|eigh|nine)teen(?:th)?"
    r"|(?:twen|thir|for|four|fif|six|seven|eigh|nine)(?:tieth|ties)"
)
_MONTHS = "januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december"
_EN_MONTHS = "january|february|march|april|june|july|august|september|october|november|december"
_NUMBER = {
    "sv": re.compile(rf"(?:{_UNITS})+(?:n|an|tal|talet|tals|åring|åringen|årig|åriga|årigt|s)?|{_MONTHS}"),
    "en": re.compile(rf"(?:{_EN_UNITS})+(?:s|es)?|{_EN_MONTHS}"),
}
# These are numbers only beside another one; alone they are an article, "other", "oh".
_PERHAPS_NUMBER = {
    "sv": frozenset(("en", "ett", "första", "andra", "o")),
    "en": frozenset(("o", "oh")),
}
# What announces a name or a home. "vad heter" and "vad kallas" ask for a word, and are not meant.
_CUES = {
    "sv": re.compile(
        r"(?<!\S)(?:(?:jag|han|hon|som) (?:heter|hette|kallas|kallades)|heter jag|namn(?:et)? (?:är|e)|stavas|hälsar"
        r"|hälsningar|bor?(?:dde)? (?:i|på|vid)|jag är från|adress(?:en)? är|född)(?!\S)"
    ),
    "en": re.compile(
        r"(?<!\S)(?:name is|name's|named|(?:i'm|he's|she's|is) called|spel(?:led|t)|regards|born"
        r"|liv(?:e|es|ed|ing) (?:in|at|on)|i'm from|am from|address is)(?!\S)"
    ),
}


@dataclass(frozen=True)
class Token:
    """A word as it was written, in lower case, with what its writing tells.

    inner_capital: begins with a capital inside a sentence. acronym: all capitals, a few letters.
    starts: begins a sentence. known: False where what surrounds it already condemns it (an address, a number).
    """

    text: str
    inner_capital: bool
    acronym: bool
    starts: bool
    known: bool = True


@dataclass(frozen=True)
class Vocabulary:
    """What may stay, for one language.

    words: ordinary words and words of the subject. stems: long beginnings of subject words; with one of `heads` before
    and one of `tails` after, both known from the question files, they make a compound that may stay too.
    """

    lang: str
    words: frozenset[str]
    stems: frozenset[str]
    heads: frozenset[str]
    tails: frozenset[str]
    names: frozenset[str]
    forms: Mapping[str, str]

    def keeps(self, word: str) -> bool:
        """Whether a lower-case word may stay."""
        if len(word) > _LONGEST_WORD:
            return False
        if len(word) == 1:
            return word in _LETTERS[self.lang]
        if word in self.names or self.forms.get(word, word) in self.names:
            return False
        return word in self.words or self.forms.get(word) in self.words or self._compound(word)

    def _compound(self, word: str) -> bool:
        return any(head in self.heads and tail in self.tails for head, tail in _around(word, self.stems))


def redact(text: str, lang: str) -> str:
    """The text with only its ordinary and subject words, in lower case; what is between them is "…".

    A text of which nothing may stay gives "…", one without words "".
    """
    vocabulary = load_vocabulary(lang)
    tokens = list(islice(tokens_of(text[:_MAX_LETTERS]), MAX_WORDS + 1))
    cut = len(tokens) > MAX_WORDS or len(text) > _MAX_LETTERS
    tokens = tokens[:MAX_WORDS]
    words = [token.text for token in tokens]
    condemned = _numbers(words, lang) | _after_cues(tokens, lang)
    kept: list[str] = []
    for place, token in enumerate(tokens):
        stays = token.known and place not in condemned and vocabulary.keeps(token.text)
        if stays and (token.acronym or not token.inner_capital):
            kept.append(token.text)
        elif kept[-1:] != [GAP]:
            kept.append(GAP)
    if cut and kept[-1:] != [GAP]:
        kept.append(GAP)
    return " ".join(kept)


def tokens_of(text: str) -> Iterator[Token]:
    """The words of a text. One that is written in capitals throughout tells nothing by them."""
    clean = unicodedata.normalize("NFKC", text)
    shouted = not any(letter.islower() for letter in clean)
    starts = True
    for chunk in clean.split():
        condemned = not chunk.isalpha() and (any(map(str.isnumeric, chunk)) or _TELLTALE.search(chunk) is not None)
        for match in _WORD.finditer(chunk):
            said = match.group()
            word = said.replace("’", "'").casefold()
            capital = said[0].isupper() and not shouted and word not in _PRONOUN
            yield Token(
                word,
                inner_capital=capital and not starts,
                acronym=capital and said.isupper() and 2 <= len(said) <= 5,
                starts=starts,
                known=not condemned,
            )
            starts = False
        starts = starts or _ENDS_SENTENCE.search(chunk) is not None


@cache
def load_vocabulary(lang: str) -> Vocabulary:
    """What may stay, from the concepts and the question files; built when it is first needed."""
    seen: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for question in questions(lang):
        tokens = list(tokens_of(question.text))
        seen.update({token.text for token in tokens})
        inside.update(token.text for token in tokens if token.inner_capital and not token.acronym)
        lower.update(token.text for token in tokens if not token.inner_capital and not token.starts)
    whole: set[str] = set()
    short: set[str] = set()
    stems: set[str] = set()
    for entry in concept_entries(lang).values():
        for pattern in entry.words:
            for part in pattern.split():
                body = part.strip("*")
                (whole if body == part else stems if len(body) >= _LONG_STEM else short).add(body)
    capitals = {word for word, count in inside.items() if count > lower[word]}
    # A medicine or the helpline is written with a capital too, but the concepts know it.
    capitals -= {word for word in capitals if word in whole or any(not head for head, _ in _around(word, stems))}
    names = _listed_names() | capitals
    ordinary = {word for word, count in seen.items() if count >= _ORDINARY}
    subject = {word for word, count in seen.items() if count >= _SHORT_STEM_SEEN and any(_around(word, short))}
    parts = [pair for word in seen.keys() - names for pair in set(_around(word, stems))]
    return Vocabulary(
        lang,
        frozenset((whole | ordinary | subject | stems) - names),
        frozenset(stems),
        _frequent(head for head, _ in parts),
        _frequent(tail for _, tail in parts),
        frozenset(names),
        spoken_forms(lang),
    )


def _around(word: str, stems: set[str] | frozenset[str]) -> Iterator[tuple[str, str]]:
    """What stands before and after each stem that the word contains."""
    length = len(word)
    for start in range(length - 1):
        for end in range(start + 2, length + 1):
            if word[start:end] in stems:
                yield word[:start], word[end:]


def _frequent(parts: Iterable[str]) -> frozenset[str]:
    return frozenset(part for part, count in Counter(parts).items() if count >= _PART_SEEN)


def _listed_names() -> set[str]:
    lines = (files("rostlots") / "names.txt").read_text(encoding="utf-8").splitlines()
    return {name for line in lines if not line.startswith("#") for name in line.split()}


def _numbers(words: Sequence[str], lang: str) -> set[int]:
    """The places of number words; of words that are perhaps one, where they stand beside another."""
    found: set[int] = set()
    run: list[int] = []
    sure = False
    for place, word in enumerate([*words, ""]):
        perhaps = word in _PERHAPS_NUMBER[lang]
        number = not perhaps and len(word) <= _LONGEST_WORD and _NUMBER[lang].fullmatch(word) is not None
        if perhaps or number:
            run.append(place)
            sure = sure or number
            continue
        if sure or len(run) > 1:
            found.update(run)
        run, sure = [], False
    return found


def _after_cues(tokens: Sequence[Token], lang: str) -> set[int]:
    """The places after words that announce a name or a home, up to the end of the sentence."""
    found: set[int] = set()
    said = " ".join(token.text for token in tokens)
    for cue in _CUES[lang].finditer(said):
        first = said.count(" ", 0, cue.end()) + 1
        for place in range(first, min(first + _AFTER_CUE, len(tokens))):
            if tokens[place].starts:
                break
            found.add(place)
    return found

"""Text as a voice should get it: numbers to call digit by digit, and words that voices read wrongly written anew."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["sv", "en"]

DIGITS: dict[Language, tuple[str, ...]] = {
    "sv": ("noll", "ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta", "nio"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}

TELEPHONE = re.compile(
    r"""(?<![\w-]) (?<!\d[ \u00a0])
    (?P<plus>\+[ ]?)?
    (?P<number>
        (?(plus)[1-9]\d{0,2}|0\d{1,3})                # country code, or area code with its zero
        (?:(?:[ ]?-[ ]?|[ \u00a0])\d{2,4}){2,4}       # "-199 10 10"
      |
        (?(plus)[1-9]\d{7,13}|0\d{7,9})               # all in one, "0101991010"
    )
    (?![\w-])""",
    re.VERBOSE,
)
"""A number to call; dates and quantities are no such thing."""


def for_speech(text: str, lang: Language = "sv") -> str:
    """Prepare an answer for a voice.

    ``"Ring 010-199 10 10."`` becomes ``"Ring noll ett noll, ett nio nio, ett noll, ett noll."``.
    """
    text = TELEPHONE.sub(lambda found: _by_digits(found, lang), text)
    words, pattern = _pronunciations(lang)
    return pattern.sub(lambda found: words[found[0].casefold()], text)


def _by_digits(found: re.Match[str], lang: Language) -> str:
    groups = re.findall(r"\d+", found["number"])
    if len(groups) == 1:
        country = groups[0][:2] if found["plus"] else ""
        groups = [country, *_in_groups(groups[0].removeprefix(country))] if country else _in_groups(groups[0])
    spoken = ", ".join(" ".join(DIGITS[lang][int(digit)] for digit in group) for group in groups)
    return f"plus {spoken}" if found["plus"] else spoken


def _in_groups(digits: str) -> list[str]:
    """Digits as a number is written in Sweden, in twos and threes: 010 199 10 10, 08 123 45 67."""
    head, tail = digits[:-4], [digits[-4:-2], digits[-2:]]
    twos = {0: 0, 1: 2, 2: 1}[len(head) % 3]
    cuts = [2] * twos + [3] * ((len(head) - 2 * twos) // 3)
    groups = []
    for cut in cuts:
        groups.append(head[:cut])
        head = head[cut:]
    return groups + tail


@cache
def _pronunciations(lang: Language) -> tuple[dict[str, str], re.Pattern[str]]:
    """The list for a language: spoken form by casefolded word, and a pattern that finds the words."""
    text = files("speech").joinpath("data/pronunciation.toml").read_text(encoding="utf-8")
    words = {word.casefold(): spoken for word, spoken in tomllib.loads(text)[lang].items()}
    longest_first = sorted(words, key=len, reverse=True)
    pattern = "|".join(re.escape(word) for word in longest_first)
    return words, re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE)

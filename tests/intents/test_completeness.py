"""Whole questions, half ones, and what may be either."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.completeness import completeness

WHOLE = [
    "Vad är metastaser?",
    "vilka symtom ger metastaser i levern",
    "Kan cancer sprida sig till hjärnan?",
    "Mamma har fått metastaser i skelettet, hur behandlas det?",
    "jag kan inte andas",
    "jag vill prata med en människa",
    "ja",
]
HALF = [
    "vilka symtom ger",
    "Jag undrar om...",
    "kan cancer sprida sig till",
    "metastaser i levern och",
    "vad är",
    "Vad är symtomen vid",
    "ehm",
    "kan det sitta i lungorna eller",
    "Doktorn sa att jag har dottertumörer",
    "läkaren sa att",
]
EITHER = ["vad beror det på", "levern", "Fjärrmetastas, vad är det?", "", "?", "vad handlar det om"]


@pytest.mark.parametrize("text", WHOLE)
def test_whole(text: str) -> None:
    assert completeness("sv")(text) is True


@pytest.mark.parametrize("text", HALF)
def test_half(text: str) -> None:
    assert completeness("sv")(text) is False


@pytest.mark.parametrize("text", EITHER)
def test_may_be_either(text: str) -> None:
    assert completeness("sv")(text) is None


def test_english() -> None:
    rule = completeness("en")
    assert rule("What is a metastasis?") is True
    assert rule("I can't breathe") is True
    assert rule("can cancer spread to the") is False
    assert rule("I was wondering if") is False
    assert rule("where does it come from") is None


@pytest.mark.parametrize("lang", ["sv", "en"])
@given(text=st.text(max_size=80))
def test_any_text(lang: str, text: str) -> None:
    assert completeness(lang)(text) in (True, False, None)

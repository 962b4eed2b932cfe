"""Loops at the end of a text go, what people say twice stays."""

import pytest

from speech.loops import without_loop


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Kan jag gå? Kan jag gå? Kan jag", "Kan jag gå?"),
        ("Kan för tala klapp? Kan för tala klappen? Kan för tal", "Kan för tala klapp?"),
        ("Och vad har hänt? Och vad har hämt? Och vad har h", "Och vad har hänt?"),
        ("Har jag sagt hur mycket jag uppskattade i. Har jag sagt hur", "Har jag sagt hur mycket jag uppskattade i."),
        ("nej nej nej nej", "nej"),
        ("Vad är metastaser, metastaser, metastaser, metastaser", "Vad är metastaser,"),
    ],
)
def test_loops_are_cut(text: str, kept: str) -> None:
    assert without_loop(text) == kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ja",
        "nej, nej",
        "Hjälp, hjälp!",
        "lever eller lungor",
        "Levern, levern, lungorna",
        "jag har ont, jag har ont i ryggen",
        "Kan det sprida sig till levern, kan det sprida sig till hjärnan?",
        "Vad är skillnaden på modertumör och dottertumör?",
    ],
)
def test_what_people_say_stays(text: str) -> None:
    assert without_loop(text) == text

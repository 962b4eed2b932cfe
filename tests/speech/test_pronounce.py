"""How answers are written for a voice."""

import pytest

from speech.pronounce import for_speech


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Ring 010-199 10 10.", "Ring noll ett noll, ett nio nio, ett noll, ett noll."),
        ("010\u00a0199\u00a010\u00a010", "noll ett noll, ett nio nio, ett noll, ett noll"),
        ("0101991010", "noll ett noll, ett nio nio, ett noll, ett noll"),
        ("+46 10 199 10 10", "plus fyra sex, ett noll, ett nio nio, ett noll, ett noll"),
        ("+46101991010", "plus fyra sex, ett noll, ett nio nio, ett noll, ett noll"),
        ("08-123 456 78", "noll åtta, ett två tre, fyra fem sex, sju åtta"),
        ("081234567", "noll åtta, ett två tre, fyra fem, sex sju"),
        ("Ring 112 nu!", "Ring ett ett två nu!"),
        ("Ring 1177, dygnet runt.", "Ring elva sjuttiosju, dygnet runt."),
        ("ct eller PET-CT", "cete eller pett-cete"),
        ("t.ex. levern", "till exempel levern"),
    ],
)
def test_numbers_to_call_and_listed_words(written: str, spoken: str) -> None:
    assert for_speech(written) == spoken


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Metastaser är dottertumörer.",
        "Mellan 10 och 20 procent.",
        "Den 2020-01-12 kom det.",
        "3 000 000 personer, 2 000 300 400",
        "112-åringen",
        "Nummer 11770 och 1120",
        "MRSA och octan",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert for_speech(text) == text


def test_in_english() -> None:
    assert for_speech("Call 010-199 10 10 or 112.", "en") == (
        "Call zero one zero, one nine nine, one zero, one zero or one one two."
    )


def test_nothing_is_left_to_prepare_in_a_prepared_text() -> None:
    once = for_speech("Ring 010-199 10 10, 1177 eller 112.")
    assert for_speech(once) == once

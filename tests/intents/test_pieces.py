import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.pieces import BEGIN, Pieces

SCORES = {
    "<s>": 0.0,
    "<pad>": 0.0,
    "</s>": 0.0,
    "<unk>": 0.0,
    f"{BEGIN}le": -3.0,
    f"{BEGIN}lever": -6.0,
    "ver": -4.0,
    "metastas": -8.0,
    "er": -2.0,
    "e": -5.0,
    "r": -5.0,
    "v": -6.0,
    f"{BEGIN}": -4.0,
}
UNKNOWN = 3
PIECES = Pieces(SCORES, UNKNOWN)
NAMES = list(SCORES)


def cut(*words: str) -> list[str]:
    return [NAMES[number] for number in PIECES.numbers(words)]


def test_the_likeliest_cut_is_taken() -> None:
    assert cut("levermetastaser") == [f"{BEGIN}lever", "metastas", "er"]


def test_words_are_cut_one_by_one() -> None:
    assert cut("lever", "lever") == [f"{BEGIN}lever"] * 2
    assert cut() == []


def test_a_letter_that_is_no_piece_is_unknown_and_the_rest_is_not() -> None:
    assert cut("leverъer") == [f"{BEGIN}lever", "<unk>", "er"]


@given(st.text(alphabet="lever", min_size=1, max_size=7))
def test_no_cut_is_likelier(word: str) -> None:
    marked = BEGIN + word
    unknown = min(SCORES.values()) - 10.0

    def score(parts: tuple[str, ...]) -> float:
        return sum(SCORES.get(part, unknown if len(part) == 1 else float("-inf")) for part in parts)

    best = max(
        score(tuple(marked[a:b] for a, b in itertools.pairwise((0, *ends, len(marked)))))
        for size in range(len(marked))
        for ends in itertools.combinations(range(1, len(marked)), size)
    )
    taken = PIECES.numbers([word])
    assert sum(unknown if number == UNKNOWN else SCORES[NAMES[number]] for number in taken) == pytest.approx(best)

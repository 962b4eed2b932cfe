"""The phones of the acoustic model and how a word is spelt in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from speech.vosk_graph.kaldi_binary import Malformed

SILENCE = "SIL"
"""The optional silence between words."""
NOISE = "SPN"
"""Spoken noise, the one phone of ``[unk]``."""


@dataclass(frozen=True)
class Phones:
    """Identifiers by name. Each phone has one for each place in a word: ``_B`` first, ``_I`` inside, ``_E`` last, and
    ``_S`` where it is the whole word; silence between words has none of these endings.
    """

    ids: dict[str, int]

    @classmethod
    def parse(cls, text: str) -> Phones:
        """Read ``phones.txt``: a name and its number a line; ``<eps>`` and ``#0``, ``#1`` … are no phones.

        Raises ``Malformed``.
        """
        ids: dict[str, int] = {}
        try:
            for line in text.splitlines():
                name, number = line.split()
                if int(number) > 0 and not name.startswith("#"):
                    ids[name] = int(number)
        except ValueError as error:
            raise Malformed("The table of phones cannot be read.") from error
        if sorted(ids.values()) != list(range(1, len(ids) + 1)) or SILENCE not in ids:
            raise Malformed("The table of phones has gaps.")
        return cls(ids)

    @property
    def silence(self) -> int:
        """The silence between words."""
        return self.ids[SILENCE]

    @property
    def names(self) -> frozenset[str]:
        """The phones that a pronunciation may be written with."""
        return frozenset(name.removesuffix("_S") for name in self.ids if name.endswith("_S"))

    def spell(self, phones: Sequence[str]) -> tuple[int, ...]:
        """A pronunciation as identifiers: ``("l", "eː")`` -> those of ``l_B`` and ``eː_E``. Raises ``KeyError``."""
        if len(phones) == 1:
            return (self.ids[f"{phones[0]}_S"],)
        inside = (self.ids[f"{phone}_I"] for phone in phones[1:-1])
        return (self.ids[f"{phones[0]}_B"], *inside, self.ids[f"{phones[-1]}_E"])

    def boundaries(self) -> str:
        """Content of Vosk's ``word_boundary.int``: of each phone, where in a word it stands."""
        place = {"B": "begin", "E": "end", "I": "internal", "S": "singleton"}
        lines = (
            f"{number} {place[name[-1]] if name[-2:-1] == '_' else 'nonword'}\n"
            for name, number in sorted(self.ids.items(), key=lambda item: item[1])
        )
        return "".join(lines)

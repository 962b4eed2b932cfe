"""The words of a reply as speech markup: sentences, pauses, digits one by one, names made readable."""

import re
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

from skill.knowledge_base import Contact

_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_AFTER_TITLE = '<break time="300ms"/>'
_BETWEEN_GROUPS = '<break time="250ms"/>'
_BETWEEN_GROUPS_SLOWLY = '<break time="600ms"/>'
# XML has no place for these, not even escaped.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Markup:
    """Turns plain words into markup in one language. Immutable."""

    def __init__(self, contacts: Iterable[Contact], pronunciation: Mapping[str, str]) -> None:
        """Contacts: whose numbers are read digit by digit. Pronunciation: what is read in place of a name."""
        self._marked: dict[str, str] = {": ": f": {_AFTER_TITLE}"}
        for contact in contacts:
            self._marked[contact.written] = _digits(contact.written)
            if "," in contact.spoken:
                self._marked[contact.spoken] = _slowly(contact.spoken)
        for name, read in pronunciation.items():
            self._marked[name] = f"<sub alias={quoteattr(read)}>{escape(name)}</sub>"
        longest_first = sorted(self._marked, key=len, reverse=True)
        self._special = re.compile(r"(?<!\d)(" + "|".join(re.escape(text) for text in longest_first) + r")(?!\d)")

    def speech(self, text: str, *, slow: bool = False, loud: bool = False) -> str:
        """Markup for a text, without the outer `speak`."""
        sentences = "".join(f"<s>{self._sentence(s)}</s>" for s in _SENTENCE.split(_NOT_XML.sub(" ", text).strip()))
        how = (' rate="slow"' if slow else "") + (' volume="loud"' if loud else "")
        return f"<prosody{how}>{sentences}</prosody>" if how else sentences

    def _sentence(self, sentence: str) -> str:
        # `split` with a group gives plain and special text in turn.
        parts = self._special.split(sentence)
        return "".join(self._marked[part] if odd % 2 else escape(part) for odd, part in enumerate(parts))


def _digits(written: str) -> str:
    groups = re.findall(r"\d+", written)
    return _BETWEEN_GROUPS.join(f'<say-as interpret-as="digits">{group}</say-as>' for group in groups)


def _slowly(spoken: str) -> str:
    groups = _BETWEEN_GROUPS_SLOWLY.join(escape(group.strip()) for group in spoken.split(","))
    return f'<prosody rate="slow">{groups}</prosody>'

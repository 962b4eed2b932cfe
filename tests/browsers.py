"""Helpers of the tests: the browsers of this machine, and what their microphones hear."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
FIREFOX_PREFERENCES = {
    "media.navigator.streams.fake": True,  # a microphone that hums
    "media.autoplay.default": 0,
}
ALLOWED, DENIED = 1, 2
"""What Firefox answers when a page asks for the microphone."""


@contextmanager
def chromium(playwright: Playwright, *arguments: str) -> Iterator[Browser]:
    """Chromium with further arguments."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here; scripts/system-packages installs it")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_ARGUMENTS, *arguments])
    yield browser
    browser.close()


@contextmanager
def firefox(playwright: Playwright, microphone: int = ALLOWED) -> Iterator[Browser]:
    """Firefox as it is published, by WebDriver BiDi."""
    if FIREFOX is None:
        pytest.skip("there is no Firefox here; scripts/system-packages installs it")
    preferences = {**FIREFOX_PREFERENCES, "permissions.default.microphone": microphone}
    browser = playwright.firefox.launch(executable_path=FIREFOX, channel="moz-firefox", firefox_user_prefs=preferences)
    yield browser
    browser.close()


def play_into_microphone(page: Page, recording: Path) -> None:
    """Let an open page in Firefox hear a recording: its own microphone that needs no machine only hums."""
    page.route("**/recording.wav", lambda route: route.fulfill(path=recording, content_type="audio/wav"))
    page.evaluate(
        """() => {
            navigator.mediaDevices.getUserMedia = async () => {
              const sound = new Audio("/recording.wav");
              await sound.play();
              return sound.mozCaptureStream();
            };
        }"""
    )

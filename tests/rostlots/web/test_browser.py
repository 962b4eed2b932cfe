"""The page in real browsers, against the running service: typing, speaking, pointing, and what goes wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import DENIED, chromium, firefox, play_into_microphone
from playwright.sync_api import Browser, Page, Playwright, Route, expect, sync_playwright
from serving import Served, serving

pytestmark = pytest.mark.model

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 860}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request: pytest.FixtureRequest, playwright: Playwright, microphone: Path) -> Iterator[Browser]:
    if request.param == "firefox":
        with firefox(playwright) as started:
            yield started
    else:
        allowed = ("--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={microphone}%noloop")
        with chromium(playwright, *allowed) as started:
            yield started


# Firefox cannot be told from outside which colours and motion to like, to do without scripts, or to hear a file.
in_chromium = pytest.mark.parametrize("browser", ["chromium"], indirect=True)
in_firefox = pytest.mark.parametrize("browser", ["firefox"], indirect=True)


@pytest.fixture
def open_page(browser: Browser, served: Served) -> Iterator[OpenPage]:
    """Opens the page; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_one(path: str = "/", *, complains: str = "", **options: Any) -> Page:
        context = browser.new_context(viewport=options.pop("viewport", PHONE), **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type in ("error", "warning") and not (complains and re.search(complains, message.text))
                else None
            ),
        )
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((served.address, "blob:", "data:")) else complaints.append(request.url)
            ),
        )
        page.goto(served.address + path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints


def ask(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def said(page: Page) -> Any:
    return page.locator("#said .say")


def question_seconds(microphone: Path) -> float:
    """When the last sound of the question is over that the microphone hears."""
    with wave.open(str(microphone)) as file:
        samples = np.abs(np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(int))
        return float(np.flatnonzero(samples > samples.max() * 0.05)[-1]) / file.getframerate()


def plays(page: Page) -> bool:
    """Whether the answer is heard within some seconds."""
    for _ in range(100):
        if page.evaluate("document.getElementById('voice').currentTime > 0.1"):
            return True
        page.wait_for_timeout(100)
    return False


def test_a_typed_question_and_what_follows(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "Vilka symtom ger metastaser i levern?")
    expect(said(page)).to_contain_text("gulsot")
    expect(page.locator("#said .asked")).to_contain_text("Vilka symtom ger metastaser i levern?")
    expect(page.locator("#said .source")).to_contain_text("Metastaser, Cancerfonden")
    expect(page.locator("#text")).to_have_value("")
    page.get_by_role("button", name="Berätta mer").click()
    expect(said(page)).to_contain_text("ikterus")
    page.get_by_role("button", name=re.compile("^Behandling av")).click()
    expect(said(page)).to_contain_text("Behandling")
    expect(page.locator("#answer-heading")).to_be_focused()
    ask(page, "och i lungorna då?")
    expect(said(page)).to_contain_text("lungorna")


def test_the_keyboard_is_enough(open_page: OpenPage) -> None:
    page = open_page(viewport=DESKTOP)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.locator("#text").focus()
    page.keyboard.type("Vad är gulsot?")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("gallan")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.organ === 'liver'"):
            break
    page.keyboard.press("Space")
    expect(said(page)).to_contain_text("Metastaser i levern")


@pytest.mark.parametrize(
    ("organ", "title"), [("Hjärnan", "hjärnan"), ("Lymfkörtlarna", "lymfkörtlarna"), ("Skelettet", "skelettet")]
)
def test_pointing_at_the_body(open_page: OpenPage, organ: str, title: str) -> None:
    page = open_page()
    page.get_by_role("button", name=organ, exact=True).click()
    expect(said(page)).to_contain_text(f"Metastaser i {title}")


def test_pointing_at_the_figure_itself(open_page: OpenPage) -> None:
    page = open_page(viewport=DESKTOP)
    page.locator(".organ[data-organ=liver]").click()
    expect(said(page)).to_contain_text("Metastaser i levern")


SEES = """() => {
    localStorage.setItem("rostlots-told", "1");
    const at = performance.now();
    window.seen = {};
    const see = (what) => { window.seen[what] ??= (performance.now() - at) / 1000; };
    new MutationObserver(() => {
        see(document.getElementById("microphone").dataset.state);
        if (document.getElementById("so-far-text").textContent) see("words");
        if (document.querySelector("#said .say")) see("answer");
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
"""Has an open page note when it listens, shows words, thinks and answers."""


def when(page: Page) -> dict[str, float]:
    """Seconds from the beginning of listening to the rest, once there is an answer."""
    expect(page.locator("#said .asked")).to_contain_text("Jag hörde: Hur sprider sig cancer", timeout=60_000)
    seen: dict[str, float] = page.evaluate("seen")
    return {what: at - seen["listening"] for what, at in seen.items()}


@in_chromium
def test_a_spoken_question_is_heard_shown_and_answered_aloud(open_page: OpenPage) -> None:
    page = open_page()
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if "/api/listen" in request.url else None)
    page.get_by_role("button", name="Tryck och tala").click()
    expect(page.get_by_role("heading", name="Innan du talar")).to_be_focused()
    expect(page.locator("#before")).to_contain_text("automatisk röst")
    expect(page.locator("#before")).to_contain_text("sparas")
    with page.expect_websocket() as opened:
        page.get_by_role("button", name="Jag förstår, lyssna nu").click()
        expect(page.locator("#state")).to_contain_text("Jag lyssnar")
    assert opened.value.url.startswith("ws://")
    assert "session" not in opened.value.url
    expect(page.locator("#said .asked")).to_contain_text("Jag hörde: Hur sprider sig cancer", timeout=30_000)
    expect(said(page)).to_contain_text("Cancerceller")
    expect(page.get_by_role("button", name="Tysta")).to_be_visible()
    assert plays(page)
    page.get_by_role("button", name="Tysta").click()
    assert page.evaluate("document.getElementById('voice').paused")
    assert page.evaluate("document.cookie") == ""
    assert page.evaluate("Object.keys(localStorage)") == ["rostlots-told"]
    assert not posted


@in_chromium
def test_words_are_shown_while_somebody_speaks_and_the_answer_comes_soon(open_page: OpenPage, microphone: Path) -> None:
    page = open_page()
    page.evaluate(SEES)
    page.locator("#microphone").click()
    form = page.locator("#ask").bounding_box()
    seen = when(page)
    question = question_seconds(microphone)
    print(f"\nfrom the last sound of the question to the answer: {seen['answer'] - question:.2f} s")  # noqa: T201
    assert seen["listening"] < seen["words"] <= seen["thinking"] < seen["answer"]
    assert seen["answer"] - question < 8
    # Nothing has moved for it, and everything is as before.
    assert page.locator("#ask").bounding_box()["height"] == form["height"]
    expect(page.locator("#so-far")).to_be_hidden()
    expect(page.locator("#text")).to_be_visible()
    page.locator("#text").fill("Vad är gulsot?")
    page.locator("#text").press("Enter")
    expect(said(page)).to_contain_text("gallan")


@in_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_what_is_heard_so_far_moves_nothing_and_floods_nobody(
    open_page: OpenPage, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    said_so_far = json.dumps({"partial": "Pappa har cancer i tjocktarmen och " * 3 + "vilka symtom"})
    page.route_web_socket("**/api/stream*", lambda line: line.on_message(lambda _: line.send(said_so_far)))
    page.reload()
    page.evaluate("localStorage.setItem('rostlots-told', '1')")

    def places() -> list[int]:
        found: list[int] = page.evaluate(
            "() => [document.documentElement.scrollHeight, ...['microphone', 'ask', 'state'].map("
            "(id) => Math.round(document.getElementById(id).getBoundingClientRect().top + scrollY))]"
        )
        return found

    before = places()
    page.locator("#microphone").click()
    expect(page.locator("#so-far")).to_contain_text("vilka symtom")
    expect(page.locator("#state")).to_contain_text("Jag lyssnar")
    assert places() == before
    # The end of a long text is the part of interest.
    fits = "(e) => e.scrollHeight <= e.clientHeight"
    assert page.locator("#so-far").evaluate(fits)
    expect(page.locator("#so-far")).to_be_in_viewport(ratio=0.95)
    assert page.locator("#so-far").evaluate("(e) => !e.closest('[aria-live], [role=status], [role=alert]')")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


NO_SOCKETS = "() => { window.WebSocket = class { constructor() { throw new Error(); } }; }"
NO_WORKLETS = "() => { window.AudioWorkletNode = undefined; }"
SLOW_LINE = "() => Object.defineProperty(WebSocket.prototype, 'bufferedAmount', { get: () => 1e6 })"


@in_chromium
@pytest.mark.parametrize("fault", [NO_SOCKETS, NO_WORKLETS, SLOW_LINE], ids=["no sockets", "no worklets", "slow line"])
def test_where_the_line_cannot_be_used_the_recording_is_heard(
    open_page: OpenPage, microphone: Path, fault: str
) -> None:
    page = open_page()
    page.evaluate(fault)
    page.evaluate(SEES)
    with page.expect_request("**/api/listen*", timeout=60_000) as sent:
        page.locator("#microphone").click()
    assert sent.value.headers["content-type"].startswith("audio/webm")
    assert "session" not in sent.value.url
    seen = when(page)
    print(f"\nfrom the last sound of the question to the answer: {seen['answer'] - question_seconds(microphone):.2f} s")  # noqa: T201


BUSY = '{"error": {"code": "busy", "message": "Många frågar just nu."}}'


@in_chromium
@pytest.mark.parametrize("answer", [BUSY, None], ids=["busy", "silent"])
def test_where_the_line_brings_no_answer_the_recording_is_heard(open_page: OpenPage, answer: str | None) -> None:
    page = open_page()
    page.route_web_socket("**/api/stream*", lambda line: line.on_message(lambda _: answer and line.send(answer)))
    page.reload()
    page.evaluate(SEES)
    with page.expect_request("**/api/listen*", timeout=60_000):
        page.locator("#microphone").click()
    when(page)
    expect(page.get_by_role("alert")).to_have_text("")


@in_chromium
def test_a_killed_worker_while_somebody_speaks(browser: Browser, tmp_path: Path) -> None:
    with serving(tmp_path, wait_for="/readyz", workers=1) as served:
        page = browser.new_page(viewport=PHONE)
        page.goto(served.address)
        ask(page, "Vilka symtom ger metastaser i levern?")
        expect(said(page)).to_contain_text("gulsot")
        page.evaluate(SEES)
        page.locator("#microphone").click()
        page.wait_for_timeout(1500)
        for worker in served.workers():
            os.kill(worker, signal.SIGKILL)
        when(page)
        ask(page, "Vad är gulsot?")
        expect(said(page)).to_contain_text("gallan")
        page.close()


@in_firefox
def test_what_firefox_records_is_heard(open_page: OpenPage, microphone: Path) -> None:
    page = open_page()
    page.evaluate("localStorage.setItem('rostlots-told', '1')")
    play_into_microphone(page, microphone)
    with page.expect_request("**/api/listen*") as sent:
        page.locator("#microphone").click()
        expect(page.locator("#microphone")).to_contain_text("Klar")
        page.wait_for_timeout(5000)
        page.locator("#microphone").click()
    assert sent.value.headers["content-type"] == "audio/webm"
    expect(page.locator("#said .asked")).to_contain_text("Jag hörde: Hur sprider sig cancer", timeout=30_000)


@in_firefox
def test_a_hum_in_the_microphone_of_firefox_is_no_question(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("localStorage.setItem('rostlots-told', '1')")
    page.locator("#microphone").click()
    expect(page.locator("#microphone")).to_contain_text("Klar")
    page.wait_for_timeout(1500)
    page.locator("#microphone").click()
    expect(said(page)).to_contain_text("Jag hör dig inte", timeout=30_000)
    expect(page.get_by_role("alert")).to_have_text("")


def test_who_cannot_be_measured_is_not_interrupted(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate(
        """() => {
            localStorage.setItem("rostlots-told", "1");
            AudioContext.prototype.resume = () => new Promise(() => {});
            window.AudioContext = class extends AudioContext { constructor() { super(); this.suspend(); } };
        }"""
    )
    page.locator("#microphone").click()
    expect(page.locator("#microphone")).to_contain_text("Klar")
    # A quarter of a minute on: longer than anybody who is heard to be silent is waited for.
    page.evaluate("() => { const now = performance.now.bind(performance); performance.now = () => now() + 15000; }")
    page.wait_for_timeout(500)
    expect(page.locator("#microphone")).to_contain_text("Klar")
    page.locator("#microphone").click()
    expect(said(page)).to_be_visible(timeout=30_000)


def test_who_has_ended_the_question_need_not_wait(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("localStorage.setItem('rostlots-told', '1')")
    page.locator("#microphone").click()
    expect(page.locator("#microphone")).to_contain_text("Klar")
    page.wait_for_timeout(500)
    page.locator("#microphone").click()
    expect(said(page)).to_be_visible(timeout=30_000)
    expect(page.locator("#microphone")).to_contain_text("Tryck och tala")


def test_the_next_question_is_one_press_away(open_page: OpenPage) -> None:
    page = open_page()
    page.evaluate("localStorage.setItem('rostlots-told', '1')")
    ask(page, "Vad är gulsot?")
    page.get_by_role("button", name="Fråga igen").click()
    expect(page.locator("#microphone")).to_contain_text("Klar")
    expect(page.locator("#microphone")).to_be_focused()
    expect(page.locator("#microphone")).to_be_in_viewport()
    page.locator("#microphone").click()
    expect(page.locator("#microphone")).to_contain_text("Tryck och tala", timeout=30_000)


def test_who_would_rather_write_is_led_there(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#microphone").click()
    page.get_by_role("button", name="Nej tack, jag skriver").click()
    expect(page.locator("#text")).to_be_focused()
    assert page.evaluate("localStorage.length") == 0


def test_the_answer_can_be_listened_to(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "Vad är gulsot?")
    page.get_by_role("button", name="Lyssna").click()
    assert plays(page)
    ask(page, "Hur behandlas metastaser i skelettet?")
    expect(said(page)).to_contain_text("skelettet")
    assert plays(page)


def test_danger(open_page: OpenPage) -> None:
    page = open_page()
    ask(page, "Hon andas inte!")
    ring = page.get_by_role("link", name="Ring 112").first
    expect(ring).to_be_visible()
    assert ring.get_attribute("href") == "tel:112"


def test_english_by_choice(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("link", name="This page in English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    ask(page, "What are the symptoms of metastases in the liver?")
    expect(said(page)).to_contain_text("Jaundice")
    expect(page.locator("#said [lang=en]")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "body", "shown"),
    [
        (503, '{"error": {"code": "busy", "message": "Många frågar just nu."}}', "Många frågar just nu."),
        (502, "<html>gateway</html>", "Jag når inte fram"),
        (None, "", "Jag når inte fram"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_lost(
    open_page: OpenPage, status: int | None, body: str, shown: str
) -> None:
    page = open_page(complains="Failed to load resource")

    def fail(route: Route) -> None:
        if status is None:
            route.abort()
        else:
            route.fulfill(status=status, body=body)

    page.route("**/api/ask*", fail)
    ask(page, "Vad är gulsot?")
    expect(page.get_by_role("alert")).to_contain_text(shown)
    expect(page.locator("#text")).to_have_value("Vad är gulsot?")
    page.unroute("**/api/ask*")
    page.locator("#text").press("Enter")
    expect(said(page)).to_contain_text("gallan")
    expect(page.get_by_role("alert")).to_have_text("")


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_a_microphone_that_is_denied(engine: str, playwright: Playwright, served: Served) -> None:
    denying = chromium(playwright, "--deny-permission-prompts") if engine == "chromium" else firefox(playwright, DENIED)
    with denying as browser:
        page = browser.new_page(viewport=PHONE)
        page.goto(served.address)
        page.locator("#microphone").click()
        page.locator("#before-yes").click()
        expect(page.get_by_role("alert")).to_contain_text("Mikrofonen är inte tillåten")
        expect(page.locator("#microphone")).to_have_attribute("data-state", "idle")
        ask(page, "Vad är gulsot?")
        expect(said(page)).to_contain_text("gallan")


@in_chromium
def test_without_script(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(served.address)
    expect(page.locator("#microphone")).to_be_hidden()
    ask(page, "Vilka symtom ger metastaser i levern?")
    expect(page.locator("[data-part=said] .say")).to_contain_text("gulsot")
    page.get_by_role("button", name="Berätta mer").click()
    expect(page.locator("[data-part=said] .say")).to_contain_text("ikterus")
    page.get_by_role("button", name="Lungorna", exact=True).click()
    expect(page.locator("[data-part=said] .say")).to_contain_text("Metastaser i lungorna")
    context.close()


@in_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["sv", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing(open_page: OpenPage, viewport: dict[str, int], lang: str, scheme: str) -> None:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    page = open_page(f"/?lang={lang}", viewport=viewport, color_scheme=scheme, bypass_csp=True)

    def check() -> None:
        found = Axe().run(page, options=rules)
        assert found.violations_count == 0, found.generate_report()

    check()
    page.locator("#microphone").click()
    check()
    page.locator("#before-no").click()
    for text in {"sv": ("Vad är gulsot?", "Hon andas inte!"), "en": ("What is jaundice?", "She is not breathing!")}[
        lang
    ]:
        ask(page, text)
        expect(page.locator("#said .asked")).to_contain_text(text)
        page.wait_for_timeout(200)
        check()


@pytest.mark.parametrize(("width", "height"), [(320, 568), (360, 740), (640, 430), (1280, 860)])
def test_nothing_is_cut_off(open_page: OpenPage, width: int, height: int) -> None:
    """At 360 px, and at 200 and 400 % zoom of a desktop, which is a width of 640 and 320 px."""
    page = open_page(viewport={"width": width, "height": height})
    for text in ("", "Hur undersöker man om det har spritt sig?", "Jag vill inte leva längre"):
        if text:
            ask(page, text)
            expect(page.locator("#said .asked")).to_contain_text(text)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        outside = page.evaluate(
            """() => [...document.querySelectorAll("a, button, input, p, h1, h2, h3")].filter((e) => {
                const box = e.getBoundingClientRect();
                return box.width && !e.matches(".skip") && (box.right > innerWidth + 1 || box.left < -1);
            }).map((e) => e.textContent)"""
        )
        assert not outside
        assert page.locator(".call").bounding_box()["y"] >= 0
        small = page.evaluate(
            """() => [...document.querySelectorAll("button, .call, .call-large, #text")].filter((e) => {
                const box = e.getBoundingClientRect();
                return box.width && (box.height < 44 || box.width < 44);
            }).map((e) => e.textContent)"""
        )
        assert not small


def test_the_number_stays_in_sight(open_page: OpenPage) -> None:
    page = open_page()
    page.mouse.wheel(0, 5_000)
    page.wait_for_timeout(200)
    expect(page.locator(".call")).to_be_in_viewport()


@in_chromium
def test_reduced_motion_moves_nothing(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((e) => {
            const style = getComputedStyle(e);
            return style.animationName !== "none" || style.transitionDuration !== "0s";
        }).length"""
    )
    assert moving == 0

"""The page in WebKit, which no other driver of the tests speaks to: the way of a telephone, and what it records."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import WebKitGTK
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service
from serving import Served

pytestmark = [
    pytest.mark.model,
    # Selenium's driver for WebKit calls what Selenium itself has deprecated.
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),
]

DRIVER = shutil.which("WebKitWebDriver")
SCREEN = shutil.which("Xvfb")
BROWSERS = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser"))
ARGUMENTS = ("--automation", "--full-screen", "--enable-media-stream=true", "--enable-mock-capture-devices=true")

HEARS = """
    const recording = arguments[0];
    navigator.mediaDevices.getUserMedia = async () => {
      const context = new AudioContext();
      const sound = context.createBufferSource();
      sound.buffer = await context.decodeAudioData(Uint8Array.from(atob(recording), (c) => c.charCodeAt(0)).buffer);
      const heard = context.createMediaStreamDestination();
      sound.connect(heard);
      sound.start();
      return heard.stream;
    };
"""
"""The microphone of WebKit that needs no machine only beeps."""


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    if SCREEN is None:
        pytest.skip("there is no Xvfb here: apt-get install xvfb")
    command = [SCREEN, "-displayfd", "1", "-screen", "0", "1280x860x24"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    yield f":{process.stdout.readline().strip()}"
    process.terminate()
    process.wait()
    process.stdout.close()


@pytest.fixture
def page(screen: str, served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebKitGTK]:
    """The page, 360 px wide, its script at work."""
    if DRIVER is None or not BROWSERS:
        pytest.skip("there is no WebKit here: apt-get install webkit2gtk-driver libwebkit2gtk-4.1-0")
    monkeypatch.setenv("DISPLAY", screen)
    options = Options()
    options.binary_location = str(BROWSERS[0])
    for argument in ARGUMENTS:
        options.add_argument(argument)
    driver = WebKitGTK(options=options, service=Service(DRIVER))
    driver.set_window_rect(0, 0, 360, 740)
    driver.get(served.address)
    until(driver, lambda: driver.find_element(By.ID, "microphone").is_displayed())
    yield driver
    driver.quit()


def until(page: WebKitGTK, true: Callable[[], object], seconds: float = 30.0) -> None:
    waiting = WebDriverWait(page, seconds, ignored_exceptions=[NoSuchElementException, StaleElementReferenceException])
    waiting.until(lambda _: true())


def text(page: WebKitGTK, selector: str) -> str:
    found: str = page.find_element(By.CSS_SELECTOR, selector).text
    return found


def press(page: WebKitGTK, selector: str) -> None:
    """A press by the keyboard: the page may still be moving, and a pointer would miss."""
    page.find_element(By.CSS_SELECTOR, selector).send_keys(Keys.ENTER)


def test_typing_following_up_and_pointing(page: WebKitGTK) -> None:
    page.find_element(By.ID, "text").send_keys("Vilka symtom ger metastaser i levern?", Keys.ENTER)
    until(page, lambda: "gulsot" in text(page, "#said .say"))
    press(page, "button[value='control.more']")
    until(page, lambda: "ikterus" in text(page, "#said .say"))
    press(page, "button[data-organ=lungs]")
    until(page, lambda: "Metastaser i lungorna" in text(page, "#said .say"))
    assert text(page, "#refusal") == ""
    width, scrolled = page.execute_script("return [innerWidth, document.documentElement.scrollWidth]")
    assert scrolled <= width == 360


def test_what_webkit_records_is_heard(page: WebKitGTK, microphone: Path) -> None:
    page.execute_script("localStorage.setItem('rostlots-told', '1')")
    page.execute_script(HEARS, base64.b64encode(microphone.read_bytes()).decode())
    press(page, "#microphone")
    until(page, lambda: "Jag hörde: Hur sprider sig cancer" in text(page, "#said .asked"), seconds=60)
    assert text(page, "#refusal") == ""

"""The page as the server makes it: what a browser without script gets."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from serving import web_settings

from rostlots.web import create_app
from rostlots.web.headers import HEADERS
from skill import load_knowledge

ROOT = Path(__file__).resolve().parents[3]


class Links(HTMLParser):
    """What a page refers to, and its tokens."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.session = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.addresses += [found[name] for name in ("href", "src", "action", "data-frames") if name in found]
        self.inline += [name for name in found if name == "style" or name.startswith("on")]
        if tag == "script" and "src" not in found and found.get("type") != "application/json":
            self.inline.append("script")
        if found.get("name") == "session":
            self.session = found["value"]


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_page_is_light_and_asks_nobody_else(client: FlaskClient, lang: str) -> None:
    html = client.get(f"/?lang={lang}").text
    assert f'<html lang="{lang}">' in html
    links = Links(html)
    assert not links.inline
    size = len(html.encode())
    for address in links.addresses:
        assert address.startswith(("/", "#", "tel:")), address
        if address.startswith("/static/"):
            with client.get(address) as response:
                content = response.data
            assert response.status_code == 200
            assert "max-age=31536000" in response.headers["Cache-Control"]
            size += len(content)
    assert size < 150_000


@pytest.mark.parametrize("lang", ["sv", "en"])
def test_the_number_and_what_the_voice_is_are_in_sight(client: FlaskClient, lang: str) -> None:
    html = client.get(f"/?lang={lang}").text
    assert 'href="tel:+46101991010"' in html
    assert 'href="tel:112"' in html
    assert re.search("automatisk röst|automatic voice", html)
    assert "{" not in re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


def test_a_conversation_without_script(client: FlaskClient) -> None:
    first = client.post("/", data={"text": "Vilka symtom ger metastaser i levern?"})
    assert first.status_code == 200
    assert "gulsot" in first.text
    assert "Källa: Metastaser, Cancerfonden" in first.text
    assert 'value="liver.treatment"' in first.text
    assert "<audio" in first.text
    second = client.post("/", data={"topic": "control.more", "text": "", "session": Links(first.text).session})
    assert load_knowledge().answers["liver.symptoms"].more.split(".")[0] in second.text
    third = client.post("/", data={"text": "och i lungorna då?", "session": Links(second.text).session})
    assert "Symtom vid metastaser i lungorna" in third.text


@pytest.mark.parametrize("organ", ["brain", "lungs", "liver", "bone", "lymph_nodes"])
def test_every_organ_can_be_pointed_at(client: FlaskClient, organ: str) -> None:
    html = client.get("/").text
    assert f'<g class="organ" data-organ="{organ}">' in html
    assert f'value="{organ}.about"' in html
    assert load_knowledge().answers[f"{organ}.about"].title in client.post("/", data={"topic": f"{organ}.about"}).text


def test_danger_shows_what_to_ring_first(client: FlaskClient) -> None:
    html = client.post("/", data={"text": "Hon andas inte!"}).text
    assert '<a class="call-large danger" href="tel:112">' in html
    html = client.post("/", data={"text": "Jag vill inte leva längre"}).text
    assert html.index('class="call-large danger" href="tel:112"') < html.index('href="tel:90101"')


def test_the_page_promises_no_call_that_it_cannot_make(client: FlaskClient) -> None:
    html = client.post("/", data={"text": "Kan jag få prata med en människa?"}).text
    assert "Jag kopplar dig till" not in html
    assert 'class="call-large" href="tel:+46101991010"' in html


def test_what_was_typed_is_text_and_never_markup(client: FlaskClient) -> None:
    typed = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{7*7}}"
    html = client.post("/", data={"text": typed, "session": '"><script>', "topic": ""}).text
    assert "<script>alert" not in html
    assert "<img" not in html
    assert '"><script>' not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "{{7*7}}" in html


def test_refusals_are_pages_too(client: FlaskClient) -> None:
    for data, status in (
        ({"text": "a" * 3000}, 422),
        ({"topic": "nothing"}, 422),
        ({"text": "a", "session": "a" * 9000}, 422),
        ({"text": "a" * 100_000}, 413),
    ):
        response = client.post("/?lang=sv", data=data)
        assert response.status_code == status
        assert 'class="refusal"' in response.text
        assert "tel:+46101991010" in response.text
        assert 'name="text"' in response.text


@pytest.mark.parametrize("path", ["/", "/api/openapi.json", "/healthz", "/nothing", "/static/page.css"])
def test_every_answer_has_the_headers(client: FlaskClient, path: str) -> None:
    with client.get(path) as response:
        pass
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    assert "Set-Cookie" not in response.headers
    assert "Strict-Transport-Security" not in response.headers
    with client.get(path, base_url="https://example.org") as response:
        assert "Strict-Transport-Security" in response.headers


def test_answers_stay_in_no_cache(client: FlaskClient) -> None:
    for response in (
        client.get("/"),
        client.post("/", data={"text": "hej"}),
        client.post("/api/ask", json={"text": ""}),
    ):
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers


def test_whoever_counts_questions_says_so(tmp_path: Path) -> None:
    from rostlots.settings import Settings

    told = "sparas, utan namn och nummer"
    assert told not in create_app(web_settings(tmp_path)).test_client().get("/").text
    counting = web_settings(tmp_path, product=Settings(review=tmp_path / "review.jsonl"))
    assert told in create_app(counting).test_client().get("/").text


def test_both_languages_say_the_same_things() -> None:
    import tomllib

    def keys(table: dict[str, object], before: str = "") -> set[str]:
        found = set()
        for name, value in table.items():
            found |= keys(value, f"{before}{name}.") if isinstance(value, dict) else {before + name}
        return found

    folder = ROOT / "rostlots" / "web" / "texts"
    swedish, english = (tomllib.loads((folder / f"{lang}.toml").read_text()) for lang in ("sv", "en"))
    assert keys(swedish) == keys(english)


def test_every_text_is_used() -> None:
    import tomllib

    web = ROOT / "rostlots" / "web"
    texts = tomllib.loads((web / "texts" / "sv.toml").read_text())
    templates = "".join(path.read_text() for path in (web / "templates").iterdir())
    script = "".join(path.read_text() for path in (web / "static").glob("*.js"))
    controls = {"repeat", "slower", "simpler"}
    assert not [name for name in texts["page"] if f"page.{name}" not in templates and name not in controls]
    assert not [name for name in texts["script"] if f"TEXTS.{name}" not in script and f"texts.{name}" not in script]

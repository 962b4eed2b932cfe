"""Replies and the page as HTML; both are made here on the server, the script only puts them in place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from flask import Response, render_template, request, url_for
from markupsafe import Markup, escape

from rostlots.web.texts import Texts, texts
from skill import Lang, load_knowledge

if TYPE_CHECKING:
    from rostlots.web.errors import Code
    from rostlots.web.replies import WebReply
    from rostlots.web.service import Service

ORGANS = ("brain", "lungs", "liver", "bone", "lymph_nodes")
"""From head to foot, as they are told to somebody who cannot see the figure."""

CONTROLS = ("control.repeat", "control.slower")
"""Buttons under every answer; one that tells facts can be had in simpler words, too."""


def page(
    service: Service,
    lang: Lang,
    *,
    reply: WebReply | None = None,
    spoken: bool = False,
    refusal: Code | None = None,
    text: str = "",
    session: str = "",
) -> str:
    """The whole page, with a reply if there is one; text and session are those of a form that was refused."""
    said = texts(lang)
    helpline = load_knowledge(lang).helpline
    return render_template(
        "page.html",
        lang=lang,
        other=("en" if lang == "sv" else "sv"),
        page=said.page,
        script=said.script,
        helpline=helpline,
        organs=ORGANS,
        review=service.settings.product.review is not None,
        refusal=_unbroken(said.errors[refusal], [helpline.written]) if refusal else None,
        text=text,
        session=reply.session if reply else session,
        asset=asset,
        **(_reply_values(said, reply, spoken) if reply else {}),
    )


def fragment(reply: WebReply, *, spoken: bool) -> Response:
    """One reply alone, for the page that is open already."""
    body = render_template(
        "_reply.html", page=texts(reply.lang).page, **_reply_values(texts(reply.lang), reply, spoken)
    )
    return Response(body, content_type="text/html; charset=utf-8")


def wants_html() -> bool:
    """Whether the client is our page rather than a program."""
    return request.accept_mimetypes.best == "text/html"


def asset(name: str) -> str:
    """The address of a file of the page, which changes with its content."""
    return url_for("static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    return hashlib.sha256((files("rostlots.web") / "static" / name).read_bytes()).hexdigest()[:12]


def _unbroken(text: str, numbers: Iterable[str]) -> Markup:
    """The text with telephone numbers that no end of a line takes apart."""
    marked = escape(text)
    for number in numbers:
        marked = marked.replace(number, Markup('<span class="number">{}</span>').format(number))
    return marked


def _reply_values(said: Texts, reply: WebReply, spoken: bool) -> dict[str, object]:
    numbers = {contact.phone: contact.written for contact in load_knowledge(reply.lang).contacts.values()}
    call = reply.handoff if reply.action in ("handoff", "emergency") else None
    controls = (*CONTROLS, "control.simpler") if reply.sources else CONTROLS
    return {
        "reply": reply,
        "say": _unbroken(reply.say, numbers.values()),
        "spoken": spoken,
        "call": None if call is not None and call.phone == "112" else call,
        "call_number": numbers.get(call.phone, call.phone) if call else None,
        "controls": [(topic, said.page[topic.partition(".")[2]]) for topic in controls],
    }

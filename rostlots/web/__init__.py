"""The web service: a page to speak to, and an API, both on the conversation that every channel has.

Importing this package loads no library: whether several processes count together is settled before that.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rostlots.web.application import create_app
    from rostlots.web.settings import WebSettings

__all__ = ["WebSettings", "create_app"]


def __getattr__(name: str) -> object:
    """Load the module that defines ``name``."""
    if name == "create_app":
        from rostlots.web.application import create_app

        return create_app
    if name == "WebSettings":
        from rostlots.web.settings import WebSettings

        return WebSettings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

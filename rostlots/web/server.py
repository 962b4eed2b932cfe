"""gunicorn with the settings that suit this service.

Threads, because recognition leaves Python's lock to others while it computes and a typed turn takes a millisecond;
processes, because one turn after the other would leave the second core idle, and a broken one takes nobody along.
An asynchronous server would wait better for slow networks, but each turn would still need a thread.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any

from gunicorn.app.base import BaseApplication

from rostlots.web.settings import FIGURES_FOLDER, WebSettings

WORKERS = 2
"""Processes, for two cores."""

THREADS = 12
"""For each process: four recordings at most are heard or wait, and four people at most are heard while they speak; the
others are free for typed turns and files."""

GRACE = 15
"""Seconds for turns under way once the service is told to end; whoever runs it has to leave it more."""


class Server(BaseApplication):  # type: ignore[misc]
    """The service on an address, until it is told to stop."""

    def __init__(self, settings: WebSettings, host: str, port: int, workers: int = WORKERS) -> None:
        self._settings = settings
        self._options = {
            "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
            "workers": workers,
            "worker_class": "gthread",
            "threads": THREADS,
            "keepalive": 15,
            "timeout": 30,
            "graceful_timeout": GRACE,
            # A log of requests would name who asked, and what kind of question.
            "accesslog": None,
            # Below this level gunicorn quotes malformed requests.
            "loglevel": "error",
            "limit_request_line": 8190,
            # A socket through which others could steer the server, in a home that it may not even have.
            "control_socket_disable": True,
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108, PTH112
            "post_worker_init": _warm_up,
            "child_exit": _count_no_longer,
        }
        super().__init__()

    def load_config(self) -> None:
        """Take the options above; nothing is read from files, arguments or the environment."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, once in each process."""
        from rostlots.web.application import create_app

        return create_app(self._settings)


def serve(settings: WebSettings, host: str, port: int, workers: int = WORKERS) -> None:
    """Serve until a signal ends it; leaves by `SystemExit`."""
    with tempfile.TemporaryDirectory(prefix="rostlots-metrics-") as folder:
        os.environ[FIGURES_FOLDER] = folder
        Server(settings, host, port, workers).run()


def _warm_up(worker: Any) -> None:
    service = worker.wsgi.extensions["rostlots"]
    service.streams.last_while(lambda: worker.alive)
    service.warm_up()


def _count_no_longer(server: Any, worker: Any) -> None:
    """Gauges of a process that has ended are no longer part of the sum."""
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

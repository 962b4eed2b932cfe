"""Helpers of the tests: the telephone line as a process, callers who speak and hear (baresip), scripted ones (SIPp)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
MODULES = Path("/usr/lib/baresip/modules")
RATE = 8000

SAME = 0.9
"""Likeness from which it is the same sound; another text stays below half of that."""

SEGMENT = RATE // 2
SLIP = RATE // 5
"""Samples by which a piece may lie elsewhere than its neighbours."""

QUIET = 0.02
"""Loudest sample of what counts as a pause, which is like any other."""

Samples = NDArray[np.float32]


def need(*programs: str) -> None:
    """Skip where a caller is not installed; CI installs them."""
    for program in programs:
        if shutil.which(program) is None:
            if os.environ.get("CI"):
                pytest.fail(f"{program} is not installed")
            pytest.skip(f"{program} is not installed: apt install baresip-core sip-tester")


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def until(true: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait for something to be true, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not true within {seconds} s")


# ------------------------------------------------------------------ our side


@dataclass
class Line:
    """A running `rostlots phone`."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> str:
        return f"sip:helpline@127.0.0.1:{self.port}"


@contextmanager
def telephone_line(folder: Path, **settings: str) -> Iterator[Line]:
    """`rostlots phone` on a free port, ended afterwards. Settings: without their common beginning ROSTLOTS_."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_udp_port()
    log = folder / "line.txt"
    environment = {
        "ROSTLOTS_SIP_LISTEN": f"127.0.0.1:{port}",
        "ROSTLOTS_SIP_RTP_PORTS": "31000-31999",
        "ROSTLOTS_SPEECH_THREADS": "1",
        **{f"ROSTLOTS_{name}": value for name, value in settings.items()},
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "rostlots", "phone"],
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env={**os.environ, **environment},
        )
    try:

        def ready() -> bool:
            assert process.poll() is None, log.read_text()
            return "answers at" in log.read_text()

        until(ready, 240)
        yield Line(port, process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


# ------------------------------------------------------------------ a caller who speaks and hears


@dataclass
class Caller:
    """A baresip of its own, driven by its control port."""

    folder: Path
    process: subprocess.Popen[bytes]
    control: socket.socket
    sip: int
    events: list[dict[str, Any]] = field(default_factory=list)
    _unread: bytes = b""

    def do(self, command: str, params: str = "") -> None:
        message = json.dumps({"command": command, "params": params}).encode()
        self.control.sendall(b"%d:%s," % (len(message), message))

    def call(self, line: Line) -> None:
        """Ring, and return when it was answered."""
        self.do("dial", line.address)
        until(lambda: self.happened("CALL_ESTABLISHED"))

    def press(self, key: str) -> None:
        self.do("sndcode", key)
        # The key is held until another sign says that it was let go.
        time.sleep(0.12)
        self.do("sndcode", "\x04")

    def hang_up(self) -> None:
        self.do("hangup")

    def happened(self, kind: str) -> bool:
        """Whether an event of baresip has come."""
        self.control.setblocking(False)
        try:
            while data := self.control.recv(65536):
                self._unread += data
        except BlockingIOError:
            pass
        while b":" in self._unread:
            length, _, rest = self._unread.partition(b":")
            if len(rest) <= int(length):
                break
            message = json.loads(rest[: int(length)])
            self._unread = rest[int(length) + 1 :]
            if message.get("event"):
                self.events.append(message)
        self.control.setblocking(True)
        return any(event.get("type") == kind for event in self.events)

    def over(self, seconds: float = 60.0) -> None:
        """Wait until the call has ended."""
        until(lambda: self.happened("CALL_CLOSED"), seconds)

    def heard(self, number: int = 0) -> Samples:
        """All that came in during a call, up to now."""
        return self._dump("dec", number)

    def said(self, number: int = 0) -> Samples:
        """All that went out."""
        return self._dump("enc", number)

    def hears(self, sound: Samples, seconds: float = 40.0, *, number: int = 0, after: float = 0.0) -> float:
        """Wait until a sound has come in whole; at which second of the call it began.

        number: of the call. after: the second from which it counts, for what is said twice.
        """
        end = time.monotonic() + seconds
        skipped = int(after * RATE)
        while True:
            heard = self.heard(number)[skipped:] if self._dumps("dec")[number:] else silence(0)
            at, likeness = where(sound, heard)
            if likeness > SAME:
                return after + at
            assert time.monotonic() < end, f"not heard within {seconds} s; most alike is {likeness:.2f} at {at:.1f} s"
            time.sleep(0.25)

    def _dumps(self, way: str) -> list[Path]:
        # Their names hold the time at which a call began.
        return sorted(self.folder.glob(f"dump-*-{way}.wav"))

    def _dump(self, way: str, number: int) -> Samples:
        samples, rate = soundfile.read(_repaired(self._dumps(way)[number]), dtype="float32")
        assert rate == RATE
        found: Samples = samples
        return found


def _repaired(path: Path) -> Path:
    """A WAV file whose length was not written yet, as that of a call that goes on."""
    data = bytearray(path.read_bytes())
    data[4:8] = (len(data) - 8).to_bytes(4, "little")
    at = data.index(b"data") + 4
    data[at : at + 4] = (len(data) - at - 4).to_bytes(4, "little")
    copy = path.with_suffix(".copy")
    copy.write_bytes(bytes(data))
    return copy


@contextmanager
def caller(
    folder: Path,
    says: Samples | None = None,
    *,
    answers: bool = False,
    sip: int | None = None,
    account: str = "",
    config: str = "",
) -> Iterator[Caller]:
    """A telephone. says: at 8 kHz, from the moment that a call begins; silence follows. answers: takes calls itself."""
    need("baresip")
    folder.mkdir(parents=True, exist_ok=True)
    sip, control = sip or free_udp_port(), free_udp_port()
    speech = np.zeros(0, np.float32) if says is None else says
    soundfile.write(folder / "says.wav", np.concatenate([speech, np.zeros(RATE * 600, np.float32)]), RATE)
    (folder / "contacts").write_text("")
    mode = "auto" if answers else "manual"
    (folder / "accounts").write_text(
        f"<sip:anna@127.0.0.1:{sip}>;regint=0;answermode={mode};audio_codecs=PCMU/8000/1;dtmfmode=rtpevent{account}\n"
    )
    (folder / "config").write_text(
        f"""sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
audio_source aufile,{folder / "says.wav"}
audio_player aufile,{folder / "ignored.wav"}
audio_channels 1-1
audio_srate 8000-8000
ausrc_srate 8000
auplay_srate 8000
rtp_ports 32000-32999
module_path {MODULES}
module g711.so
module aufile.so
module sndfile.so
module srtp.so
module dtls_srtp.so
module ctrl_tcp.so
module_app account.so
module_app menu.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}
{config}"""
    )
    with (folder / "log.txt").open("wb") as output:
        process = subprocess.Popen(
            ["baresip", "-f", str(folder), "-n", "127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
        )
    try:
        with until(lambda: _connected(control)) as driven:
            yield Caller(folder, process, driven, sip)
    finally:
        process.kill()
        process.wait()


def _connected(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), 1)
    except OSError:
        return None


# ------------------------------------------------------------------ sound


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def question(name: str = "examples/question.opus") -> Samples:
    """A recorded question as a telephone carries it."""
    samples, rate = soundfile.read(ROOT / name, dtype="float32")
    low: Samples = soxr.resample(samples, rate, RATE)
    return np.asarray(low / np.abs(low).max() * 0.4, np.float32)


def where(needle: Samples, haystack: Samples) -> tuple[float, float]:
    """At which second the needle is most like what was heard, and how like it is there: 1 is the same, 0 nothing.

    The likeness is the mean of that of half seconds, each at its own best place nearby: a piece of 20 ms too many or
    too few, as the network makes them, is no other speech.
    """
    if len(haystack) < len(needle):
        return 0.0, 0.0
    at = int(np.argmax(_likeness(needle, haystack)))
    found = []
    for begin in range(0, len(needle) - SEGMENT + 1, SEGMENT):
        segment = needle[begin : begin + SEGMENT]
        if np.abs(segment).max() > QUIET:
            nearby = haystack[max(0, at + begin - SLIP) : at + begin + SEGMENT + SLIP]
            found.append(float(_likeness(segment, nearby).max()))
    return at / RATE, float(np.mean(found))


def _likeness(needle: Samples, haystack: Samples) -> NDArray[np.float64]:
    """The normalised cross-correlation at every place of the needle within the haystack."""
    size = 1 << (len(haystack) + len(needle)).bit_length()
    product = np.fft.irfft(np.fft.rfft(haystack, size) * np.conj(np.fft.rfft(needle, size)), size)
    lags = len(haystack) - len(needle) + 1
    energy = np.cumsum(np.concatenate([[0.0], np.square(haystack, dtype=np.float64)]))
    window = np.sqrt(np.maximum(energy[len(needle) :] - energy[:lags], 1e-9))
    found: NDArray[np.float64] = product[:lags] / (window * np.linalg.norm(needle))
    return found


def loud(samples: Samples, seconds: float = 0.02) -> NDArray[np.bool_]:
    """For each piece of so many seconds, whether there is sound."""
    size = int(seconds * RATE)
    pieces = samples[: len(samples) // size * size].reshape(-1, size)
    found: NDArray[np.bool_] = np.sqrt(np.mean(np.square(pieces), axis=1)) > 0.003
    return found


# ------------------------------------------------------------------ scripted sides (SIPp)

_REPLY = """[last_Via:]
[last_From:]
[last_To:];tag=[pid]target[call_number]
[last_Call-ID:]
[last_CSeq:]
"""

_SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP {formats}
{maps}
"""

TELEPHONE = _SDP.format(
    formats="0 8 96",
    maps="a=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:96 telephone-event/8000\na=fmtp:96 0-15",
)
G729_ONLY = _SDP.format(formats="18", maps="a=rtpmap:18 G729/8000")


def send(message: str, attributes: str = "") -> str:
    return f"<send {attributes}><![CDATA[\n\n{message}\n]]></send>"


def received(what: str, **more: str) -> str:
    """What has to come next: a method or a status."""
    kind = "response" if what.isdigit() else "request"
    extra = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<recv {kind}="{what}"{extra}/>'


def reply(status: str, body: str = "Content-Length: 0\n", *, tagged: bool = False) -> str:
    """An answer to the request that came last; tagged: within a dialog."""
    head = _REPLY.replace(";tag=[pid]target[call_number]", "") if tagged else _REPLY
    return send(f"SIP/2.0 {status}\n{head}Contact: <sip:[local_ip]:[local_port]>\n{body}")


def request(method: str, number: int, body: str = "Content-Length: 0\n") -> str:
    """A request of the calling side; those after INVITE are within its dialog."""
    first = method == "INVITE"
    to = "<sip:helpline@[remote_ip]:[remote_port]>"
    return send(
        f"{method} {'sip:helpline@[remote_ip]:[remote_port]' if first else '[next_url]'} SIP/2.0\n"
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]\n"
        "From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]caller[call_number]\n"
        f"To: {to}{'' if first else '[peer_tag_param]'}\n"
        f"Call-ID: [call_id]\nCSeq: {number} {method}\n"
        "Contact: <sip:sipp@[local_ip]:[local_port]>\nMax-Forwards: 70\n" + body,
        'retrans="500"' if method in ("INVITE", "BYE", "NOTIFY") else "",
    )


def pause(seconds: float) -> str:
    return f'<pause milliseconds="{int(seconds * 1000)}"/>'


def press(key: str) -> str:
    return f'<nop><action><exec play_dtmf="{key}"/></action></nop>'


RINGING = received("100", optional="true") + received("180", optional="true")
ACK_OF_REFUSAL = send(
    "ACK sip:helpline@[remote_ip]:[remote_port] SIP/2.0\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n"
    "CSeq: 1 ACK\nMax-Forwards: 70\nContent-Length: 0\n"
)
"""Not within a dialog: to the address that was rung, under the mark of that request."""


def refused(status: str, body: str = TELEPHONE) -> str:
    """Ring and be refused."""
    return request("INVITE", 1, body) + RINGING + received(status) + ACK_OF_REFUSAL


CALL = request("INVITE", 1, TELEPHONE) + RINGING + received("200", rrs="true") + request("ACK", 1)
HANG_UP = request("BYE", 9) + received("200")
HUNG_UP = received("BYE") + reply("200 OK", tagged=True)


def progress(number: int, status: str, *, last: bool) -> str:
    """A NOTIFY on a transfer, with the answer to it."""
    state = "terminated;reason=noresource" if last else "active;expires=60"
    body = (
        f"Event: refer\nSubscription-State: {state}\nContent-Type: message/sipfrag;version=2.0\n"
        f"Content-Length: [len]\n\nSIP/2.0 {status}\n"
    )
    return request("NOTIFY", number, body) + received("200")


@dataclass
class Scripted:
    """A running SIPp."""

    process: subprocess.Popen[bytes]
    folder: Path

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def ends(self, seconds: float = 60.0) -> None:
        """Wait until it has played its script, and assert that everything came as it says."""
        try:
            status = self.process.wait(seconds)
        finally:
            self.stop()
        errors = "".join(path.read_text() for path in self.folder.glob("*_errors.log"))
        assert status == 0, errors


def sipp(
    folder: Path,
    script: str,
    to: Line | None = None,
    *,
    calls: int = 1,
    options: tuple[str, ...] = (),
    host: str = "127.0.0.1",
) -> Scripted:
    """Play a script, once or for several calls: as a caller where there is a line, else as one who is called.

    host: the address from which it does so.
    """
    need("sipp")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "script.xml").write_text(
        f'<?xml version="1.0" encoding="ISO-8859-1" ?><scenario name="x">{script}</scenario>'
    )
    media = free_udp_port()
    process = subprocess.Popen(
        [
            *("sipp", "-sf", "script.xml", "-i", host, "-mi", host),
            *("-mp", str(media // 2 * 2), "-m", str(calls), "-nostdin", "-trace_err", *options),
            *([f"127.0.0.1:{to.port}"] if to is not None else []),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    return Scripted(process, folder)

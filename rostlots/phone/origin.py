"""From which address a call came, asked of the SIP stack in C: the package around it does not pass it on.

The address is that of the packet or connection which brought the call, not one that the caller wrote into it.
"""

from __future__ import annotations

import ctypes
import ipaddress
from functools import cache

from baresip import _native

from rostlots.networks import Address

_SOCKET_ADDRESS_BYTES = 256
"""More than the stack's own structure of an address has."""

_TEXT_BYTES = 64
"""More than an address has in letters."""


def origin_of(call_id: str) -> Address | None:
    """Where the call with this Call-ID came from; None where the call is over, or it cannot be told."""
    stack = _stack()
    address = ctypes.create_string_buffer(_SOCKET_ADDRESS_BYTES)
    text = ctypes.create_string_buffer(_TEXT_BYTES)
    # The stack runs in a thread of its own and must not end the call meanwhile.
    stack.re_thread_enter()
    try:
        call = stack.uag_call_find(call_id.encode(errors="replace"))
        told = bool(call) and not stack.call_msg_src(call, address) and not stack.sa_ntop(address, text, _TEXT_BYTES)
    finally:
        stack.re_thread_leave()
    try:
        return ipaddress.ip_address(text.value.decode("ascii")) if told else None
    except ValueError:
        return None


@cache
def _stack() -> ctypes.CDLL:
    stack = ctypes.CDLL(_native.__file__)
    stack.uag_call_find.restype = ctypes.c_void_p
    stack.uag_call_find.argtypes = [ctypes.c_char_p]
    stack.call_msg_src.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    stack.sa_ntop.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
    return stack

"""The telephone line: a SIP endpoint that holds conversations, everything on this machine."""

"""The ways into Röstlots: command line, and what they share."""

__version__ = "0.1.0"

"""Understanding: from an utterance and its context to one topic with a calibrated confidence. Pure, once loaded."""

from intents.recogniser import Recogniser, load_recogniser
from intents.recognition import Context, Recognition, Scored

__all__ = ["Context", "Recogniser", "Recognition", "Scored", "load_recogniser"]

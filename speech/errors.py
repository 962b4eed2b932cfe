"""What can go wrong while hearing and speaking: one family, each message one English sentence."""


class SpeechError(Exception):
    """Anything that hearing, speaking or fetching their models could not do.

    ``str(error)`` is one sentence meant for the person who runs the program.
    """


class AudioUnreadable(SpeechError):
    """The recording is missing, empty, damaged, or no audio at all."""


class AudioTooLong(SpeechError):
    """The recording is longer than the caller of the function allows."""


class ModelMissing(SpeechError):
    """A model is not on this machine; the message says how to get it."""


class ModelDamaged(SpeechError):
    """A model is on this machine, but incomplete or altered."""


class ModelUnfit(SpeechError):
    """A model is whole, but not the one that something was made for."""


class EngineMissing(SpeechError):
    """A library is not installed; the message says what to install."""


class VoiceUnavailable(SpeechError):
    """The voice could not be found, or it spoke nothing."""


class SoundDeviceFailed(SpeechError):
    """There is no microphone or loudspeaker, or it cannot be used."""


class HearingFailed(SpeechError):
    """A recogniser broke down while it listened."""


class DownloadFailed(SpeechError):
    """A model could not be fetched: no network, a broken answer, or a wrong checksum."""

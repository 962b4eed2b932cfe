"""Training of the pack that teaches Whisper base the words of the subject.

Texts are spoken by synthesisers, spoiled by rooms and lines, encoded once by the model as it runs, and learned by small
additions (LoRA) to the decoder. `python -m tools.whisper_pack --help` lists the stages.
"""

"""A decoding graph of our own for the Swedish Vosk model: its words, how they are said, and how they follow each other.

The model's own graph is fixed and lacks the words of the subject. A graph depends on the acoustic model only by the
transition table, which follows from its context tree; so the graph can be made here, and put beside any acoustic model
that carries the same table.
"""

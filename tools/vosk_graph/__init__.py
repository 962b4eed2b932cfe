"""Builds the words that Vosk is to hear: a checked lexicon, and sentences that show how the words follow each other."""

"""Trains `intents.encoder` from the weights of a multilingual model that a package carries."""

"""Deciding what is said: one turn of a conversation from what was understood. Pure, once loaded."""

from skill.choosing import CONTROLS, Suggestion, UnknownChoice, choose, suggestions
from skill.conversation import context_of, respond, respond_to_noise, respond_to_silence
from skill.handing_over import by_hand
from skill.knowledge_base import Knowledge, KnowledgeError, load_knowledge
from skill.reply import Alternative, Handoff, Lang, Reply, Source
from skill.state import State, from_json, to_json

__all__ = [
    "CONTROLS",
    "Alternative",
    "Handoff",
    "Knowledge",
    "KnowledgeError",
    "Lang",
    "Reply",
    "Source",
    "State",
    "Suggestion",
    "UnknownChoice",
    "by_hand",
    "choose",
    "context_of",
    "from_json",
    "load_knowledge",
    "respond",
    "respond_to_noise",
    "respond_to_silence",
    "suggestions",
    "to_json",
]

"""Answers in the API user's language (agent-api-rules.md, rule 13): texts of vicidial_language_phrases."""

from __future__ import annotations

from collections.abc import Callable

from telectl.database.lookups import Lookups, SystemSettings

Translate = Callable[[str], str]

_NEVER_TRANSLATED = frozenset({"send_dtmf function set"})


def english(text: str) -> str:
    """Leave a text as it is."""
    return text


async def translator(user: str, system: SystemSettings, lookups: Lookups) -> Translate:
    """Return the translation for a user, by name alone: it holds before the login, too."""
    if not system.translates or not user:
        return english
    row = await lookups.user(user)
    language = (row.selected_language or "") if row else ""
    if language in ("", "default English"):
        return english
    phrases = await lookups.phrases(language)
    return lambda text: text if text in _NEVER_TRANSLATED else phrases.get(text) or text

"""Log lines for people or machines, each with the id of the request it belongs to."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request being answered; tasks started by it inherit it."""


def configure(log_format: Literal["text", "json"], level: str) -> None:
    """Send the log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def sanitised(text: str) -> str:
    """Show control characters, so that what a peer sent cannot forge a log line or move a terminal's cursor."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class TextFormatter(logging.Formatter):
    """`18:03:11.042 info    [3f9a…] telectl.calls: …`, one line each but for tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        when = datetime.fromtimestamp(record.created).astimezone()
        identity = REQUEST_ID.get()
        shown = f"[{identity}] " if identity else ""
        level = record.levelname.lower()
        line = f"{when:%H:%M:%S}.{when.microsecond // 1000:03d} {level:<7} {shown}{record.name}: "
        line += sanitised(record.getMessage())
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request_id, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if identity := REQUEST_ID.get():
            fields["request_id"] = identity
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)

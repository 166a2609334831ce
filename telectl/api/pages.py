"""The body of an answer: lines of text, and the little HTML of our own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aiohttp import web

_NOTHING_ELSE = "default-src 'none'"
_OUR_LINK = "default-src 'none'; script-src 'unsafe-inline'"
_OUR_BREAK = "<BR>"
"""What ends a line of send_notification, VICIdial's own."""
_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def page(
    lines: Sequence[str], *, status: int = 200, is_html: bool = False, close_window: str = "", debug: str = ""
) -> web.Response:
    """Build the response: every body with text ends with one newline, and an empty one stays empty."""
    if close_window and not is_html:  # here scripts may run
        lines = [_without_tags(line) for line in lines]
    body = "".join(f"{line}\n" for line in lines)
    if close_window:
        body += f"\n<a href=\"javascript:window.opener='x';window.close();\">{close_window}</a>\n"
    if debug:
        body += f"<!-- {escape(debug).replace('--', '- -')} -->\n"
    policy = _OUR_LINK if close_window else _NOTHING_ELSE
    return web.Response(
        text=body,
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={**_HEADERS, "Content-Security-Policy": policy},
    )


def _without_tags(line: str) -> str:
    """Return a line whose echoed values become no tags (`&` stays: it can do no harm); a break at its end is ours."""
    text = line.removesuffix(_OUR_BREAK)
    return text.replace("<", "&lt;").replace(">", "&gt;") + line[len(text) :]

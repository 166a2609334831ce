"""The body of an answer: lines of text, and the little HTML of our own; what browsers may do with either.

Answers are `text/html`, as VICIdial's are, and may hold what people typed into a lead. So nothing in them runs, loads,
submits, refreshes or sits in a frame; the two pages of our own get back just what they need.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from aiohttp import web

_NOTHING = "default-src 'none'; form-action 'none'; base-uri 'none'"
_UNFRAMED = "; frame-ancestors 'none'"
_SCRIPTED = "; sandbox allow-scripts"
_TEXT = f"{_NOTHING}{_UNFRAMED}; sandbox"
_OUR_LINK = f"{_NOTHING}; script-src 'unsafe-inline'{_UNFRAMED}{_SCRIPTED}"
_OUR_PAGE = f"{_NOTHING}{_SCRIPTED}"
"""The web phone's page goes there by a refresh, which a sandbox without scripts forbids, and stands in CRMs' frames."""
_OUR_PAGE_AND_LINK = f"{_NOTHING}; script-src 'unsafe-inline'{_SCRIPTED}"
_OUR_BREAK = "<BR>"
"""What ends a line of send_notification, VICIdial's own."""


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
    return web.Response(
        body=body.encode("utf-8", "replace"),
        status=status,
        content_type="text/html",
        charset="utf-8",
        headers={"Content-Security-Policy": _policy(is_html=is_html, has_link=bool(close_window))},
    )


def _without_tags(line: str) -> str:
    """Return a line whose echoed values become no tags (`&` stays: it can do no harm); a break at its end is ours."""
    text = line.removesuffix(_OUR_BREAK)
    return text.replace("<", "&lt;").replace(">", "&gt;") + line[len(text) :]


def _policy(*, is_html: bool, has_link: bool) -> str:
    if is_html:
        return _OUR_PAGE_AND_LINK if has_link else _OUR_PAGE
    return _OUR_LINK if has_link else _TEXT

"""An answer is one line with as many fields as it has, whatever stands in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from texts import ANY

from telectl.functions.common.replies import Refusal, Reply, Result, success


@given(st.lists(ANY, max_size=4), ANY)
def test_an_answer_is_one_line_with_as_many_fields_as_it_has(texts: list[str], translated: str) -> None:
    reply = success("x", *texts, data=texts)
    (line,) = reply.lines(lambda text: text)
    assert line.splitlines() == [line]
    assert len(line.split("|")) == max(len(texts), 1)
    assert len(reply.data.split("|")) == max(len(texts), 1)
    (line,) = reply.lines(lambda _: translated)
    assert line.splitlines() == [line]


@given(ANY)
def test_a_line_that_is_written_whole_is_one_line_too(text: str) -> None:
    for reply in (Reply(Result.NOTICE, text, text=text), Refusal(text, text=text).reply):
        assert "".join(reply.lines(lambda word: word)).splitlines() in ([], reply.lines(lambda word: word))

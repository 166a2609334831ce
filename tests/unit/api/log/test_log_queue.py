"""Rows of the API log that could not be written: told whole at once, written in their order later, each once."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest
from lab.until import until

from telectl.api.log import log_queue
from telectl.api.log.log_queue import LogQueue, TableRow
from telectl.errors import DatabaseUnavailable, StatementFailed


def row(number: int) -> TableRow:
    words = {name: f"{name}{number}" for name in TableRow.__annotations__}
    return TableRow(**words)


class Table:
    def __init__(self) -> None:
        self.takes = False
        self.rows: list[TableRow] = []

    async def write(self, row: TableRow) -> None:
        await asyncio.sleep(0)
        if not self.takes:
            raise DatabaseUnavailable("gone")
        self.rows.append(row)


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, str]]:
    texts = [record.getMessage() for record in caplog.records if "api log row kept" in record.getMessage()]
    return [json.loads(text[text.index("{") :]) for text in texts]


async def test_a_row_is_told_at_once_and_written_when_the_table_answers(caplog: pytest.LogCaptureFixture) -> None:
    table = Table()
    queue = LogQueue(table.write, again_after=0.01)
    for number in range(3):
        queue.keep(row(number), DatabaseUnavailable("gone"))
    assert [line["source"] for line in told(caplog)] == ["source0", "source1", "source2"]
    assert set(told(caplog)[0]) == set(TableRow.__annotations__)
    await asyncio.sleep(0.05)
    assert queue.waiting == 3
    table.takes = True
    await until(lambda: queue.waiting == 0)
    assert table.rows == [row(0), row(1), row(2)]
    queue.keep(row(3))
    await until(lambda: queue.waiting == 0)
    assert table.rows[-1] == row(3)


async def test_what_waits_at_the_stop_is_tried_once_more_and_else_counted(caplog: pytest.LogCaptureFixture) -> None:
    table = Table()
    queue = LogQueue(table.write, again_after=60)
    queue.keep(row(0), DatabaseUnavailable("gone"))
    await queue.close()
    assert "1 rows of vicidial_api_log are in this log alone" in caplog.text
    table.takes = True
    await queue.close()
    assert table.rows == [row(0)]


async def test_memory_is_bounded_and_the_process_log_is_not(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_queue, "MOST", 2)
    queue = LogQueue(Table().write, again_after=60)
    for number in range(5):
        queue.keep(row(number), DatabaseUnavailable("gone"))
    assert queue.waiting == 2
    assert len(told(caplog)) == 5
    await queue.close()
    assert "5 rows of vicidial_api_log are in this log alone" in caplog.text


async def test_a_refused_row_is_an_error_and_an_absent_server_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    queue = LogQueue(Table().write, again_after=60)
    queue.keep(row(0), DatabaseUnavailable("gone"))
    queue.keep(row(1), StatementFailed("refused"))
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.ERROR]
    await queue.close()

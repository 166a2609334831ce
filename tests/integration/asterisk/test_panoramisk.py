"""What is unsafe in panoramisk 1.4, shown on panoramisk itself: the reason for our own connection.

When one of these fails, panoramisk has changed, and the table in telectl/asterisk/connection.py wants another look.
"""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest
from lab.until import until
from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from telectl.testing import FakeAsterisk


async def test_it_sends_an_unanswered_action_again_after_a_reconnect() -> None:
    async with FakeAsterisk() as fake:
        manager = Manager(
            host="127.0.0.1", port=fake.port, username="telectl", secret="telectl", loop=asyncio.get_running_loop()
        )
        manager.reconnect_timeout = 0
        with closing(manager):
            await manager.connect()
            await until(lambda: manager.authenticated)
            fake.answer("Redirect", lambda _: [])
            manager.send_action({"Action": "Redirect", "Channel": "PJSIP/a-1"})
            await until(lambda: len(fake.got("Redirect")) == 1)
            fake.drop()
            await until(lambda: len(fake.got("Redirect")) == 2)


async def test_successfully_queued_without_async_crashes_its_reader() -> None:
    action = Action({"Action": "PlayDTMF", "Channel": "PJSIP/a-1", "Digit": "5"})
    answer = Message({"Response": "Success", "Message": "DTMF successfully queued", "ActionID": action.id})
    with pytest.raises(KeyError):
        action.add_message(answer)
    action.future.cancel()


async def test_letters_vanish_where_a_chunk_ends() -> None:
    got: list[Message] = []

    class Factory:
        save_stream = None

        def dispatch(self, event: Message) -> None:
            got.append(event)

    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory, protocol.encoding = Factory(), "utf8"
    data = "Event: X\r\nName: é漢\r\n\r\n".encode()
    protocol.data_received(data[:17])
    protocol.data_received(data[17:])
    assert got[0]["Name"] != "é漢"


def test_a_failure_loses_its_words() -> None:
    message = Message.from_line("Response: Fail\r\nMessage: words of Asterisk")
    assert message is not None
    assert message.message == ""


async def test_a_line_break_in_a_value_is_sent_as_it_is() -> None:
    action = Action({"Action": "Originate", "CallerID": "x\r\nApplication: System"})
    assert "\r\nApplication: System\r\n" in str(action)
    action.future.cancel()

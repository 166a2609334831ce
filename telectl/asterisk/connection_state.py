"""What a link is doing: the states of one server's connection, from its start to its end for good."""

from __future__ import annotations

from enum import Enum


class ConnectionState(Enum):
    """The state of a link.

    | from | when | to |
    |---|---|---|
    | NOT_STARTED | `Link.start` | CONNECTING |
    | CONNECTING | the TCP (and TLS) connection is open | LOGGING_IN |
    | LOGGING_IN | login accepted; FullyBooted seen, or not within `Timeouts.booted` | LOADING |
    | LOADING | the lists of channels and rooms are read | USABLE |
    | CONNECTING, LOGGING_IN, LOADING | refused, no answer in time, or the connection ended | IN_TROUBLE |
    | USABLE | the connection ended, or a Ping was not answered | IN_TROUBLE |
    | IN_TROUBLE | the pause is over: `Timeouts.backoff_first` to `backoff_most`; `refused_login` | CONNECTING |
    | any | `Link.close` | CLOSED, for good |

    Commands are sent in USABLE only. `Link.trouble` says why it is not USABLE, and is empty then: the words of one
    IN_TROUBLE are kept until the next attempt has ended, well or badly.
    """

    NOT_STARTED = "not started"
    CONNECTING = "connecting"
    LOGGING_IN = "logging in"
    LOADING = "loading"
    USABLE = "usable"
    IN_TROUBLE = "in trouble"
    CLOSED = "closed"

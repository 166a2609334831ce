"""Every wait of the call commands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """How long what may take and how often what is looked at, in seconds.

    The waits for an answer of Asterisk's or the database's are in their own `Timeouts`.
    """

    request: float = 30.0
    """One request, all steps together; each has a shorter time of its own."""

    # ---- requests with a key
    request_poll: float = 0.1
    """From one look at an earlier request with the same key to the next."""
    request_abandoned: float = 60.0
    """After which a request that still runs has lost its copy of telectl: none runs as long."""
    purge_requests: float = 600.0
    """From one removal of old keys to the next."""

    # ---- one command at a time per agent
    lock_wait: float = 1.0
    """That a command waits for an earlier one of the same agent before it answers busy."""
    lock_poll: float = 0.02
    """From one look at another copy's lock to the next, with jitter."""
    lease: float = 5.0
    """That a copy which was killed in mid-command blocks the agent."""
    renew: float = 1.5
    """From one renewal of the lease to the next; one that fails leaves time for another."""
    repeated: float = 3.0
    """After a command was done, that an identical one is not done again."""

    # ---- the effect of an action
    confirm: float = 3.0
    """That an accepted action has to show its effect as an event."""
    place_poll: float = 0.02
    """From one question where a channel is to the next, where no event tells it."""
    stays_up: float = 0.3
    """That a customer must live on at the target before a transfer counts as done."""
    still_moving: float = 3.0
    """That an accepted action whose effect nobody saw may still be under way; then it is looked for."""
    link_poll: float = 0.2
    """From one look whether a lost link is back to the next."""
    give_up: float = 600.0
    """That a lost link may take to come back before an unknown outcome stays unknown."""

    # ---- rows that the database did not take
    first_try: float = 1.5
    """That an answer waits for the rows behind a command that was done; then they follow it."""
    owed_poll: float = 0.2
    """From one attempt to write them to the next, doubling to `owed_poll_most`."""
    owed_poll_most: float = 2.0

    # ---- calls that telectl makes
    ring_agent: float = 30.0
    """That an agent's phone rings."""
    ring_third: float = 30.0
    """That a third party's phone rings, unless the campaign says otherwise."""
    third_poll: float = 5.0
    """From one look for third parties' calls whose end was missed to the next."""
    purge_third: float = 3600.0
    """From one removal of old third parties' calls to the next."""

    # ---- digits
    tone: float = 0.1
    """That one digit sounds."""
    pace: float = 0.2
    """From one digit's start to the next one's; shorter gaps run digits together."""
    silence: float = 1.0
    """Of silence that `Q` asks for."""
    earlier_digits: float = 10.0
    """That a string waits for an earlier one of the same agent."""

    # ---- agents' screens, and the park IVR's flags
    screen_poll: float = 1.0
    """From one look at the agents' screens to the next."""
    screen_alive: float = 5.0
    """After its last sign in which a screen counts as alive."""
    screen_sign: float = 3.0
    """In which a living screen gives a sign."""
    screen_unknown: float = 0.1
    """From one question whether a screen lives to the next, while nobody can know yet."""
    ivr_poll: float = 0.5
    """From one look at the park IVR's flags to the next."""

    # ---- the end
    finish: float = 5.0
    """That work in the background has to end by itself when telectl stops."""
    last_rows: float = 1.0
    """In which what is known of third parties' calls is written when telectl stops."""

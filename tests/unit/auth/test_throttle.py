from telectl.auth.throttle import OnceIn, Throttle


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_address_that_used_up_its_guesses_waits_and_others_do_not() -> None:
    clock = Clock()
    throttle = Throttle(3, clock)
    for _ in range(3):
        assert not throttle.exhausted("10.0.0.1")
        throttle.failed("10.0.0.1")
    assert throttle.exhausted("10.0.0.1")
    assert not throttle.exhausted("10.0.0.2")


def test_guesses_come_back_evenly_over_fifteen_minutes() -> None:
    clock = Clock()
    throttle = Throttle(3, clock)
    for _ in range(3):
        throttle.failed("10.0.0.1")
    clock.now = 299
    assert throttle.exhausted("10.0.0.1")
    clock.now = 301
    assert not throttle.exhausted("10.0.0.1")


def test_no_limit_means_no_limit() -> None:
    throttle = Throttle(0)
    for _ in range(100):
        throttle.failed("10.0.0.1")
    assert not throttle.exhausted("10.0.0.1")


def test_memory_is_bounded() -> None:
    throttle = Throttle(3)
    for number in range(10_050):
        throttle.failed(str(number))
    assert len(vars(throttle)["_spent"]) == 10_000


def test_a_guess_is_taken_before_and_given_back_after() -> None:
    clock = Clock()
    throttle = Throttle(3, clock)
    assert [throttle.take_guess("a") for _ in range(4)] == [True, True, True, False]
    throttle.give_back("a")
    assert [throttle.take_guess("a") for _ in range(2)] == [True, False]
    assert throttle.wait("a") == 300
    clock.now = throttle.wait("a") - 1
    assert throttle.wait("a") == 1
    clock.now = 300
    assert throttle.wait("a") == 0
    assert throttle.take_guess("a")


def test_nothing_given_back_makes_more_guesses_than_there_are() -> None:
    throttle = Throttle(2)
    for _ in range(5):
        throttle.give_back("a")
    assert [throttle.take_guess("a") for _ in range(3)] == [True, True, False]


def test_something_is_said_once_in_a_quarter_of_an_hour() -> None:
    clock = Clock()
    once = OnceIn(900, clock)
    assert [once.first("a"), once.first("a"), once.first("b")] == [True, False, True]
    clock.now = 900
    assert [once.first("a"), once.first("a")] == [True, False]
    for number in range(10_050):
        once.first(number)
    assert len(vars(once)["_said"]) == 10_000

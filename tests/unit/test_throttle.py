from telectl.auth.throttle import Throttle


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

"""The project's containers, built and run under a name of their own, and removed at the end with all they kept."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from containers import OBSERVER, Compose
from parts import free_port


@pytest.fixture(scope="session")
def compose() -> Iterator[Compose]:
    project = f"telectl-test-{os.getpid()}"
    environment = {
        "TELECTL_PORT": str(free_port()),
        "TELECTL_PROXY_PORT": str(free_port()),
        "ASTERISK_OBSERVER_SECRET": OBSERVER.partition(":")[2],
    }
    compose = Compose(project, environment)
    try:
        compose.run("build", "--quiet", within=1500)
        yield compose
    finally:
        compose.run("down", "--volumes", "--rmi", "all", "--timeout", "5")

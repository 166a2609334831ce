"""`docker compose` as the tests use it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
OBSERVER = "observer:of-the-compose-tests"


@dataclass
class Compose:
    """`docker compose` for one project."""

    project: str
    environment: dict[str, str] = field(repr=False)

    def run(self, *words: str, within: float = 300) -> str:
        """Run it and give what it prints."""
        return self._docker("compose", "--project-name", self.project, "--profile", "two", *words, within=within)

    def up(self, *services: str) -> None:
        """Start services, all of the default ones without a name, and wait until each is healthy."""
        words = ["compose", "--project-name", self.project, *(("--profile", "two") if "proxy" in services else ())]
        try:
            self._docker(*words, "up", "--detach", "--wait", "--wait-timeout", "120", *services)
        except AssertionError as error:
            said = self._docker(*words, "logs", "--no-color", "--tail", "15")
            raise AssertionError(f"{error}\n{said}") from None

    def address(self, service: str) -> str:
        """Where a service's container is on its network, which this machine reaches."""
        networks = self.inspect(service)["NetworkSettings"]["Networks"]
        return str(next(iter(networks.values()))["IPAddress"])

    def inspect(self, service: str) -> dict[str, Any]:
        name = self.run("ps", "--all", "--quiet", service).strip()
        return dict(json.loads(self._docker("inspect", name))[0])

    def logs(self, service: str) -> str:
        return self.run("logs", "--no-color", "--no-log-prefix", service)

    def remove(self) -> None:
        """Remove containers, volumes, networks, and the images, which `down --rmi` leaves when no container is left."""
        self.run("down", "--volumes", "--timeout", "5")
        images = self.run("config", "--images").split()
        self._docker("image", "rm", "--force", *sorted(set(images)))

    def volumes(self) -> list[str]:
        label = f"label=com.docker.compose.project={self.project}"
        return self._docker("volume", "ls", "--quiet", "--filter", label).split()

    def history(self, service: str) -> str:
        """How its image was made."""
        return self._docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", self.inspect(service)["Image"])

    def page(self, port: str = "TELECTL_PORT") -> str:
        """telectl's page, as it is published."""
        return f"http://127.0.0.1:{self.environment[port]}/agc/api.php"

    def _docker(self, *words: str, within: float = 300) -> str:
        done = subprocess.run(
            ["docker", *words],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=within,
            check=False,
        )
        assert done.returncode == 0, f"docker {' '.join(words)}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        return done.stdout

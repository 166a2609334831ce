"""`make scenarios`: play all scenarios, or one by its name, and print each one's call ladder."""

from __future__ import annotations

import argparse
import asyncio
import difflib
import sys
import time

from rich.console import Console
from rich.markup import escape

from lab.fetch import PackagesError
from lab.ports import PortError
from lab.process import ProcessError
from lab.scenarios.ladder import WIDTH
from lab.scenarios.loading import ScenarioError, load
from lab.scenarios.model import Scenario
from lab.scenarios.playing import Outcome, play
from lab.scenarios.stage import Stage
from lab.until import NotInTimeError


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m lab.scenarios", description=__doc__)
    parser.add_argument("name", nargs="?", default="", help="a scenario's name, the start of one, or a file (park)")
    parser.add_argument("--list", action="store_true", help="only print the names")
    parser.add_argument("--telectl", default="", metavar="URL", help="a telectl that you start yourself")
    options = parser.parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    try:
        chosen = choose(load(), options.name)
        if options.list:
            for scenario in chosen:
                console.print(f"[dim]{scenario.file:<20}[/] {escape(scenario.name)}")
            return
        failed = asyncio.run(run(chosen, options.telectl, console))
    except (ScenarioError, ProcessError, PackagesError, PortError, NotInTimeError) as error:
        console.print(f"[red]make scenarios:[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(1 if failed else 0)


def choose(scenarios: list[Scenario], name: str) -> list[Scenario]:
    """Return the scenario of a name, those whose names begin so, or those of a file.

    Raises:
        ScenarioError: there is none.
    """
    for fits in (
        lambda one: one.name == name,
        lambda one: one.name.startswith(name),
        lambda one: one.file.removesuffix(".yaml") == name.removesuffix(".yaml"),
        lambda one: name in one.name,
    ):
        chosen = [one for one in scenarios if fits(one)]
        if chosen:
            return chosen
    near = difflib.get_close_matches(name, [one.name for one in scenarios], 1)
    raise ScenarioError(f"no scenario is called '{name}'" + (f"; perhaps '{near[0]}'?" if near else ""))


async def run(scenarios: list[Scenario], url: str, console: Console) -> list[Outcome]:
    """Play scenarios one after the other, print them, and give those that failed."""
    started = time.monotonic()
    outcomes = []
    async with Stage.start(url, say=lambda text: console.print(f"[dim]{escape(text)}[/]", soft_wrap=True)) as stage:
        for scenario in scenarios:
            outcome = await play(stage, scenario)
            outcomes.append(outcome)
            show(outcome, console)
    failed = [outcome for outcome in outcomes if outcome.failure]
    console.print(
        f"[bold]{len(outcomes) - len(failed)} of {len(outcomes)} scenarios are as written[/],"
        f" {time.monotonic() - started:.1f} s"
    )
    for outcome in failed:
        console.print(f"  [red]✘[/] {escape(str(outcome.scenario))}")
    return failed


def show(outcome: Outcome, console: Console) -> None:
    """Print one scenario: its name, its ladder, and what was not as written."""
    mark = "[red]✘[/]" if outcome.failure else "[green]✔[/]"
    scenario = outcome.scenario
    console.rule(
        f"{mark} [bold]{escape(scenario.name)}[/]  [dim]{scenario.file}, {outcome.seconds:.1f} s[/]", align="left"
    )
    console.print(outcome.ladder)
    if outcome.failure:
        console.print(f"\n[red]{escape(outcome.failure)}[/]", soft_wrap=True)
    console.print()


if __name__ == "__main__":
    main()

"""A small ordeal on each database; ``python -m tests.chaos`` runs a large one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.ordeal import STEPS, Ordeal, Plan
from tests.given_material import pose_bundle
from tests.postgres import postgres_binaries

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.parametrize(("database", "clips", "kills"), [("sqlite", 2, 1), ("postgresql", 4, 2)])
def test_nothing_is_lost(database: str, clips: int, kills: int, tmp_path: Path) -> None:
    pose_bundle(mask=True)
    postgres_binaries()
    plan = Plan(database=database, clips=clips, different=2, workers=2, kills=kills, restarts=1)
    figures = Ordeal(plan, tmp_path).run()
    assert figures.is_sound, figures.table()
    assert figures.kills > 0
    assert figures.restarts == 1
    assert figures.workers_started >= plan.workers + figures.kills
    assert figures.step_runs >= STEPS * clips

"""Whatever the camera sees, instructions do not flicker and nothing fleeting is told."""

from __future__ import annotations

from itertools import groupby, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from service.live.guide import BLIP_S, BLOCKING, CLEAR_S, LASTING_S, ORDER, SHOW_S, FramingGuide
from vision.exposure import Exposure
from vision.framing import CameraView, Framing, FramingIssue, Side

EPSILON_S = 1e-6

Moment = tuple[float, tuple[FramingIssue, ...], Exposure]

some_films = st.lists(
    st.tuples(
        st.floats(0.01, 0.4),
        st.lists(st.sampled_from(FramingIssue), max_size=3, unique=True).map(tuple),
        st.sampled_from(Exposure),
    ),
    max_size=60,
)


def told(film: list[Moment], *, in_set: bool = False) -> list[tuple[float, str | None]]:
    """What is told at every moment."""
    guide = FramingGuide()
    guide.in_set = in_set
    found, t_s = [], 0.0
    for after_s, issues, light in film:
        t_s += after_s
        framing = Framing(
            view=CameraView.UNKNOWN,
            yaw_deg=0.0,
            facing=Side.UNKNOWN,
            near_side=Side.UNKNOWN,
            issues=issues,
            countable=False,
            assessable=False,
        )
        found.append((t_s, guide.update(t_s, framing, light)))
    return found


unhurried = settings(deadline=None)


@unhurried
@given(some_films, st.booleans())
def test_no_instruction_flickers(film: list[Moment], in_set: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    starts = [next(run)[0] for _, run in groupby(told(film, in_set=in_set), key=lambda one: one[1])]
    assert all(after - before >= CLEAR_S - EPSILON_S for before, after in pairwise(starts[1:]))


@unhurried
@given(some_films, st.booleans())
def test_nothing_fleeting_is_told(film: list[Moment], in_set: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """What is told has stood in the way for as long, but for slips, and is still there or fresh."""
    found = told(film, in_set=in_set)
    for at, (t_s, key) in enumerate(found):
        if key is None or (at and found[at - 1][1] == key):
            continue
        seen = [
            time
            for (time, _), (_, issues, light) in zip(found, film, strict=True)
            if key in {*issues, light} and time <= t_s
        ]
        assert seen
        assert t_s - seen[-1] <= CLEAR_S
        lasted = next(
            (seen[k] for k in range(len(seen) - 1, 0, -1) if seen[k] - seen[k - 1] > CLEAR_S),
            seen[0],
        )
        assert seen[-1] - lasted >= (LASTING_S if in_set else SHOW_S) - EPSILON_S
        assert not in_set or key in BLOCKING


@unhurried
@given(st.lists(st.floats(0.01, BLIP_S), min_size=1, max_size=40), st.sampled_from(ORDER))
def test_what_lasts_is_told_in_time(steps: list[float], issue: FramingIssue | Exposure) -> None:
    light = issue if isinstance(issue, Exposure) else Exposure.GOOD
    issues = (issue,) if isinstance(issue, FramingIssue) else ()
    for t_s, key in told([(step, issues, light) for step in steps]):
        held_s = t_s - steps[0]
        if held_s >= SHOW_S + EPSILON_S:
            assert key == issue.value
        if held_s < SHOW_S - EPSILON_S:
            assert key is None


@unhurried
@given(some_films)
def test_all_well_for_a_second_clears_everything(film: list[Moment]) -> None:
    well: list[Moment] = [(0.1, (), Exposure.GOOD)] * 12
    assert told(film + well)[-1][1] is None

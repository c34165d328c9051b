"""Measure everything and write ``docs/accuracy.md``: ``make accuracy``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from tests.accuracy import (
    counting,
    frame_rates,
    landmark_shifts,
    lumbar_results,
    marker_trials,
    render_angles,
)
from tests.accuracy.error_statistics import Errors
from tests.accuracy.markdown import share, signed, table
from tests.accuracy.recorded_clips import assessment_of
from tests.accuracy.rep_times import time_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models.kinematics import Signal
    from tests.accuracy.counting import ClipCount

PAGE: Final = Path(__file__).parents[2] / "docs" / "accuracy.md"
COMMAND: Final = "make accuracy"

NAME_OF_SIGNAL: Final = {
    "apparent_hip_flexion_deg": "apparent hip flexion",
    "knee_flexion_deg": "knee flexion",
    "trunk_inclination_deg": "trunk inclination",
    "thigh_inclination_deg": "thigh inclination",
    "shank_inclination_deg": "shank inclination",
}

INTRODUCTION: Final = f"""\
# Accuracy

How true the numbers are, measured against what is known. This page is written by
`{COMMAND}`; `tests/accuracy` holds the code and asserts the targets. Pass
or fail of the program is another matter: that is the rest of `tests`.

The material lies outside this repository, because the licences of the real clips keep them out of
it: 20 real clips from public repositories, 16 renders of people whose angles are known, three
lifts of one person with skin markers. Landmarks are those of the full pose model, from the video
to the report by the same path that everybody uses, with the movement left to be recognised.
"""

COUNTING: Final = """\
## Repetitions and movements in real clips

*Textbook* is the counter of most tutorials on the same landmarks: one inner angle, two thresholds
(hip 120°/160°; knee 100°/160° for squats, lunges and rising from a seat). It knows no movement, no
view and no time. True counts were made by eye.
"""

ANGLES: Final = """\
## Joint angles of rendered people

Every frame of the renders that are turned by 15° or less. Both sides are changes from the own
standing. True apparent hip flexion is trunk inclination plus knee flexion minus ankle
dorsiflexion. *Bias* is measured minus true; *95 %* is the error that 95 % of the frames stay
within; *measured* is the share of frames with an answer; *within ±1.96 SE* is the share of those
whose truth lies inside the stated error, 95 % if the stated errors were right.
"""

BENT: Final = f"""\
### Bent frames only

Standing is easy and half of the frames, so here are those in which the true apparent hip flexion
is {render_angles.BENT_DEG:.0f}° or more. The growth of the standard errors with bending was
chosen after these renders were measured, so the last column tests it no longer.
"""

SHIFTS: Final = """\
### Where landmarks slip

How far the landmarks of the near side move away from the drawn joints between standing and the
bottom: forward / up, in percent of trunk length. Ten percent of trunk length at one end of a thigh
turns it by about 7°.
"""

DELAY: Final = """\
### Delay

Smoothing looks only backwards, so that a live camera and a file are treated alike; it costs a
delay, here the shift in time that leaves the smallest error. Part of it is the pose model's own.
"""

TIMES: Final = """\
### Times of repetitions

Found minus true. The true start is the first moment of movement, the found one that at which the
bend leaves the sway of standing, so a slow start is found late. The way down is the time that
tempo is judged by, taken from the middle of the movement; the true one runs from the first movement
to the deepest moment, and in renders that moment comes late in a nearly still bottom.
"""

MARKERS: Final = """\
## Joint angles of a real person, from skin markers

Three stoop lifts of one man with a 15 kg box (Millard, Sreenivasa & Mombaur 2017, Frontiers in
Robotics and AI 4:41). Marker positions take the place of landmarks; what follows is the program's
own code. Published are the angles of a planar model fitted to the same markers. The order of its
joints and their signs are those of the published model file (`vuaHuman2d.lua`), and the shank, for
which no joint centre has to be guessed, confirms them to half a degree. The hip centre is placed
from the pelvis markers (Harrington et al. 2007), the model's lies elsewhere: most of the difference
at thigh and trunk is that. Both sides are changes from the most upright frames of each lift.
"""

LUMBAR: Final = """\
## Lumbar flexion from the back's outline

The estimator was trained on people rendered by the project's own studio; how it fares on such
people whom it had not seen, by yaw, clothing, movement, prop and band of flexion, beside baselines
and ceilings, stands in [its model card](../models/lumbar/MODEL_CARD.md). Here are clips that had no
part in training: renders by another program, and real people. They were looked at while limits and
words were set ([what was chosen](lumbar.md)), so they are no untouched test.

### Renders

Largest true flexion of each repetition; told at its bottom, ± one standard error, with the word
that is said of it, or the reason why no number is told. *Held* is the share of told repetitions
whose truth lies within the 90 % interval.
"""

LUMBAR_CLIPS: Final = """\
### Real clips filmed from the side

Nobody measured these people, so there is no error here: what is told, clip by clip. What the clips
are named after was judged by eye by those who published them.
"""

RATES: Final = """\
## Frame rates

The landmarks and outlines of recorded samples, interpolated to other frame rates, assessed anew
and held against the sample's own rate. *Largest change* is that of any measurement of any
repetition, in its own standard errors.
"""

LIMITS: Final = """\
## What this does not show

- **Other people and places.** The real clips are few, of people who mostly train; several show the
  same person or place. So few leave a wide margin: had all {sets} side-view sets been exact, a true
  share of {limit:.0f} % would still be compatible with it (one-sided 95 % limit). They also served
  to find mistakes while the program was written, so they are no unseen test.
- **Angles of people on video.** Renders are not people: cloth does not hang or fold, light is
  simple, the spine bends evenly, movement is smooth. No clip here has both a video and measured
  angles of a person.
- **The pose model in the marker table.** It tests geometry, signs and the zero of standing, with
  one man and one movement, and the same markers on both sides.
- **Frame rates of cameras.** Landmarks were interpolated, not filmed: motion blur, exposure and the
  tracking of the pose model at other rates are left out.
- **Lumbar flexion of people in degrees.** No clip here has both a video and a measured lumbar
  angle; renders, and pairs of lifts told apart by eye, are what there is.
- **Scores and cues.** That a number is near the truth says nothing about whether practising helps.
- **Other cameras.** Views from the front or more than 40° from the side are refused, not measured.
"""


def main() -> int:
    """Write the page; return the exit status."""
    argparse.ArgumentParser(prog="tests.accuracy.publish", description=__doc__).parse_args()
    try:
        page = "\n".join(
            [
                INTRODUCTION,
                *_counting(),
                *_angles(),
                *_lumbar(),
                *_markers(),
                *_rates(),
                _limits(),
                "",
            ]
        )
    except pytest.skip.Exception as absent:
        sys.stderr.write(f"cannot measure: {absent.msg}\n")
        return 1
    PAGE.write_text(page, "utf-8")
    sys.stdout.write(f"wrote {PAGE}\n")
    return 0


def _limits() -> str:
    sets = len(counting.side_view_sets(counting.clip_counts()))
    return LIMITS.format(sets=sets, limit=100 * 0.05 ** (1 / sets)).rstrip()


def caption(n: str) -> str:
    """Say below a table what it rests on."""
    return (
        f"\n*n: {n}. {platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, ai-edge-litert {version('ai-edge-litert')}, numpy "
        f"{np.__version__}. Command: `{COMMAND}`.*\n"
    )


def _counting() -> list[str]:
    clips, renders = counting.clip_counts(), counting.render_counts()
    sets = counting.side_view_sets(clips)
    others = [one for one in clips if one.true_reps and one not in sets]
    still = [one for one in clips if not one.true_reps]
    return [
        COUNTING,
        "### Summary\n",
        _count_summary(sets, others, still, renders),
        caption(f"{len(clips)} clips and {len(renders)} renders, {_reps(clips + renders)} reps"),
        "### Filmed from the side: what the target speaks of\n",
        _count_table(sets),
        caption(f"{len(sets)} clips, {_reps(sets)} repetitions"),
        "### Other views, listed apart\n",
        _other_views(others),
        caption(f"{len(others)} clips, {_reps(others)} repetitions"),
        "### Nobody exercises\n",
        _count_table(still),
        caption(f"{len(still)} clip of walking, jumping down and crouching"),
        "### Renders\n",
        _count_table(renders),
        caption(f"{len(renders)} renders, {_reps(renders)} repetitions"),
    ]


def _reps(counts: Iterable[ClipCount]) -> int:
    return sum(one.true_reps for one in counts)


def _count_summary(
    sets: Sequence[ClipCount],
    others: Sequence[ClipCount],
    still: Sequence[ClipCount],
    renders: Sequence[ClipCount],
) -> str:
    groups = [
        ("real, side view", sets),
        ("real, other views", others),
        ("real, nobody exercises", still),
        ("renders", renders),
    ]
    return table(
        ["clips", "count exact", "textbook exact", "recognised", "taken for another movement"],
        [
            [
                name,
                share(sum(one.is_exact for one in group), len(group)),
                share(sum(one.textbook_best == one.true_reps for one in group), len(group)),
                share(sum(one.movement == one.true_movement for one in group), len(group)),
                sum(one.is_confused for one in group),
            ]
            for name, group in groups
        ],
    )


def _count_table(counts: Sequence[ClipCount]) -> str:
    return table(
        ["clip", "true", "counted", "textbook", "movement", "recognised", "turn °", "not counted"],
        [
            [
                f"`{one.name}`" + (f" ({one.caveat})" if one.caveat else ""),
                one.true_reps,
                one.reps,
                one.textbook_best,
                f"`{one.true_movement}`",
                f"`{one.movement}`",
                f"{one.yaw_deg:.0f}",
                f"`{one.told}`" if one.told else "",
            ]
            for one in counts
        ],
    )


def _other_views(counts: Sequence[ClipCount]) -> str:
    return table(
        ["clip", "view", "true", "counted", "textbook", "turn °", "why"],
        [
            [
                f"`{one.name}`",
                one.caveat,
                one.true_reps,
                one.reps,
                one.textbook_best,
                f"{one.yaw_deg:.0f}",
                counting.KNOWN_MISCOUNTS.get(one.name, ""),
            ]
            for one in counts
        ],
    )


def _angles() -> list[str]:
    names = render_angles.side_view_renders()
    pooled, bent = (
        {
            signal: Errors.pool([of(name, signal) for name in names])
            for signal in render_angles.JUDGED
        }
        for of in (render_angles.errors_of, render_angles.bent_errors_of)
    )
    frames = pooled[render_angles.HIP].frames
    bent_frames = bent[render_angles.HIP].frames
    return [
        ANGLES,
        f"### All frames together (target: mean error up to {render_angles.TARGET_DEG:.0f}°)\n",
        _error_table(pooled),
        caption(f"{len(names)} renders, {frames} frames"),
        BENT,
        _error_table(bent),
        caption(f"{len(names)} renders, {bent_frames} frames"),
        "### Clip by clip\n\nMean absolute error in degrees, share of frames measured.\n",
        _clip_table(names),
        caption(f"{len(names)} renders, {frames} frames"),
        _shortfalls(),
        SHIFTS,
        _shift_table(names),
        caption(f"{len(names)} renders"),
        DELAY,
        _delay_table(names),
        caption(f"{len(names)} renders"),
        "### Turn of the person\n",
        _yaw_table(),
        caption(f"{len(counting.render_names())} renders"),
        TIMES,
        _time_table(),
        caption(f"{len(time_errors()[0].difference_s)} repetitions"),
    ]


def _error_table(errors: dict[Signal, Errors]) -> str:
    headers = ["angle", "mean error °", "bias °", "95 % °", "measured", "within ±1.96 SE"]
    return table(
        headers,
        [
            [
                NAME_OF_SIGNAL[signal.value],
                f"{one.mean_absolute_deg:.1f}",
                signed(one.bias_deg),
                f"{one.percentile_95_deg:.1f}",
                f"{100 * one.coverage:.0f} %",
                f"{100 * one.calibration:.0f} %",
            ]
            for signal, one in errors.items()
        ],
    )


def _clip_table(names: Sequence[str]) -> str:
    rows = []
    for name in names:
        errors = [render_angles.errors_of(name, signal) for signal in render_angles.JUDGED]
        cells = [f"{one.mean_absolute_deg:.1f} ({100 * one.coverage:.0f} %)" for one in errors]
        rows.append([f"`{name}`", errors[0].frames, *cells])
    judged = [NAME_OF_SIGNAL[signal.value] for signal in render_angles.JUDGED]
    return table(["render", "frames", *judged], rows)


def _shortfalls() -> str:
    lines = [
        f"- `{name}`, {NAME_OF_SIGNAL[signal.value]}: {reason}."
        for (name, signal), reason in render_angles.KNOWN_SHORTFALLS.items()
    ]
    target = f"Above {render_angles.TARGET_DEG:.0f}°, and why (next table):\n"
    return "\n".join([target, *lines, ""])


def _shift_table(names: Sequence[str]) -> str:
    rows = []
    for name in names:
        found = landmark_shifts.shifts(name)
        cells = [f"{signed(ahead, 0)} / {signed(up, 0)}" for ahead, up in found.values()]
        rows.append([f"`{name}`", *cells])
    return table(["render", *landmark_shifts.JOINTS], rows)


def _delay_table(names: Sequence[str]) -> str:
    rows = []
    for signal in render_angles.JUDGED:
        delays = [render_angles.delay_s(name, signal) for name in names]
        least, most = min(delays), max(delays)
        rows.append(
            [
                NAME_OF_SIGNAL[signal.value],
                signed(float(np.median(delays)), 2),
                f"{signed(least, 2)} to {signed(most, 2)}",
            ]
        )
    return table(["angle", "median delay s", "least to most s"], rows)


def _yaw_table() -> str:
    rows = []
    for name in counting.render_names():
        true_deg = render_angles.truth_of(name).yaw_deg
        found_deg = assessment_of(f"renders/{name}.mp4").framing.yaw_deg
        rows.append(
            [f"`{name}`", f"{true_deg:.0f}", f"{found_deg:.0f}", signed(found_deg - true_deg)]
        )
    return table(["render", "true turn °", "estimated °", "difference °"], rows)


def _time_table() -> str:
    return table(
        ["moment", "reps", "median difference s", "5 % to 95 % s"],
        [
            [
                one.moment.removesuffix("_s").replace("_", " "),
                len(one.difference_s),
                signed(float(np.median(one.difference_s)), 2),
                " to ".join(
                    signed(float(edge), 2) for edge in np.percentile(one.difference_s, [5, 95])
                ),
            ]
            for one in time_errors()
        ],
    )


def _lumbar() -> list[str]:
    names = counting.render_names()
    side_on = lumbar_results.all_render_reps(render_angles.MAX_TRUE_YAW_DEG)
    told = lumbar_results.told(side_on)
    clips = lumbar_results.side_view_clips()
    error = np.mean([abs(rep.error_deg) for rep in told])
    summary = (
        f"\nTurned by up to {render_angles.MAX_TRUE_YAW_DEG:.0f}°: {len(told)} of {len(side_on)} "
        f"repetitions told, mean error {error:.1f}°, held {np.mean([r.holds for r in told]):.0%}.\n"
    )
    return [
        LUMBAR,
        table(["render", "true °", "told °"], [_render_row(name) for name in names]),
        summary,
        caption(f"{len(names)} renders, {len(told)} repetitions told within the limit of yaw"),
        LUMBAR_CLIPS,
        table(["clip", "told °, repetition by repetition"], [_clip_row(name) for name in clips]),
        caption(f"{len(clips)} clips"),
    ]


def _render_row(name: str) -> list[str]:
    reps = lumbar_results.render_reps(name)
    true = ", ".join(f"{rep.true_deg:.0f}" for rep in reps)
    return [f"`{name}`", true, ", ".join(rep.words for rep in reps)]


def _clip_row(name: str) -> list[str]:
    reps = lumbar_results.clip_reps(name)
    return [f"`{Path(name).stem}`", ", ".join(rep.words for rep in reps)]


def _markers() -> list[str]:
    pooled = {
        signal: Errors.pool(
            [marker_trials.errors_of(number, signal) for number in marker_trials.TRIALS]
        )
        for signal in marker_trials.JUDGED
    }
    frames = next(iter(pooled.values())).frames
    rows = [
        [
            NAME_OF_SIGNAL[signal.value],
            f"{signed(one.true_deg.min(), 0)} to {signed(one.true_deg.max(), 0)}",
            f"{one.mean_absolute_deg:.1f}",
            signed(one.bias_deg),
            f"{one.percentile_95_deg:.1f}",
        ]
        for signal, one in pooled.items()
    ]
    return [
        MARKERS,
        table(["angle", "range °", "mean difference °", "bias °", "95 % °"], rows),
        caption(f"1 person, {len(marker_trials.TRIALS)} lifts, {frames} frames"),
    ]


def _rates() -> list[str]:
    results = [
        frame_rates.rate_result(sample, rate_hz)
        for sample in frame_rates.SAMPLES
        for rate_hz in frame_rates.RATES_HZ
    ]
    rows = [
        [
            f"`{one.sample}`",
            one.rate_hz,
            one.reps,
            f"`{one.movement}`",
            f"{one.angle_change_se:.2f}",
            f"{one.other_change_se:.2f}",
        ]
        for one in results
    ]
    headers = ["sample", "Hz", "reps", "recognised", "largest change, angles", "others"]
    count = f"{len(frame_rates.SAMPLES)} samples at {len(frame_rates.RATES_HZ)} rates"
    return [RATES, table(headers, rows), caption(count)]


if __name__ == "__main__":
    sys.exit(main())

"""What an assessment costs per frame, stage by stage; prints figures and asserts none of them."""

from __future__ import annotations

import os
import platform
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from models.assessor import Assessor
from models.calibration import UprightFinder
from models.kinematics import Signal, measure, relate
from models.lumbar.estimator import default_estimator
from models.lumbar.features import BackViews, Description, describe, features
from models.reps import ExcursionTracker
from tests.outlined_backs import outlined
from tests.stick_figure import SQUAT, Script, film
from vision.framing import FramingObserver
from vision.smoothing import LandmarkConditioner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from models.kinematics import Raw, Upright
    from vision.pose import Pose

ROUNDS: Final = 7
POSES: Final = outlined(film(Script().bends(SQUAT, 5), noise_px=1.0))


def cost_ms(start: Callable[[], Callable[..., object]], calls: Iterable[tuple[object, ...]]) -> str:
    """Least and middle processor time of one call over several rounds, each from a fresh start."""
    arguments = list(calls)
    rounds = []
    for _ in range(ROUNDS):
        stage = start()
        began = time.process_time()
        for each in arguments:
            stage(*each)
        rounds.append(1000 * (time.process_time() - began) / len(arguments))
    return f"{min(rounds):8.3f} {sorted(rounds)[ROUNDS // 2]:8.3f}"


def measured(pose: Pose) -> Raw:
    return measure(
        np.array([pose.t_s]),
        pose.image_xy[None].astype(np.float64),
        pose.visibility[None].astype(np.float64),
        faces_right=True,
    )


def upright_of(raws: Iterable[Raw]) -> Upright | None:
    finder = UprightFinder()
    for raw in raws:
        finder.update(raw)
    return finder.settle()


def tracker() -> Callable[[float, float], object]:
    one = ExcursionTracker()
    return lambda t_s, bend_deg: one.update(t_s, bend_deg, upright_known=True)


def back_of(pose: Pose) -> Description:
    return describe(BackViews.of(pose, faces_right=True))


def asking() -> Callable[[Pose], object]:
    """An assessor that is asked for the lower back in every frame, as live coaching does."""
    one = Assessor()

    def update(pose: Pose) -> object:
        return one.update(pose), one.now()

    return update


def test_cost_of_an_assessment_per_frame() -> None:
    raws = [measured(pose) for pose in POSES]
    upright = upright_of(raws)
    bends = [float(relate(raw, upright).of(Signal.BEND)[0]) for raw in raws]
    poses = [(pose,) for pose in POSES]
    backs = [back_of(pose) for pose in POSES]
    standing, estimator = backs[0], default_estimator()
    told = [features(back, standing) for back in backs]
    whole = Assessor()
    for pose in POSES:
        whole.update(pose)
    stages: dict[str, tuple[Callable[[], Callable[..., object]], list[tuple[object, ...]]]] = {
        "framing": (lambda: FramingObserver().update, [*poses]),
        "conditioning of landmarks": (lambda: LandmarkConditioner().update, [*poses]),
        "measuring": (lambda: measured, [*poses]),
        "own upright": (lambda: UprightFinder().update, [(raw,) for raw in raws]),
        "relating to it": (lambda: lambda raw: relate(raw, upright), [(raw,) for raw in raws]),
        "counting": (tracker, [(p.t_s, bend) for p, bend in zip(POSES, bends, strict=True)]),
        "describing the back": (lambda: back_of, [*poses]),
        "features of the back": (lambda: lambda b: features(b, standing), [(b,) for b in backs]),
        "lumbar estimate": (lambda: estimator.predict, [(row,) for row in told]),
        "Assessor.update, all of it": (lambda: Assessor().update, [*poses]),
        "the same, and asked for now": (asking, [*poses]),
        "Assessor.report, whole set": (lambda: whole.report, [()]),
    }
    machine = f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}"
    print(f"\n{machine}, {os.cpu_count()} cores; {len(POSES)} frames of a figure that squats")
    print(f"{'ms of processor time per call':30}    least   middle")
    for name, (start, calls) in stages.items():
        print(f"{name:30} {cost_ms(start, calls)}")
    assert len(whole.report().reps) == 5

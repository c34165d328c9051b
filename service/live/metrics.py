"""What the live server counts and times, for Prometheus."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_BUCKETS_S: Final = (
    0.001, 0.002, 0.004, 0.008, 0.012, 0.016, 0.02, 0.025, 0.03, 0.035, 0.04, 0.05, 0.06, 0.07,
    0.085, 0.1, 0.12, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0,
)  # fmt: skip


class Step(StrEnum):
    """A part of the way of a picture."""

    DECODE = "decode"
    POSE = "pose"
    ASSESS = "assess"
    TOTAL = "total"
    """From its arrival to its answer, the wait for its turn included."""


class LiveMetrics:
    """All metrics of one server, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.assessed = Counter(
            "hingewise_frames_assessed", "Pictures that were assessed.", registry=self._registry
        )
        self.dropped = Counter(
            "hingewise_frames_dropped",
            "Pictures that a newer one replaced or that came too fast.",
            registry=self._registry,
        )
        self.refused_frames = Counter(
            "hingewise_frames_refused", "Pictures that could not be used.", registry=self._registry
        )
        self.refusals = Counter(
            "hingewise_refusals", "Refusals by code.", ["code"], registry=self._registry
        )
        self.sessions = Gauge(
            "hingewise_sessions", "Sessions that hold a station.", registry=self._registry
        )
        self.started = Counter(
            "hingewise_sessions_started",
            "Sessions that were begun, by mode.",
            ["mode"],
            registry=self._registry,
        )
        self.sets = Counter("hingewise_sets", "Sets that were summed up.", registry=self._registry)
        self.reps = Counter(
            "hingewise_reps", "Repetitions that were counted.", registry=self._registry
        )
        self.rungs = Gauge(
            "hingewise_rung_sessions",
            "Sessions by how closely they look at pictures.",
            ["model", "outline_every"],
            registry=self._registry,
        )
        self.steps = Histogram(
            "hingewise_frame_seconds",
            "Time that a picture takes, by step.",
            ["step"],
            buckets=_BUCKETS_S,
            registry=self._registry,
        )

    def time(self, step: Step, seconds: float) -> None:
        """Note how long a step took."""
        self.steps.labels(step=step.value).observe(seconds)

    def render(self) -> bytes:
        """Write all of them in the text format of Prometheus."""
        return generate_latest(self._registry)

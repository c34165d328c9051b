"""From a specification to a video, its truth and, if asked, its exact masks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sample_videos.studio import STUDIO_VERSION
from sample_videos.studio.actor import Actor
from sample_videos.studio.bodies import default_bank
from sample_videos.studio.camera import view_projection
from sample_videos.studio.finish import Finisher, VideoFile
from sample_videos.studio.motion import Choreography, duration_s
from sample_videos.studio.posing import solve_pose
from sample_videos.studio.props import Prop
from sample_videos.studio.renderer import PERSON_IDS, Renderer
from sample_videos.studio.room import build_room
from sample_videos.studio.spec import FAST
from sample_videos.studio.truth import (
    UNITS,
    MaskRecorder,
    Scene,
    TruthRecorder,
    as_plain,
    rep_records,
)
from vision.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sample_videos.studio.meshes import Mesh
    from sample_videos.studio.motion import Moment
    from sample_videos.studio.posing import Posed
    from sample_videos.studio.spec import ClipSpec, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFiles:
    """What was written for one clip.

    Attributes
    ----------
    video, truth
        The ``.mp4`` and the ``.json``.
    masks
        The ``.npz`` with exact masks, or None.
    frames
        Number of frames.
    """

    video: Path
    truth: Path
    masks: Path | None
    frames: int


class Performance:
    """A person going through a motion: poses, meshes and truth at any time.

    Parameters
    ----------
    spec
        The clip.
    fine
        Finer cloth.
    """

    def __init__(self, spec: ClipSpec, *, fine: bool = False) -> None:
        hands = "relaxed" if spec.prop.kind == "none" else "grip"
        self.spec = spec
        self.body = default_bank().body(spec.body, hands=hands)
        self.choreography = Choreography(self.body, spec.motion, spec.prop)
        self._actor = Actor(self.body, spec.look, fine=fine, seed=spec.seed)
        self._prop = Prop(spec.prop)
        self._floor_grips = self._grips_at_pick_up()

    def posed_at(self, t_s: float) -> tuple[Posed, Moment]:
        """Pose at a time in seconds, and what was asked for."""
        moment = self.choreography.at(t_s)
        return solve_pose(self.body, moment.target), moment

    def meshes(self, posed: Posed, moment: Moment) -> list[Mesh]:
        """Person and object."""
        return [*self._actor.meshes(posed), *self._prop.at(*self._hands(posed, moment))]

    def naked(self, posed: Posed) -> Mesh:
        """Body without clothes, hair or object."""
        return self._actor.naked(posed)

    def _hands(
        self, posed: Posed, moment: Moment
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if self.spec.motion.arms_standing == "back_bar":
            return posed.back_bar, posed.back_bar
        if self._floor_grips is not None and not moment.holding:
            return self._floor_grips
        return posed.grips["L"], posed.grips["R"]

    def _grips_at_pick_up(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        if not self.choreography.picks_up:
            return None
        posed, _ = self.posed_at(self.choreography.spans[0].bottom_s)
        return posed.grips["L"], posed.grips["R"]


def frame_times_s(spec: ClipSpec) -> NDArray[np.float64]:
    """Time of every frame of a clip, seconds."""
    return np.arange(round(duration_s(spec.motion) * spec.fps)) / spec.fps


def truth_of(spec: ClipSpec, profile: Profile = FAST) -> dict[str, Any]:
    """Work out the truth of a clip without drawing it.

    Parameters
    ----------
    spec
        The clip.
    profile
        Gives the picture size, hence the pixels.

    Returns
    -------
    dict
        What :func:`render_clip` writes as JSON.
    """
    performance = Performance(spec)
    recorder = _recorder(performance, profile)
    for t_s in frame_times_s(spec):
        posed, moment = performance.posed_at(float(t_s))
        recorder.record(posed, moment, float(t_s))
    return _truth(performance, profile, recorder)


def render_clip(
    spec: ClipSpec,
    folder: Path,
    *,
    profile: Profile = FAST,
    masks: bool = False,
    renderer: Renderer | None = None,
    on_frame: Callable[[int, int], None] | None = None,
) -> ClipFiles:
    """Render a clip and write its truth beside it.

    Parameters
    ----------
    spec
        The clip.
    folder
        Where to write ``NAME.mp4``, ``NAME.json`` and ``NAME.masks.npz``.
    profile
        How much care a picture gets.
    masks
        Whether to write exact masks of every frame.
    renderer
        One made for this profile, to be used again; None makes one for this clip.
    on_frame
        Called with (frames done, frames in all).

    Returns
    -------
    ClipFiles
        What was written.

    Raises
    ------
    OutputError, RenderError
        When the folder cannot be written; when there is no OpenGL.
    """
    folder = _writable(folder)
    drawing = renderer or make_renderer(profile)
    performance = Performance(spec, fine=profile.fine)
    recorder = _recorder(performance, profile)
    mask_recorder = MaskRecorder() if masks else None
    drawing.set_stage(*build_room(spec.room, spec.camera.facing), spec.light, spec.camera)
    files = _files(spec, folder, masks=masks)
    with VideoFile(
        files.video, profile.size_px, fps=spec.fps, crf=spec.finish.crf, preset=profile.preset
    ) as video:
        for number, picture in enumerate(
            _pictures(performance, drawing, profile, (recorder, mask_recorder))
        ):
            video.write(picture)
            if on_frame is not None:
                on_frame(number + 1, files.frames)
    truth = _truth(performance, profile, recorder)
    files.truth.write_text(json.dumps(truth, separators=(",", ":")) + "\n")
    if files.masks is not None and mask_recorder is not None:
        mask_recorder.write(files.masks)
    if renderer is None:
        drawing.close()
    return files


def _files(spec: ClipSpec, folder: Path, *, masks: bool) -> ClipFiles:
    """Name the files of a clip."""
    return ClipFiles(
        video=folder / f"{spec.name}.mp4",
        truth=folder / f"{spec.name}.json",
        masks=folder / f"{spec.name}.masks.npz" if masks else None,
        frames=len(frame_times_s(spec)),
    )


def _pictures(
    performance: Performance,
    drawing: Renderer,
    profile: Profile,
    recorders: tuple[TruthRecorder, MaskRecorder | None],
) -> Iterator[NDArray[np.uint8]]:
    """Draw every frame of a clip, recording its truth and masks on the way."""
    truth, masks = recorders
    spec = performance.spec
    finisher = Finisher(spec.finish, profile.size_px, spec.seed)
    for t_s in frame_times_s(spec).tolist():
        posed, moment = performance.posed_at(t_s)
        truth.record(posed, moment, t_s)
        meshes = performance.meshes(posed, moment)
        if profile.exposures > 1:
            yield finisher.apply(_exposed(performance, drawing, profile, t_s))
        else:
            yield finisher.apply(drawing.picture(meshes))
        if masks is not None:
            masks.record(*exact_masks(drawing, meshes, performance.naked(posed)))


def make_renderer(profile: Profile) -> Renderer:
    """Make a renderer for a profile; it is good for any number of clips."""
    return Renderer(
        profile.size_px,
        samples=profile.samples,
        supersample=profile.supersample,
        shadow_px=profile.shadow_px,
    )


def exact_masks(
    drawing: Renderer, meshes: Sequence[Mesh], naked: Mesh
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Draw the dressed person as far as the object lets see them, and the whole naked body."""
    first, last = PERSON_IDS
    parts = drawing.part_map(meshes)
    return (parts >= first) & (parts <= last), drawing.part_map([naked]) > 0


def _exposed(
    performance: Performance, drawing: Renderer, profile: Profile, t_s: float
) -> NDArray[np.uint8]:
    """One frame: the mean of several pictures while the shutter is open."""
    open_s = profile.shutter / performance.spec.fps
    offsets = (np.arange(profile.exposures) + 0.5) / profile.exposures - 0.5
    pictures = [
        drawing.picture(performance.meshes(*performance.posed_at(max(t_s + o * open_s, 0.0))))
        for o in offsets.tolist()
    ]
    mean: NDArray[np.uint8] = np.mean(pictures, axis=0).round().astype(np.uint8)
    return mean


def _recorder(performance: Performance, profile: Profile) -> TruthRecorder:
    matrix = view_projection(performance.spec.camera, profile.size_px)
    return TruthRecorder(performance.body, Scene(matrix=matrix, size_px=profile.size_px))


def _truth(performance: Performance, profile: Profile, recorder: TruthRecorder) -> dict[str, Any]:
    spec, body = performance.spec, performance.body
    return {
        "studio_version": STUDIO_VERSION,
        "name": spec.name,
        "seed": spec.seed,
        "movement": spec.motion.movement,
        "prop": spec.prop.kind,
        "top": spec.look.outfit.top,
        "taped": spec.look.taped,
        "fps": spec.fps,
        "size": list(profile.size_px),
        "yaw_deg": round(spec.camera.yaw_deg, 3),
        "facing": spec.camera.facing,
        "n_reps": len(spec.motion.reps),
        "reps": rep_records(performance.choreography),
        "camera": as_plain(spec.camera),
        "body": {
            "stature_m": round(body.stature_m, 3),
            "female": body.is_female,
            **as_plain(spec.body),
        },
        "units": UNITS,
        "spec": as_plain(spec),
        "frames": recorder.frames,
    }


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"expected a folder that can be written at {folder}, got {error}"
        raise OutputError(message) from error
    return folder

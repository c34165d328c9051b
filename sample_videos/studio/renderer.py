"""Draw meshes with OpenGL, without a screen (EGL; Mesa's llvmpipe on a machine with no GPU).

The room does not move, so it is drawn once per clip and kept: a frame starts from a copy of it
(colour and depth) and draws the person over it. With shadows, the part of the picture that the
person and their shadow on the floor can reach is drawn anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import cv2
import moderngl
import numpy as np

from sample_videos.studio.camera import eye, look_at, orthographic, project, view_projection
from sample_videos.studio.rotations import unit
from vision.errors import HingewiseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from sample_videos.studio.camera import CameraSpec
    from sample_videos.studio.meshes import Mesh

SHADOW_HALF_SIZE_M, SHADOW_DEPTH_M = 1.9, 12.0
SHADOW_MARGIN_PX = 12
OVERHEAD = 0.95
PART_IDS = {
    "skin": 1,
    "eyes": 1,
    "hair": 2,
    "top": 3,
    "bottom": 4,
    "shoes": 5,
    "tape": 6,
    "prop": 10,
    "room": 0,
}
"""Number of each part in a part map; 1 to 6 are the person."""

PERSON_IDS = (1, 6)


class RenderError(HingewiseError):
    """No OpenGL context could be made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """One key light, one fill light and the light of the room.

    Attributes
    ----------
    key_from, fill_from
        Directions the lights come from; x towards the camera's side of the person.
    key, fill, sky, ground
        Linear RGB of the lights; ``sky`` and ``ground`` fall from above and below.
    """

    key_from: tuple[float, float, float] = (0.7, -0.4, 1.2)
    fill_from: tuple[float, float, float] = (0.6, 0.9, 0.4)
    key: tuple[float, float, float] = (0.95, 0.90, 0.82)
    fill: tuple[float, float, float] = (0.12, 0.13, 0.15)
    sky: tuple[float, float, float] = (0.46, 0.48, 0.52)
    ground: tuple[float, float, float] = (0.22, 0.20, 0.18)


BACKEND: Final[dict[str, Any]] = {"backend": "egl"}
"""What moderngl makes its context with: no window, no display."""


class Renderer:
    """An off-screen picture of fixed size.

    Parameters
    ----------
    size_px
        Width and height.
    samples
        Samples per pixel for smooth edges; 1 for none.
    supersample
        Draw this much larger and reduce: smooth edges at less cost than samples have without a
        graphics card.
    shadow_px
        Side of the shadow map; 0 draws no shadows.

    Raises
    ------
    RenderError
        When EGL gives no context.
    """

    def __init__(
        self,
        size_px: tuple[int, int],
        *,
        samples: int = 4,
        supersample: float = 1.0,
        shadow_px: int = 2048,
    ) -> None:
        try:
            self._gl: Any = moderngl.create_context(standalone=True, **BACKEND)
        except Exception as error:
            message = (
                f"expected an OpenGL context through EGL, got {error!r}; on Debian install "
                "libegl1 and libgl1-mesa-dri"
            )
            raise RenderError(message) from error
        self.size_px = size_px
        width, height = size_px
        self._drawn_px = (round(width * supersample), round(height * supersample))
        self._shadow_px = shadow_px
        self._program = self._gl.program(_shader("surface.vert"), _shader("surface.frag"))
        self._flat = self._gl.program(_shader("flat.vert"), _shader("flat.frag"))
        self._picture = self._framebuffer(samples)
        self._backdrop = self._framebuffer(samples)
        self._resolved = self._gl.framebuffer([self._gl.renderbuffer(self._drawn_px, 4)])
        self._parts = self._gl.framebuffer(
            [self._gl.renderbuffer(size_px, 4)], self._gl.depth_renderbuffer(size_px)
        )
        side = (max(shadow_px, 1),) * 2
        self._shadow_map = self._gl.depth_texture(side)
        self._shadow_map.compare_func = ""
        self._shadow = self._gl.framebuffer(depth_attachment=self._shadow_map)
        self._blank = self._gl.texture((1, 1), 3, bytes([255, 255, 255]))
        self._textures: dict[str, Any] = {}
        self._uploads: dict[int, _Upload] = {}
        self._room: tuple[Mesh, ...] = ()
        self._gl.enable(moderngl.DEPTH_TEST)
        self.matrix = np.eye(4)

    def set_stage(
        self,
        room: Sequence[Mesh],
        textures: Mapping[str, NDArray[np.uint8]],
        light: Light,
        camera: CameraSpec,
    ) -> None:
        """Change room, light and camera; forgets the meshes of the clip before."""
        self._forget()
        for name, image in textures.items():
            texture = self._gl.texture(image.shape[1::-1], 3, np.ascontiguousarray(image).data)
            texture.build_mipmaps()
            texture.anisotropy = 8.0
            self._textures[name] = texture
        self.matrix = view_projection(camera, self.size_px)
        self._set_light(light, camera)
        self._room = tuple(room)
        self._cast_shadows(())
        self._backdrop.use()
        self._backdrop.clear(0.5, 0.5, 0.5, 1.0, depth=1.0)
        self._draw(self._room)

    def picture(self, meshes: Iterable[Mesh]) -> NDArray[np.uint8]:
        """Draw the room and the given meshes: (height, width, 3) RGB."""
        moving = tuple(meshes)
        self._cast_shadows(moving)
        self._gl.copy_framebuffer(self._picture, self._backdrop)
        self._picture.use()
        if self._shadow_px and moving:
            self._redraw_room(self._reached(moving))
        self._draw(moving)
        self._gl.copy_framebuffer(self._resolved, self._picture)
        image = self._read(self._resolved, 3)
        if self._drawn_px == self.size_px:
            return image
        return cv2.resize(image, self.size_px, interpolation=cv2.INTER_AREA).astype(np.uint8)

    def part_map(self, meshes: Iterable[Mesh]) -> NDArray[np.uint8]:
        """Which part is seen at each pixel: (height, width), numbers from ``PART_IDS``."""
        self._parts.use()
        self._parts.clear(0.0, 0.0, 0.0, 1.0, depth=1.0)
        self._write(self._flat, "view_projection", self.matrix)
        for mesh in meshes:
            _set(self._flat, "part", PART_IDS[mesh.part] / 255.0)
            self._upload(mesh).flat.render()
        return self._read(self._parts, 1)[:, :, 0]

    def close(self) -> None:
        """Give the graphics memory back."""
        self._forget()
        self._gl.release()

    def _framebuffer(self, samples: int) -> Any:  # noqa: ANN401  (moderngl has no types)
        count = samples if samples > 1 else 0
        return self._gl.framebuffer(
            [self._gl.renderbuffer(self._drawn_px, 4, samples=count)],
            self._gl.depth_renderbuffer(self._drawn_px, samples=count),
        )

    def _forget(self) -> None:
        for upload in self._uploads.values():
            upload.release()
        for texture in self._textures.values():
            texture.release()
        self._uploads, self._textures = {}, {}

    def _set_light(self, light: Light, camera: CameraSpec) -> None:
        side = np.array([np.sign(eye(camera)[0]), 1.0, 1.0])
        toward = unit(side * light.key_from)
        centre = np.array([0.0, 0.0, 0.8])
        overhead = abs(toward[2]) > OVERHEAD
        view = look_at(
            centre + 6.0 * toward, centre, up=(0.0, 1.0, 0.0) if overhead else (0.0, 0.0, 1.0)
        )
        self._shadow_matrix = orthographic(SHADOW_HALF_SIZE_M, SHADOW_DEPTH_M) @ view
        self._toward_key = toward
        program = self._program
        self._write(program, "view_projection", self.matrix)
        self._write(program, "shadow_projection", self._shadow_matrix)
        _set(program, "eye", tuple(eye(camera)))
        _set(program, "key_from", tuple(toward))
        _set(program, "fill_from", tuple(unit(side * light.fill_from)))
        for name in ("key", "fill", "sky", "ground"):
            _set(program, name, getattr(light, name))
        _set(program, "shadows", bool(self._shadow_px))
        _set(program, "shadow_map", 0)
        _set(program, "surface", 1)

    def _redraw_room(self, area: tuple[int, int, int, int]) -> None:
        """Draw the room, with the shadows of this moment, in one rectangle of the picture."""
        self._picture.clear(0.5, 0.5, 0.5, 1.0, depth=1.0, viewport=area)
        self._picture.scissor = area
        self._draw(self._room)
        self._picture.scissor = None

    def _reached(self, meshes: Iterable[Mesh]) -> tuple[int, int, int, int]:
        """Rectangle (left, bottom, width, height) of things and their shadows on the floor."""
        points = np.vstack([mesh.vertices[::5] for mesh in meshes])
        fallen = points - self._toward_key * (points[:, 2:] / self._toward_key[2])
        pixels = project(self.matrix, np.vstack([points, fallen]), self._drawn_px)
        width, height = self._drawn_px
        low = np.clip(np.floor(pixels.min(axis=0)) - SHADOW_MARGIN_PX, 0, (width, height))
        high = np.clip(np.ceil(pixels.max(axis=0)) + SHADOW_MARGIN_PX, 0, (width, height))
        left, top, right, bottom = (int(v) for v in (*low, *high))
        return left, height - bottom, right - left, bottom - top

    def _cast_shadows(self, meshes: Iterable[Mesh]) -> None:
        if not self._shadow_px:
            return
        self._shadow.use()
        self._shadow.clear(depth=1.0)
        self._write(self._flat, "view_projection", self._shadow_matrix)
        for mesh in (*self._room, *meshes):
            if not mesh.material.texture:
                self._upload(mesh).flat.render()

    def _draw(self, meshes: Iterable[Mesh]) -> None:
        self._shadow_map.use(0)
        program = self._program
        for mesh in meshes:
            material = mesh.material
            self._textures.get(material.texture, self._blank).use(1)
            _set(program, "textured", bool(material.texture))
            _set(program, "texture_scale", 1.0 / material.texture_size_m)
            for name in ("specular", "gloss", "soft", "grain_m", "emission"):
                _set(program, name, getattr(material, name))
            self._upload(mesh).shaded.render()

    def _upload(self, mesh: Mesh) -> _Upload:
        """Buffers of a mesh; meshes with the same array of triangles share them and colours."""
        key = id(mesh.triangles)
        if key not in self._uploads:
            self._uploads[key] = _Upload(self._gl, mesh, self._program, self._flat)
        upload = self._uploads[key]
        upload.move(mesh)
        return upload

    def _read(self, framebuffer: Any, components: int) -> NDArray[np.uint8]:  # noqa: ANN401
        width, height = framebuffer.size
        raw = framebuffer.read(components=components, alignment=1)
        image = np.frombuffer(raw, np.uint8).reshape(height, width, components)
        return np.ascontiguousarray(image[::-1])

    @staticmethod
    def _write(program: Any, name: str, matrix: NDArray[np.float64]) -> None:  # noqa: ANN401
        program[name].write(np.ascontiguousarray(matrix.T, dtype=np.float32).data)


def _set(program: Any, name: str, value: object) -> None:  # noqa: ANN401 - any kind of member
    program[name].value = value


class _Upload:
    """A mesh in graphics memory."""

    def __init__(self, gl: Any, mesh: Mesh, program: Any, flat: Any) -> None:  # noqa: ANN401
        count = len(mesh.vertices)
        self.triangles = mesh.triangles
        self._mesh: Mesh | None = None
        self._moving = gl.buffer(reserve=count * 24, dynamic=True)
        colours = np.ascontiguousarray(mesh.colours, dtype=np.float32)
        self._colours = gl.buffer(colours.data)
        self._index = gl.buffer(np.ascontiguousarray(mesh.triangles, dtype=np.uint32).data)
        self._scratch = np.empty((count, 6), np.float32)
        self.shaded = gl.vertex_array(
            program,
            [(self._moving, "3f 3f", "place", "normal"), (self._colours, "3f", "colour")],
            self._index,
        )
        self.flat = gl.vertex_array(flat, [(self._moving, "3f 12x", "place")], self._index)

    def move(self, mesh: Mesh) -> None:
        """Send new places and normals, unless this very mesh was sent last."""
        if mesh is self._mesh:
            return
        self._scratch[:, :3] = mesh.vertices
        self._scratch[:, 3:] = mesh.normals
        self._moving.write(self._scratch.data)
        self._mesh = mesh

    def release(self) -> None:
        for item in (self.shaded, self.flat, self._moving, self._colours, self._index):
            item.release()


def _shader(name: str) -> str:
    return resources.files("sample_videos.studio").joinpath("shaders", name).read_text()

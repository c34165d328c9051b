"""Puts the pose networks into the form that MediaPipe Tasks accepts.

Tasks wants metadata in each network that says how pixels are scaled, and five outputs from the
landmark network. It runs that network's mask branch whether masks are asked for or not, so a
bundle that needs no mask has the branch removed: its output slot points to the 1×1 presence flag,
and the landmarks stay the same bits.

With :mod:`vision.estimators.mediapipe_tasks` the only file that imports mediapipe; here it gives
the schemas of the tflite format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import flatbuffers  # type: ignore[import-untyped]  # ships no types
import numpy as np
from mediapipe.tasks.metadata import (  # type: ignore[import-untyped]  # as above
    metadata_schema_py_generated as metadata_schema,
)
from mediapipe.tasks.metadata import (
    schema_py_generated as tflite_schema,
)

from vision.errors import AssetError

if TYPE_CHECKING:
    from vision.asset_packages import PoseModelFiles

_TFLITE_MAGIC: Final = b"TFL3"
_METADATA_MAGIC: Final = b"M001"
_METADATA_NAME: Final = "TFLITE_METADATA"
_NO_TENSOR: Final = -1
"""Number that stands for an optional input left out."""

_MASK_SHAPE: Final = (1, 256, 256, 1)
_FLAG_SHAPE: Final = (1, 1)

_DETECTOR_SCALE: Final = (127.5, 127.5)
"""Mean and divisor that bring pixels to -1..1, as the detector was trained."""

_LANDMARK_SCALE: Final = (0.0, 255.0)
"""Mean and divisor that bring pixels to 0..1, as the landmark model was trained."""


def bundle_members(files: PoseModelFiles, *, mask: bool) -> dict[str, bytes]:
    """Make the contents of a bundle: file names and networks.

    Parameters
    ----------
    files
        The networks as published.
    mask
        Whether to keep the mask branch of the landmark network.

    Raises
    ------
    AssetError
        When a network is not of the expected form.
    """
    landmarks = _parse(files.landmarks)
    if not mask:
        _remove_mask_branch(landmarks)
    _add_pixel_scale(landmarks, *_LANDMARK_SCALE)
    return {
        "pose_detector.tflite": _detector_with_scale(files.detector),
        "pose_landmarks_detector.tflite": _serialise(landmarks),
    }


def _detector_with_scale(content: bytes) -> bytes:
    network = _parse(content)
    if any(_text(entry.name) == _METADATA_NAME for entry in network.metadata or ()):
        return content
    _add_pixel_scale(network, *_DETECTOR_SCALE)
    return _serialise(network)


def _parse(content: bytes) -> Any:  # noqa: ANN401 - the schema's classes carry no types
    if content[4:8] != _TFLITE_MAGIC:
        msg = (
            f"expected a tflite network, got {len(content)} bytes starting with {content[:8]!r}: "
            "fetch the pose model again"
        )
        raise AssetError(msg)
    return tflite_schema.ModelT.InitFromObj(tflite_schema.Model.GetRootAsModel(content, 0))


def _serialise(network: Any) -> bytes:  # noqa: ANN401 - as above
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(network.Pack(builder), _TFLITE_MAGIC)
    return bytes(builder.Output())


def _remove_mask_branch(network: Any) -> None:  # noqa: ANN401 - as above
    """Point the mask's output slot to the presence flag and drop what then serves no output."""
    graph = network.subgraphs[0]
    outputs = [int(tensor) for tensor in graph.outputs]
    mask = _output_of_shape(graph, _MASK_SHAPE)
    flag = _output_of_shape(graph, _FLAG_SHAPE)
    outputs[outputs.index(mask)] = flag
    graph.outputs = outputs
    graph.operators = _operators_behind(graph, outputs)
    network.signatureDefs = None
    _drop_unused_weights(network)


def _output_of_shape(graph: Any, shape: tuple[int, ...]) -> int:  # noqa: ANN401 - as above
    found = [int(tensor) for tensor in graph.outputs if tuple(graph.tensors[tensor].shape) == shape]
    if len(found) != 1:
        msg = (
            f"expected a landmark network with one output of shape {shape}, found {len(found)}: "
            "fetch the pose model again"
        )
        raise AssetError(msg)
    return found[0]


def _operators_behind(graph: Any, outputs: list[int]) -> list[Any]:  # noqa: ANN401 - as above
    """List the operators that outputs depend on, in their order of execution."""
    needed = set(outputs)
    kept = []
    for operator in reversed(graph.operators):
        if needed.intersection(int(tensor) for tensor in operator.outputs):
            needed.update(int(tensor) for tensor in operator.inputs)
            kept.append(operator)
    return kept[::-1]


def _drop_unused_weights(network: Any) -> None:  # noqa: ANN401 - as above
    graph = network.subgraphs[0]
    used = {int(tensor) for tensor in (*graph.inputs, *graph.outputs)}
    for operator in graph.operators:
        used.update(int(tensor) for tensor in (*operator.inputs, *operator.outputs))
    buffers = {graph.tensors[tensor].buffer for tensor in used if tensor != _NO_TENSOR}
    buffers.update(entry.buffer for entry in network.metadata or ())
    for number, buffer in enumerate(network.buffers):
        if number not in buffers:
            buffer.data = None


def _add_pixel_scale(network: Any, mean: float, divisor: float) -> None:  # noqa: ANN401 - as above
    """Append the metadata that tells Tasks to feed ``(pixel - mean) / divisor``."""
    buffer = tflite_schema.BufferT()
    buffer.data = np.frombuffer(_metadata(network, mean, divisor), np.uint8)
    network.buffers.append(buffer)
    entry = tflite_schema.MetadataT()
    entry.name = _METADATA_NAME
    entry.buffer = len(network.buffers) - 1
    network.metadata = [*(network.metadata or ()), entry]


def _metadata(network: Any, mean: float, divisor: float) -> bytes:  # noqa: ANN401 - as above
    graph = network.subgraphs[0]
    outputs = []
    for tensor in graph.outputs:
        output = metadata_schema.TensorMetadataT()
        output.name = _text(graph.tensors[tensor].name)
        outputs.append(output)
    subgraph = metadata_schema.SubGraphMetadataT()
    subgraph.inputTensorMetadata = [_image_input(mean, divisor)]
    subgraph.outputTensorMetadata = outputs
    metadata = metadata_schema.ModelMetadataT()
    metadata.name = "pose"
    metadata.subgraphMetadata = [subgraph]
    builder = flatbuffers.Builder(1 << 10)
    builder.Finish(metadata.Pack(builder), _METADATA_MAGIC)
    return bytes(builder.Output())


def _image_input(mean: float, divisor: float) -> Any:  # noqa: ANN401 - as above
    scale = metadata_schema.NormalizationOptionsT()
    scale.mean = [mean]
    scale.std = [divisor]
    step = metadata_schema.ProcessUnitT()
    step.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    step.options = scale
    image = metadata_schema.ImagePropertiesT()
    image.colorSpace = metadata_schema.ColorSpaceType.RGB
    content = metadata_schema.ContentT()
    content.contentPropertiesType = metadata_schema.ContentProperties.ImageProperties
    content.contentProperties = image
    bounds = metadata_schema.StatsT()
    bounds.max = [(255.0 - mean) / divisor]
    bounds.min = [-mean / divisor]
    tensor = metadata_schema.TensorMetadataT()
    tensor.name = "image"
    tensor.content = content
    tensor.processUnits = [step]
    tensor.stats = bounds
    return tensor


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else name

"""Models in ONNX, run by onnxruntime on the processor alone, with one thread: a worker shares its cores with others."""

from collections.abc import Mapping
from typing import Any

import numpy
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state

from minixdr.ports.models import BadModelError, Kind, Tensor

_FAILURES = (
    state.EPFail, state.EngineError, state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.ModelLoadCanceled,
    state.ModelRequiresCompilation, state.NoModel, state.NoSuchFile, state.NotFound, state.NotImplemented, state.RuntimeException,
    RuntimeError, ValueError, TypeError,
)  # fmt: skip
"""What onnxruntime raises; they have no ancestor of their own."""
_KINDS: Mapping[str, Kind] = {"float32": "float32", "float64": "float64", "int64": "int64"}
_ERRORS_ONLY = 3
_LONGEST_REASON = 300


class OnnxRuntime:
    """Implements ports.models.Runtime."""

    def load(self, content: bytes) -> "OnnxModel":
        """Return the model."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _ERRORS_ONLY
        try:
            return OnnxModel(onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"]))
        except _FAILURES as error:
            raise BadModelError(f"onnxruntime {onnxruntime.__version__} cannot load it: {_reason(error)}") from error


class OnnxModel:
    """Implements ports.models.Model."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._outputs = [output.name for output in session.get_outputs()]

    def run(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return all outputs."""
        try:
            arrays = {
                name: numpy.asarray(tensor.values, dtype=tensor.type).reshape(tensor.shape)
                for name, tensor in inputs.items()
            }
            found = self._session.run(self._outputs, arrays)
        except _FAILURES as error:
            raise BadModelError(f"it does not take these inputs: {_reason(error)}") from error
        return {name: _tensor(name, value) for name, value in zip(self._outputs, found, strict=True)}


def _tensor(name: str, value: Any) -> Tensor:
    kind = _KINDS.get(str(getattr(value, "dtype", "")))
    if kind is None:
        raise BadModelError(f"its output {name[:60]!r} is no tensor of {', '.join(_KINDS)}")
    return Tensor(kind, tuple(int(size) for size in value.shape), tuple(value.ravel().tolist()))


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0][:_LONGEST_REASON]

"""Write a small model in ONNX and its golden scores: `python -m tools.small_model DIR` makes DIR/model.onnx and DIR/golden.json, always the same.

It tries the way of a model (store, fetch, start), and detects nothing: sigmoid of a sum of four numbers with fixed weights. Golden scores are
worked out here, not by what runs the model.
"""

import math
import sys
from pathlib import Path

import msgspec
import onnx
from onnx import TensorProto, helper

from minixdr.app.models.index import Golden
from minixdr.ports.models import Tensor

WEIGHTS, BIAS = (0.5, -1.25, 0.75, 2.0), -0.5
ROWS = (
    (0.0, 0.0, 0.0, 0.0),
    (1.0, 0.0, 0.0, 0.0),
    (0.0, 1.0, 0.0, 0.0),
    (0.5, 0.25, -1.0, 2.0),
    (-3.0, 4.0, 1.5, 0.125),
)
_OPSET, _IR = 17, 8
"""Old enough for every onnxruntime of the last years."""


def model() -> bytes:
    """Return the model: `features` float32 [n, 4] -> `score` float32 [n, 1]."""
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["features", "weights", "bias"], ["sum"]),
            helper.make_node("Sigmoid", ["sum"], ["score"]),
        ],
        "small",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 4])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["n", 1])],
        [
            helper.make_tensor("weights", TensorProto.FLOAT, [4, 1], WEIGHTS),
            helper.make_tensor("bias", TensorProto.FLOAT, [1], [BIAS]),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], producer_name="minixdr")
    made.ir_version = _IR
    onnx.checker.check_model(made, full_check=True)
    content: bytes = made.SerializeToString(deterministic=True)
    return content


def golden() -> bytes:
    """Return what the model answers to `ROWS`."""
    scores = [1 / (1 + math.exp(-(sum(map(math.prod, zip(row, WEIGHTS, strict=True))) + BIAS))) for row in ROWS]
    features = Tensor("float32", (len(ROWS), 4), tuple(value for row in ROWS for value in row))
    score = Tensor("float32", (len(ROWS), 1), tuple(scores))
    return msgspec.json.encode(Golden({"features": features}, {"score": score})) + b"\n"


def main() -> None:
    """Write both files."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(model())
    (folder / "golden.json").write_bytes(golden())


if __name__ == "__main__":
    main()

/** Points from one frame to another. */
import Type from "typebox";
import type { MessageSchema } from "../../../message/type.js";
import { matmul, slice, squeeze, transpose } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import { fail } from "../../../problem/problem.js";
import { tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { add, type Num, sub } from "../arithmetic.js";
import { checkSize, matrixParam } from "../matrix.js";
import { refuse } from "../refuse.js";
import { cross } from "../vector.js";

/** How far a declared rotation may be from one. */
const TOLERANCE = 1e-6;

export default genericTensorStep({
  doc: "p′ = R·p + t by the rigid homogeneous transform [R t; 0 1], for one point or a list of them, or with `inverse` p′ = Rᵀ·(p − t). With `of: vectors` (velocities, forces) t is left out. The transform is `matrix` where it never changes (how a sensor is mounted), else the input `transform`. In the unit of the points. Source: Spong, Hutchinson, Vidyasagar, Robot Modeling and Control, section 2.7.",
  params: Type.Object({
    matrix: Type.Optional(matrixParam("a transform that never changes, 4 × 4")),
    inverse: Type.Boolean({ default: false }),
    of: Type.Enum(["points", "vectors"], { default: "points" }),
  }),
  ports({ matrix }, { points }) {
    if (matrix !== undefined) checkRigid(matrix);
    const type = tensor(shapeOf(points), points?.unit === undefined ? {} : { unit: points.unit });
    return {
      inputs: { points: type, ...(matrix === undefined ? { transform: tensor([4, 4]) } : {}) },
      outputs: { points: type },
    };
  },
  step({ points, transform }, _, { constant, params: { matrix, inverse, of } }) {
    const m: Value = matrix === undefined ? transform : constant(matrix);
    // points are rows: p′ᵀ = pᵀ·Rᵀ + tᵀ
    const rotation = slice(m, [0, 0], [3, 3], [0, 1]);
    const shift = of === "points" ? squeeze(slice(m, [0, 3], [3, 4], [0, 1]), [1]) : 0;
    const moved = inverse
      ? matmul(sub<Num>(points, shift) as Value, rotation)
      : add<Num>(matmul(points, transpose(rotation)), shift);
    return { outputs: { points: moved } };
  },
});

function shapeOf(type: MessageSchema | undefined): readonly number[] {
  if (type === undefined) return [3];
  const { tensor: shape, dtype } = type;
  if (shape !== undefined && shape.length <= 2 && shape.at(-1) === 3 && (dtype ?? "float64") === "float64")
    return shape;
  return fail("L0414", {
    reason: "`math/frame-transform` takes a point of 3 numbers, or n × 3 of them, in float64",
    help: "Give it a tensor of shape `[3]` or `[n, 3]`.",
  });
}

function checkRigid(matrix: readonly (readonly number[])[]): void {
  checkSize("matrix", matrix, 4, 4, "it is a homogeneous transform");
  const [x, y, z, last] = matrix as [number[], number[], number[], number[]];
  const dot = (a: readonly number[], b: readonly number[]) => a[0]! * b[0]! + a[1]! * b[1]! + a[2]! * b[2]!;
  const lengths = [dot(x, x), dot(y, y), dot(z, z), dot(x, cross(y, z))].every((v) => Math.abs(v - 1) <= TOLERANCE);
  const square = [dot(x, y), dot(y, z), dot(z, x)].every((v) => Math.abs(v) <= TOLERANCE);
  if (lengths && square && last[0] === 0 && last[1] === 0 && last[2] === 0 && last[3] === 1) return;
  refuse(
    "matrix",
    "`matrix` is no rigid transform: three rows of a rotation beside a translation, and `[0, 0, 0, 1]`",
    "The left three columns must be at right angles and of length 1, a right-handed frame: `[[1, 0, 0, x], [0, 1, 0, y], [0, 0, 1, z], [0, 0, 0, 1]]` only moves.",
  );
}

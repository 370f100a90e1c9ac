/**
 * ScatterElements: a tensor with some elements replaced by updates, or combined with them; the index along one axis is
 * read from a tensor of the updates' shape. The opposite of GatherElements. Scatter is its name of opset 9.
 */
import { showShape } from "../dims.js";
import { gatherElements, scatterElements as place } from "../functions.js";
import { scalar } from "../tensor.js";
import { expandLike } from "../unbroadcast.js";
import { elementsAlong } from "./batching.js";
import { alongside, offsetsAlong } from "./gather_elements.js";
import { axis } from "./given.js";
import { integerIndices, positions } from "./indices.js";
import { info, type Op } from "./op.js";
import { reductionOf, scattered } from "./scatter.js";

export const scatterElements: Op = {
  name: "ScatterElements",
  inputs: [3, 3],
  outputs: [1, 1],
  attributes: { axis: "int", reduction: "string" },
  infer(c) {
    const [x, indices, updates] = [c.input(0), c.input(1), c.input(2)];
    integerIndices(c, indices);
    reductionOf(c);
    alongside(c, x.shape, indices.shape, axis(c, c.int("axis", 0), x.shape));
    if (updates.dtype !== x.dtype) c.refuse(`its updates must be ${x.dtype} like its input, not ${updates.dtype}`);
    if (updates.shape.length !== x.shape.length)
      c.refuse(
        `updates of shape ${showShape(updates.shape)} are not of the indices' shape ${showShape(indices.shape)}`,
      );
    return [info(x.dtype, x.shape)];
  },
  evaluate(c) {
    const [x, indices, updates] = [c.input(0), c.input(1), c.input(2)];
    const at = axis(c, c.int("axis", 0), x.dims);
    alongside(c, x.dims, indices.dims, at);
    if (updates.dims.join() !== indices.dims.join())
      c.refuse(`updates of shape ${showShape(updates.dims)} are not of the indices' shape ${showShape(indices.dims)}`);
    const index = positions(c, indices, () => x.dims[at]);
    return [scattered(x, updates, offsetsAlong(x.dims, indices.dims, at, index), reductionOf(c))];
  },
  batch: elementsAlong(0),
  // of indices that repeat without a reduction, ONNX leaves open which update counts; each gets the gradient
  gradient(c) {
    const [indices, updates] = [c.input(1), c.input(2)];
    const [at, reduction] = [c.int("axis", 0), reductionOf(c)];
    if (reduction !== "none" && reduction !== "add")
      c.refuse(`its gradient is not known for the reduction ${reduction}`);
    const zeros = () => expandLike(updates.scope.constant(scalar(updates.dtype, 0)), updates);
    return [
      c.wants(0) ? (reduction === "add" ? c.gradient : place(c.gradient, indices, zeros(), at)) : undefined,
      undefined,
      c.wants(2) ? gatherElements(c.gradient, indices, at) : undefined,
    ];
  },
};

/** The transforms that a build is asked for → those that the manifest declares, each of one input port. */

import { Ajv } from "ajv";
import type { Transform, Transforms } from "../message/transforms/transforms.js";
import { transformsSchema } from "../message/transforms/transforms.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import type { Ports } from "./collect.js";
import type { TransformOptions } from "./options.js";

const validate = new Ajv({ strict: true }).compile(transformsSchema);

/**
 * A step that names no port becomes one for each input.
 *
 * @throws LimbeckError L0770 for a step that is none, L0772 for one of an output, L0711 for one of an unknown port
 */
export function resolveTransforms(options: TransformOptions | undefined, ports: Ports): Transforms | undefined {
  if (options === undefined || options.steps.length === 0) return undefined;
  const { pad, max_gap_ns } = options;
  const steps = options.steps.flatMap((step): Transform[] => {
    const { port } = step;
    if (port === undefined) return ports.inputs.map((input) => ({ ...step, port: input }));
    if (ports.outputs.includes(port)) fail("L0772", { port });
    if (!ports.inputs.includes(port))
      fail("L0711", { file: "the dataset", port, nearest: nearest(port, [...ports.inputs]) });
    return [{ ...step, port }];
  });
  const transforms: Transforms = {
    over: ports.by === "row" ? "rows" : "messages",
    ...(pad === undefined ? {} : { pad }),
    ...(max_gap_ns === undefined ? {} : { max_gap_ns }),
    steps,
  };
  if (!validate(transforms)) {
    const { instancePath, message } = validate.errors!.at(-1)!;
    const step = steps[Number(/^\/steps\/(\d+)/.exec(instancePath)?.[1] ?? Number.NaN)];
    fail("L0770", {
      kind: step?.kind ?? "transforms",
      port: step?.port ?? ports.inputs.join(", "),
      reason: `\`${instancePath.replace(/^\/steps\/\d+\/?/, "").replace(/^\//, "") || "it"}\` ${message}`,
    });
  }
  return transforms;
}

/** The transforms that a build is asked for → those that the manifest declares, each of one input port. */
import { Ajv, type ValidateFunction } from "ajv";
import { type Transform, type Transforms, transformSchemas } from "../message/transforms/transforms.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import type { TransformOptions } from "./options.js";
import type { Ports } from "./ports.js";

let validators: ReadonlyMap<string, ValidateFunction> | undefined;

function compiled(): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv({ strict: true });
  return new Map(Object.entries(transformSchemas).map(([kind, schema]) => [kind, ajv.compile(schema)]));
}

/**
 * A step that names no port becomes one for each input.
 *
 * @throws LimbeckError L0770 for a step that is none, L0772 for one of an output, L0711 for one of an unknown port,
 * L0723 for other settings
 */
export function resolveTransforms(options: TransformOptions | undefined, ports: Ports): Transforms | undefined {
  if (options === undefined || options.steps.length === 0) return undefined;
  const { pad, max_gap_ns } = options;
  if (pad !== undefined && pad !== "first") fail("L0723", { what: "`pad`", found: String(pad), expected: "`first`" });
  if (max_gap_ns !== undefined && !(max_gap_ns > 0))
    fail("L0723", { what: "`max_gap_ns`", found: String(max_gap_ns), expected: "more than 0" });
  const steps = options.steps.flatMap((step): Transform[] => {
    const { port } = step;
    if (port === undefined) return ports.inputs.map((input) => checked({ ...step, port: input }));
    if (ports.outputs.includes(port)) fail("L0772", { port });
    if (!ports.inputs.includes(port))
      fail("L0711", { file: "the dataset", port, nearest: nearest(port, [...ports.inputs]), known: ports.inputs });
    return [checked({ ...step, port })];
  });
  return {
    over: ports.by === "row" ? "rows" : "messages",
    ...(pad === undefined ? {} : { pad }),
    ...(max_gap_ns === undefined ? {} : { max_gap_ns }),
    steps,
  };
}

function checked(step: Transform): Transform {
  const { kind, port } = step;
  validators ??= compiled();
  const validate = validators.get(kind);
  if (validate === undefined)
    return fail("L0770", { kind, port, reason: `there are only ${[...validators.keys()].join(", ")}` });
  if (validate(step)) return step;
  const { instancePath, message } = validate.errors![0]!;
  const at = instancePath === "" ? "it" : `\`${instancePath.slice(1)}\``;
  return fail("L0770", { kind, port, reason: `${at} ${message}` });
}

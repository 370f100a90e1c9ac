/** Recorders as components: a sink that hands complete rows through its policies to a recording, and feeds nobody. */
import Type from "typebox";
import type { PortSignature, Signature } from "../../graph/catalogue.js";
import type { Message, MessageSchema } from "../../message/type.js";
import { fail } from "../../problem/problem.js";
import type {
  Component,
  Context,
  Entry,
  Inputs,
  InputTypes,
  Instance,
  Params,
  RecordedPort,
  RecordingSpec,
  Setup,
} from "../component.js";
import { checkParams } from "../params.js";
import { policyOptions } from "./options.js";
import type { Policies } from "./read.js";
import { Recorder, type RecorderClass } from "./recorder.js";
import type { RecordedRow } from "./row.js";
import { paramsOf, policiesOf, startRecorder } from "./start.js";

/** Name of the component in the catalogue. */
export const RECORDER = "record/recorder";

const common = {
  as: Type.Optional(Type.String({ description: "name of the recording; default: the node's id" })),
  rows: Type.Enum(["firings", "asof"], {
    default: "firings",
    description: "`firings`: a row a firing. `asof`: every message, joined by stamp.",
  }),
  inputs: Type.Optional(Type.Array(Type.String(), { description: "ports; default: what is connected" })),
  outputs: Type.Array(Type.String(), { default: [], description: "ports that a row must have a new value of" }),
  keep_rows: Type.Optional(Type.Integer({ minimum: 1, description: "the same as `keep: {rows}`" })),
  batches: Type.Optional(
    Type.Record(Type.String(), Type.Integer({ minimum: 1 }), {
      description: "event ports of which a firing reads all that came since the last, and how many at most",
    }),
  ),
  reads: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: "inputs that are recorded as a node read them for its outputs, by that node's input: `tally.press`",
    }),
  ),
  ...policyOptions,
};

interface RecorderParams {
  readonly as?: string;
  readonly rows: RecordingSpec["rows"];
  readonly inputs?: readonly string[];
  readonly outputs: readonly string[];
  readonly keep_rows?: number;
  readonly batches?: { readonly [port: string]: number };
  readonly reads?: { readonly [port: string]: string };
}

/** What a class of recorders decides where it overrides it. */
const DECISIONS = ["keeps", "triggers", "endsEpisode", "change"] as const;

/**
 * The component of a class of recorders.
 *
 * @throws TypeError when a param of its own has the name of one that every recorder has
 * @example
 * class All extends Recorder {
 *   static override readonly doc = "Keeps everything.";
 * }
 * const { doc, kind } = recorderComponent(All);
 * [doc, kind] // ["Keeps everything.", "sink"]
 */
export function recorderComponent(Class: RecorderClass): Component {
  const own = paramsOf(Class) as Record<string, never>;
  for (const name of Object.keys(own))
    if (Object.hasOwn(common, name))
      throw new TypeError(`every recorder has a param \`${name}\`: call yours otherwise`);
  const params = Type.Object({ ...common, ...own }) as unknown as MessageSchema;
  return {
    doc: Class.doc,
    kind: "sink",
    params,
    signature(raw, types) {
      const checked = checkParams(params, raw);
      policiesFor(Class, checked, types);
      return signatureOf(checked, types);
    },
    instantiate: (setup) => instantiate(Class, setup, policiesFor(Class, setup.params, setup.inputs)),
  };
}

/** The recorder that the rule `record` inserts unless it is told another. */
export const recorder: Component = {
  ...recorderComponent(Recorder),
  doc: "Keeps what its ports say: rows of their common firing, or every message, to be joined by stamp.",
};

/** Names of the recorded ports, inputs first. */
function portsOf(
  checked: Params,
  types: InputTypes,
): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } {
  const { outputs, inputs } = checked as unknown as RecorderParams;
  return { outputs, inputs: inputs ?? Object.keys(types).filter((port) => !outputs.includes(port)) };
}

/** @throws LimbeckError L0730, L0731, and what the class finds */
function policiesFor(Class: RecorderClass, checked: Params, types: InputTypes): Policies {
  const { rows, keep_rows, batches = {}, inputs: declared } = checked as unknown as RecorderParams;
  // asked for its ports alone, before anything is known of what is connected
  if (declared === undefined && Object.keys(types).length === 0) return {};
  if (rows === "asof" && DECISIONS.some((method) => Class.prototype[method] !== Recorder.prototype[method]))
    fail(
      "L0730",
      {
        option: "rows",
        reason: "`asof` records every message, and this recorder decides about rows",
        help: "Record ports of nodes that fire together (`rows: firings`), or take the plain recorder.",
      },
      { path: "/params/rows" },
    );
  const { inputs, outputs } = portsOf(checked, types);
  const ports = [...inputs, ...outputs].map((port) => ({ port, type: recordedType(types[port], batches[port]) }));
  const keep = keep_rows === undefined ? {} : { keep: { ...(checked.keep as object), rows: keep_rows } };
  return policiesOf(Class, { ...checked, ...keep }, { rows, ports }, "/params");
}

const recordedType = (type: MessageSchema | undefined, batch: number | undefined): MessageSchema | undefined =>
  type === undefined || batch === undefined ? type : { type: "array", items: type, maxItems: batch };

/** Ports are whatever it is connected to; none of them is required, since an absent value is counted, not skipped. */
function signatureOf(checked: Params, types: InputTypes): Signature {
  const { batches = {}, reads } = checked as unknown as RecorderParams;
  const { inputs, outputs } = portsOf(checked, types);
  const ports = [...inputs, ...outputs].map((name): [string, PortSignature] => [
    name,
    { type: types[name] ?? {}, kind: Object.hasOwn(batches, name) ? "event" : "signal", optional: true },
  ]);
  return {
    inputs: Object.fromEntries(ports),
    outputs: {},
    params: checked,
    place: "anywhere",
    source: false,
    sink: true,
    stateful: true,
    pure: false,
    ...(reads === undefined ? {} : { reads }),
  };
}

async function instantiate(Class: RecorderClass, setup: Setup, policies: Policies): Promise<Instance> {
  const { params, inputs: types, services } = setup;
  const { as = setup.node, rows, batches = {} } = params as unknown as RecorderParams;
  const { inputs, outputs } = portsOf(params, types);
  const port = (role: RecordedPort["role"]) => (name: string) => ({
    port: name,
    role,
    type: recordedType(types[name]!, batches[name])!,
  });
  const ports = [...inputs.map(port("input")), ...outputs.map(port("output"))];
  const { split, max_disk } = policies;
  const recording = await services.recordings.open({
    as,
    rows,
    ports,
    ...(split === undefined ? {} : { split }),
    ...(max_disk === undefined ? {} : { max_disk }),
  });
  const pipeline = startRecorder(Class, policies, params, ports, recording);
  const names = ports.map((p) => p.port);

  const rowOf = (values: Inputs, ctx: Context, which: readonly string[]): RecordedRow => ({
    tag_ns: ctx.time_ns,
    microstep: ctx.microstep,
    entries: which.map(
      (name): Entry => ({ port: name, stamp_ns: stampOf(ctx, name), message: values[name] as Message }),
    ),
  });
  /** What the anchor took for a message that never came is of this firing. */
  const stampOf = (ctx: Context, name: string): number => {
    const stamp_ns = ctx.stamp(name);
    return Number.isNaN(stamp_ns) ? ctx.time_ns : stamp_ns;
  };
  const firing = (values: Inputs, ctx: Context): void | Promise<void> => {
    const absent =
      outputs.find((name) => values[name] === undefined || !ctx.fresh(name)) ??
      inputs.find((name) => values[name] === undefined);
    return absent === undefined ? pipeline.row(rowOf(values, ctx, names)) : recording.incomplete(absent);
  };
  const message = (values: Inputs, ctx: Context): void | Promise<void> =>
    pipeline.row(
      rowOf(
        values,
        ctx,
        names.filter((name) => values[name] !== undefined && ctx.fresh(name)),
      ),
    );
  const keep = rows === "firings" ? firing : message;
  return {
    fire(values, ctx) {
      const waits = keep(values, ctx);
      return recording.live ? undefined : waits?.then(() => undefined);
    },
    snapshot: pipeline.snapshot,
    restore: pipeline.restore,
    async close() {
      await pipeline.end();
      await recording.close();
    },
  };
}

/** The kind `sink` that the rule `record` inserts: hands rows of its ports to a recording, and feeds nobody. */
import Type from "typebox";
import type { PortSignature, Signature } from "../graph/catalogue.js";
import type { Message, MessageSchema } from "../message/type.js";
import type { Component, Context, Entry, InputTypes, Params, RecordedPort, RecordingSpec, Setup } from "./component.js";
import { checkParams } from "./params.js";

/** Name of the component in the catalogue. */
export const RECORDER = "record/recorder";

const params = Type.Object({
  as: Type.String(),
  rows: Type.Enum(["firings", "asof"]),
  inputs: Type.Array(Type.String()),
  outputs: Type.Array(Type.String()),
  keep_rows: Type.Optional(Type.Integer({ minimum: 1 })),
  every: Type.Optional(Type.Integer({ minimum: 1 })),
}) as unknown as MessageSchema;

interface RecorderParams {
  readonly as: string;
  readonly rows: RecordingSpec["rows"];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly keep_rows?: number;
  readonly every?: number;
}

export const recorder: Component = {
  doc: "Keeps what its ports say: rows of their common firing, or every message, to be joined by stamp.",
  kind: "sink",
  params,
  signature: (raw, types) => signatureOf(checkParams(params, raw), types),
  async instantiate({ params: raw, inputs: types, services }: Setup) {
    const { inputs, outputs, ...spec } = raw as unknown as RecorderParams;
    const port = (role: RecordedPort["role"]) => (name: string) => ({ port: name, role, type: types[name]! });
    const ports = [...inputs.map(port("input")), ...outputs.map(port("output"))];
    const recording = await services.recordings.open({ ...spec, ports });
    const names = ports.map((p) => p.port);
    const entry = (values: { [port: string]: unknown }, ctx: Context, name: string): Entry => ({
      port: name,
      stamp_ns: ctx.stamp(name),
      message: values[name] as Message,
    });
    const row = (values: { [port: string]: unknown }, ctx: Context, which: readonly string[]) =>
      recording.row(
        ctx.time_ns,
        ctx.microstep,
        which.map((name) => entry(values, ctx, name)),
      );
    const firing = (values: { [port: string]: unknown }, ctx: Context) => {
      const absent =
        outputs.find((name) => values[name] === undefined || !ctx.fresh(name)) ??
        inputs.find((name) => values[name] === undefined);
      if (absent !== undefined) return recording.incomplete(absent);
      return row(values, ctx, names);
    };
    const message = (values: { [port: string]: unknown }, ctx: Context) => {
      const fresh = names.filter((name) => values[name] !== undefined && ctx.fresh(name));
      return row(values, ctx, fresh);
    };
    const keep: (values: { [port: string]: unknown }, ctx: Context) => void | Promise<void> =
      spec.rows === "firings" ? firing : message;
    return {
      fire(values, ctx) {
        return keep(values, ctx)?.then(() => undefined);
      },
      close: () => recording.close(),
    };
  },
};

/** Ports are whatever it is connected to; none of them is required, since an absent value is counted, not skipped. */
function signatureOf(checked: Params, types: InputTypes): Signature {
  const { inputs, outputs } = checked as unknown as RecorderParams;
  const ports = [...inputs, ...outputs].map((name): [string, PortSignature] => [
    name,
    { type: types[name] ?? {}, kind: "signal", optional: true },
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
  };
}

/** A recorder at work, whoever hands it rows: the node of a run, or a filter of recordings. */
import type { TObject } from "typebox";
import { selectField } from "../../message/field.js";
import { LimbeckError } from "../../problem/problem.js";
import type { Params, RecordedPort, Recording } from "../component.js";
import { differenceOf } from "./difference.js";
import { createPipeline, type Pipeline } from "./pipeline.js";
import { type Policies, policyPart, readPolicies, type Setting } from "./read.js";
import { Recorder, type RecorderClass } from "./recorder.js";
import { type RecordedRow, valueAt } from "./row.js";

/** Params of a class's own, and of the classes that it extends. */
export function paramsOf(Class: RecorderClass): TObject["properties"] {
  const above = Object.getPrototypeOf(Class) as RecorderClass;
  const inherited = Class === Recorder ? {} : paramsOf(above);
  return { ...inherited, ...Class.params?.properties };
}

/**
 * What a recorder is told, in numbers.
 *
 * @param at path of the params, for problems
 * @throws LimbeckError L0730, L0731, and what its class finds
 */
export function policiesOf(
  Class: RecorderClass,
  params: Params,
  setting: Omit<Setting, "triggers">,
  at: string,
): Policies {
  const triggers = Class.prototype.triggers !== Recorder.prototype.triggers;
  const { policies, problems } = readPolicies(policyPart(params), { ...setting, triggers }, at);
  const found = [...problems, ...Class.check(params, setting, at)];
  if (found.length > 0) throw new LimbeckError(found);
  return policies;
}

/** Makes a recorder of a class; what its pipeline snapshots is all of its state. */
export function startRecorder(
  Class: RecorderClass,
  policies: Policies,
  params: Params,
  ports: readonly RecordedPort[],
  recording: Recording,
): Pipeline {
  const user = new Class();
  Recorder.compare(user, rowDifference(policies, ports));
  const types = Object.fromEntries(ports.map(({ port, type }) => [port, type]));
  const pipeline = createPipeline(policies, user, { params, types }, recording);
  return {
    ...pipeline,
    snapshot: () => ({ recorder: user.snapshot(), policies: pipeline.snapshot() }),
    restore(saved) {
      const state = saved as { recorder: unknown; policies: unknown };
      user.restore(state.recorder);
      pipeline.restore(state.policies);
    },
  };
}

/** How much two rows differ at the places that `on_change` names. */
function rowDifference({ change }: Policies, ports: readonly RecordedPort[]) {
  const spots = change?.spots ?? ports.map((p) => ({ port: p.port, field: [] as readonly string[] }));
  const parts = spots.map((spot) => {
    const { type } = ports.find(({ port }) => port === spot.port)!;
    return { spot, difference: differenceOf(selectField(type, spot.field)!) };
  });
  return (a: RecordedRow, b: RecordedRow): number =>
    parts.reduce((most, { spot, difference }) => Math.max(most, difference(valueAt(a, spot), valueAt(b, spot))), 0);
}

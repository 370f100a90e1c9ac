/** Models for runs that go on side by side: what they ask in one turn of the event loop is one run of a shared session. */
import type { ModelSession, Models } from "../component/component.js";
import { inLockstep, type Lockstep } from "../session/lockstep.js";
import { openSession } from "../session/session.js";
import { policyOver } from "./policy.js";
import { action, observation, rowsOver } from "./sessions.js";

/** The bytes of a model, checked against its card. */
export type Bytes = (reference: string, sha256?: string) => Uint8Array | Promise<Uint8Array>;

export interface LockstepModels {
  /** What the run in a lane opens its models from. */
  lane(index: number): Models;
  close(): Promise<void>;
}

/**
 * A session a model and node, shared by all lanes.
 *
 * @example
 * const { model } = await ridge.fit(data, { seed: 7, now: () => 0 });
 * const models = lockstepModels(() => encode(model), 256);
 * const sessions = await Promise.all([0, 1].map((lane) => models.lane(lane).open("reach@1")));
 * const said = await Promise.all(sessions.map((session, i) => session.run({ x: Float32Array.of(i) })));
 * said.map(({ y }) => y?.[0]) // [≈0.000, ≈2.000]
 * await models.close();
 */
export function lockstepModels(bytes: Bytes, lanes: number): LockstepModels {
  const shared = new Map<string, Promise<Lockstep>>();
  return {
    lane(index) {
      const opened = new Map<string, number>();
      const group = (reference: string, sha256: string | undefined): Promise<Lockstep> => {
        // two nodes of one run with the same model ask at the same time
        const nth = opened.get(reference) ?? 0;
        opened.set(reference, nth + 1);
        const key = `${reference} ${sha256 ?? ""} ${nth}`;
        let known = shared.get(key);
        if (known === undefined) {
          known = (async () => inLockstep(await openSession(await bytes(reference, sha256)), lanes))();
          shared.set(key, known);
        }
        return known;
      };
      return {
        open: async (reference, sha256) => rowsInStep(await group(reference, sha256), index),
        policy: async (reference, sha256) => policyOver((await group(reference, sha256)).lane(index)),
      };
    },
    async close() {
      const groups = await Promise.allSettled(shared.values());
      for (const group of groups) if (group.status === "fulfilled") await group.value.close();
    },
  };
}

/** One of 256 that ask at a time: what goes between its ports and its place in the batch is kept short. */
function rowsInStep(group: Lockstep, index: number): ModelSession {
  const session = group.lane(index);
  const ports = session.inputs.map(({ name }) => name.slice(observation("").length));
  const remembers = session.inputs.some(({ name, dtype }, i) => name !== observation(ports[i]!) || dtype !== "float32");
  if (remembers || group.row === undefined) return rowsOver(session);
  const { outputs, ask } = group.row(index);
  const said = Object.fromEntries(
    session.outputs.map(({ name }, i) => [name.slice(action("").length), outputs[i] as Float32Array]),
  );
  const given = ports.map((): Float32Array => NONE);
  const told = () => said;
  return {
    run(inputs) {
      for (let i = 0; i < given.length; i++) given[i] = inputs[ports[i]!]!;
      return ask(given).then(told);
    },
    close: () => session.close(),
  };
}

const NONE = new Float32Array();

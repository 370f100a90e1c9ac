/** Opens stored models for a run: the bytes checked against their card, an ONNX Runtime session in place. */
import type { ModelSession, PolicySession, PolicyState } from "../component/component.js";
import { tensor } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { openSession, type Session } from "../session/session.js";
import { policyOver, runPolicy } from "./policy.js";
import { openModel } from "./store.js";

/** Name of a port's tensor in a policy. */
export const observation = (port: string): string => `obs.${port}`;
export const action = (port: string): string => `act.${port}`;

/** A session of a stored model. @throws LimbeckError L0850 to L0855, L0810 */
export async function openStored(store: string, reference: string, expected?: string): Promise<ModelSession> {
  return openPolicy(storedBytes(store, reference, expected));
}

/** A stored policy at work. @throws LimbeckError L0850 to L0855, L0810 */
export async function openStoredPolicy(store: string, reference: string, expected?: string): Promise<PolicySession> {
  return runPolicy(storedBytes(store, reference, expected));
}

/** The bytes of a stored model. @throws LimbeckError L0850 to L0855 */
export function storedBytes(store: string, reference: string, expected?: string): Uint8Array {
  const { bytes, card, files } = openModel(store, reference);
  if (expected !== undefined && expected !== card.sha256)
    fail("L0853", {
      file: files.onnx,
      expected,
      found: card.sha256,
      name: card.name,
      version: card.version,
      others: [],
    });
  return bytes;
}

/**
 * A session of a policy from its bytes: a row a port in, a row a port out.
 *
 * @example
 * const { model } = await ridge.fit(data, { seed: 7, now: () => 0 });
 * const session = await openPolicy(encode(model));
 * await session.run({ x: Float32Array.of(3) }) // { y: Float32Array [≈6.000] }
 * await session.close();
 */
export const openPolicy = async (bytes: Uint8Array): Promise<ModelSession> => rowsOver(await openSession(bytes));

/** The same over a session that is open. What a model remembers goes from run to run. */
export function rowsOver(session: Session): ModelSession {
  const policy = policyOver(session);
  return {
    async run(inputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([port, row]) => [observation(port), tensor("float32", [1, row.length], row)]),
      );
      const said = await policy.step(feeds);
      return Object.fromEntries(
        policy.outputs.map((name) => [name.slice("act.".length), said[name]!.data as Float32Array]),
      );
    },
    snapshot: () => policy.snapshot(),
    restore: (saved) => policy.restore(saved as PolicyState),
    close: () => policy.close(),
  };
}

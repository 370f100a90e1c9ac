/**
 * A node that lives in a worker thread or in a process of its own, as an instance like any other.
 *
 *     engine ──fire(inputs, ctx)──► hosted ══channel══► serve ──fire──► the component's instance
 *              ◄──────── outputs ── wakes, random numbers' state ──────┘
 *
 * What a firing may know is read before it is sent, random numbers go on from the run's own state, and timers come back
 * with the answer: outputs are those of the inline node, bit by bit, and virtual time waits for them.
 */
import { type Context, type Instance, type Item, type Outputs, type Setup, STAMPS } from "../../component/component.js";
import type { SavedRng } from "../../component/rng.js";
import type { NodeVertex } from "../../graph/typed.js";
import { fail, LimbeckError, type Problem } from "../../problem/problem.js";
import type { Abilities, Channel, ContextData, Failure, Fired } from "./channel.js";
import type { Dialogue, Question } from "./dialogue.js";

/** Makes the instance of a vertex whose `placement` is `worker` or `process`. */
export type Host = (vertex: NodeVertex, setup: Setup) => Promise<Instance>;

/** Wall time that one firing may take, where the node has no `timeout:` of its own. */
export const FIRING_LIMIT_MS = 10_000;
/** Wall time in which a thread or process has to be there, with its component loaded. */
export const START_LIMIT_MS = 60_000;

export interface Housing {
  readonly channel: Channel;
  /** Everything that is said on the channel. */
  readonly dialogue: Dialogue;
  /** What the far side loads the component by: data. */
  readonly reference: unknown;
}

/**
 * The instance of a node on the other side of a channel; the channel ends with it.
 *
 * `snapshot()` gives a promise of the state. A firing that takes longer than the node's `timeout` ends the other side at
 * once and rejects with L0620; one whose thread or process ends by itself rejects with L0621; what the component
 * throws comes back as it was thrown; one that is cut ends the other side at once and rejects with the reason.
 *
 * @throws LimbeckError L0450 for a sink; L0620 to L0623, or what the component throws, when it cannot be made
 */
export async function hosted(vertex: NodeVertex, setup: Setup, housing: Housing): Promise<Instance> {
  const { channel, dialogue, reference } = housing;
  const { id: node, path, placement: place = "worker" } = vertex;
  const limit_ms = vertex.timeout_ns === undefined ? FIRING_LIMIT_MS : vertex.timeout_ns / 1e6;
  const where = { path };
  // a run gives its nodes generators whose state can be kept
  const random = setup.rng as SavedRng;

  let over = false;
  const ask = async (question: Question, limit_ms: number): Promise<unknown> => {
    const outcome = await sent(question, limit_ms);
    over = !("answer" in outcome);
    if ("cut" in outcome) {
      void channel.end();
      throw outcome.cut;
    }
    if ("late" in outcome) {
      void channel.end();
      return fail("L0620", { node, place, doing: DOING[question.ask], limit_ms }, where);
    }
    if ("gone" in outcome) {
      const { gone: how, uncaught } = outcome;
      const cause = uncaught === undefined ? undefined : thrown(uncaught);
      const reason = cause === undefined ? how : `${how}: ${cause.message.split("\n")[0]}`;
      return fail("L0621", { node, place, doing: DOING[question.ask], how: reason }, where, { cause });
    }
    const { answer } = outcome;
    random.restore(answer.rng);
    for (const time_ns of answer.wakes) setup.wake(time_ns);
    if ("failure" in answer) throw thrown(answer.failure);
    return answer.result;
  };

  const sent = async (question: Question, limit_ms: number) => {
    try {
      return await dialogue.ask(question, random.snapshot(), limit_ms);
    } catch (error) {
      return fail("L0622", { node, place, what: WHAT[question.ask], reason: messageOf(error) }, where, {
        cause: error,
      });
    }
  };

  const { rng: _, services: __, wake: ___, ...data } = setup;
  const ports = Object.keys(setup.signature.inputs);
  const make = { ask: "make", reference, setup: data } as const;
  let able: Abilities;
  try {
    able = (await ask(make, START_LIMIT_MS)) as Abilities;
  } catch (error) {
    await channel.end();
    throw error;
  }

  let warnings: readonly Problem[] = [];
  return {
    ...(able.fire
      ? {
          async fire(inputs, ctx) {
            const { outputs, stamps } = (await ask(
              { ask: "fire", inputs, context: contextData(ctx, ports) },
              limit_ms,
            )) as Fired;
            return stamps === undefined ? outputs : ({ ...outputs, [STAMPS]: stamps } as Outputs);
          },
        }
      : {}),
    ...(able.next ? { next: async () => (await ask({ ask: "next" }, limit_ms)) as Item | undefined } : {}),
    ...(able.snapshot ? { snapshot: () => ask({ ask: "snapshot" }, limit_ms) } : {}),
    ...(able.restore ? { restore: async (state) => void (await ask({ ask: "restore", state }, limit_ms)) } : {}),
    warnings: () => warnings,
    async close() {
      try {
        // of one that hung or went away the run has been told
        if (!over && dialogue.gone === undefined)
          warnings = (await ask({ ask: "close" }, limit_ms)) as readonly Problem[];
      } finally {
        await channel.end();
      }
    },
  } satisfies Instance;
}

const DOING: { readonly [ask in Question["ask"]]: string } = {
  load: "loading",
  make: "starting",
  fire: "firing",
  next: "reading on",
  snapshot: "giving its state",
  restore: "taking its state",
  close: "closing",
};

const WHAT: { readonly [ask in Question["ask"]]: string } = {
  load: "its name",
  make: "what it is made from",
  fire: "an input",
  next: "nothing",
  snapshot: "nothing",
  restore: "its state",
  close: "nothing",
};

const contextData = (ctx: Context, ports: readonly string[]): ContextData => ({
  time: ctx.time,
  time_ns: ctx.time_ns,
  microstep: ctx.microstep,
  dt: ctx.dt,
  fresh: ports.map((port) => ctx.fresh(port)),
  age: ports.map((port) => ctx.age(port)),
  stamp: ports.map((port) => ctx.stamp(port)),
});

/** The error as it was on the other side: the stack names the component's own line. */
function thrown(failure: Failure): Error {
  if ("problems" in failure) return new LimbeckError(failure.problems);
  const { name, message, stack = "" } = failure;
  return Object.assign(new Error(message), { name, stack });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

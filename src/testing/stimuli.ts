/** Arbitraries of what an in-stream may hear: timed messages of its type, as its contract has them. */
import fc from "fast-check";
import type { InStreamVertex, TypedContract, TypedGraph } from "../graph/typed.js";
import type { Message } from "../message/type.js";
import { nearest } from "../problem/nearest.js";
import { fail } from "../problem/problem.js";
import type { Sample } from "../runtime/port/outlets.js";
import { arbitraryMessage, type MessageOptions } from "./messages.js";
import type { Stimuli } from "./run.js";

export interface StimulusOptions extends MessageOptions {
  /** Virtual time that the stimulus covers (default 200 ms). */
  readonly for_ns?: number;
  /** Most messages of a stream without a rate (default 20). */
  readonly maxMessages?: number;
}

const FOR_NS = 2e8;
const MAX_MESSAGES = 20;
/** Numbers for which nobody gave a range: what most physical quantities stay within. */
const RANGE = [-1e3, 1e3] as const;

/**
 * Sequences of messages for one in-stream: of its type, within its range, at its rate from time 0 on; each is late by its
 * latency and a share of its jitter, none overtakes another, and some are lost if its contract says so.
 *
 * Without a rate, messages come at any times. Without a range, numbers are within ±1000.
 *
 * @throws LimbeckError L0008 when the graph has no such in-stream
 * @example
 * const joints = arbitraryStimulus(typed, "joints", { for_ns: 5e7 });
 * const prepared = await prepareGraph(typed.graph);
 * await fc.assert(
 *   fc.asyncProperty(joints, async (samples) => {
 *     const { values } = await testRun(prepared, { stimuli: { joints: samples }, for_ns: 5e7 });
 *     return values("controller.torque").every((torque) => torque instanceof Float64Array);
 *   }),
 *   { numRuns: 5 },
 * );
 */
export function arbitraryStimulus(
  typed: TypedGraph,
  stream: string,
  options: StimulusOptions = {},
): fc.Arbitrary<Sample[]> {
  const vertex = typed.byId.get(stream);
  if (vertex?.place !== "in") {
    const known = inStreams(typed).map(({ id }) => id);
    return fail("L0008", { stream, known, nearest: nearest(stream, known) });
  }
  const { contract } = vertex;
  const range = options.range ?? contract.range ?? RANGE;
  const message = arbitraryMessage(vertex.outputs[0]!.type, { ...options, range });
  return (contract.rate_hz === undefined ? irregular(message, options) : regular(message, contract, options)).map(
    (sent) => arriving(sent, contract),
  );
}

/**
 * Stimuli for all in-streams of a graph at once.
 *
 * @example
 * const prepared = await prepareGraph(graph);
 * await fc.assert(
 *   fc.asyncProperty(arbitraryStimuli(prepared.typed, { for_ns: 5e7 }), async (stimuli) => {
 *     expectSame(await testRun(prepared, { stimuli }), await testRun(prepared, { stimuli }));
 *   }),
 *   { numRuns: 5 },
 * );
 */
export const arbitraryStimuli = (typed: TypedGraph, options: StimulusOptions = {}): fc.Arbitrary<Stimuli> =>
  fc.record(Object.fromEntries(inStreams(typed).map(({ id }) => [id, arbitraryStimulus(typed, id, options)])), {
    noNullPrototype: true,
  });

const inStreams = (typed: TypedGraph) =>
  typed.vertices.filter((vertex): vertex is InStreamVertex => vertex.place === "in");

/** A message as its sender has it. */
interface Sent {
  readonly stamp_ns: number;
  readonly message: Message;
  /** Share of the jitter that it meets, 0 to 1. */
  readonly late: number;
  readonly lost: boolean;
}

const LATENESS = 1000;
const late = fc.nat(LATENESS).map((n) => n / LATENESS);

function regular(
  message: fc.Arbitrary<Message>,
  { rate_hz, loss }: TypedContract,
  { for_ns = FOR_NS }: StimulusOptions,
): fc.Arbitrary<Sent[]> {
  const count = Math.max(1, Math.ceil((for_ns / 1e9) * rate_hz!));
  // drawn so that it shrinks to a message that arrives
  const lost = loss === 0 ? fc.constant(false) : fc.nat(LATENESS - 1).map((n) => n >= LATENESS * (1 - loss));
  return fc
    .array(fc.record({ message, late, lost }), { minLength: count, maxLength: count })
    .map((all) => all.map((one, k) => ({ ...one, stamp_ns: Math.round((k * 1e9) / rate_hz!) })));
}

function irregular(
  message: fc.Arbitrary<Message>,
  { for_ns = FOR_NS, maxMessages = MAX_MESSAGES }: StimulusOptions,
): fc.Arbitrary<Sent[]> {
  const one = fc.record({
    stamp_ns: fc.nat(Math.max(0, Math.ceil(for_ns) - 1)),
    message,
    late,
    lost: fc.constant(false),
  });
  return fc.array(one, { maxLength: maxMessages }).map((all) => all.sort((a, b) => a.stamp_ns - b.stamp_ns));
}

/** Messages as they arrive: in the order of sending, those of one time at successive microsteps. */
function arriving(sent: readonly Sent[], { latency_ns, jitter_ns }: TypedContract): Sample[] {
  const samples: Sample[] = [];
  let last = { time_ns: -1, microstep: 0 };
  for (const { stamp_ns, message, late, lost } of sent) {
    if (lost) continue;
    const due_ns = stamp_ns + latency_ns + Math.round(late * jitter_ns);
    last =
      due_ns > last.time_ns
        ? { time_ns: due_ns, microstep: 0 }
        : { time_ns: last.time_ns, microstep: last.microstep + 1 };
    samples.push({ ...last, stamp_ns, message });
  }
  return samples;
}

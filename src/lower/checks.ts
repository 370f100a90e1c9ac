/** What cannot be lowered, and why: everything at once, each with the place of the node or the input. */
import type { Component } from "../component/component.js";
import { listSize, readingOf } from "../component/tensor/list.js";
import type { NodeVertex, TypedInput, TypedTrigger } from "../graph/typed.js";
import { pathTo } from "../problem/path.js";
import { LimbeckError, type Problem, problem } from "../problem/problem.js";
import { ticksLater } from "./clocks.js";
import type { Piece } from "./piece.js";
import { boundaryPort, type LowerRegion } from "./region.js";
import type { Schedule } from "./schedule.js";

/** The pieces of the nodes, or why there are none; ports of sub-graphs have none and need none. */
export function piecesOf(
  region: LowerRegion,
  pieceOf: (node: NodeVertex) => Piece | undefined,
  component: (name: string) => Component | undefined,
): { readonly pieces: ReadonlyMap<string, Piece>; readonly problems: readonly Problem[] } {
  const pieces = new Map<string, Piece>();
  const problems: Problem[] = [];
  for (const node of region.nodes) {
    if (node.signature.relay === true) continue;
    const refused = [
      ...triggerProblems(node),
      ...node.inputs.flatMap((input) => inputProblems(node, input, component(node.node.component))),
    ];
    problems.push(...refused);
    try {
      const piece = pieceOf(node);
      if (piece !== undefined) pieces.set(node.id, piece);
      else problems.push(opaque(node, component(node.node.component)));
    } catch (error) {
      if (!(error instanceof LimbeckError)) throw error;
      // an event input of a clocked node has been told already
      if (refused.length === 0)
        problems.push(...error.problems.map((p) => (p.path === undefined ? { ...p, path: node.path } : p)));
    }
  }
  return { pieces, problems };
}

function opaque({ id, path, node, signature }: NodeVertex, component: Component | undefined): Problem {
  // a tensor component without a graph is one whose params make it draw
  const drawn = component?.kind === "tensor";
  const random = drawn || (component?.kind === "step" && !signature.pure && !signature.stateful);
  const kind = component === undefined || drawn ? "component" : component.kind;
  // a loop has the world in it, and lowers it as nodes
  const world = path.startsWith("/world/");
  const args = { node: id, component: node.component, kind, random, world };
  return problem("L0860", args, { path: pathTo(path, "component") });
}

function triggerProblems({ id, path, trigger, latency }: NodeVertex): Problem[] {
  const problems = latency === undefined ? [] : [problem("L0865", { node: id }, { path: pathTo(path, "latency") })];
  const told = describe(trigger);
  return told === undefined
    ? problems
    : [...problems, problem("L0862", { node: id, ...told }, { path: pathTo(path, "on") })];
}

/** A trigger that a policy has no call for. */
function describe(trigger: TypedTrigger): { trigger: string; help: string } | undefined {
  const clock = "Give the node a clock: `on: 100hz`.";
  if (trigger.kind === "aligned")
    return {
      trigger: "on messages whose stamps lie close together",
      help: `${clock} It then reads the last message of each port, and \`max_age\` bounds how old one may be.`,
    };
  if (trigger.kind === "silence")
    return {
      trigger: `when \`${trigger.port}\` has been silent`,
      help: `${clock} \`max_age\` and \`missing\` say what it does without a message.`,
    };
  if (trigger.kind === "source")
    return {
      trigger: "by itself, as its data come",
      help: "Leave it outside of the policy, and read it through an in-stream.",
    };
  if (trigger.kind === "window" && trigger.count === undefined)
    return {
      trigger: "on a window of time",
      help: "Count messages instead: `on: {window: {port, count: 10, every: 5}}`. Or give the node a clock: a component with a state can keep what it needs (`filter/median`, `filter/delay-line`).",
    };
  return undefined;
}

function inputProblems(node: NodeVertex, input: TypedInput, component: Component | undefined): Problem[] {
  const { port, path, queue, missing } = input;
  const refuse = (reason: string, help: string, key?: string) => [
    problem("L0866", { node: node.id, port, reason, help }, { path: key === undefined ? path : pathTo(path, key) }),
  ];
  const size = listSize(port, readingOf(node));
  return [
    ...(missing === "fault"
      ? refuse(
          "without a value its node faults, and a policy has no way to",
          "Say `missing: skip`, or a default.",
          "missing",
        )
      : []),
    ...(size === Number.POSITIVE_INFINITY && node.trigger.kind !== "window"
      ? refuse(
          "it is given the events that come between two firings, and nobody says how many there may be",
          "Declare it: `queue: {size: 16}`. Or fire on it (`on: {each: [port]}`), or make it a signal.",
        )
      : []),
    ...(size !== undefined && component?.kind === "model"
      ? refuse("it is given events as a list, and a model reads one message", "Fire on it: `on: {each: [port]}`.")
      : []),
    ...(size !== undefined && (queue?.policy === "fault" || queue?.policy === "block")
      ? refuse(
          queue.policy === "fault"
            ? "its node faults when the queue overflows, and a policy has no way to"
            : "its queue holds the producer back, and a call answers at once",
          "Let the oldest or the newest go: `policy: drop_oldest`, `policy: drop_newest`.",
          "queue",
        )
      : []),
    ...(size === undefined && queue !== undefined && !isTakenAtOnce(node, input)
      ? refuse(
          "a message waits in its queue while another input has none, and then several firings follow each other at one time: a policy answers once",
          "Leave `queue` out, or give the other inputs an `initial` or a default.",
          "queue",
        )
      : []),
  ];
}

/** Whether nothing can keep a message waiting that makes its node fire: no input beside it can be missing. */
const isTakenAtOnce = ({ inputs, trigger }: NodeVertex, own: TypedInput): boolean =>
  trigger.kind === "each" &&
  trigger.ports.includes(own.port) &&
  inputs.every(
    (input) =>
      input === own ||
      input.optional ||
      typeof input.missing === "object" ||
      (input.kind === "signal" &&
        input.initial !== undefined &&
        input.max_age_ns === undefined &&
        input.exact !== true),
  );

/** Delays that the policy's calls cannot keep. */
export function delayProblems(region: LowerRegion, schedule: Schedule): Problem[] {
  const problems: Problem[] = [];
  for (const node of region.nodes)
    for (const input of node.inputs) {
      const { delay_ns, port, path, from } = input;
      if (delay_ns === undefined || boundaryPort(region, node.id, port) !== undefined) continue;
      const refuse = (reason: string, help: string) =>
        void problems.push(
          problem("L0867", { node: node.id, port, delay_ns, reason, help }, { path: pathTo(path, "delay") }),
        );
      const clock = "Give the producer a clock: `on: 100hz`.";
      if (schedule.base === undefined)
        refuse("no node of the policy has a clock, and any number of messages may be on their way", clock);
      else if (!schedule.onGrid.has(from.vertex))
        refuse(`\`${from.vertex}\` fires on messages, and any number may be on their way`, clock);
      else if (ticksLater(delay_ns, schedule.base) === undefined)
        refuse(
          "it is now one tick of the policy's clock and now another, since its period is no whole number of ns",
          "Give it a little more or less than a whole number of periods, or a rate whose period is whole.",
        );
    }
  return problems;
}

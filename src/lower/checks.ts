/** What cannot be lowered, and why: everything at once, each with the place of the node or the input. */
import type { Component } from "../component/component.js";
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
    const refused = [...triggerProblems(node), ...node.inputs.flatMap((input) => inputProblems(node, input))];
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
  return problem("L0860", { node: id, component: node.component, kind, random }, { path: pathTo(path, "component") });
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
  if (trigger.kind === "window")
    return {
      trigger: `on a window of ${trigger.count === undefined ? "time" : "messages"}`,
      help: `${clock} A component with a state can keep what it needs of the last messages (\`filter/median\`, \`filter/delay-line\`).`,
    };
  return undefined;
}

function inputProblems({ id, trigger }: NodeVertex, input: TypedInput): Problem[] {
  const { port, path, exact, queue, missing, kind } = input;
  const refuse = (reason: string, help: string, key?: string) => [
    problem("L0866", { node: id, port, reason, help }, { path: key === undefined ? path : pathTo(path, key) }),
  ];
  return [
    ...(exact === true
      ? refuse(
          "it reads the message of an equal stamp, of any number that came before",
          "Read the last message, with a `max_age` if it must be young.",
          "exact",
        )
      : []),
    ...(queue === undefined
      ? []
      : refuse("its messages wait in a queue", "Leave `queue` out: a policy answers at once.", "queue")),
    ...(missing === "fault"
      ? refuse(
          "without a value its node faults, and a policy has no way to",
          "Say `missing: skip`, or a default.",
          "missing",
        )
      : []),
    ...(kind === "event" && trigger.kind !== "each"
      ? refuse(
          "it is an event input of a node with a clock, and any number may come between two ticks",
          "Fire on it (`on: {each: [port]}`), or make it a signal.",
        )
      : []),
  ];
}

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

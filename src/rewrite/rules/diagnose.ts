/**
 * diagnose: holds ports to what is promised of them, while they run and when nothing comes.
 *
 *   joints ──► controller        joints ──┬──► controller
 *                            →            └──► diagnose#joints ──► diagnosis
 *
 * A monitor reads the port's effective value, whatever is put in front of the readers later, and feeds nobody.
 */
import Type from "typebox";
import { MONITOR } from "../../component/monitor/monitor.js";
import { numbersOf } from "../../component/monitor/numbers.js";
import type { Graph, GraphNode } from "../../graph/ir.js";
import { parseField, selectField } from "../../message/field.js";
import type { Json } from "../../message/type.js";
import { type Problem, problem } from "../../problem/problem.js";
import { insertedId } from "../inserted-id.js";
import { isStream, type NamedPort } from "../port.js";
import { type Promises, promisesOf, type Told, told } from "../promises.js";
import { quantities } from "../quantities.js";
import { type Change, type Options, type Outcome, type Rule, refuse, type Subject } from "../rule.js";
import { portsOption, type Selection, selectPorts } from "../select.js";

const closed = { additionalProperties: false } as const;
const rate = (description: string) => Type.Optional(Type.String({ description }));

/** Numbers in a message whose frequency is measured at most. */
export const MAX_WATCHED = 64;

const NOTES = `How each check measures:

- **rate**: messages are counted over \`over\`, beginning with the first. A count that is off by one message is let go, and so is what jitter and loss of the contract explain (five standard deviations).
- **age**: the time since the stamp of the value that readers hold. It grows while nothing comes, and before anything has come it counts from the start of the run.
- **range**: every number of every message. What is not finite lies outside of every range.
- **drops**: gaps between stamps, in periods of the rate; or between the values of a field that numbers the messages. The share is taken over \`over\` and, where some loss is promised, over the whole run, and told once it is more than five standard deviations above what is promised.
- **frequency**: half the number of reversals a second, for each number of the message. A reversal is a turn of at least \`amplitude\`, as ASTM E1049 counts peaks: slow motion under an oscillation, uneven sampling and small ripple do not matter. No more than half the port's own rate can be seen.

Beyond a limit is a \`warn\`, beyond twice the limit an \`error\` (losses: from a tenth on). The monitor of a port says \`{port, check, level, value, limit, time, since, bad, looks}\` at its event output \`diagnosis\` whenever a level changes: \`run.port("diagnose#joints.diagnosis")\` is its Observable. At the end of a run each check that was ever not ok is a warning, with the worst that was measured, who promised otherwise, and since when.`;

/**
 * The rule.
 *
 * @example
 * const options = { ports: ["joints"] };
 * const graph = { ...typed.graph, rewrites: [{ rule: "diagnose", options }] };
 * rewrite(graph, catalogue, [diagnose]).applied[0]?.changes[0]?.text
 * // a monitor of `joints`: rate 100 Hz, age below 10 ms, drops below 0 %
 */
export const diagnose: Rule = {
  name: "diagnose",
  doc: "Holds ports to their rate, age, range, losses and frequency: diagnoses while it runs, warnings at the end.",
  picture: `joints ──► controller        joints ──┬──► controller
                        →            └──► diagnose#joints ──► diagnosis`,
  example: `- diagnose: {ports: [joints]}                                       # what its contract says
- diagnose: {ports: {component: "control/*"}, range: [-60, 60], frequency: {below: 20hz}}`,
  notes: NOTES,
  laws: [
    "It is transparent: the digest of every authored port is the same with and without it.",
    "It watches the effective value, also of faults that another rewrite injects.",
    "A run that keeps its contracts is quiet, whatever their loss and jitter make of it by chance.",
  ],
  phase: "diagnose",
  options: Type.Object(
    {
      ports: portsOption("the ports to watch"),
      rate: Type.Optional(
        Type.Union(
          [
            Type.String({ description: "exactly this often: `100hz`" }),
            Type.Object(
              { min: rate("at least this often"), max: rate("at most this often") },
              { ...closed, minProperties: 1 },
            ),
          ],
          { description: "messages a second. Default: the stream's contract, or the node's clock." },
        ),
      ),
      max_age: Type.Optional(
        Type.String({
          description:
            "age that a held value may come to. Default: what rate, latency, jitter and loss of the contract come to.",
        }),
      ),
      range: Type.Optional(
        Type.Array(Type.Number(), {
          minItems: 2,
          maxItems: 2,
          description: "lowest and highest value of every number in a message. Default: the contract's.",
        }),
      ),
      drops: Type.Optional(
        Type.Union(
          [
            Type.String(),
            Type.Number({ minimum: 0, maximum: 1 }),
            Type.Object(
              {
                max: Type.Optional(
                  Type.Union([Type.String(), Type.Number({ minimum: 0, maximum: 1 })], {
                    description: "share that may be missing",
                  }),
                ),
                sequence: Type.Optional(Type.String({ description: "field that numbers the messages" })),
              },
              { ...closed, minProperties: 1 },
            ),
          ],
          {
            description:
              "share of messages that may be missing, told by stamps and the rate, or by a field. Default: the contract's loss.",
          },
        ),
      ),
      frequency: Type.Optional(
        Type.Object(
          {
            below: Type.String({ description: "oscillation must stay below this: `20hz`" }),
            amplitude: Type.Optional(
              Type.Number({
                exclusiveMinimum: 0,
                description:
                  "least swing from peak to valley that counts. Default: a tenth of the signal's travel so far.",
              }),
            ),
          },
          { ...closed, description: "oscillation of the values" },
        ),
      ),
      over: Type.Optional(
        Type.String({
          description: "how long rate, drops and frequency are measured for. Default: 1 s, and at least 20 periods.",
        }),
      ),
    },
    closed,
  ),
  inserts: () => [MONITOR],
  apply,
};

function apply(subject: Subject, options: Options): Outcome {
  const { origin } = subject;
  const { path } = origin;
  const read = quantities();
  const wanted = told(options, path, read);
  const chosen = selectPorts(subject, options.ports as unknown as Selection, `${path}/ports`);
  const problems = [...read.problems, ...chosen.problems, ...unordered(wanted, path)];
  if (problems.length > 0) return refuse(subject, ...problems);

  const watched = chosen.found.map((port) => ({ port, ...promisesOf(port, wanted) }));
  const held = watched.filter(({ port: _, over: __, ...promises }) => Object.keys(promises).length > 0);
  const misfits = held.flatMap(({ port, over, ...promises }) => unfit(port, promises, wanted, over, path));
  if (misfits.length > 0) return refuse(subject, ...misfits);
  const byName = [options.ports].flat().filter((choice) => typeof choice === "string");
  const bare = watched.filter((w) => !held.includes(w)).map(({ port }) => port.ref);
  // a pattern may well choose ports of which nothing is promised, unless there are no others
  const told_ = bare.filter((ref) => held.length === 0 || byName.includes(ref));
  if (told_.length > 0)
    return refuse(subject, problem("L0511", { rule: origin.rule, ports: told_ }, { path: `${path}/ports` }));

  let { graph } = subject;
  const changes: Change[] = [];
  for (const { port, over, ...promises } of held) {
    const { id, graph: next, path: at } = insert(graph, port, { over, ...promises }, subject);
    graph = next;
    changes.push({ verb: "inserts", path: `${at}/${id}`, text: `a monitor of \`${port.ref}\`: ${inWords(promises)}` });
  }
  return { graph, changes, refusals: [] };
}

function insert(graph: Graph, port: NamedPort, settings: Promises & { over: number }, { origin }: Subject) {
  const { vertex } = port;
  const name = isStream(vertex) || vertex.outputs.length === 1 ? vertex.id : `${vertex.id}_${port.port}`;
  const field = port.ref.split(":")[1];
  const id = insertedId(graph, "diagnose", field === undefined ? name : `${name}_${field}`);
  const node: GraphNode = {
    component: MONITOR,
    on: { each: ["watched"] },
    in: { watched: { from: port.from, origin } },
    params: { port: port.ref, kind: port.kind, ...(settings as unknown as { [name: string]: Json }) },
    origin,
  };
  // what reads the world is part of it
  const part = vertex.place === "world" ? "world" : "nodes";
  return { id, path: `/${part}`, graph: { ...graph, [part]: { ...graph[part], [id]: node } } };
}

/** Limits that contradict each other. */
function unordered({ rate: band, range, max_age_s, over_s }: Told, path: string): Problem[] {
  const wrong = (option: string, reason: string, help: string) =>
    problem("L0515", { rule: diagnose.name, option, reason, help }, { path: `${path}/${option}` });
  return [
    ...(band?.min !== undefined && band.max !== undefined && band.min > band.max
      ? [wrong("rate", `asks for at least ${band.min} Hz and at most ${band.max} Hz`, "Exchange the two.")]
      : []),
    ...(range !== undefined && range[0] > range[1]
      ? [wrong("range", `begins at ${range[0]} and ends at ${range[1]}`, "Exchange the two.")]
      : []),
    ...(max_age_s === 0
      ? [wrong("max_age", "is nothing, and every held value is older", "Give it a duration such as `50ms`.")]
      : []),
    ...(over_s === 0
      ? [wrong("over", "is nothing, and nothing can be counted in it", "Give it a duration such as `1s`.")]
      : []),
  ];
}

/** Options that ask for what a port has not. */
function unfit(port: NamedPort, promises: Promises, wanted: Told, over_s: number, path: string): Problem[] {
  const misfit = (option: string, reason: string, help: string) =>
    problem("L0512", { rule: diagnose.name, option, port: port.ref, reason, help }, { path: `${path}/${option}` });
  const numbers = numbersOf(port.type);
  const problems: Problem[] = [];
  if (wanted.range !== undefined && !numbers.any)
    problems.push(misfit("range", "whose messages hold no number", "Watch a port with numbers."));
  if (wanted.frequency !== undefined) {
    const { length } = numbers.fixed;
    const help = "Watch a field of it: `joints:velocity`.";
    if (length === 0) problems.push(misfit("frequency", "whose messages hold no number that is always there", help));
    else if (length > MAX_WATCHED)
      problems.push(
        misfit("frequency", `whose messages hold ${length} numbers, and ${MAX_WATCHED} are watched at most`, help),
      );
  }
  const { drops } = promises;
  if (wanted.drops !== undefined && drops !== undefined && drops.period === undefined) {
    if (drops.sequence === undefined)
      problems.push(
        misfit(
          "drops",
          "which has neither a contract with a rate nor a clock",
          "Give the stream a contract with a `rate`, or name the field that numbers the messages: `drops: {sequence: seq}`.",
        ),
      );
    else {
      const field = parseField(drops.sequence);
      const type = field && selectField(port.type, field);
      if (type?.type !== "integer" && type?.type !== "number")
        problems.push(
          misfit(
            "drops",
            `whose messages have no number \`${drops.sequence}\``,
            "Name a field that counts up by one a message.",
          ),
        );
    }
  }
  const least = promises.rate?.min ?? promises.rate?.max;
  if (wanted.over_s !== undefined && least !== undefined && least * over_s < 2)
    problems.push(
      misfit(
        "over",
        `of which fewer than two messages come in ${over_s} s`,
        `Measure for ${Number((2 / least).toPrecision(3))} s or longer.`,
      ),
    );
  return problems;
}

function inWords({ rate, age, range, drops, frequency }: Promises): string {
  const n = (x: number) => String(Number(x.toPrecision(4)));
  const s = (x: number) => (x < 1 ? `${n(x * 1e3)} ms` : `${n(x)} s`);
  return [
    rate === undefined ? "" : `rate ${bandOf(rate, n)} Hz`,
    age === undefined ? "" : `age below ${s(age.max)}`,
    range === undefined ? "" : `range ${n(range.low)} to ${n(range.high)}`,
    drops === undefined ? "" : `drops below ${n(drops.max * 100)} %`,
    frequency === undefined ? "" : `oscillation below ${n(frequency.below)} Hz`,
  ]
    .filter(Boolean)
    .join(", ");
}

function bandOf({ min, max }: { min?: number; max?: number }, n: (x: number) => string): string {
  if (min === undefined) return `up to ${n(max!)}`;
  if (max === undefined) return `from ${n(min)}`;
  return min === max ? n(min) : `${n(min)} to ${n(max)}`;
}

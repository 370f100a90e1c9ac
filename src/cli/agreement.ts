/** How well a policy answers as its graph does, as a table: a line a port. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { VerifiedPolicy } from "../project/project.js";
import { percent } from "./score.js";
import type { Style } from "./style.js";
import { table } from "./table.js";

const tolerance = (value: string): number => {
  const n = Number(value);
  if (value.trim() === "" || !Number.isFinite(n) || n < 0)
    throw new InvalidArgumentError("A tolerance is a number from 0, such as 1e-9.");
  return n;
};

export const declareTolerance = (command: Command): Command =>
  command.addOption(
    new Option(
      "--tolerance <x>",
      "of a policy's numbers: |a − b| ≤ x · max(1, |a|) (default: equal bits where its ops give them, else 1e-9, of float32 1e-4)",
    ).argParser(tolerance),
  );

type Port = VerifiedPolicy["ports"][number];

const at = ({ time_ns, microstep }: { readonly time_ns: number; readonly microstep: number }): string =>
  `${time_ns / 1e9} s${microstep === 0 ? "" : `, microstep ${microstep}`}`;

/** More of them say no more than the error does. */
const MAX_ULP = 1e6;

function agrees({ equal, numbers, choices, worst, ulp, alone, messages }: Port): string {
  if (equal) return numbers ? "bit-equal" : "equal";
  const near = ulp === undefined ? "differs" : ulp > MAX_ULP ? "beyond 10⁶ ULP" : `within ${ulp} ULP`;
  const chosen = choices !== undefined && choices.same < choices.compared;
  const told = [
    ...(worst === undefined ? [] : [ulp === 0 ? "equal, but for signs of zeros" : near]),
    ...(chosen ? [`${percent(choices.same / choices.compared)} of choices the same`] : []),
    ...(alone > 0 ? [`${alone} of ${alone + messages} messages of one alone`] : []),
  ];
  return told.length === 0 ? "other stamps" : told.join(", ");
}

/** A line a port, what is outside of its promise first, and what was distilled. */
export function agreementTable(verified: VerifiedPolicy, style: Style): string {
  const { ports, virtual_s, students } = verified;
  const columns = [
    { title: "port" },
    { title: "messages" },
    { title: "agreement" },
    { title: "max error" },
    { title: "relative" },
    { title: "at" },
    { title: "promise" },
    { title: "" },
  ];
  const rows = ports.map((port) => ({
    cells: [
      port.port,
      String(port.messages),
      agrees(port),
      !port.numbers ? "" : port.max_abs === 0 ? "0" : port.max_abs.toExponential(2),
      !port.numbers ? "" : port.max_rel === 0 ? "0" : port.max_rel.toExponential(2),
      port.worst === undefined ? "" : at(port.worst),
      isBound(port) ? port.promise : `none (${port.students.join(", ")})`,
      !isBound(port) ? "" : port.holds ? style.green("holds") : style.red("does not hold"),
    ],
  }));
  const [first] = ports
    .flatMap(({ port, first }) => (first === undefined ? [] : [{ port, ...first }]))
    .sort((a, b) => a.time_ns - b.time_ns || a.microstep - b.microstep);
  const bound = ports.filter(isBound);
  const lines = [
    ...(first === undefined ? [] : [`First outside of the promise: \`${first.port}\` at ${at(first)}: ${first.what}`]),
    ...(bound.length === 0 ? [] : [`Over ${virtual_s} s ${verdict(ports, bound)}.`]),
    ...students.flatMap((student) => studentLines(student, ports)),
  ];
  return `${table(columns, rows, style)}${lines.join("\n")}\n`;
}

function verdict(ports: readonly Port[], bound: readonly Port[]): string {
  const broken = bound.filter(({ holds }) => !holds);
  if (broken.length > 0) return `${named(broken)} ${broken.length === 1 ? "does" : "do"} not hold`;
  if (bound.length === ports.length) return "the policy answers as the graph does";
  return `${named(bound)} ${bound.length === 1 ? "holds" : "hold"}`;
}

const isBound = ({ promise }: Port): boolean => promise !== NO_PROMISE;
/** Of a port that a student leads to. */
const NO_PROMISE: Port["promise"] = "none";

const named = (ports: readonly Port[]): string => ports.map(({ port }) => `\`${port}\``).join(", ");

/** What hangs on a student, and what may be expected of it. */
function studentLines(
  { model, kind, nodes, tuned }: VerifiedPolicy["students"][number],
  ports: readonly Port[],
): string[] {
  const led = ports.filter((port) => port.students.includes(model));
  if (led.length === 0) return [];
  const one = led.length === 1;
  const line = `${named(led)} ${one ? "hangs" : "hang"} on ${model}, a student (${kind}) in place of ${nodes.join(", ")}: ${one ? "it is" : "they are"} as far off as the table says.`;
  return tuned
    ? [line, `${model} is fine-tuned: it is meant to do better by the metrics than the graph, not to say the same.`]
    : [line];
}

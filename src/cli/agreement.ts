/** How well a policy answers as its graph does, as a table: a line a port. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { VerifiedPolicy } from "../project/project.js";
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
      "of a policy: |a − b| ≤ x · max(1, |a|) (default: equal bits where its ops give them, else 1e-9, of float32 1e-4)",
    ).argParser(tolerance),
  );

/** What a distilled part promises. */
const NOTHING: VerifiedPolicy["ports"][number]["promise"] = "nothing";

const at = ({ time_ns, microstep }: { readonly time_ns: number; readonly microstep: number }): string =>
  `${time_ns / 1e9} s${microstep === 0 ? "" : `, microstep ${microstep}`}`;

/** More of them say no more than the error does. */
const MAX_ULP = 1e6;

function agrees({ equal, worst, ulp }: VerifiedPolicy["ports"][number]): string {
  if (equal) return "bit-equal";
  if (worst === undefined) return "not the same messages";
  if (ulp === 0) return "equal, but for signs of zeros";
  if (ulp === undefined) return "differs";
  return ulp > MAX_ULP ? "beyond 10⁶ ULP" : `within ${ulp} ULP`;
}

/** @param tuned what was distilled was fine-tuned: it is meant to drive better than the graph, not as it does */
export function agreementTable({ ports, virtual_s, holds }: VerifiedPolicy, style: Style, tuned = false): string {
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
      port.equal ? "0" : port.max_abs.toExponential(2),
      port.equal ? "0" : port.max_rel.toExponential(2),
      port.worst === undefined ? "" : at(port.worst),
      port.promise,
      port.promise === NOTHING ? "" : port.holds ? style.green("holds") : style.red("does not hold"),
    ],
  }));
  const first = ports
    .filter((port) => port.first !== undefined)
    .sort((a, b) => a.first!.time_ns - b.first!.time_ns || a.first!.microstep - b.first!.microstep)[0];
  const lines =
    first === undefined
      ? []
      : [`First outside of the promise: \`${first.port}\` at ${at(first.first!)}: ${first.first!.what}`];
  const promised = ports.some(({ promise }) => promise !== NOTHING);
  const verdict = !promised
    ? `What was distilled is ${tuned ? "tuned to the metrics, not to the graph" : "close to the graph, and no more"}: over ${virtual_s} s it differs by what the table says.`
    : holds
      ? `Over ${virtual_s} s the policy answers as the graph does.`
      : `Over ${virtual_s} s it does not.`;
  return `${table(columns, rows, style)}${[...lines, verdict].join("\n")}\n`;
}

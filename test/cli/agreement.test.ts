/** What `verify --policy` and `lower` say of a policy, in words. */
import { expect, test } from "vitest";
import { agreementTable } from "../../src/cli/agreement.js";
import { plain } from "../../src/cli/style.js";
import type { VerifiedPolicy } from "../../src/project/project.js";

type Port = VerifiedPolicy["ports"][number];
const exact: Port = {
  ...{ port: "smooth", messages: 40, alone: 0, equal: true, ulp: 0, numbers: true, max_abs: 0, max_rel: 0, nmse: 0 },
  ...{ promise: "bit-equal", holds: true, students: [] },
};
const first = { time_ns: 5e8, microstep: 0, what: "1 and 2" };
const worst = { time_ns: 5e8, microstep: 0, graph: 1, policy: 2 };
const broken: Port = {
  ...exact,
  port: "power",
  equal: false,
  ulp: 7,
  max_abs: 1,
  max_rel: 0.5,
  worst,
  first,
  holds: false,
};
const led: Port = { ...broken, first: undefined, promise: "none", holds: true, students: ["kiln-planner@1"] } as never;
const choice: Port = {
  ...{ ...exact, port: "state", equal: false, numbers: false, promise: "none", students: ["kiln-mode@1"] },
  choices: { compared: 40, same: 39 },
};
const student = { model: "kiln-planner@1", nodes: ["planner"], kind: "ridge", tuned: false };
const other = { model: "kiln-mode@1", nodes: ["mode"], kind: "forest", tuned: false };
const told = (ports: readonly Port[], students: VerifiedPolicy["students"] = []): string[] =>
  agreementTable(
    {
      graph: "kiln",
      policy: "p.onnx",
      virtual_s: 2,
      ports,
      students,
      holds: ports.every(({ holds }) => holds),
      interrupted: false,
    },
    plain,
  )
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().replaceAll(/ {2,}/g, " | "));

test("a policy that is exact", () => {
  expect(told([exact])).toEqual([
    "port | messages | agreement | max error | relative | at | promise",
    "smooth | 40 | bit-equal | 0 | 0 | bit-equal | holds",
    "Over 2 s the policy answers as the graph does.",
  ]);
  expect(told([exact, broken]).slice(2)).toEqual([
    "power | 40 | within 7 ULP | 1.00e+0 | 5.00e-1 | 0.5 s | bit-equal | does not hold",
    "First outside of the promise: `power` at 0.5 s: 1 and 2",
    "Over 2 s `power` does not hold.",
  ]);
});

test("ports that students lead to: which, how far off, and no promise", () => {
  expect(told([led, choice, exact], [student, other]).slice(1)).toEqual([
    "power | 40 | within 7 ULP | 1.00e+0 | 5.00e-1 | 0.5 s | none (kiln-planner@1)",
    "state | 40 | 97.5 % of choices the same | none (kiln-mode@1)",
    "smooth | 40 | bit-equal | 0 | 0 | bit-equal | holds",
    "Over 2 s `smooth` holds.",
    "`power` hangs on kiln-planner@1, a student (ridge) in place of planner: it is as far off as the table says.",
    "`state` hangs on kiln-mode@1, a student (forest) in place of mode: it is as far off as the table says.",
  ]);
});

test("a tuned student is meant to differ; a tolerance decides all the same", () => {
  const bound = { ...led, promise: "within 2", messages: 39, alone: 1 };
  expect(told([bound], [{ ...student, tuned: true }]).slice(1)).toEqual([
    "power | 39 | within 7 ULP, 1 of 40 messages of one alone | 1.00e+0 | 5.00e-1 | 0.5 s | within 2 | holds",
    "Over 2 s the policy answers as the graph does.",
    "`power` hangs on kiln-planner@1, a student (ridge) in place of planner: it is as far off as the table says.",
    "kiln-planner@1 is fine-tuned: it is meant to do better by the metrics than the graph, not to say the same.",
  ]);
});

/**
 * One mistake for each code of graph files: edits to a good file that make that problem, and nothing else.
 *
 * `text` replaces the whole file; `set` is what the command line sets.
 */

import type { Json } from "../../src/message/type.js";
import type { Code } from "../../src/problem/problem.js";
import { unsound } from "./unsound.js";

export interface Mistake {
  readonly code: Code;
  readonly edits?: readonly (readonly [find: string, write: string])[];
  readonly text?: string;
  readonly set?: { readonly [name: string]: Json };
  /** Why a second problem is no follow-up noise. */
  readonly also?: readonly Code[];
}

const edit = (code: Code, ...edits: (readonly [string, string])[]): Mistake => ({ code, edits });
const text = (code: Code, whole: string): Mistake => ({ code, text: whole });
const head = "limbeck: 1\nname: loop\nnodes:\n";
/** A node `n` between a clock and a sink. */
const between = (code: Code, node: string, more = ""): Mistake =>
  text(
    code,
    `${head}  a: {component: test/clocked}\n  n: {${node}}\n  end: {component: test/sink, in: {value: n.value}}\n${more}`,
  );
/** One that reads the clock at the ports named, and says more. */
const events = (code: Code, ports: readonly string[], more: string): Mistake =>
  between(code, `component: test/events, in: {${ports.map((p) => `${p}: a.value`).join(", ")}}, ${more}`);
/** One that reads an in-stream as an event. */
const hits = (code: Code, input: string): Mistake =>
  between(
    code,
    `component: test/event, in: {press: ${input}, held: a.value}`,
    "streams: {in: {hits: {message: Scalar, live: x}}}\n",
  );
const sent = "streams: {out: {all: {message: Scalar, from: a.value}}}\n";
const arm = "arm: {component: sim/two-link-arm, in: [torque]}";
const pd = "in: {target: {from: target, max_age: 1s}, joints: joints}";

export const mistakes: readonly Mistake[] = [
  text("L0101", `# ${"x".repeat(1_000_000)}\n`),
  text("L0102", `limbeck: 1\nname: ${"[".repeat(70)}\n`),
  text("L0103", `limbeck: 1\nname: x\na: [${Array.from({ length: 101 }, (_, i) => `&a${i} 1`).join(", ")}]\n`),
  text("L0103", `limbeck: 1\nname: x\na: &a 1\nb: [${"*a, ".repeat(101)}1]\n`),
  text(
    "L0103",
    `l0: &l0 [${"x, ".repeat(9)}x]\n${Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${`*l${i}, `.repeat(9)}*l${i}]`).join("\n")}\n`,
  ),
  text("L0104", "limbeck: 1\nname: \u0000\n"),
  text("L0105", "limbeck: 1\nname: [a, b\nnodes: {}\n"),
  text("L0105", "limbeck: 1\nname: a: b\n"),
  text("L0105", 'limbeck: 1\nname: "a\nnodes: {}\n'),
  text("L0105", "limbeck: 1\nname: *nobody\n"),
  text("L0105", "limbeck: 1\nname: x\nmessages: {A: &a [*a]}\n"),
  text("L0106", "limbeck: 1\nname: x\nnodes:\n\ta: {component: test/clocked}\n"),
  text("L0107", ""),
  text("L0107", "# nothing here\n"),
  text("L0108", "- limbeck: 1\n"),
  text("L0108", "just words\n"),
  edit("L0109", ["limbeck: 1", "limbeck: 2"]),
  edit("L0109", ["limbeck: 1", 'limbeck: "1"']),
  edit("L0109", ["limbeck: 1\n", ""]),
  edit("L0110", ["kd: 4", "kd: 4, kd: 5"]),
  edit("L0110", [pd, "in: [target, joints, target]"]),
  edit("L0111", ["seed: 7", "sead: 7"]),
  edit("L0111", ["max_age", "max_agee"]),
  edit("L0111", ["simulate: arm.joints", "simulat: arm.joints"]),
  edit("L0111", ["on: 100hz", "on: {clok: 100hz}"]),
  edit("L0111", ["doc: A two", "frobnicate: A two"]),
  edit("L0112", ["seed: 7", "seed: seven"]),
  edit("L0112", ["on: 100hz", "on: [100hz]"]),
  edit("L0112", ["joints: joints}", "joints: [joints]}"]),
  edit("L0112", ["loss: 1%", "loss: 3"]),
  edit("L0112", ["nodes:\n  controller:", "nodes:\n  other:\n  controller:"]),
  edit("L0113", ["component: control/pd", "doc: x"]),
  edit("L0113", ["from: controller.torque, ", ""]),
  edit("L0114", ["  operator:", "  __proto__:"]),
  edit("L0114", ["as: reach", "constructor: reach"]),
  edit("L0114", ["tracking:", "left.arm:"]),
  edit("L0115", ["params: {kp: $kp", "params: {<<: {}, kp: $kp"]),
  edit("L0115", ["seed: 7", "seed: !!int 7"]),
  edit("L0115", ["seed: 7", "seed: .inf"]),
  edit("L0115", ["kd: 4", "[1]: 4, kd: 4"]),
  text("L0115", "limbeck: 1\nname: x\n---\nlimbeck: 1\nname: y\n"),
  { code: "L0116", set: { kq: 1 } },
  { code: "L0116", set: { "amr.mass": 1 } },
  { code: "L0117", set: { kp: "high" } },
  edit("L0117", ["default: 30", "maximum: 20, default: 30"]),
  edit("L0119", ["on: 100hz", "on: 100 Hz"]),
  edit("L0112", ["max_age: 1s", "max_age: 10"]),
  edit("L0119", ["max_age: 1s", "max_age: 10 sec"]),
  edit("L0119", ["jitter: 5ms", "jitter: 5hz"]),
  edit("L0119", ["rate: 2hz", "rate: 0hz"]),
  edit("L0119", ["loss: 1%", "loss: 101%"]),
  edit("L0120", ["kp: $kp", "kp: $pk"]),
  edit("L0121", ["{type: number, default: 30}", "{type: number}"]),
  edit("L0122", ["kp: $kp", "kp: 30"]),
  text("L0123", `limbeck: 1\nname: x\n${Array.from({ length: 150 }, (_, i) => `zzzzzzzzz${i}: 1`).join("\n")}\n`),
  edit("L0201", ["  operator:", "  joints:"], ["operator.target", "joints.target"]),
  edit("L0202", ["sim/waypoints", "sim/waypionts"]),
  edit("L0203", ["joints: joints", "joints: jonts"]),
  edit("L0203", ["joints: joints", "joints: wheel"]),
  edit("L0204", ["from: controller.torque", "from: controller.torqe"]),
  edit("L0205", ["joints: joints}", "jonts: joints}"]),
  edit("L0205", [pd, "in: {target: {from: target, max_age: 1s}, state: joints}"]),
  edit("L0206", ["joints: {message: JointState2", "joints: {message: JointStat2"]),
  edit("L0207", [arm, 'arm: {component: sim/two-link-arm, in: {torque: "torque:x"}}']),
  edit("L0208", ["joints: joints}", 'joints: "joints:position"}']),
  edit("L0209", [", joints: joints}", "}"]),
  edit("L0210", ["[arm.tip, target]", "[joints:position, target]"]),
  text(
    "L0211",
    `${head}  a: {component: test/scalar, in: {value: c.value}}\n  b: {component: test/scalar, in: {value: a.value}}\n  c: {component: test/scalar, in: {value: b.value}}\n${sent}`,
  ),
  text("L0211", `${head}  a: {component: test/scalar, in: {value: a.value}}\n${sent}`),
  text(
    "L0212",
    `${head}  a: {component: test/scalar, on: 10hz, in: {value: {from: a.value, delay: 1period}}}\n${sent}`,
  ),
  edit("L0213", ["contract: {rate: 2hz, jitter: 5ms, loss: 1%}", "contract: {loss: 1%}"]),
  edit("L0214", ["on: 100hz", "on: {each: [joint]}"]),
  edit("L0215", ["initial: [0, 0]", "initial: 0"]),
  edit("L0215", ["safe: {torque: [0, 0]}", "safe: {torque: [0, 0, 0]}"]),
  edit("L0216", ["joints: joints}", "joints: arm.joints}"]),
  edit("L0217", [arm, "arm: {component: sim/two-link-arm, in: {torque: controller.torque}}"]),
  edit("L0218", ["simulate: arm.joints", "simulate: controller.torque"]),
  edit("L0219", ["from: controller.torque", "from: controller"]),
  edit("L0219", ["joints: joints}", "joints: joints.out}"]),
  between(
    "L0220",
    "component: test/event, in: {press: a.value, held: gain}",
    "streams: {in: {gain: {message: Scalar}}}\n",
  ),
  edit("L0221", ["messages: ", "messages:\n  Spare: {tensor: [9]}"]),
  edit("L0222", ["- record:", "- recrod:"]),
  edit("L0223", ["rmse:", "rsme:"]),
  edit("L0224", ["training: {arm.q0", "training: {arm.q"]),
  text("L0225", `${head}  log: {component: source/csv}\nstreams: {out: {row: {message: Vector2, from: log.row}}}\n`),
  edit("L0226", [arm, `${arm}\n  log: {component: source/csv, on: 10hz}`], ["[arm.tip, target]", "[arm.tip, log.row]"]),
  text(
    "L0227",
    `${head}  a: {component: filter/low-pass, on: 10hz, in: {value: {from: b.value, delay: 10ms, initial: 0}}}\n  b: {component: filter/low-pass, in: {value: a.value}}\n`,
  ),
  edit("L0228", ["from: controller.torque", "from: controller torque"]),
  edit("L0229", ["safe: {torque", "safe: {torqe"]),
  events("L0214", ["left"], "on: {aligned: {ports: [left, right], within: 5ms}}"),
  events("L0214", ["left"], "on: {window: {port: lef, count: 3}}"),
  events("L0214", ["left"], "on: {silence: {port: hold, for: 5ms}}"),
  events("L0119", ["left"], "on: {silence: {port: left, for: 0ms}}"),
  events("L0112", ["left"], "on: {window: {duration: 5}}"),
  events("L0119", ["left"], "on: {window: {duration: 5hz}}"),
  events("L0112", ["left"], "on: {window: {count: 0}}"),
  events("L0111", ["left"], "on: {window: {cuont: 3}}"),
  events("L0113", ["left", "held"], "on: {aligned: {ports: [left, held]}}"),
  events("L0112", ["left"], "latency: {normal: [5ms]}"),
  events("L0112", ["left"], "latency: {empirical: [5ms, 6]}"),
  events("L0119", ["left"], "latency: -5ms"),
  events("L0112", ["left"], "place: thread"),
  events("L0119", ["left"], "restart: {budget: 3, within: 0s}"),
  between("L0233", "component: test/event, in: {press: {from: a.value, queue: $n}}", "params: {n: {default: 0.5}}\n"),
  events("L0233", ["left"], "on: {window: {count: 10000000}}"),
  events("L0234", ["left"], "on: {aligned: {ports: [left, left], within: 5ms}}"),
  events("L0235", ["left", "right"], "on: {window: {count: 3}}"),
  between("L0235", "component: test/scalar, on: {window: {count: 3}}, in: {value: a.value}"),
  events("L0236", ["left", "held"], "on: {window: {port: held, count: 3}}"),
  events("L0237", ["left"], "on: {window: {count: 3, duration: 5ms}}"),
  events("L0237", ["left"], "on: {window: {every: 5ms}}"),
  edit("L0238", ["joints: joints}", "joints: {from: joints, queue: 10}}"]),
  between("L0238", "component: test/event, on: {window: {count: 3}}, in: {press: {from: a.value, queue: 3}}"),
  hits("L0239", "{from: hits, queue: {size: 3, policy: block}}"),
  edit(
    "L0239",
    [
      "world:\n",
      "world:\n  a: {component: test/clocked}\n  n: {component: test/event, in: {press: {from: a.value, queue: {size: 3, policy: block}}}}\n",
    ],
    ["[arm.tip, target]", "[arm.tip, n.value]"],
  ),
  edit("L0240", [
    "joints: joints}",
    "joints: {from: joints, exact: true, delay: 1period, initial: {position: [0, 0], velocity: [0, 0]}}}",
  ]),
  hits("L0240", "{from: hits, exact: true}"),
  edit(
    "L0241",
    [arm, `${arm}\n  log: {component: source/csv, latency: 5ms}`],
    ["[arm.tip, target]", "[arm.tip, log.row]"],
  ),
  edit("L0242", ["on: 100hz", "on: 100hz\n    timeout: 100ms"]),
  edit("L0231", ["latency: 2ms", "range: [1, -1]"]),
  ...unsound,
];

export function apply(good: string, mistake: Mistake): string {
  if (mistake.text !== undefined) return mistake.text;
  let out = good;
  for (const [find, write] of mistake.edits ?? []) {
    if (!out.includes(find)) throw new Error(`${mistake.code}: nothing to edit at ${find}`);
    out = out.replace(find, () => write);
  }
  return out;
}

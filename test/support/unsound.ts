/** Graphs that are well formed and cannot work as they are meant to: each makes exactly one warning. */
import type { Mistake } from "./mistakes.js";

const text = (code: Mistake["code"], body: string): Mistake => ({
  code,
  text: `limbeck: 1\nname: x\n${body.trim()}\n`,
});
const edit = (code: Mistake["code"], ...edits: (readonly [string, string])[]): Mistake => ({ code, edits });

/** A world clock behind an in-stream, a node `n` that is read, and nothing else. */
const fed = (contract: string, n: string, clock = "100hz", more = ""): string => `
streams:
  in: {s: {message: Scalar, simulate: w.value${contract === "" ? "" : `, contract: ${contract}`}}}
  out: {all: {message: Scalar, from: n.value}}
world: {w: {component: test/clocked, on: ${clock}}}
nodes:
  n: ${n}
${more}`;

/** The plant's joints are measured, whoever reads them. */
const still = ["[arm.tip, target]}}", "[arm.tip, target]}, same: {rmse: [arm.joints, joints]}}"] as const;

export const unsound: readonly Mistake[] = [
  text(
    "L0250",
    `
messages: {A: {type: number, unit: deg}, B: {type: number, unit: rad}}
streams: {in: {a: {message: A, live: x}}, out: {b: {message: B, from: a}}}`,
  ),
  text(
    "L0250",
    `
messages:
  A: {pose: {tensor: [2], unit: mm}, speed: {type: number, unit: Hz}}
  B: {pose: {tensor: [2], unit: m}, speed: {type: number, unit: rad/s}}
streams: {in: {a: {message: A, live: x}}, out: {b: {message: B, from: a}}}`,
  ),
  edit(
    "L0250",
    ["messages: ", "messages:\n  Angle: {type: number, unit: deg}"],
    [
      "initial: [0, 0], live",
      'initial: [0, 0], live: "udp://127.0.0.1:9002"}\n    first: {message: Angle, from: "joints:position[0]", live',
    ],
  ),
  text("L0251", fed("", "{component: test/event, on: 10hz, in: {press: s}}")),
  text("L0251", fed("", "{component: test/event, on: 0.05hz, in: {press: s}}")),
  text("L0252", fed("", "{component: test/scalar, latency: 15ms, in: {value: s}}")),
  text("L0252", fed("", "{component: test/event, latency: {normal: [25ms, 1ms]}, in: {press: s}}")),
  text("L0252", fed("", "{component: test/scalar, on: 100hz, latency: {empirical: [5ms, 25ms]}, in: {value: s}}")),
  edit("L0253", ["contract: {rate: 2hz, jitter: 5ms, loss: 1%}", "contract: {rate: 2hz, loss: 1}"]),
  edit("L0253", ["message: JointState2, simulate: arm.joints, ", "message: JointState2, "], still),
  edit("L0253", [', live: "udp://0.0.0.0:9000"', ""]),
  edit("L0253", ['simulate: arm.joints, live: "udp://0.0.0.0:9000",\n', ""], still),
  text(
    "L0253",
    `
streams:
  in:
    gps: {message: Scalar, simulate: w.value, contract: {loss: 1.0}}
    imu: {message: Scalar, simulate: w.value}
  out: {all: {message: Scalar, from: plan.value}}
world: {w: {component: test/clocked}}
nodes:
  smooth: {component: test/scalar, in: {value: gps}}
  fuse: {component: test/scalar, in: {value: imu}}
  pick: {component: test/aligned, on: {each: [left]}, in: {left: fuse.value, right: smooth.value}}
  plan: {component: test/scalar, in: {value: pick.value}}`,
  ),
  text("L0254", fed("{loss: 1}", "{component: test/scalar, in: {value: s}}")),
  text("L0254", fed("{loss: 100%}", "{component: test/events, on: {window: {count: 3}}, in: {left: s}}")),
  text(
    "L0254",
    fed(
      "{loss: 1}",
      "{component: test/aligned, on: {aligned: {ports: [left, right], within: 5ms}}, in: {left: s, right: t.value}}",
      "100hz",
      "  t: {component: test/clocked}",
    ),
  ),
  text(
    "L0255",
    `
streams: {out: {all: {message: Scalar, from: c.value}}}
nodes:
  a: {component: test/scalar, in: {value: {from: b.value, delay: 10ms, initial: 0}}}
  b: {component: test/scalar, in: {value: a.value}}
  c: {component: test/scalar, in: {value: b.value}}`,
  ),
  text(
    "L0255",
    `
streams:
  in: {seen: {message: Scalar, simulate: plant.value}}
  out: {told: {message: Scalar, from: node.value, initial: 0}}
world: {plant: {component: test/scalar, in: {value: told}}}
nodes: {node: {component: test/scalar, in: {value: seen}}}`,
  ),
  edit("L0255", ["initial: [0, 0], ", ""]),
  text(
    "L0256",
    `
nodes:
  a: {component: test/clocked}
  b: {component: test/scalar, in: {value: a.value}}
  c: {component: test/scalar, in: {value: b.value}}`,
  ),
  text("L0256", "nodes: {a: {component: test/clocked, in: {value: {from: a.value, delay: 1period, initial: 0}}}}"),
  text("L0257", fed("{rate: 100hz}", "{component: test/scalar, in: {value: s}}", "50hz")),
  text("L0257", fed("{rate: 100hz}", "{component: test/scalar, in: {value: s}}", "2ms")),
  text(
    "L0257",
    `
streams: {out: {all: {message: Scalar, from: b.value, contract: {rate: 100hz}}}}
nodes: {a: {component: test/clocked}, b: {component: test/scalar, in: {value: a.value}}}`,
  ),
  text(
    "L0258",
    `
streams:
  in: {a: {message: Scalar, live: x, contract: {rate: 100hz, range: [-2, 2]}}}
  out: {b: {message: Scalar, from: a, contract: {rate: 1khz, range: [-1, 1]}}}`,
  ),
  edit("L0259", ["max_age: 1s", "max_age: 100ms"]),
  edit("L0259", ["joints: joints}", "joints: {from: joints, max_age: 1ms}}"]),
  text("L0259", fed("{latency: 20ms}", "{component: test/events, in: {left: {from: s, max_age: 10ms}}}")),
  text("L0260", fed("", "{component: test/scalar, on: {silence: {port: value, for: 5ms}}, in: {value: s}}")),
  text("L0260", fed("", "{component: test/events, on: {window: {duration: 5ms}}, in: {left: s}}")),
  text(
    "L0261",
    `
streams:
  in: {one: {message: Scalar, live: x}, two: {message: Scalar, live: y}}
  out: {all: {message: Scalar, from: n.value}}
nodes: {n: {component: test/both, in: {left: one, right: two}}}`,
  ),
  edit(
    "L0262",
    ["initial: [0, 0], live", "contract: {range: [1, 2]}, initial: [1, 3], live"],
    ["safe: {torque: [0, 0]}", "safe: {torque: [1, 1]}"],
  ),
  edit(
    "L0262",
    ["initial: [0, 0], live", "initial: [0, 0], contract: {range: [-2, 2]}, live"],
    ["safe: {torque: [0, 0]}", "safe: {torque: [0, -3]}"],
  ),
];

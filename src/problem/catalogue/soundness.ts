/** L025–L026: graphs that are well formed and cannot work, or not as they were meant. */
import { warning } from "../entry.js";
import { list } from "./words.js";

/** 3 digits are enough to compare by. */
const number = (x: number): string => String(Number(x.toPrecision(3)));
const hz = (rate: number): string => (rate >= 1000 ? `${number(rate / 1000)} kHz` : `${number(rate)} Hz`);

const SCALES = [
  [3600e9, "h"],
  [60e9, "min"],
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "us"],
] as const;

/** A time as people say it: `33.3 ms`. */
function time(ns: number): string {
  // up to two minutes seconds are read more easily
  const [scale, unit] = SCALES.find(([s, u]) => ns >= s && (u !== "min" || ns >= 120e9)) ?? [1, "ns"];
  return `${number(ns / scale)} ${unit}`;
}
/** The same as it is written in a graph file. */
const written = (ns: number): string => time(ns).replace(" ", "");
const every = (rate: number): string => `${hz(rate)}, every ${time(1e9 / rate)}`;
const percent = (share: number): string =>
  share >= 1
    ? "100 %"
    : share > 0.995
      ? "more than 99 %"
      : share < 0.01
        ? "less than 1 %"
        : `${Math.round(share * 100)} %`;

const MAX_NAMED = 5;
/** "`a`, `b` and 3 more" */
export const some = (names: readonly string[]): string => {
  const shown = names.slice(0, names.length > MAX_NAMED ? MAX_NAMED : MAX_NAMED + 1);
  const more = names.length - shown.length;
  if (more > 0) return `${list(shown)} and ${more} more`;
  return shown.length < 2 ? list(shown) : `${list(shown.slice(0, -1))} and ${list(shown.slice(-1))}`;
};

/** Why nothing comes. */
export type Silence =
  | { readonly kind: "loss" }
  /** No source in this mode. */
  | { readonly kind: "simulation" | "live" | "nowhere" };

const reasons: Record<Silence["kind"], string> = {
  loss: "loses every message (`loss` is 1)",
  simulation: "has no source in simulation (no `simulate`)",
  live: "has no source in a live run (no `live`)",
  nowhere: "has no source (neither `simulate` nor `live`)",
};
const mends: Record<Silence["kind"], string> = {
  loss: "Lower its `contract.loss`",
  simulation: "Give it `simulate: node.port`",
  live: "Give it a `live` address",
  nowhere: "Say where it comes from (`simulate: node.port`, `live: ADDRESS`)",
};

/** What contracts promise, and what changes it on the way. */
const PROMISES: {
  readonly [key in "rate_hz" | "latency_ns" | "jitter_ns" | "loss" | "range"]: {
    readonly word: string;
    readonly shown: (value: number) => string;
    readonly by?: string;
  };
} = {
  rate_hz: { word: "rate", shown: hz, by: "`filter/resample`" },
  latency_ns: { word: "latency", shown: time },
  jitter_ns: { word: "jitter", shown: time },
  loss: { word: "loss", shown: (share) => `${number(100 * share)} %` },
  range: { word: "range", shown: String, by: "`filter/saturation`" },
};
const promised = (key: keyof typeof PROMISES, value: number | readonly [number, number]): string =>
  [value].flat().map(PROMISES[key].shown).join(" to ");
const mendedBy = (keys: readonly (keyof typeof PROMISES)[]): string => {
  const components = keys.flatMap((key) => PROMISES[key].by ?? []);
  return components.length === 0 ? "" : `, or put what changes it between them (${components.join(", ")})`;
};

/** A node, and what it waits for. */
export interface Waiting {
  readonly node: string;
  /** What the node reads: the stream itself, or a port that hangs on it. */
  readonly port: string;
  readonly stream: string;
  readonly silence: Silence;
  /** Nodes that never fire for the same reason. */
  readonly others: readonly string[];
}

/** "`gps`, which …", or "`filter.value`, which needs `gps`, and `gps` …" */
const waitsFor = ({ port, stream, silence }: Waiting): string =>
  port === stream
    ? `\`${stream}\`, which ${reasons[silence.kind]}`
    : `\`${port}\`, behind which stands \`${stream}\`, which ${reasons[silence.kind]}`;
const follows = (others: readonly string[]): string =>
  others.length === 0 ? "" : `; with it ${some(others)} can never fire`;

export const soundness = {
  L0250: warning<{
    from: string;
    to: string;
    differences: readonly {
      readonly field: string;
      readonly gives: string;
      readonly takes: string;
      readonly ratio?: number | undefined;
    }[];
  }>(
    "units that disagree",
    ({ from, to, differences }) => {
      const at = (field: string) => (field === "" ? "" : `\`${field}\` in `);
      const side = (which: "gives" | "takes") =>
        differences
          .slice(0, MAX_NAMED)
          .map((d) => `${at(d.field)}${d[which]}`)
          .join(", ");
      const ratios = differences.filter((d) => d.ratio !== undefined);
      const factor = ({ gives, takes, ratio }: (typeof differences)[number]) =>
        `1 ${gives} is ${Number(ratio!.toPrecision(6))} ${takes}`;
      const said = [...new Set(ratios.map(factor))].join(", ");
      return {
        message: `\`${from}\` gives ${side("gives")}, and \`${to}\` takes ${side("takes")}`,
        help:
          ratios.length === differences.length
            ? `Convert in between (${said}; \`math/matrix-gain\` multiplies), or correct the \`unit\` that is wrong.`
            : "These are different quantities: connect another port, or correct the `unit` that is wrong.",
      };
    },
    `Where both ends of a connection state a unit, the units mean the same. Spellings do not count: \`N·m\` and \`Nm\`, \`m/s^2\` and \`m/s²\`, \`Hz\` and \`1/s\` agree. A side without a unit takes anything. Limbeck never converts by itself.

\`\`\`yaml
messages: {Bearing: {type: number, unit: deg}}
streams: {in: {bearing: {message: Bearing, live: "udp://0.0.0.0:9000"}}}
nodes: {turn: {component: ./turn.ts, in: {angle: bearing}}}   # warns where angle is in rad
\`\`\`
\`\`\`yaml
messages: {Bearing: {type: number, unit: rad}}                # mended, if that is what the sensor sends
\`\`\``,
  ),
  L0251: warning<{
    node: string;
    port: string;
    from: string;
    from_hz: number;
    node_hz: number;
    default_size: number;
  }>(
    "events faster than their reader, and no queue",
    ({ node, port, from, from_hz, node_hz, default_size }) => {
      const factor = from_hz / node_hz;
      const lost = factor - default_size;
      return {
        message: `\`${from}\` brings ${number(factor)} events (${hz(from_hz)}) for each firing of \`${node}\` (${hz(node_hz)}), and input \`${port}\` has no \`queue\`${
          lost > 0 ? `: ${number(lost)} of them are dropped, for ${default_size} may wait` : ""
        }`,
        help: `Say how many may wait and what happens to more: \`queue: {size: ${2 ** Math.ceil(Math.log2(2 * factor))}, policy: drop_oldest}\`. Without it ${default_size} wait, and then the oldest are dropped.`,
      };
    },
    `A node with a clock gets the events since its last firing as an array. When they come faster than it fires, somebody has to say how many may wait, and whether the oldest or the newest are dropped then, the producer is held back, or the node faults.

\`\`\`yaml
log: {component: ./log.ts, on: 10hz, in: {tick: encoder}}                                                        # warns: encoder at 1 kHz
log: {component: ./log.ts, on: 10hz, in: {tick: {from: encoder, queue: {size: 256, policy: drop_oldest}}}}       # mended
\`\`\``,
  ),
  L0252: warning<{
    node: string;
    latency_ns: number;
    rate_hz: number;
    ports: readonly string[];
    clocked: boolean;
    mean: boolean;
  }>(
    "firings that overlap",
    ({ node, latency_ns, rate_hz, ports, clocked, mean }) => ({
      message: `\`${node}\` takes ${time(latency_ns)} a firing${mean ? " on average" : ""} and fires at ${every(rate_hz)}: ${number((latency_ns * rate_hz) / 1e9)} firings overlap at any time`,
      help: clocked
        ? `One at a time keeps up with ${hz(1e9 / latency_ns)}: lower the clock, or shorten \`latency\`.`
        : ports.length > 0
          ? `Let messages wait or be dropped: \`queue: {size: 1, policy: drop_oldest}\` at ${some(ports)}. One at a time keeps up with ${hz(1e9 / latency_ns)}.`
          : `One at a time keeps up with ${hz(1e9 / latency_ns)}: fire it by a clock (\`on: ${Math.floor(1e11 / latency_ns) / 100}hz\`), or on an event input with a \`queue\`.`,
    }),
    `\`latency\` says how long a firing takes. Where the next one is due before, simulation computes both side by side, which the real computer may not do. A queue makes the node take one message after the other, and says what becomes of those that come in between.

\`\`\`yaml
detector: {component: ./detector.ts, latency: 50ms, in: {image: camera}}                                              # warns: camera at 30 Hz
detector: {component: ./detector.ts, latency: 50ms, in: {image: {from: camera, queue: {size: 1, policy: drop_oldest}}}}   # mended
\`\`\``,
  ),
  L0253: warning<Waiting>(
    "node that can wait for ever",
    (a) => ({
      message: `\`${a.node}\` can wait for ever for ${waitsFor(a)}${follows(a.others)}`,
      help: `${mends[a.silence.kind]}, or let \`${a.node}\` do without: \`missing: {default: …}\` at the input.`,
    }),
    `A firing needs a value at every input that is neither optional nor has a default; without one it is skipped, and counted. Here no message can ever come at such an input: its stream loses everything or has no source, in simulation or in a live run, or a node before it never fires.

\`\`\`yaml
streams:
  in:
    imu: {message: Imu, simulate: robot.imu}
    gps: {message: Fix, live: "udp://0.0.0.0:9001"}                                   # no source in simulation
nodes:
  fuse: {component: ./fuse.ts, on: 100hz, in: {imu: imu, gps: gps}}                   # warns
\`\`\`
\`\`\`yaml
  fuse: {component: ./fuse.ts, on: 100hz, in: {imu: imu, gps: {from: gps, missing: {default: [0, 0]}}}}   # mended
\`\`\``,
  ),
  L0254: warning<Waiting & { readonly trigger: string }>(
    "trigger that can never fire",
    (a) => ({
      message: `\`${a.node}\` can never fire: its trigger \`${a.trigger}\` can wait for ever for ${waitsFor(a)}${follows(a.others)}`,
      help: `${mends[a.silence.kind]}, or fire \`${a.node}\` by something else: \`on: 100hz\`.`,
    }),
    `\`each\` fires on a message at any of its ports, \`aligned\` needs one at all of them, a \`window\` fires for every so many messages at its port. Where no message can ever come there, the node never fires. Clocks and \`silence\` need no message.

\`\`\`yaml
streams: {in: {gps: {message: Fix, simulate: robot.gps, contract: {loss: 1}}}}
nodes: {track: {component: ./track.ts, on: {each: [gps]}, in: [gps]}}            # warns
\`\`\`
\`\`\`yaml
streams: {in: {gps: {message: Fix, simulate: robot.gps, contract: {loss: 5%}}}}   # mended
\`\`\``,
  ),
  L0255: warning<{
    cycle: readonly string[];
    others: readonly string[];
    /** A node that is set off, and has no value to begin with. */
    lack?: { readonly node: string; readonly from: string } | undefined;
  }>(
    "cycle that nothing starts",
    ({ cycle, others, lack }) => ({
      message: `nothing starts this cycle, each waits for the one before: ${cycle.join(" → ")}${follows(others)}`,
      help:
        lack === undefined
          ? "Give one of them a clock (`on: 100hz`), or a trigger on a port from outside. `initial` is held, and triggers nothing."
          : `\`${lack.node}\` fires by itself and only lacks a value to begin with: give \`${lack.from}\` an \`initial\`.`,
    }),
    `No message comes into the cycle from outside, so no node in it ever fires. \`initial\` is a value that is held from the start, and not a message: it lets a node with a clock begin, and sets nobody off.

\`\`\`yaml
a: {component: ./a.ts, in: {x: {from: b.y, delay: 10ms, initial: 0}}}                # warns: a waits for b, and b for a
b: {component: ./b.ts, in: {x: a.y}}
\`\`\`
\`\`\`yaml
a: {component: ./a.ts, on: 100hz, in: {x: {from: b.y, delay: 10ms, initial: 0}}}     # mended
b: {component: ./b.ts, in: {x: a.y}}
\`\`\``,
  ),
  L0256: warning<{ nodes: readonly string[]; ends: readonly string[] }>(
    "work without effect",
    ({ nodes, ends }) => ({
      message: `${some(nodes)} ${nodes.length === 1 ? "works" : "work"} for nothing: no out-stream, recorder, metric or rewrite can be reached from ${nodes.length === 1 ? "it" : "them"}`,
      help:
        ends.length === 0
          ? `${nodes.length === 1 ? "It only feeds itself" : "They only feed each other"}. Send an output out, measure or record it, or remove ${nodes.length === 1 ? "it" : "them"}.`
          : `Nobody reads ${some(ends)}: connect ${ends.length === 1 ? "it" : "them"}, measure or record ${ends.length === 1 ? "it" : "them"}, or remove the nodes.`,
    }),
    `Nodes are there for what leaves the computer (out-streams), what is kept (recorders), what is measured (\`evaluate\`) and what rewrites name; nodes of the world also for the in-streams that they feed. What these nodes compute reaches none of them. Often the last connection was forgotten.

\`\`\`yaml
smooth: {component: filter/ema, in: {value: joints:velocity}, params: {time_constant: 0.1}}   # warns: only slope reads it,
slope: {component: filter/derivative, in: {value: smooth.value}}                              # and nobody reads slope
\`\`\`
\`\`\`yaml
streams: {out: {acceleration: {message: Vector2, from: slope.value}}}                         # mended
\`\`\``,
  ),
  L0257: warning<{ node: string; stream: string; node_hz: number; stream_hz: number }>(
    "rate of a contract that is not kept",
    ({ node, stream, node_hz, stream_hz }) => ({
      message: `\`${node}\` feeds stream \`${stream}\` at ${hz(node_hz)}, and its contract says ${hz(stream_hz)}`,
      help: `Bring the clock (\`on\`) and \`contract.rate\` together${node_hz > stream_hz ? ", or put a `filter/resample` between" : ""}.`,
    }),
    `\`contract.rate\` is what readers of a stream rely on, and what a live run is checked against. Here the node behind the stream fires at another rate. A node of the world without \`on\` fires at the rate of the fastest stream that it feeds.

\`\`\`yaml
streams: {in: {joints: {message: JointState2, simulate: arm.joints, contract: {rate: 100hz}}}}
world: {arm: {component: sim/two-link-arm, on: 50hz, in: [torque]}}    # warns
\`\`\`
\`\`\`yaml
world: {arm: {component: sim/two-link-arm, in: [torque]}}              # mended
\`\`\``,
  ),
  L0258: warning<{
    from: string;
    to: string;
    differences: readonly (
      | {
          readonly key: "rate_hz" | "latency_ns" | "jitter_ns" | "loss";
          readonly gives: number;
          readonly expects: number;
        }
      | {
          readonly key: "range";
          readonly gives: readonly [number, number];
          readonly expects: readonly [number, number];
        }
    )[];
  }>(
    "contracts that do not fit",
    ({ from, to, differences }) => ({
      message: `\`${from}\` passes its messages to \`${to}\`, and their contracts do not fit: ${differences
        .map((d) => `${PROMISES[d.key].word} ${promised(d.key, d.gives)} and ${promised(d.key, d.expects)}`)
        .join(", ")}`,
      help: `State what is true in both${mendedBy(differences.map((d) => d.key))}.`,
    }),
    `A stream that passes another one on, or a sub-graph's stream that is connected to one outside, keeps its contract only if what it is given does: at the same rate, with no more latency, jitter or loss, and within its range.

\`\`\`yaml
streams:
  in: {joints: {message: JointState2, live: "udp://0.0.0.0:9000", contract: {rate: 100hz}}}
  out: {mirror: {message: JointState2, from: joints, contract: {rate: 1khz}}}    # warns
\`\`\`
\`\`\`yaml
  out: {mirror: {message: JointState2, from: joints, contract: {rate: 100hz}}}   # mended
\`\`\``,
  ),
  L0259: warning<{
    node: string;
    port: string;
    from: string;
    max_age_ns: number;
    /** 0: nothing is known of the rate, and the age at arrival is enough to tell. */
    period_ns: number;
    /** At arrival, and the greatest at which it is read. */
    age_ns: number;
    oldest_ns: number;
    missing: number;
  }>(
    "max_age shorter than the time between messages",
    ({ node, port, from, max_age_ns, period_ns, age_ns, oldest_ns, missing }) => {
      const comes =
        age_ns > max_age_ns
          ? `is ${time(age_ns)} old when it arrives`
          : `comes every ${time(period_ns)}${age_ns > 0 ? `, ${time(age_ns)} old` : ""}`;
      return {
        message: `\`${from}\` ${comes}, and \`${node}\` takes it at \`${port}\` up to an age of ${time(max_age_ns)} (\`max_age\`): it is missing ${percent(missing)} of the time`,
        help: `Allow for a lost message or two: \`max_age: ${written(3 * (age_ns + period_ns))}\`. Less than ${time(oldest_ns)} is too short.`,
      };
    },
    `\`max_age\` makes a value missing once its stamp is older, so that a broken sensor is noticed. A value ages until the next one comes, and is as old as its stream's latency when it arrives. When that takes longer than \`max_age\`, a healthy sensor counts as broken.

\`\`\`yaml
streams: {in: {target: {message: Vector2, simulate: operator.target, contract: {rate: 2hz}}}}
nodes: {controller: {component: control/pd, on: 100hz, in: {target: {from: target, max_age: 100ms}, joints: joints}}}   # warns
nodes: {controller: {component: control/pd, on: 100hz, in: {target: {from: target, max_age: 2s}, joints: joints}}}      # mended
\`\`\``,
  ),
  L0260: warning<{
    node: string;
    port: string;
    from: string;
    kind: "silence" | "window";
    length_ns: number;
    period_ns: number;
  }>(
    "time shorter than that between messages",
    ({ node, port, from, kind, length_ns, period_ns }) => ({
      message:
        kind === "silence"
          ? `\`${node}\` fires after ${time(length_ns)} of silence at \`${port}\`, and \`${from}\` speaks only every ${time(period_ns)}: it fires between any two messages`
          : `the windows of \`${node}\` hold the last ${time(length_ns)} of \`${port}\`, and \`${from}\` speaks only every ${time(period_ns)}: most of them are empty or hold one message`,
      help: `Make it longer than ${time(period_ns)}${kind === "silence" ? `: \`for: ${written(3 * period_ns)}\`` : ", or use `count`"}.`,
    }),
    `\`silence\` tells that a source has fallen silent, and a window collects several messages. Where the time is not longer than that between two messages of a healthy source, the first goes off all the time, and the second has nothing to collect.

\`\`\`yaml
watch: {component: ./watch.ts, on: {silence: {port: joints, for: 5ms}}, in: [joints]}    # warns: joints at 100 Hz
watch: {component: ./watch.ts, on: {silence: {port: joints, for: 50ms}}, in: [joints]}   # mended
\`\`\``,
  ),
  L0261: warning<{ node: string; ports: readonly string[] }>(
    "events that must coincide",
    ({ node, ports }) => ({
      message: `\`${node}\` fires only when ${some(ports)} bring an event at the very same instant, and they come from different sources`,
      help: `Join them by stamp (\`on: {aligned: {ports: [${ports.join(", ")}], within: 5ms}}\`), give the node a clock, or make all but one optional or a signal.`,
    }),
    `An event exists at its own instant only. A firing needs all inputs that are neither optional nor have a default, so one that needs two events takes place only when both come at the same time and microstep. Events of one firing do; those of different clocks or sensors hardly ever.

\`\`\`yaml
pair: {component: ./pair.ts, in: {left: camera1, right: camera2}}                                                        # warns
pair: {component: ./pair.ts, on: {aligned: {ports: [left, right], within: 5ms}}, in: {left: camera1, right: camera2}}    # mended
\`\`\``,
  ),
  L0262: warning<{ what: string; stream: string; value: number; range: readonly [number, number] }>(
    "value outside of the stream's range",
    ({ what, stream, value, range: [low, high] }) => ({
      message: `${what} holds ${value}, and the contract of stream \`${stream}\` allows ${low} to ${high}`,
      help: "Bring the value and `contract.range` together.",
    }),
    `\`initial\` and \`safe\` are what a stream carries at the start and after a fault. They lie in the range that its contract promises, or the actuator is told something that it does not take at the very moment that matters.

\`\`\`yaml
streams: {out: {gap: {message: number, from: grip.gap, contract: {range: [0.1, 1]}}}}
nodes: {grip: {component: ./grip.ts, on: 50hz, safe: {gap: 0}}}     # warns
nodes: {grip: {component: ./grip.ts, on: 50hz, safe: {gap: 0.1}}}   # mended
\`\`\``,
  ),
} as const;

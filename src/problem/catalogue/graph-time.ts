/** L02: when things happen: triggers, delays, cycles. */
import { error } from "../entry.js";
import { list, meantOr } from "./words.js";

export const graphTime = {
  L0211: error<{ cycle: readonly string[] }>(
    1,
    "cycle without a delay",
    (a) => ({
      message: `these ports wait for each other: ${a.cycle.join(" → ")}`,
      help: "Break the cycle: give one of its inputs `delay: 1period` (or a duration such as `10ms`) and `initial`.",
    }),
    `At one instant every node fires after everything above it. In a cycle nobody is above, so one connection must carry the value of an earlier instant. Loops through the world need none: the plant reads the out-streams one microstep later.

\`\`\`yaml
slope: {component: filter/derivative, in: {value: smooth.value}}   # fails
smooth: {component: ./smooth.ts, in: {value: slope.value}}
\`\`\`
\`\`\`yaml
slope: {component: filter/derivative, on: 100hz, in: {value: {from: smooth.value, delay: 1period, initial: [0]}}}   # mended
smooth: {component: ./smooth.ts, in: {value: slope.value}}
\`\`\``,
  ),
  L0212: error<{ node: string; port: string; type?: string | undefined }>(
    1,
    "delay without a first value",
    (a) => ({
      message: `input \`${a.port}\` of \`${a.node}\` is delayed and has no \`initial\``,
      help: `Say what it holds before the first delayed message: \`initial: …\`${a.type === undefined ? "" : `, ${a.type}`}.`,
    }),
    `A delayed input has nothing to give until the first message has waited out its delay.

\`\`\`yaml
in: {value: {from: smooth.value, delay: 1period}}                 # fails
in: {value: {from: smooth.value, delay: 1period, initial: [0]}}   # mended
\`\`\``,
  ),
  L0213: error<{ node: string }>(
    1,
    "node that never fires",
    (a) => ({
      message: `nothing makes \`${a.node}\` fire`,
      help: "Give it a clock (`on: 100hz`), or connect an input.",
    }),
    `A node fires by its \`on:\`, else as its component declares, else on its event inputs, else on all its inputs. A node of the world that feeds a stream with a \`contract.rate\` fires at that rate. This one has none of these.

\`\`\`yaml
operator: {component: sim/waypoints}            # fails when no stream with a rate is fed
operator: {component: sim/waypoints, on: 2hz}   # mended
\`\`\``,
  ),
  L0214: error<{
    node: string;
    port: string;
    ports: readonly string[];
    nearest?: string | undefined;
    connected: boolean;
  }>(
    1,
    "trigger on a port that has no messages",
    (a) => ({
      message: a.connected
        ? `\`${a.node}\` fires on \`${a.port}\`, which is no input of it`
        : `\`${a.node}\` fires on input \`${a.port}\`, which is not connected`,
      help: meantOr(
        a.nearest,
        a.ports,
        "Its connected inputs are",
        "It has no connected inputs; use a clock: `on: 100hz`.",
      ),
    }),
    `A trigger (\`each\`, \`aligned\`, \`window\`, \`silence\`) names input ports of the node itself, not what they read.

\`\`\`yaml
on: {each: [encoder]}, in: {joints: encoder}   # fails
on: {each: [joints]}, in: {joints: encoder}    # mended
\`\`\``,
  ),
  L0226: error<{ node: string }>(
    1,
    "source with a trigger",
    (a) => ({
      message: `\`${a.node}\` is a source and fires by its own file; it takes no \`on\``,
      help: "Remove `on`.",
    }),
    `A source's messages come at the times that stand in its file.

\`\`\`yaml
log: {component: source/csv, on: 100hz, params: {path: log.csv}}   # fails
log: {component: source/csv, params: {path: log.csv}}              # mended
\`\`\``,
  ),
  L0234: error<{ node: string; port?: string | undefined }>(
    1,
    "nothing to align",
    (a) => ({
      message:
        a.port === undefined ? `\`${a.node}\` aligns no ports` : `\`${a.node}\` aligns \`${a.port}\` with nothing`,
      help: "Name two input ports or more, or fire on each message: `on: {each: [ports]}`.",
    }),
    `\`aligned\` waits until there is one message of every port it names, with stamps that lie close together. With a single port there is nothing to wait for.

\`\`\`yaml
on: {aligned: {ports: [camera], within: 5ms}}          # fails
on: {aligned: {ports: [camera, lidar], within: 5ms}}   # mended
\`\`\``,
  ),
  L0235: error<{ node: string; events: readonly string[] }>(
    1,
    "window over which input",
    (a) => ({
      message: `the window of \`${a.node}\` does not say which input it collects`,
      help:
        a.events.length === 0
          ? "A window collects an event input, and this node has none that is connected."
          : `Name one: \`port: ${a.events[0]}\`${a.events.length === 1 ? "" : `, or ${list(a.events.slice(1))}`}.`,
    }),
    `A window collects the messages of one event input. Where the node has exactly one that is connected, the window means that one; otherwise it has to be named.

\`\`\`yaml
fuse: {component: ./fuse.ts, on: {window: {count: 5}}, in: {left: l.hits, right: r.hits}}               # fails
fuse: {component: ./fuse.ts, on: {window: {port: left, count: 5}}, in: {left: l.hits, right: r.hits}}   # mended
\`\`\``,
  ),
  L0236: error<{ node: string; port: string; events: readonly string[] }>(
    1,
    "window over a signal",
    (a) => ({
      message: `\`${a.node}\` collects a window of \`${a.port}\`, which is a signal: it takes one value and no list`,
      help:
        a.events.length === 0
          ? "Use a component whose input is an event port: it is given the window as a list."
          : `Its event inputs are ${list(a.events)}.`,
    }),
    `The messages of a window come to the component as a list, in order. Only an event input takes a list; a signal input takes one value, the latest. Which inputs are events the component declares.

\`\`\`ts
inputs: { hits: Type.Number() }          // fails: a signal
inputs: { hits: event(Type.Number()) }   // mended
\`\`\``,
  ),
  L0237: error<{ node: string; both: boolean }>(
    1,
    "window without one size",
    (a) => ({
      message: a.both
        ? `the window of \`${a.node}\` has a \`count\` and a \`duration\``
        : `the window of \`${a.node}\` has no size`,
      help: a.both
        ? "Keep one of the two; `every` says how often it fires."
        : "Say how much it holds: `count: 10` messages, or a `duration: 100ms` of them.",
    }),
    `A window holds the last \`count\` messages, or those of the last \`duration\`. How often it fires is \`every\`: a number of messages, or a time. The two can be mixed: the last 10 messages every 100 ms.

\`\`\`yaml
on: {window: {count: 10, duration: 100ms}}   # fails
on: {window: {count: 10, every: 100ms}}      # mended
\`\`\``,
  ),
} as const;

/** L02: how nodes run and what waits for them: numbers, queues, exact inputs, latency, restarts, places. */
import { error } from "../entry.js";

export const graphNodes = {
  L0233: error<{ what: string; found: string; most?: number | undefined }>(
    1,
    "number that cannot count",
    (a) => `${a.what} is a whole number from 1${a.most === undefined ? " on" : ` to ${a.most}`}, not ${a.found}`,
    `Sizes of queues and windows, and the budget of restarts, count things: they are whole, at least 1, and bounded, since what they count is held in memory.

\`\`\`yaml
in: {hits: {from: camera, queue: 0.5}}   # fails
in: {hits: {from: camera, queue: 10}}    # mended
\`\`\``,
  ),
  L0238: error<{ node: string; port: string; why: "signal" | "window" | "aligned" }>(
    1,
    "queue where nothing waits",
    (a) => ({
      message: {
        signal: `input \`${a.port}\` of \`${a.node}\` is a signal, and nothing waits there`,
        window: `the window of \`${a.node}\` collects \`${a.port}\`, so nothing else waits there`,
        aligned: `\`${a.node}\` aligns \`${a.port}\`, and messages wait there for their partners`,
      }[a.why],
      help: {
        signal:
          "Remove `queue`: a signal holds its last value (`max_age` bounds how old it may be). Event inputs have queues.",
        window: "Remove `queue`: the window's own size says what is kept.",
        aligned:
          "Remove `queue`: at most 1,024 messages wait a port, and `within` says which of them can still be used.",
      }[a.why],
    }),
    `A queue holds the events that a node has not taken yet. A signal input has none: it shows the latest value, however many came. A window and \`aligned\` keep what they need themselves.

\`\`\`yaml
in: {joints: {from: joints, queue: 10}}     # fails: joints is a signal
in: {joints: {from: joints, max_age: 1s}}   # mended, where an old value is the worry
\`\`\``,
  ),
  L0239: error<{ node: string; port: string; from: string; why: "stream" | "world" | "delay" }>(
    1,
    "holding back what cannot wait",
    (a) => ({
      message: {
        stream: `input \`${a.port}\` of \`${a.node}\` would hold back \`${a.from}\`, and a stream cannot wait`,
        world: `input \`${a.port}\` of \`${a.node}\` would hold back \`${a.from}\`, and the world does not wait`,
        delay: `input \`${a.port}\` of \`${a.node}\` would hold back \`${a.from}\`, but its messages are under way already when they come to wait`,
      }[a.why],
      help:
        a.why === "delay"
          ? "Remove `delay`, or choose `policy: drop_oldest`, `drop_newest` or `fault`."
          : "Choose what is lost: `policy: drop_oldest`, `drop_newest`, or `fault`.",
    }),
    `\`policy: block\` holds the producer back until the queue has room. A node of the system can be held back, and a source of recorded data too; the messages of a stream and of a plant come when they come. Behind a \`delay\`, messages are under way that nobody can call back.

\`\`\`yaml
in: {frame: {from: camera, queue: {size: 4, policy: block}}}         # fails: camera is a stream
in: {frame: {from: camera, queue: {size: 4, policy: drop_oldest}}}   # mended
\`\`\``,
  ),
  L0240: error<{ node: string; port: string; why: "event" | "aligned" | "delay" }>(
    1,
    "exact where it has no meaning",
    (a) => ({
      message: {
        event: `input \`${a.port}\` of \`${a.node}\` is an event, which exists at its own instant only: nothing can be picked by stamp`,
        aligned: `input \`${a.port}\` of \`${a.node}\` is \`exact\`, and \`aligned\` picks its message already`,
        delay: `input \`${a.port}\` of \`${a.node}\` is both \`exact\` and delayed`,
      }[a.why],
      help: {
        event: "Join events by stamp with `on: {aligned: {ports: […], within: 0ms}}`.",
        aligned: "Remove `exact`; `within: 0ms` demands equal stamps.",
        delay: "Remove `delay`: an exact input keeps earlier messages itself, and picks the one of the firing's stamp.",
      }[a.why],
    }),
    `An \`exact\` input keeps its last 64 messages, and a firing reads the one whose stamp equals its own, instead of the latest. That is for signals that take ways of different length. A delay changes when a message arrives and not its stamp, so it would only make the message come too late to be found.

\`\`\`yaml
in: {raw: {from: camera, exact: true, delay: 10ms, initial: [0]}}   # fails
in: {raw: {from: camera, exact: true}}                              # mended
\`\`\``,
  ),
  L0241: error<{ node: string; key: string }>(
    1,
    "source with a life of its own",
    (a) => ({
      message: `\`${a.node}\` is a source: it takes no \`${a.key}\``,
      help:
        a.key === "latency"
          ? "Remove it, and give the stream that it feeds a latency: `contract: {latency: 5ms}`."
          : "Remove it.",
    }),
    `A source gives out what stands in its file, at the times that stand there. It computes nothing that could take time, fail and be started again, or run elsewhere.

\`\`\`yaml
world: {log: {component: source/csv, latency: 5ms, params: {path: log.csv}}}   # fails
streams: {in: {row: {message: Row, simulate: log.row}}}
\`\`\`
\`\`\`yaml
world: {log: {component: source/csv, params: {path: log.csv}}}                 # mended
streams: {in: {row: {message: Row, simulate: log.row, contract: {latency: 5ms}}}}
\`\`\``,
  ),
  L0242: error<{ node: string }>(
    1,
    "time-out that nobody can keep",
    (a) => ({
      message: `\`${a.node}\` has a \`timeout\` and runs inline, where nothing can interrupt it`,
      help: "Give it a place of its own, `place: process` (or `worker`), or remove `timeout`.",
    }),
    `JavaScript that runs inline cannot be interrupted. In a worker thread or a process of its own, a node that takes longer than its \`timeout\` counts as hanging: it is ended, and started again while its \`restart\` budget lasts.

\`\`\`yaml
planner: {component: ./planner.ts, timeout: 100ms, in: [map]}                   # fails
planner: {component: ./planner.ts, place: process, timeout: 100ms, in: [map]}   # mended
\`\`\``,
  ),
} as const;

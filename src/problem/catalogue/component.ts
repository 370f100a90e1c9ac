/** L04: components, their params, sources. */
import { didYouMean, error, warning } from "../entry.js";

const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.map((n) => `\`${n}\``).join(", "));

export interface Diagnosed {
  readonly port: string;
  /** The worst that was measured, and the limit that it broke, in the check's unit. */
  readonly value: number;
  readonly limit: number;
  /** Who promised it. */
  readonly promise: string;
  readonly when: string;
  readonly bad: number;
  readonly looks: number;
}

const rounded = (x: number): string => String(Number(x.toPrecision(4)));
const seconds = (s: number): string => (s < 1 ? `${rounded(s * 1e3)} ms` : `${rounded(s)} s`);
const spell = ({ when, bad, looks }: Diagnosed): string => `${when} (${bad} of ${looks} looks)`;

export const component = {
  L0401: error<{ name: string; known: readonly string[]; nearest?: string | undefined }>(
    1,
    "unknown parameter",
    (a) => ({
      message: `the component has no parameter \`${a.name}\``,
      help: didYouMean(a.nearest) || `Its parameters: ${list(a.known)}.`,
    }),
    "A node's `params` are checked against its component's declaration, so that a misspelt name cannot silently leave a default in force.\n\n```yaml\ncontroller: {component: control/pd, params: {kP: 30}}   # fails\ncontroller: {component: control/pd, params: {kp: 30}}   # mended\n```",
  ),
  L0402: error<{ name: string }>(
    1,
    "missing parameter",
    (a) => ({ message: `the component needs the parameter \`${a.name}\``, help: `Add it under \`params:\`.` }),
    "The component declares this parameter without a default, because no value would be right for everyone.",
  ),
  L0403: error<{ name: string; reason: string }>(
    1,
    "parameter does not fit",
    (a) => `the parameter \`${a.name}\` ${a.reason}`,
    "Parameters carry a JSON Schema: type, bounds, allowed values. A value outside of it is refused before anything runs.",
  ),
  L0404: error<{ node: string; time: string; item: number }>(
    3,
    "a source's time is not a time",
    (a) =>
      `\`${a.node}\` gave ${a.time} as the time of its item ${a.item + 1}, not a whole number of nanoseconds since the start`,
    "Times are integer nanoseconds since the run's origin, from 0 to 9·10¹⁵ (104 days).",
  ),
  L0405: error<{ node: string; time_ns: number; last_ns: number; item: number }>(
    3,
    "a source's time goes backwards",
    (a) =>
      `item ${a.item + 1} of \`${a.node}\` is at ${a.time_ns / 1e9} s, before the one in front of it at ${a.last_ns / 1e9} s`,
    "A source yields its messages in order of time. Sort the data first, or let each message keep its own `stamp` and order by arrival.",
  ),
  L0406: error<{ file: string; reason: string; at?: string }>(
    3,
    "component file does not load",
    (a) => `${a.file} does not load: ${a.at === undefined ? "" : `${a.at}: `}${a.reason}`,
    "A component file is TypeScript or JavaScript whose default export is made by `step()`, `stream()`, `machine()`, `source()` or `model()` of the package `limbeck`. The reason is the loader's own.",
  ),
  L0407: error<{ file: string }>(
    3,
    "component file exports no component",
    (a) => ({
      message: `${a.file} has no component as its default export`,
      help: 'End it with `export default step({…})`, from `import { step } from "limbeck"`.',
    }),
    "One file, one component: the default export is what `component: ./file.ts` stands for.",
  ),
  L0408: error<{ file: string; root: string }>(
    1,
    "component file outside the project",
    (a) => ({
      message: `${a.file} lies outside of ${a.root}`,
      help: "Component files are code: keep them inside the project, the nearest folder with a package.json or .git.",
    }),
    "A graph file holds no code, but the component files it names are code that runs with your rights. They are loaded only from the project's own folder, so that a graph file from elsewhere cannot reach into the rest of the disk. `--no-code` loads none at all.",
  ),
  L0409: error<{ file: string }>(
    1,
    "component files are not loaded",
    (a) => ({ message: `${a.file} is code, and --no-code was given`, help: "Leave --no-code out to load it." }),
    "With `--no-code` a graph file is read as data only.",
  ),
  L0410: error<{
    file: string;
    line: number;
    columns: readonly string[];
    wanted: string;
    nearest?: string | undefined;
    /** What the lone column of the header is most likely divided by. */
    delimiter?: string | undefined;
  }>(
    3,
    "column not in the file",
    (a) => ({
      message: `${a.file}:${a.line}: there is no column \`${a.wanted}\` in the header`,
      help:
        a.delimiter === undefined
          ? `${didYouMean(a.nearest)} The columns: ${list(a.columns.slice(0, 40))}.`.trimStart()
          : `The header is a single column, ${list(a.columns.map((c) => c.slice(0, 60)))}; set \`delimiter: ${JSON.stringify(a.delimiter)}\`.`,
    }),
    "A log's columns are found by the names in its first line. The time column is named by `time`, the others by `ports`.",
  ),
  L0411: error<{ file: string; line: number; column: string; text: string }>(
    3,
    "not a number",
    (a) => ({
      message: `${a.file}:${a.line}: column \`${a.column}\` holds ${a.text === "" ? "nothing" : `“${a.text}”`}, not a finite number`,
      help: "Mend or remove the line, or set `bad_rows: skip` to leave such lines out (they are counted).",
    }),
    "NaN, infinities, empty cells and text in a numeric column are refused where they stand, since one of them would spoil every statistic behind it.",
  ),
  L0412: error<{ file: string; line: number; time: string; last: string }>(
    3,
    "stamps go backwards",
    (a) => ({
      message: `${a.file}:${a.line}: the time ${a.time} comes after ${a.last}`,
      help: "Sort the file by time, or set `order: sort` (reads it whole) or `order: skip` (leaves such lines out).",
    }),
    "Messages are replayed in order of time. A stamp that goes backwards is most often two logs glued together or a clock that was set; Limbeck does not guess which.",
  ),
  L0413: error<{ file: string; reason: string; line?: number | undefined }>(
    3,
    "data file cannot be read",
    (a) => `${a.file}${a.line === undefined ? "" : `:${a.line}`}: ${a.reason}`,
    "The file is not what the source expects: torn, not text, or with lines of different length.",
  ),
  L0414: error<{ reason: string; help: string }>(
    1,
    "component cannot be connected like this",
    (a) => ({ message: a.reason, help: a.help }),
    "Some components take what they are connected to: their ports follow the types at their inputs. These types do not suit it.",
  ),
  L0415: warning<{ file: string; count: number; rows: number; line: number; reason: string; option: string }>(
    "rows were left out",
    (a) =>
      `${a.file}: ${a.count} of ${a.rows} rows left out by \`${a.option}\`, the first at line ${a.line} (${a.reason})`,
    "`bad_rows: skip` leaves out rows with a cell that is no finite number or with a wrong number of cells, and `order: skip` rows whose time goes backwards. They are counted, so that a log that is mostly noise does not pass for a short one.",
  ),
  L0416: error<{ reason: string; help: string }>(
    1,
    "parameters do not go together",
    (a) => ({ message: a.reason, help: a.help }),
    "Each parameter by itself fits its schema, but not beside the others: a matrix of the wrong size, a lower limit above the upper one, a covariance that is none.",
  ),
  L0417: error<{ component: string; reason: string }>(
    1,
    "no stabilising gain",
    (a) => ({
      message: `\`${a.component}\` has no gain that makes this model stable: ${a.reason}`,
      help: "Every mode that does not die out by itself must be reached by an input (a column of `B`) and be weighed by `Q`. Look at `A`, `B` and `Q` for a state that is left out, and at `time: continuous` or `discrete`.",
    }),
    "A linear-quadratic regulator exists when (A, B) is stabilisable and (A, Q) has no unobserved mode on or beyond the boundary of stability. Otherwise the Riccati equation has no stabilising solution, and any matrix that an iteration came to would be a wrong gain.",
  ),
  L0418: error<{ node: string; reason: string; help: string }>(
    1,
    "not snapshottable",
    (a) => ({ message: `\`${a.node}\` cannot be snapshotted: ${a.reason}`, help: a.help }),
    'A snapshot is data from which a run goes on as if it had never stopped. Operators of RxJS hide their state, so the snapshot of a stream component is a journal of its inputs, and restoring one is hearing them again, mutely. Without a `horizon` the journal runs from the start, and it is bounded. A component that depends on its recent inputs only says so, and its journal stays short:\n\n```ts\nexport default stream({\n  horizon: "100ms", // debounceTime(100) remembers no more\n  connect: ({ value }) => ({ value: value.pipe(debounceTime(100)) }),\n  …\n```\n\nWhat counts for ever (`scan`, `bufferTime`\'s phase, `distinct`) has no horizon: write it as a `step` with a `state`.',
  ),
  L0419: error<{ node: string; time_ns: number; what: string; at?: string | undefined }>(
    1,
    "real time inside a stream component",
    (a) => ({
      message: `\`${a.node}\` used ${a.what} at ${a.time_ns / 1e9} s${a.at === undefined ? "" : ` (${a.at})`}`,
      help: "Use RxJS's own `timer`, `delay` and `interval`, which run in the run's time, and observables in place of promises.",
    }),
    "A stream component lives in the run's time: its operators are given virtual clocks and timers, and the same inputs give the same outputs, however fast the run is. A promise settles when the process gets to it, and `setTimeout` waits for the wall clock, so neither can be repeated. Both are refused as soon as one is made: `from(promise)`, `async` functions in `mergeMap` or `tap`, `firstValueFrom`, `setTimeout`, `setInterval`, `setImmediate`, `queueMicrotask`.\n\n```ts\nvalue.pipe(mergeMap(async (x) => 2 * x)) // fails\nvalue.pipe(map((x) => 2 * x))            // mended\n```",
  ),
  L0420: error<{ node: string; port: string }>(
    1,
    "message outside of a firing",
    (a) => ({
      message: `\`${a.node}.${a.port}\` spoke although nothing had come to \`${a.node}\` and no timer of its own was due`,
      help: "Let everything that the outputs depend on come in through `in$` and `ctx`; share no subject between nodes.",
    }),
    "A stream component may speak while it is given a message or while one of its timers runs. What speaks at any other moment is driven from outside of the run: by a callback of the file system or the network, by a timer that was started when the file was loaded, or by a subject that two nodes share. When it comes is not repeatable, so the run ends.",
  ),
  L0421: error<{ node: string; what: string; limit: number }>(
    1,
    "too much at one time",
    (a) => ({
      message: `more than ${a.limit} ${a.what} of \`${a.node}\` at one time`,
      help: "Look for an interval of 0, a `repeat` without a delay, or a burst that could be one message.",
    }),
    "One message a port a tag: what a component says at once goes out at successive microsteps of the same time. How much of it may wait is bounded, as are the tasks that run at one tag and the timers that are pending, so that a component that never lets time go on is found by name.",
  ),
  L0422: error<{ node: string; reason: string; ports: readonly string[]; nearest?: string | undefined }>(
    1,
    "connect gave no streams",
    (a) => ({
      message: `\`connect\` of \`${a.node}\` gave ${a.reason}`,
      help: didYouMean(a.nearest) || `Return an Observable for each output that speaks: ${list(a.ports)}.`,
    }),
    "`connect(in$, ctx)` returns an object with an Observable for each output port, at once: it can be neither `async` nor anything but RxJS.\n\n```ts\nconnect: ({ value }) => value.pipe(debounceTime(100))            // fails\nconnect: ({ value }) => ({ value: value.pipe(debounceTime(100)) }) // mended\n```",
  ),
  L0423: error<{ machine: string; what: string; state?: string | undefined; instead: string }>(
    1,
    "a machine with effects",
    (a) => ({
      message: `the machine \`${a.machine}\` has ${a.what}${a.state === undefined ? "" : ` in its state \`${a.state}\``}`,
      help: a.instead,
    }),
    'A machine component is a pure function from state and event to state and outputs: that is what makes its runs repeatable and its snapshots exact. So it may `assign`, `raise`, `cancel`, `emit`, `enqueueActions` of these, and `log` (which is kept quiet), with guards and delays as it likes. Functions that act by themselves, invoked and spawned actors, and messages to actors are refused.\n\n```ts\nentry: () => lamp.switchOn()                    // fails\nentry: emit({ type: "lamp", value: true })      // mended: `lamp` is an output port\n```',
  ),
  L0424: error<{ node: string; reason: string; ports: readonly string[]; nearest?: string | undefined }>(
    1,
    "emitted event is no output",
    (a) => ({
      message: `\`${a.node}\` emitted ${a.reason}`,
      help: didYouMean(a.nearest) || `Emit \`{type: PORT, value: MESSAGE}\` with one of the outputs: ${list(a.ports)}.`,
    }),
    'What a machine emits goes to the output port that the event\'s `type` names, with the event\'s `value` as message.\n\n```ts\nemit({ type: "mode", mode: "safe" })  // fails\nemit({ type: "mode", value: "safe" }) // mended\n```',
  ),
  L0425: error<{ port: string; reason: string; help: string }>(
    1,
    "no port for the state's name",
    (a) => ({ message: `\`state: ${a.port}\` ${a.reason}`, help: a.help }),
    '`state` names an output port that says the machine\'s state whenever it changes: `moving.fast` for a nested state, and the states of parallel regions in order with a comma between. The port takes text, or an enumeration that lists every state.\n\n```ts\noutputs: { mode: Type.Enum(["idle", "driving"]) },\nstate: "mode",\n```',
  ),
  L0440: warning<Diagnosed>(
    "a port's rate is not what was promised",
    (a) =>
      `\`${a.port}\` came at ${rounded(a.value)} Hz, and ${a.promise} says ${a.value < a.limit ? "at least" : "at most"} ${rounded(a.limit)} Hz: ${spell(a)}`,
    "A monitor, inserted by `diagnose`, counts the messages of a port over a second or more (`over`). Counts that are off by one message do not count, nor does what jitter and loss of the contract explain. The figure is the worst that was met.\n\nLook at what feeds the port: a firing that is skipped for want of an input, a sensor that fell silent, a trigger other than was meant.",
  ),
  L0441: warning<Diagnosed>(
    "a port's value grew too old",
    (a) =>
      `the value at \`${a.port}\` was ${seconds(a.value)} old, and ${a.promise} allows ${seconds(a.limit)}: ${spell(a)}`,
    "The age of a value is the time since its stamp, and goes on growing while nothing new comes. Readers see it too: an input with `max_age` takes a value older than that for missing.",
  ),
  L0442: warning<Diagnosed>(
    "a port left its range",
    (a) => `\`${a.port}\` held ${rounded(a.value)}, and ${a.promise} ends at ${rounded(a.limit)}: ${spell(a)}`,
    "Every number of every message is held against the range of the contract, or of the rule's `range`. A number that is not finite lies outside of every range.",
  ),
  L0443: warning<Diagnosed>(
    "messages of a port are missing",
    (a) =>
      `\`${a.port}\` lacks ${rounded(a.value * 100)} % of its messages, and ${a.promise} allows ${rounded(a.limit * 100)} %: ${spell(a)}`,
    "Messages that should have come between two that did are counted by their stamps and the declared rate, or by a field that numbers them. The share is taken over the last `over` and over the whole run, and told once it is more than five standard deviations beyond what chance would make of the promised loss.",
  ),
  L0444: warning<Diagnosed>(
    "a port oscillates",
    (a) =>
      `\`${a.port}\` oscillates at ${rounded(a.value)} Hz, and ${a.promise} wants it below ${rounded(a.limit)} Hz: ${spell(a)}`,
    "Oscillation is measured by reversals: two turns of the signal make one oscillation. Turns smaller than `amplitude` (by default a tenth of the signal's travel so far) do not count, so slow motion under it and noise on top of it do not matter. A loop with too much gain or too much delay shows like this before it becomes unstable.",
  ),
  L0445: error<{ node: string; limit: number }>(
    1,
    "too many messages held back",
    (a) => ({
      message: `\`${a.node}\` holds ${a.limit} messages back, and one more came`,
      help: "Shorten its `delay`, or lower the rate of what it delays.",
    }),
    "A delay keeps every message until it is due. The number is bounded, so that a delay of hours on a fast port cannot eat all memory.",
  ),
  L0446: error<{ node: string; time_s: number }>(
    1,
    "crashed as it was told to",
    (a) => ({
      message: `\`${a.node}\` crashed at ${rounded(a.time_s)} s, as \`inject-fault\` told it to`,
      help: "Give it a `restart:` budget and `safe:` outputs to see how the rest does without it.",
    }),
    "`inject-fault: {nodes: [...], crash: {at: 3s}}` makes a node's firing throw, as a bug in it would. What follows is what the graph declares for such a case: another start within the node's `restart` budget, then its `safe` outputs.",
  ),
  L0450: error<{ node: string; place: string }>(
    1,
    "a recorder runs inline",
    (a) => ({
      message: `\`${a.node}\` keeps what it is given, and cannot do so in a ${a.place}`,
      help: "Leave `place:` out.",
    }),
    "A recorder writes into the recordings of its run, which are open where the run is. It is no work that another thread could take over: the disk is written to in the background as it is.",
  ),
  L0451: error<{ component: string }>(
    1,
    "a component that cannot be loaded a second time",
    (a) => ({
      message: `the component \`${a.component}\` is only known where the graph was put together`,
      help: "Give it a file of its own (`component: ./controller.ts`), or leave `place:` out.",
    }),
    "A node in a worker or a process is loaded there anew: from the library, a file or the model store. A component that a program made and handed over is known in that program only.",
  ),
} as const;

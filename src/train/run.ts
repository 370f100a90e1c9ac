/**
 * Runs a compiled training: epochs of shuffled batches, validation after each, early stopping, best weights kept.
 *
 * Everything random comes from the seed, so the same program, data and seed give the same bytes, whether it runs here
 * or in a worker thread, however it is cut into runs, and wherever it is stopped and resumed.
 */
import type { Tensor, Tensors } from "../onnx/ir.js";
import { tensor } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { openChecked, type Session } from "../session/runtime.js";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, type Identity, programDigest } from "./checkpoint.js";
import type { Feed, Rows } from "./data.js";
import type { EndEvent, Ending, EpochRecord, Metrics, Moment, RunEvent, RunProgress } from "./events.js";
import { once } from "./loop.js";
import { masksOf } from "./masks.js";
import { inputName, keptNames } from "./names.js";
import type { Program } from "./program.js";

/** A run of steps is to take about this long: progress moves, a stop is prompt, and carrying state costs little. */
const RUN_MS = 150;
const MAX_STEPS_PER_RUN = 4096;

export interface RunOptions {
  readonly seed: number;
  /** Epochs without a better validation loss after which training ends (default: never). */
  readonly patience?: number;
  /** Threads inside one op (default 1). */
  readonly threads?: number;
  /** A check-point to go on from. */
  readonly resume?: Uint8Array;
  readonly checkpoint?: {
    readonly every_epochs?: number;
    readonly every_steps?: number;
    readonly every_s?: number;
    /** The result has one however the training ended. */
    readonly at_end?: boolean;
  };
}

export interface RunResult {
  /** Units of the parameters with the least validation loss, or without validation of the last ones. */
  readonly best: readonly Tensor[];
  readonly history: readonly EpochRecord[];
  /** Epoch that the parameters are from; 0 when none ended. */
  readonly best_epoch: number;
  readonly best_loss: number;
  readonly steps: number;
  /** Steps that were done before this run. */
  readonly resumed: number;
  readonly ended: Ending;
  /** Where to go on, when it was stopped; or where it ended, when that is asked for. */
  readonly checkpoint?: Uint8Array;
}

/** What surrounds a run: where rows come from, who is told, and who stops it. */
export interface Host {
  readonly train: Feed;
  readonly validation?: Rows;
  /** What tells the data from others, worked out when it is needed. */
  dataDigest(): Promise<string>;
  /** The moments that somebody looks at; `before.step` makes it go step by step. */
  readonly observed: ReadonlySet<Moment>;
  stopped(): boolean;
  /** Gives true to stop. */
  before(event: RunEvent): boolean | Promise<boolean>;
  after(event: RunEvent): void;
  progress(progress: RunProgress): void;
  save(checkpoint: Uint8Array): Promise<void>;
  /** Milliseconds. They decide how many steps are done at once, which the result does not depend on. */
  now(): number;
}

/**
 * Runs the program.
 *
 * Errors: L0951 data that does not fit the program, L0952 when the loss is not a number before any epoch ended,
 * L0955 and L0956 a check-point that cannot be resumed.
 */
export async function runProgram(program: Program, options: RunOptions, host: Host): Promise<RunResult> {
  const sessions = new Map<object, Promise<Session>>();
  const session = (model: Program["full"]): Promise<Session> => {
    const open = sessions.get(model) ?? openChecked(model, { threads: options.threads ?? 1 });
    sessions.set(model, open);
    return open;
  };
  try {
    return await loop({ program, options, host, session });
  } finally {
    for (const open of sessions.values()) await (await open).close();
  }
}

interface Running {
  readonly program: Program;
  readonly options: RunOptions;
  readonly host: Host;
  session(model: Program["full"]): Promise<Session>;
}

async function loop(running: Running): Promise<RunResult> {
  const { program, options, host } = running;
  const { steps: perEpoch, rates } = program;
  const seen = (moment: Moment): boolean => host.observed.has(moment);
  const identity = once(
    async (): Promise<Identity> => ({
      environment: programDigest(program),
      data: await host.dataDigest(),
      seed: options.seed,
    }),
  );
  const kept = keptNames(program);
  const begin: Checkpoint = {
    progressed: { epoch: 0, batch: 0, sums: [], history: [], best_epoch: 0, best_loss: Number.POSITIVE_INFINITY },
    state: program.state,
    best: pick(program.state, kept),
  };
  const from = options.resume === undefined ? begin : decodeCheckpoint(options.resume, await identity());
  let { state, best } = from;
  let { epoch, batch, best_epoch, best_loss } = from.progressed;
  let sums = [...from.progressed.sums];
  const history = [...from.progressed.history];
  const masks = masksOf(program.dropped, program.batch, options.seed);
  const frozen = renamed(program.frozen, inputName.frozen);
  const pace = pacer(host);

  const done = (): number => epoch * perEpoch + batch;
  const resumed = done();
  const rateNow = (): number => rates[Math.max(0, done() - 1)];
  const checkpoint = async (): Promise<Uint8Array> =>
    encodeCheckpoint(await identity(), {
      progressed: { epoch, batch, sums, history, best_epoch, best_loss },
      state,
      best,
    });
  const { every_steps = 0, every_epochs = 0, every_s = Number.POSITIVE_INFINITY, at_end } = options.checkpoint ?? {};
  let saved_ms = host.now();
  let ended = "done" as Ending;
  const stop = async (moment: RunEvent): Promise<boolean> => {
    if (host.stopped() || (seen(`before.${moment.at}`) && (await host.before(moment)))) ended = "interrupted";
    return ended === "interrupted";
  };

  /** Steps up to the end of the epoch; false when it was cut short. */
  const finishEpoch = async (): Promise<boolean> => {
    while (batch < perEpoch) {
      if (await stop({ at: "step", epoch: epoch + 1, step: done() + 1, rate: rates[done()] })) return false;
      const last = batch + 1 === perEpoch && program.last !== undefined;
      const size = last ? program.last_rows : program.batch;
      const full = perEpoch - batch - (program.last === undefined ? 0 : 1);
      const most = Math.min(last ? 1 : full, every_steps > 0 ? every_steps - (done() % every_steps) : full || 1);
      const count = seen("before.step") ? 1 : Math.max(1, Math.min(most, pace.steps));
      const { columns, rows } = await host.train.take({ epoch, batch }, count, size);
      const step = await running.session(last ? program.last! : program.full);
      const results = await pace.timed(count, () =>
        step.run({
          ...renamed(columns, inputName.column),
          ...frozen,
          ...state,
          ...sliced(program, step, done(), count),
          rows: tensor("int32", [count, size], rows),
          ...masks.take({ epoch, batch }, count, size),
        }),
      );
      const first = done();
      state = Object.fromEntries(Object.keys(state).map((name) => [name, results[inputName.next(name)]]));
      const values = ["loss", ...program.metrics].map((_, i) => results[`value/${i}`].data as Float32Array);
      for (let k = 0; k < count; k++) {
        values.forEach((v, i) => {
          sums[i] = (sums[i] ?? 0) + v[k] * size;
        });
        sums[values.length] = (sums[values.length] ?? 0) + size;
        if (seen("after.step"))
          host.after({
            at: "step",
            epoch: epoch + 1,
            step: first + k + 1,
            rate: rates[first + k],
            loss: values[0][k],
            ...metricsOf(program, (i) => values[i][k]),
          });
      }
      batch += count;
      if (!Number.isFinite(sums[0])) {
        ended = "diverged";
        return false;
      }
      host.progress({
        fraction: done() / rates.length,
        epoch: epoch + 1,
        train_loss: sums[0] / sums.at(-1)!,
        ...(history.at(-1)?.validation_loss !== undefined && { validation_loss: history.at(-1)!.validation_loss! }),
        step: done(),
        rate: rateNow(),
        resumed,
      });
      const late = host.now() - saved_ms >= 1000 * every_s;
      if (late || (every_steps > 0 && done() % every_steps === 0)) {
        await host.save(await checkpoint());
        saved_ms = host.now();
      }
    }
    return true;
  };

  while (epoch < program.epochs) {
    if (batch === 0 && epoch - best_epoch >= (options.patience ?? Number.POSITIVE_INFINITY)) {
      ended = "patience";
      break;
    }
    const where = { epoch: epoch + 1, step: done() };
    if (batch === 0 && (await stop({ at: "epoch", ...where }))) break;
    if (!(await finishEpoch())) break;
    const train_loss = sums[0] / sums.at(-1)!;
    const total = sums.at(-1)!;
    const ending = { epoch: epoch + 1, step: done() };
    if (seen("after.epoch")) host.after({ at: "epoch", ...ending, train_loss });
    if (await stop({ at: "validation", ...ending })) break;
    const found = host.validation && (await validate(running, host.validation, pick(state, kept), done(), rateNow()));
    const record: EpochRecord = {
      ...ending,
      train_loss,
      ...renamedMetrics(
        "train_metrics",
        metricsOf(program, (i) => sums[i] / total),
      ),
      ...(found && { validation_loss: found[0] }),
      ...(found &&
        renamedMetrics(
          "validation_metrics",
          metricsOf(program, (i) => found[i]),
        )),
      rate: rateNow(),
    };
    history.push(record);
    const loss = found?.[0] ?? train_loss;
    const better = loss < best_loss;
    if (better || found === undefined) best = pick(state, kept);
    if (better) {
      best_epoch = epoch + 1;
      best_loss = loss;
    }
    if (seen("after.validation"))
      host.after({
        at: "validation",
        ...ending,
        record,
        best: better,
        parameters: Object.values(pick(state, kept)),
      });
    epoch += 1;
    batch = 0;
    sums = [];
    if (every_epochs > 0 && epoch % every_epochs === 0) await host.save(await checkpoint());
  }
  const end: EndEvent = { at: "end", epoch: Math.min(epoch + 1, program.epochs), step: done(), ended };
  if (seen("before.end")) await host.before(end);
  if (ended === "diverged" && best_epoch === 0) fail("L0952", { steps: done() });
  const result: RunResult = {
    best: Object.values(host.validation === undefined && ended !== "diverged" ? pick(state, kept) : best),
    history,
    best_epoch,
    best_loss,
    steps: done(),
    resumed,
    ended,
    ...((ended === "interrupted" || (at_end && ended !== "diverged")) && { checkpoint: await checkpoint() }),
  };
  if (seen("after.end")) host.after(end);
  return result;
}

const pick = (from: Tensors, names: readonly string[]): Tensors =>
  Object.fromEntries(names.map((name) => [name, from[name]]));
const renamed = (from: Tensors, to: (name: string) => string): Tensors =>
  Object.fromEntries(Object.entries(from).map(([name, t]) => [to(name), t]));

function metricsOf({ metrics }: Program, at: (index: number) => number): { metrics?: Metrics } {
  if (metrics.length === 0) return {};
  return { metrics: Object.fromEntries(metrics.map((name, i) => [name, at(i + 1)])) };
}
const renamedMetrics = (name: string, { metrics }: { metrics?: Metrics }) => (metrics ? { [name]: metrics } : {});

/** The numbers of `count` steps that the model asks for. */
function sliced({ scalars }: Program, { inputs }: Session, from: number, count: number): Tensors {
  return Object.fromEntries(
    inputs.flatMap(({ name }) =>
      Object.hasOwn(scalars, name)
        ? [[name, tensor("float32", [count], scalars[name].subarray(from, from + count))]]
        : [],
    ),
  );
}

/** Mean loss and metrics over all rows of the validation data. */
async function validate(
  { program, session }: Running,
  data: Rows,
  kept: Tensors,
  step: number,
  rate: number,
): Promise<number[]> {
  const names = [...program.units.map(inputName.parameters), ...program.set.map(inputName.set)];
  const parameters = Object.fromEntries(names.map((name, i) => [name, Object.values(kept)[i]]));
  const given: Tensors = {
    ...parameters,
    ...renamed(program.frozen, inputName.frozen),
    number: tensor("float32", [], [step]),
    rate: tensor("float32", [], [rate]),
  };
  const figures = ["loss", ...program.metrics.map(inputName.metric)];
  const sums = figures.map(() => 0);
  let total = 0;
  for (let index = 0, from = 0; from < data.rows; index++) {
    const rows = Math.min(program.evaluation_rows, data.rows - from);
    const model = await session(program.evaluate[rows]);
    const feeds = { ...given, ...renamed(await data.chunk(index, rows), inputName.column) };
    const found = await model.run(
      pick(
        feeds,
        model.inputs.map((i) => i.name),
      ),
    );
    const weight = found.weight === undefined ? rows : Number(found.weight.data[0]);
    figures.forEach((name, i) => {
      sums[i] += Number(found[name].data[0]) * weight;
    });
    total += weight;
    from += rows;
  }
  return sums.map((sum) => sum / total);
}

/** How many steps to do at once, from how long the last ones took. */
function pacer(host: Host) {
  let steps = 1;
  return {
    get steps() {
      return steps;
    },
    async timed<T>(count: number, work: () => Promise<T>): Promise<T> {
      const start = host.now();
      const result = await work();
      const ms = host.now() - start;
      if (count === steps && ms < RUN_MS / 2) steps = Math.min(MAX_STEPS_PER_RUN, 2 * steps);
      else if (ms > 2 * RUN_MS) steps = Math.max(1, Math.floor(steps / 2));
      return result;
    },
  };
}

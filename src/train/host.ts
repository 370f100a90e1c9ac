/** What surrounds a run in the thread that it was asked for in: the data, and the observers. */
import { Subject } from "rxjs";
import { type Data, digestOf, isStream, memoryFeed, memoryRows, type Rows, streamFeed } from "./data.js";
import type { EndEvent, EpochEvent, Moment, RunEvent, StepEvent, ValidationEvent } from "./events.js";
import type { Program } from "./program.js";
import type { Host } from "./run.js";

/** Observers of one side of the moments of a training. */
export interface Subjects {
  readonly step: Subject<StepEvent & Stopping>;
  readonly epoch: Subject<EpochEvent & Stopping>;
  readonly validation: Subject<ValidationEvent & Stopping>;
  readonly end: Subject<EndEvent & Stopping>;
}

export interface Stopping {
  /** Ends the training here, as an abort does. */
  stop(): void;
}

export const subjects = (): Subjects => ({
  step: new Subject(),
  epoch: new Subject(),
  validation: new Subject(),
  end: new Subject(),
});

/** The moments that somebody has subscribed to. */
export function observedMoments(sides: { readonly before: Subjects; readonly after: Subjects }): Set<Moment> {
  const found = new Set<Moment>();
  for (const side of ["before", "after"] as const)
    for (const at of ["step", "epoch", "validation", "end"] as const)
      if (sides[side][at].observed) found.add(`${side}.${at}`);
  return found;
}

/** Tells the observers of one side. */
export const tell = (side: Subjects, event: RunEvent, stop: () => void): void =>
  (side[event.at] as Subject<RunEvent & Stopping>).next({ ...event, stop });

export interface DataOptions {
  readonly train: Data;
  readonly validation?: Data;
}

/** Feeds of the data, for a program that was compiled for them. */
export function dataHost(
  data: DataOptions,
  program: Pick<Program, "batch">,
  seed: number,
  shuffled: boolean,
): Pick<Host, "train" | "validation" | "dataDigest"> {
  const { train, validation } = data;
  return {
    train: isStream(train) ? streamFeed(train, "train") : memoryFeed(train, program.batch, seed, shuffled),
    ...(validation && { validation: validationOf(validation) }),
    dataDigest: async () => [train, ...(validation ? [validation] : [])].map(digestOf).join("+"),
  };
}

function validationOf(data: Data): Rows {
  if (!isStream(data)) return memoryRows(data);
  let feed = streamFeed(data, "validation");
  return {
    rows: data.rows,
    async chunk(index, count) {
      if (index === 0) feed = streamFeed(data, "validation");
      return (await feed.take({ epoch: 0, batch: index }, 1, count)).columns;
    },
  };
}

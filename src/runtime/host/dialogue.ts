/** Requests over a channel, one at a time: each gets its answer, or why there will be none. */
import type { Answer, Channel, Failure, Request, RngState } from "./channel.js";

/** Does some work after so many ms of wall time, unless what it gives is called before. */
export type Timer = (ms: number, work: () => void) => () => void;

type WithoutEnvelope<R> = R extends unknown ? Omit<R, "id" | "rng"> : never;
export type Question = WithoutEnvelope<Request>;

/** An answer, or: the other side is gone, took longer than it may, or is waited for no more. */
export type Outcome =
  | { readonly answer: Answer }
  | { readonly cut: unknown }
  | { readonly gone: string; readonly uncaught?: Failure }
  | { readonly late: true };

export interface Dialogue {
  /** @throws DataCloneError for a question that is not data */
  ask(question: Question, rng: RngState, limit_ms: number): Promise<Outcome>;
  /** Nobody waits for a firing any more, nor for what goes before one, for this reason; what is asked at the end is asked. */
  cut(reason: unknown): void;
  /** Resolves once the other side is there; at once when it is gone. */
  readonly ready: Promise<void>;
  /** How the other side went, once it is gone. */
  readonly gone: string | undefined;
}

const CUTTABLE: ReadonlySet<Question["ask"]> = new Set(["make", "fire", "next"]);

/** What is said on a channel that has nothing else on it. */
export function createDialogue(channel: Channel, after: Timer): Dialogue {
  let asked = 0;
  let gone: string | undefined;
  let uncaught: Failure | undefined;
  let waiting: ((outcome: Outcome) => void) | undefined;
  let asking: Question["ask"] | undefined;
  let cut: { readonly cut: unknown } | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let there = () => {};
  const ready = new Promise<void>((resolve) => {
    there = resolve;
  });
  const lost = (): Outcome => ({ gone: gone!, ...(uncaught === undefined ? {} : { uncaught }) });

  channel.onMessage((said) => {
    if ("ready" in said) there();
    else if ("uncaught" in said) uncaught = said.uncaught;
    // an answer that came too late has nobody waiting for it
    else if (said.id === asked) waiting?.({ answer: said });
  });
  channel.onEnd((how) => {
    gone = how;
    there();
    waiting?.(lost());
  });

  const one = (question: Question, rng: RngState, limit_ms: number): Promise<Outcome> => {
    if (gone !== undefined) return Promise.resolve(lost());
    if (cut !== undefined && CUTTABLE.has(question.ask)) return Promise.resolve(cut);
    return new Promise((resolve) => {
      const done = (outcome: Outcome) => {
        waiting = undefined;
        cancel();
        channel.hold(false);
        resolve(outcome);
      };
      channel.send({ ...question, id: ++asked, rng } as Request);
      waiting = done;
      asking = question.ask;
      channel.hold(true);
      const cancel = after(limit_ms, () => done({ late: true }));
    });
  };

  return {
    ready,
    get gone() {
      return gone;
    },
    cut(reason) {
      cut ??= { cut: reason };
      if (asking !== undefined && CUTTABLE.has(asking)) waiting?.(cut);
    },
    ask(question, rng, limit_ms) {
      const outcome = last.then(() => one(question, rng, limit_ms));
      last = outcome.catch(() => undefined);
      return outcome;
    },
  };
}

/** L077: transforms of a dataset's columns, loading, lineage. */
import { error } from "../entry.js";

export const dataset = {
  L0770: error<{ kind: string; port: string; reason: string }>(
    2,
    "transform that does not fit",
    (a) => ({
      message: `the transform \`${a.kind}\` of ${a.port} does not fit: ${a.reason}`,
      help: "Transforms are applied in order, each to the columns that the one before it gives.",
    }),
    'A dataset\'s inputs can be transformed: `{kind: history, rows: 8}` (a window, oldest row first), `{kind: lag, rows: [1, 2]}`, `{kind: difference, order: 1}`, and `{kind: flatten, columns: [{name: speed, unit: m/s, of: {"[0]": 0.5, "[1]": 0.5}}]}` for columns of your own, each a sum of the port\'s columns.\n\nThey are declared in `dataset.json` and carried into the card of a model that was trained on them, so that the model computes the same where it runs. What is not such a sum (a product, a threshold) is a node of the graph.',
  ),
  L0771: error<{ node: string; model: string; step_ns: number | undefined; period_ns: number; carries?: boolean }>(
    1,
    "model that remembers rows of another rate",
    (a) => {
      const fires = `\`${a.node}\` fires every ${a.period_ns / 1e6} ms, and \`${a.model}\``;
      const trained =
        a.step_ns === undefined
          ? "was trained on a history of rows that came at no steady rate"
          : a.carries
            ? `carries state from one firing to the next, which were ${a.step_ns / 1e6} ms apart in training`
            : `was trained on a history of rows ${a.step_ns / 1e6} ms apart`;
      return {
        message: `${fires} ${trained}`,
        help: `Give the node the trigger that was recorded${a.carries ? "." : ", or a clock that is a whole number of times as fast."}`,
      };
    },
    "A model with history, lags or differences remembers its last rows. One row before must mean the same time at work as in training; a clock that is twice as fast is met by looking two firings back. What a `gru` or `history` student carries grows with each firing, and cannot be met so: it fires at the clock that it was trained under.",
  ),
  L0772: error<{ port: string }>(
    2,
    "transform of an output",
    (a) => ({
      message: `${a.port} is an output, and only inputs are transformed`,
      help: "Name an input, or no port: then it is of every input.",
    }),
    "What a model says has to become the port's message again, so outputs keep the columns of their type. To learn a difference or a rate, put a node into the graph that computes it and record its port.",
  ),
  L0773: error<{ dir: string; row: number; rows: number }>(
    2,
    "no such row",
    (a) => `${a.dir} has no row ${a.row}: its rows are 0 to ${a.rows - 1}`,
    "Rows of a dataset are numbered from 0, through all its episodes.",
  ),
  L0774: error<{ limit: number; need: number }>(
    2,
    "loader's limit too small",
    (a) => ({
      message: `${a.limit} bytes are too few to load rows of this dataset: ${a.need} are needed`,
      help: "Raise `memory_bytes`, or shorten `history`.",
    }),
    "A loader holds some blocks of rows at a time, and each block at least as many rows as a window of history.",
  ),
  L0775: error<{ node: string; model: string; port: string }>(
    1,
    "model that does not see every message",
    (a) => ({
      message: `\`${a.model}\` remembers messages of ${a.port}, and \`${a.node}\` does not fire on each of them`,
      help: `Give the node \`on: {each: [${a.port}]}\`, with its other ports if there are any.`,
    }),
    "Where rows are joined from messages by stamp, the row before is the port's message before. A node that fires on a clock would miss some of them, or meet one twice.",
  ),
} as const;

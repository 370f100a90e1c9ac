/** L07: recordings and datasets. */
import { didYouMean, error, warning } from "../entry.js";
import { list, meantOr } from "./words.js";

export const record = {
  L0700: error<{ file: string; reason: string }>(
    3,
    "not a recording",
    (a) => ({ message: `${a.file} is not a recording: ${a.reason}`, help: "Recordings and run logs are MCAP files." }),
    "An MCAP file starts with the eight bytes `89 4D 43 41 50 30 0D 0A`. A file that does not is something else, or was cut before its first record.",
  ),
  L0701: error<{ file: string; offset: number; reason: string }>(
    3,
    "damaged recording",
    (a) => ({
      message: `${a.file} is damaged at byte ${a.offset}: ${a.reason}`,
      help: "`limbeck recording recover` makes a new file of what it still holds.",
    }),
    "Every chunk carries a checksum, and a finished file one over all of it, so that a flipped bit is found and never becomes data. A file that merely ends early is no damage: what is whole in it is read.",
  ),
  L0702: error<{ file: string; reason: string }>(
    3,
    "recording cannot be written",
    (a) => ({
      message: `${a.file} cannot be written: ${a.reason}`,
      help: "What was written before stays readable. Free some space, or record elsewhere (`--home DIR`).",
    }),
    "The graph runs on when its recorder's disk is full or fails: the recorder stops, counts every message that it could not keep, and says so at the end.",
  ),
  L0703: warning<{ file: string; bytes: number }>(
    "recording not finished",
    (a) => ({
      message:
        a.bytes === 0
          ? `${a.file} was never finished; what it has is whole`
          : `${a.file} ends early; the last ${a.bytes} bytes are no whole chunk and were left out`,
      help: "Everything that was written whole was read.",
    }),
    "A recording that was cut off (a kill, a power cut, a full disk) has no summary at its end. Its whole chunks are read as usual; at most the last chunk is lost.",
  ),
  L0704: error<{ file: string; port: string }>(
    3,
    "channel without a message type",
    (a) => ({
      message: `channel ${a.port} of ${a.file} carries no Limbeck message type`,
      help: "`limbeck recording import` makes a recording of it that does.",
    }),
    "Limbeck's own recordings say each channel's message type in its metadata (`limbeck.type`). Channels of other programs have to be imported first.",
  ),
  L0705: error<{ file: string; compression: string }>(
    3,
    "compressed recording",
    (a) => ({
      message: `${a.file} has chunks compressed with ${a.compression}, which is not read here`,
      help: "`mcap compress --compression none` of the MCAP tools makes a plain copy.",
    }),
    "Limbeck writes its chunks uncompressed, and reads no others.",
  ),
  L0706: error<{ file: string; limit: number }>(
    3,
    "recorder too slow",
    (a) => ({
      message: `${a.file}: more than ${a.limit} bytes wait to be written, and what came after them was dropped and counted`,
      help: "Record fewer ports or fewer rows (`every`), or to a faster disk.",
    }),
    "A recorder holds a bounded amount of what its disk has not taken yet. In simulation the run waits; a live run cannot, so it drops, and counts each drop.",
  ),
  L0707: error<{ file: string; offset: number; size: number; limit: number }>(
    3,
    "record too large",
    (a) => `a record at byte ${a.offset} of ${a.file} says that it has ${a.size} bytes, more than ${a.limit}`,
    "A record is read into memory whole, so its size is bounded. Limbeck's own chunks stay far below the bound.",
  ),
  L0710: error<{ recording: string; port: string; column: string; tag_ns: number; value: number }>(
    1,
    "column with a number that is not finite",
    (a) => ({
      message: `column \`${a.column}\` of port ${a.port} is ${a.value} at ${a.tag_ns} ns in ${a.recording}`,
      help: "Mend the source, or leave such rows out and count them (`--drop`).",
    }),
    "One NaN in a column makes a loss and then every weight NaN. A dataset is built without such rows by choice (`nonFinite: drop`), never silently.",
  ),
  L0711: error<{ file: string; port: string; nearest?: string | undefined; known?: readonly string[]; log?: boolean }>(
    1,
    "port not in the recording",
    (a) => ({
      message: `${a.file} has no port ${a.port}`,
      help:
        a.log && a.nearest === undefined
          ? "It is a run log, which holds in-streams alone. `limbeck replay GRAPH LOG` runs the graph on it, and what a `record` rule keeps then has the ports of nodes, too."
          : meantOr(a.nearest, a.known ?? [], "It has", "It holds no port at all."),
    }),
    "A recording holds the ports that its recorder was told to keep, under the names that the graph gives them. A run log holds what came in, and no port of a node: that is computed anew in a replay.",
  ),
  L0712: error<{ port: string; file: string; other: string; reason: string }>(
    1,
    "recordings disagree on a message type",
    (a) => `port ${a.port} has one message type in ${a.file} and another in ${a.other}: ${a.reason}`,
    "All recordings of one dataset give a port the same columns. Recordings from before and after a change of a message type make two datasets.",
  ),
  L0713: error<{ causes: string; silent?: readonly string[] }>(
    1,
    "no complete row",
    ({ causes, silent = [] }) => {
      const why = [
        ...(silent.length === 0 ? [] : [`no message of ${list(silent)}`]),
        ...(causes === "" ? [] : [causes]),
      ];
      return {
        message: `the recordings hold no complete row${why.length === 0 ? "" : ` (${why.join(", ")})`}`,
        help:
          silent.length === 0
            ? "Record longer, or widen the tolerance."
            : "Look at what feeds it: nothing comes at a stream without `simulate`. Of a graph without a world, take the rows from a recording of its streams: `--from`.",
      };
    },
    "A row needs a message of every port. The causes say how many rows lacked which. Where a port never spoke, what feeds it was not there: a graph without a world is recorded by `limbeck replay` on a log (`limbeck recording import` makes one), and `limbeck distill … --from` learns from that recording.",
  ),
  L0714: error<{ dir: string }>(
    2,
    "dataset exists",
    (a) => ({ message: `${a.dir} exists`, help: "Datasets are never overwritten: choose another name, or remove it." }),
    "Models name the digest of the dataset that they were fitted on, so a dataset stays as it is once it is there.",
  ),
  L0715: error<{ dir: string; reason: string }>(
    3,
    "dataset cannot be written",
    (a) => ({ message: `${a.dir} cannot be written: ${a.reason}`, help: "Nothing was left under that name." }),
    "A dataset is written beside its final name and renamed once it is whole, so a full disk or an interrupt leaves no half dataset.",
  ),
  L0716: error<{ dir: string; reason: string }>(
    3,
    "not a dataset",
    (a) => `${a.dir} is not a dataset: ${a.reason}`,
    "A dataset is a folder with a `dataset.json` that lists its columns and files.",
  ),
  L0717: error<{ file: string; reason: string }>(
    3,
    "damaged dataset",
    (a) => ({ message: `${a.file} is damaged: ${a.reason}`, help: "Build the dataset again from its recordings." }),
    "The manifest carries the SHA-256 of every file and of itself. A dataset whose bytes changed after it was built is refused.",
  ),
  L0718: error<{ split: string; has: string }>(
    1,
    "rows of a split that this view does not have",
    (a) => ({
      message: `this view has the rows of ${a.has}, and none of the ${a.split} split`,
      help: "Test rows are read through `testView`, once a model is chosen.",
    }),
    "Training sees training and validation rows only. The test split measures a finished model, and is read through one door that counts.",
  ),
  L0719: error<{ a: string; b: string; what: string }>(
    1,
    "splits overlap",
    (a) => `the ${a.a} and ${a.b} splits share ${a.what}`,
    "A row in two splits makes a test score a memory test. Splits may share neither a row nor the moment of a recording that it came from.",
  ),
  L0720: error<{ have: number; what: string; need: number; empty?: string | undefined }>(
    1,
    "too little to split",
    (a) => ({
      message: `${a.have} ${a.what} cannot be split into training, validation and test: ${a.have < a.need || a.empty === undefined ? `${a.need} are needed` : `${a.empty} would have none`}`,
      help: "Record longer, or more episodes.",
    }),
    "Each split needs at least one row; by episode, at least one whole episode.",
  ),
  L0721: error<{ file: string; other: string }>(
    1,
    "the same recording twice",
    (a) => `${a.file} and ${a.other} are the same recording`,
    "The same rows twice in a dataset count twice in training and may land in two splits.",
  ),
  L0722: error<{ limit: number }>(
    1,
    "dataset too large",
    (a) => ({
      message: `the dataset would have more than ${a.limit} bytes`,
      help: "Keep every n-th row (`every`), or fewer ports.",
    }),
    "What a dataset may take on the disk while it is built is bounded (`maxBytes`, 1 TiB unless told otherwise), and so is `dataset.json` (64 MiB): a split by row, or many thousands of short episodes, make it long.",
  ),
  L0723: error<{ what: string; found: string; expected: string }>(
    2,
    "wrong dataset option",
    (a) => `${a.what} must be ${a.expected}, and is ${a.found}`,
    "Fractions of a split are positive and add up to 1; a batch is a positive integer; inputs and outputs name at least one port each, and no port twice.",
  ),
  L0724: error<{ file: string; reason: string }>(
    3,
    "not a log of this graph",
    (a) => ({
      message: `${a.file} cannot be replayed into this graph: ${a.reason}`,
      help: "Replay takes the run log that `limbeck simulate` wrote under `.limbeck/logs/` for the same streams.",
    }),
    "A run log holds every in-stream message of a run, at the tag at which it arrived. Replaying it needs a graph with the same in-streams, of the same message types; its nodes may be others.",
  ),
  L0730: error<{ option: string; reason: string; help: string }>(
    2,
    "recorder options that do not go together",
    (a) => ({ message: `\`${a.option}\` ${a.reason}`, help: a.help }),
    "Filters (`when`, `every`, `rate`, `on_change`) say which rows are kept; then either `trigger` or `keep` says how much of them; `episodes`, `split` and `max_disk` say how they lie in files. Policies are about rows: a recording of every message (`rows: asof`) has none until it is joined. `docs/reference/recordings.md` has the whole picture.",
  ),
  L0731: error<{ option: string; ref: string; reason: string; known: readonly string[]; nearest?: string | undefined }>(
    2,
    "a recorder's option names what it does not record",
    (a) => ({
      message: `\`${a.option}\`: ${a.reason}`,
      help: didYouMean(a.nearest) || `It records ${a.known.map((port) => `\`${port}\``).join(", ")}.`,
    }),
    "A policy decides by what is in the row, and so only by ports that are recorded: add the port to `inputs`. A part of its message is named behind a colon: `joints:velocity[0]`.",
  ),
  L0732: warning<{
    file: string;
    messages: number;
    drops: readonly { port: string; cause: string; messages: number }[];
  }>(
    "recorder lost messages",
    (a) => ({
      message: `${a.file} lacks ${a.messages} messages: ${a.drops.map((d) => `${d.messages} of \`${d.port}\` (${d.cause})`).join(", ")}`,
      help: "What was written before stays readable. Free some space, record fewer rows (`every`, `rate`), or raise the limit.",
    }),
    "A recorder never stops its graph. What it cannot keep it counts, by port and cause, live and in the file: `disk full`, `failed` (the disk refuses), `queue full` (the disk is too slow), `max_disk` (the recording's own limit), `ring full` (its ring has come to the bound of memory).",
  ),
  L0733: error<{ ref: string; ports: readonly string[] }>(
    1,
    "a row has no such value",
    (a) => `the row has no \`${a.ref}\`; it has ${a.ports.map((port) => `\`${port}\``).join(", ")}`,
    "A recorder of one's own asked for a port that it does not record, for a field that its messages do not have, or for an optional field that this message lacks.",
  ),
  L0739: warning<{ file: string; start: number; end: number; reason: string }>(
    "gap in a recording",
    (a) => ({
      message: `bytes ${a.start} to ${a.end} of ${a.file} do not hold, and were left out: ${a.reason}`,
      help: "What stands before and behind them was kept.",
    }),
    "A flipped bit, a hole after a power cut or a bad sector spoils the piece of a recording that it lies in. Each write of a recorder is sealed on its own, so that recovery loses that piece only, and knows from the seals around it how many messages it held.",
  ),
} as const;

/** L078x: exports to other tools, and models that come from them. */
import { didYouMean, error, warning } from "../entry.js";

export const exporting = {
  L0780: error<{ out: string }>(
    2,
    "export exists",
    (a) => ({ message: `${a.out} exists`, help: "Exports never overwrite: choose another name, or remove it." }),
    "What stands under a name may already be in use elsewhere. An export is written beside its name and gets it once it is whole.",
  ),
  L0781: error<{ out: string; reason: string }>(
    3,
    "export cannot be written",
    (a) => ({ message: `${a.out} cannot be written: ${a.reason}`, help: "Nothing was left under that name." }),
    "An export is written beside its final name and renamed once it is whole, so a full disk or an interrupt leaves no half export.",
  ),
  L0782: error<{ out: string }>(
    1,
    "no frame rate",
    (a) => ({
      message: `${a.out} needs a number of frames a second, and the rows have none: no two of an episode are apart in time`,
      help: "Give `fps`.",
    }),
    "LeRobot finds the frames before and after a frame by counting at `fps` frames a second. It is taken from the median step between the tags of rows; where an episode has one row, or all rows one tag, there is no step.",
  ),
  L0783: error<{ out: string }>(
    1,
    "single messages have no frames",
    (a) => ({
      message: `${a.out} needs rows, and the recording holds single messages that nothing joins`,
      help: "Say what goes in and what comes out (`inputs`, `outputs`), and the rows are joined by stamp; or export to CSV or npz, a table a port.",
    }),
    "A frame of LeRobot is an observation and the action that belongs to it. A run log or an imported log holds messages, each at its own time; which of them belong together is a choice: which ports are inputs and outputs, whose messages make the rows (`anchor`), and how far apart stamps may be (`tolerance`).",
  ),
  L0784: error<{ out: string; bytes: number; limit: number }>(
    1,
    "too large for npz",
    (a) => ({
      message: `${a.out} would have ${a.bytes} bytes, more than the ${a.limit} that a zip can hold`,
      help: "A dataset's folder holds its columns as `.npy` files, which `numpy.load` opens as they are; or export to Parquet or CSV, or one split.",
    }),
    "An npz is a zip of `.npy` files, and sizes in a zip have 32 bits.",
  ),
  L0785: warning<{ out: string; uneven: number; steps: number; fps: number }>(
    "frames unevenly spaced",
    (a) => ({
      message: `${a.uneven} of ${a.steps} steps between the frames of ${a.out} are not 1/${a.fps} s`,
      help: "`timestamp` holds the true times. Record at a fixed rate, or do not ask LeRobot for frames by `delta_timestamps`.",
    }),
    "LeRobot counts frames to find those of an earlier or later moment, as if all were `1/fps` apart. Rows of a node that fires on messages, or of which some were left out, are not.",
  ),
  L0786: error<{ format: string; known: readonly string[]; nearest?: string | undefined }>(
    2,
    "unknown format",
    (a) => ({
      message: `there is no format \`${a.format}\`; there are ${a.known.join(", ")}`,
      help: didYouMean(a.nearest),
    }),
    "`lerobot` is a folder of Parquet files in the layout of LeRobotDataset v3.0, `csv` a table (or a folder of them) with its units beside it, `npz` what `numpy.load` opens.",
  ),
  L0787: error<{ file: string; reason: string }>(
    3,
    "not a model of a dataset",
    (a) => ({
      message: `${a.file} does not say what it was trained on: ${a.reason}`,
      help: "Write it by `export_policy` of `limbeck_torch.py`, or put the same JSON under `limbeck` into its metadata.",
    }),
    "A stored model has a card: what goes in and comes out, in which units, trained on which dataset, and how well it did on rows that it had not seen. An ONNX file that comes from elsewhere brings the same in its metadata, under the key `limbeck`.",
  ),
  L0788: error<{ file: string; reason: string; help: string }>(
    1,
    "model that does not fit",
    (a) => ({ message: `${a.file} does not fit: ${a.reason}`, help: a.help }),
    "A model takes the place of nodes when its inputs and outputs are the ports at their boundary, with the same message types: it is trained on a recording of just these ports.",
  ),
} as const;

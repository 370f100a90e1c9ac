/**
 * Ridge, and an MLP of what it leaves: where the teacher is about linear in what it sees, outside of the rows too, the
 * line carries the student there and the net only corrects it.
 */
import { encode } from "../../onnx/codec/index.js";
import type { Matrix } from "../../train/matrix.js";
import { checkTrainingData } from "./data.js";
import { headsOf } from "./heads.js";
import { type MlpOptions, mlp } from "./mlp.js";
import { differenceOf, sumOf } from "./outputs.js";
import { predict } from "./predict.js";
import { ridge } from "./ridge.js";
import type { Fitted, Part, Student, StudentOptions, TrainingData } from "./student.js";

/**
 * The student that corrects a line. Choices have no differences: with one among the outputs it is the MLP alone. Errors:
 * L0951 data that cannot be fitted on; those of training.
 *
 * @example
 * const size = { hidden: [8], ensemble: 1, epochs: 20 };
 * const { details } = await ridgeMlp.fit(data, { ...size, worker: false, seed: 7, now: () => 0 });
 * details.lambda // 0.000001
 */
export const ridgeMlp: Student<MlpOptions> = { name: "ridge+mlp", fit };

async function fit(data: TrainingData, options: StudentOptions & Partial<MlpOptions>): Promise<Fitted> {
  checkTrainingData(data);
  const named: StudentOptions & Partial<MlpOptions> = {
    ...options,
    onProgress: (p) => options.onProgress?.({ ...p, student: "ridge+mlp" }),
  };
  if (headsOf(data.outputs).some(({ kind }) => kind === "choice"))
    return { ...(await mlp.fit(data, named)), name: "ridge+mlp" };
  const line = await ridge.fit(data, options);
  const bytes = encode(line.model);
  const left = async (part: Part): Promise<Part> => {
    const said: Matrix = await predict(bytes, part.x);
    return { ...part, y: differenceOf(part.y, said) };
  };
  const net = await mlp.fit(
    {
      ...data,
      outputs: data.outputs.map(({ port, columns }) => ({ port, columns })),
      train: await left(data.train),
      validation: await left(data.validation),
    },
    named,
  );
  return {
    ...net,
    name: "ridge+mlp",
    model: sumOf("ridge+mlp", [line.model, net.model], data),
    details: { lambda: line.details.lambda, ...net.details },
  };
}

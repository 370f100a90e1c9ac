/** One of several values, by name. */
import Type from "typebox";
import type { MessageSchema } from "../../../message/type.js";
import { equal, where } from "../../../onnx/functions.js";
import type { InputTypes } from "../../component.js";
import { genericStep } from "../../step.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { alsoTensor } from "../also-tensor.js";
import { anyType } from "../any.js";
import { mapLeaves } from "../leaves.js";
import { refuse } from "../refuse.js";

const OWN = "which";

const selected = {
  doc: "The value at the input that `which` names; a name that is none of `choices` stops the run. Messages of any one type; every choice must have a value (give the slower ones `initial` or `missing: {default: …}`).",
  params: Type.Object({
    choices: Type.Array(Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]*$" }), {
      minItems: 1,
      maxItems: 64,
      description: "names of the inputs to choose from",
      examples: [["cruise", "brake"]],
    }),
  }),
  ports({ choices }: { choices: string[] }, types: InputTypes) {
    if (new Set([...choices, OWN]).size <= choices.length)
      refuse(
        "choices",
        choices.includes(OWN)
          ? `\`${OWN}\` cannot be a choice: it is the input that chooses`
          : "`choices` names an input twice",
        "Give each choice a name of its own.",
      );
    const type = choices.map((name) => types[name]).find((known) => known !== undefined);
    const value = type === undefined ? anyType : Type.Unsafe<MessageSchema>(type);
    const { which } = types;
    return {
      inputs: {
        [OWN]: which?.enum === undefined ? Type.String() : Type.Unsafe<string>(which),
        ...Object.fromEntries(choices.map((name) => [name, value])),
      },
      outputs: type === undefined ? {} : { value },
    };
  },
};

export default alsoTensor(
  genericStep({
    ...selected,
    step({ which, ...values }, _, { params: { choices } }) {
      if (!choices.includes(which)) throw new RangeError(`\`${which}\` is none of ${choices.join(", ")}`);
      return { outputs: { value: values[which] } };
    },
  }),
  genericTensorStep({
    ...selected,
    // a choice of texts is its place among them
    prepare: (_, { which }) => (which?.enum ?? []) as readonly string[],
    step({ which, ...values }, _, { params: { choices } }, names) {
      const named = choices.filter((name) => names.includes(name));
      const value = mapLeaves(
        named.map((name) => values[name]),
        (leaves) =>
          leaves.reduce((otherwise, leaf, i) => where(equal(which, names.indexOf(named[i]!)), leaf, otherwise)),
      );
      return { outputs: { value } };
    },
  }),
);

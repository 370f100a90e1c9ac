/** Limbeck's own messages: a recording of one graph can be imported into another. */
import { compileCodec } from "../../../message/encode.js";
import { fieldsOf, kindOf } from "../../../message/kind.js";
import { messageSchema } from "../../../message/normalise.js";
import { tensorType } from "../../../message/tensor.js";
import type { MessageSchema } from "../../../message/type.js";
import { parseJson, TYPE_KEY } from "../../layout.js";
import { type ForeignType, numberOf, objectOf } from "../type.js";
import type { Encoding } from "./encoding.js";

export const limbeck: Encoding = {
  is: ({ metadata }) => Object.hasOwn(metadata, TYPE_KEY),
  open({ metadata, schema }) {
    const raw = parseJson(metadata[TYPE_KEY]!);
    const type = messageSchema(raw ?? null, () => undefined);
    const { decode } = compileCodec(type, schema?.name ?? "message");
    return { type: foreignType(type), decode };
  },
};

function foreignType(schema: MessageSchema): ForeignType {
  const tensor = tensorType(schema);
  if (tensor !== undefined) {
    const items: ForeignType = tensor.dtype === "bool" ? { kind: "boolean" } : numberOf(tensor.dtype);
    return { kind: "list", items, length: tensor.length };
  }
  switch (kindOf(schema)) {
    case "object":
      return objectOf(fieldsOf(schema).map((field) => [field.name, foreignType(field.schema)]));
    case "array": {
      const { items, minItems, maxItems } = schema;
      const length = minItems !== undefined && minItems === maxItems ? { length: minItems } : {};
      return { kind: "list", items: foreignType(items!), ...length };
    }
    case "boolean":
      return { kind: "boolean" };
    case "string":
      return { kind: "string" };
    case "enum":
      return typeof schema.enum![0] === "string" ? { kind: "string" } : numberOf("float64");
    default:
      return numberOf("float64");
  }
}

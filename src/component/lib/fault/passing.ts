/** What faults on messages of any type share: the port `value` goes through, with its type and kind. */
import Type from "typebox";
import type { PortKind } from "../../../graph/catalogue.js";
import type { MessageSchema } from "../../../message/type.js";
import type { InputTypes } from "../../component.js";
import type { Port } from "../../ports.js";
import { anyType } from "../any.js";

export const kind = Type.Enum(["signal", "event"], { default: "signal", description: "of the port" });

/** Ports of a component that says what it hears, or something of the same type. */
export function passing(params: { readonly kind: PortKind }, { value }: InputTypes) {
  const port: Port = {
    schema: value === undefined ? anyType : Type.Unsafe<MessageSchema>(value),
    kind: params.kind,
    optional: false,
  };
  return { inputs: { value: port }, outputs: value === undefined ? {} : { value: port } };
}

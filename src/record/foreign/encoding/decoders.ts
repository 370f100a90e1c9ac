/** Which encodings of messages are read: one line each. */
import { LimbeckError } from "../../../problem/problem.js";
import type { Decoder, Described, Encoding } from "./encoding.js";
import { json } from "./json.js";
import { limbeck } from "./limbeck.js";
import { protobuf } from "./protobuf.js";
import { ros1, ros2 } from "./ros.js";

const encodings: readonly Encoding[] = [limbeck, protobuf, json, ros1, ros2];

/** Named in problems. */
export const READ = "JSON, protobuf, ROS 1 (ros1msg) and ROS 2 (ros2msg in CDR)";

/** A decoder, or in words why there is none. */
export function openDecoder(described: Described): Decoder | string {
  const found = encodings.find((encoding) => encoding.is(described));
  const { messageEncoding, schema } = described;
  const written = [messageEncoding, ...(schema === undefined ? [] : [schema.encoding])].filter((word) => word !== "");
  if (found === undefined)
    return `its messages are ${written.join(" with schemas in ") || "of no named encoding"}; read are ${READ}`;
  try {
    return found.open(described);
  } catch (error) {
    const reason = error instanceof LimbeckError ? error.problems[0]!.message : (error as Error).message;
    return `its schema cannot be read (${reason})`;
  }
}

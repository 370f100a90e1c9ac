/** Ports that take a message of any type. */
import Type from "typebox";

/** What such a port shows before it is connected. */
export const anyType = Type.Number({ title: "any type" });

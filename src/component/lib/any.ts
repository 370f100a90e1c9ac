/** Ports that take a message of any type. */
import Type from "typebox";
import type { Same } from "../typed.js";

/** What such a port shows before it is connected. */
export const anyType = Type.Number({ title: "any type" }) as unknown as Same;

/** The same rate at every step. */
import type { Schedule } from "../schedule.js";

export const constant: Schedule = { name: "constant", factor: () => 1 };

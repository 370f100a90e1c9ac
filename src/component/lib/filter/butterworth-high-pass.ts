/** A high-pass with the flattest pass band. */
import { butterworth } from "./butterworth.js";

export default butterworth(
  "high",
  "Butterworth high-pass: gain 0 at rest, −3 dB at `cutoff`, falling by 20·order dB a decade below it.",
);

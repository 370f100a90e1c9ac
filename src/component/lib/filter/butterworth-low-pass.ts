/** A low-pass with the flattest pass band. */
import { butterworth } from "./butterworth.js";

export default butterworth(
  "low",
  "Butterworth low-pass: gain 1 at rest, −3 dB at `cutoff`, falling by 20·order dB a decade above it.",
);

/**
 * Key-points of which the kept model takes the one highest element of each map: the temperature's end. A place is then
 * an element's own, to the pixel; no second spot draws it aside, and nothing can be fine-tuned behind it.
 */
import { imagesFor } from "./images.js";
import { fitKeypoints, type KeypointOptions } from "./keypoints.js";
import type { Student } from "./student.js";

const NAME = "keypoints-argmax";

/**
 * The student that finds places, hard. It is `keypoints` with `argmax`. Errors: those of `keypoints`.
 *
 * @example
 * const size = { points: 2, filters: [4], steps: 5 };
 * const { details } = await keypointsArgmax.fit(pictures, { ...size, worker: false, seed: 7, now: () => 0 });
 * details.argmax // true
 */
export const keypointsArgmax: Student<Omit<KeypointOptions, "argmax">> = {
  name: NAME,
  check: (inputs) => void imagesFor(NAME, inputs),
  fit: (data, options) => fitKeypoints(NAME, data, { ...options, argmax: true }),
};

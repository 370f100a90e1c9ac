/** The standard library: the one list of component names. */
import type { Component } from "./component.js";
import pd from "./lib/control/pd.js";
import twoLinkGravity from "./lib/dynamics/two-link-gravity.js";
import derivative from "./lib/filter/derivative.js";
import twoLinkInverse from "./lib/kinematics/two-link-inverse.js";
import twoLinkArm from "./lib/sim/two-link-arm.js";
import waypoints from "./lib/sim/waypoints.js";
import csv from "./lib/source/csv.js";

export const library: { readonly [name: string]: Component } = {
  "control/pd": pd,
  "dynamics/two-link-gravity": twoLinkGravity,
  "filter/derivative": derivative,
  "kinematics/two-link-inverse": twoLinkInverse,
  "sim/two-link-arm": twoLinkArm,
  "sim/waypoints": waypoints,
  "source/csv": csv,
};

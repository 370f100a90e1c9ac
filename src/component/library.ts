/** The standard library: the one list of component names. */
import type { Component } from "./component.js";
import pd from "./lib/control/pd.js";
import twoLinkGravity from "./lib/dynamics/two-link-gravity.js";
import bias from "./lib/fault/bias.js";
import drift from "./lib/fault/drift.js";
import dropOut from "./lib/fault/drop-out.js";
import freeze from "./lib/fault/freeze.js";
import noise from "./lib/fault/noise.js";
import quantisation from "./lib/fault/quantisation.js";
import butterworthHighPass from "./lib/filter/butterworth-high-pass.js";
import butterworthLowPass from "./lib/filter/butterworth-low-pass.js";
import complementary from "./lib/filter/complementary.js";
import deadBand from "./lib/filter/dead-band.js";
import delayLine from "./lib/filter/delay-line.js";
import derivative from "./lib/filter/derivative.js";
import ema from "./lib/filter/ema.js";
import hysteresis from "./lib/filter/hysteresis.js";
import median from "./lib/filter/median.js";
import rateLimiter from "./lib/filter/rate-limiter.js";
import resample from "./lib/filter/resample.js";
import saturation from "./lib/filter/saturation.js";
import dhForward from "./lib/kinematics/dh-forward.js";
import dhInverse from "./lib/kinematics/dh-inverse.js";
import twoLinkInverse from "./lib/kinematics/two-link-inverse.js";
import counter from "./lib/logic/counter.js";
import latch from "./lib/logic/latch.js";
import select from "./lib/logic/select.js";
import switchBetween from "./lib/logic/switch.js";
import threshold from "./lib/logic/threshold.js";
import crossProduct from "./lib/math/cross-product.js";
import frameTransform from "./lib/math/frame-transform.js";
import lookupTable from "./lib/math/lookup-table.js";
import matrixGain from "./lib/math/matrix-gain.js";
import norm from "./lib/math/norm.js";
import polynomial from "./lib/math/polynomial.js";
import quaternionMultiply from "./lib/math/quaternion-multiply.js";
import quaternionRotate from "./lib/math/quaternion-rotate.js";
import twoLinkArm from "./lib/sim/two-link-arm.js";
import waypoints from "./lib/sim/waypoints.js";
import csv from "./lib/source/csv.js";

export const library: { readonly [name: string]: Component } = {
  "control/pd": pd,
  "dynamics/two-link-gravity": twoLinkGravity,
  "fault/bias": bias,
  "fault/drift": drift,
  "fault/drop-out": dropOut,
  "fault/freeze": freeze,
  "fault/noise": noise,
  "fault/quantisation": quantisation,
  "filter/butterworth-high-pass": butterworthHighPass,
  "filter/butterworth-low-pass": butterworthLowPass,
  "filter/complementary": complementary,
  "filter/dead-band": deadBand,
  "filter/delay-line": delayLine,
  "filter/derivative": derivative,
  "filter/ema": ema,
  "filter/hysteresis": hysteresis,
  "filter/median": median,
  "filter/rate-limiter": rateLimiter,
  "filter/resample": resample,
  "filter/saturation": saturation,
  "kinematics/dh-forward": dhForward,
  "kinematics/dh-inverse": dhInverse,
  "kinematics/two-link-inverse": twoLinkInverse,
  "logic/counter": counter,
  "logic/latch": latch,
  "logic/select": select,
  "logic/switch": switchBetween,
  "logic/threshold": threshold,
  "math/cross-product": crossProduct,
  "math/frame-transform": frameTransform,
  "math/lookup-table": lookupTable,
  "math/matrix-gain": matrixGain,
  "math/norm": norm,
  "math/polynomial": polynomial,
  "math/quaternion-multiply": quaternionMultiply,
  "math/quaternion-rotate": quaternionRotate,
  "sim/two-link-arm": twoLinkArm,
  "sim/waypoints": waypoints,
  "source/csv": csv,
};

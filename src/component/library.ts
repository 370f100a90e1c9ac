/** The standard library: the one list of component names. */
import type { Component } from "./component.js";
import feedForward from "./lib/control/feed-forward.js";
import leadLag from "./lib/control/lead-lag.js";
import lqr from "./lib/control/lqr.js";
import minimumJerk from "./lib/control/minimum-jerk.js";
import pd from "./lib/control/pd.js";
import pid from "./lib/control/pid.js";
import trapezoidalProfile from "./lib/control/trapezoidal-profile.js";
import twoLinkGravity from "./lib/dynamics/two-link-gravity.js";
import associate from "./lib/estimation/associate.js";
import deadReckoningDifferential from "./lib/estimation/dead-reckoning-differential.js";
import deadReckoningTricycle from "./lib/estimation/dead-reckoning-tricycle.js";
import deadReckoningUnicycle from "./lib/estimation/dead-reckoning-unicycle.js";
import kalman from "./lib/estimation/kalman.js";
import bias from "./lib/fault/bias.js";
import delay from "./lib/fault/delay.js";
import drift from "./lib/fault/drift.js";
import dropOut from "./lib/fault/drop-out.js";
import freeze from "./lib/fault/freeze.js";
import nan from "./lib/fault/nan.js";
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
import cartPole from "./lib/sim/cart-pole.js";
import cascadedTanks from "./lib/sim/cascaded-tanks.js";
import dcMotor from "./lib/sim/dc-motor.js";
import differentialDrive from "./lib/sim/differential-drive.js";
import massSpringDamper from "./lib/sim/mass-spring-damper.js";
import pendulum from "./lib/sim/pendulum.js";
import planarQuadrotor from "./lib/sim/planar-quadrotor.js";
import spectralCamera from "./lib/sim/spectral-camera.js";
import tricycle from "./lib/sim/tricycle.js";
import twoLinkArm from "./lib/sim/two-link-arm.js";
import waypoints from "./lib/sim/waypoints.js";
import chirp from "./lib/source/chirp.js";
import constant from "./lib/source/constant.js";
import csv from "./lib/source/csv.js";
import prbs from "./lib/source/prbs.js";
import randomWalk from "./lib/source/random-walk.js";
import step from "./lib/source/step.js";

/** The library with the type of each component, which graphs in TypeScript are held to. */
const components = {
  "control/feed-forward": feedForward,
  "control/lead-lag": leadLag,
  "control/lqr": lqr,
  "control/minimum-jerk": minimumJerk,
  "control/pd": pd,
  "control/pid": pid,
  "control/trapezoidal-profile": trapezoidalProfile,
  "dynamics/two-link-gravity": twoLinkGravity,
  "estimation/associate": associate,
  "estimation/dead-reckoning-differential": deadReckoningDifferential,
  "estimation/dead-reckoning-tricycle": deadReckoningTricycle,
  "estimation/dead-reckoning-unicycle": deadReckoningUnicycle,
  "estimation/kalman": kalman,
  "fault/bias": bias,
  "fault/delay": delay,
  "fault/drift": drift,
  "fault/drop-out": dropOut,
  "fault/freeze": freeze,
  "fault/nan": nan,
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
  "sim/cart-pole": cartPole,
  "sim/cascaded-tanks": cascadedTanks,
  "sim/dc-motor": dcMotor,
  "sim/differential-drive": differentialDrive,
  "sim/mass-spring-damper": massSpringDamper,
  "sim/pendulum": pendulum,
  "sim/planar-quadrotor": planarQuadrotor,
  "sim/spectral-camera": spectralCamera,
  "sim/tricycle": tricycle,
  "sim/two-link-arm": twoLinkArm,
  "sim/waypoints": waypoints,
  "source/chirp": chirp,
  "source/constant": constant,
  "source/csv": csv,
  "source/prbs": prbs,
  "source/random-walk": randomWalk,
  "source/step": step,
} satisfies { readonly [name: string]: Component };

export type Library = typeof components;
export const library: { readonly [name: string]: Component } = components;

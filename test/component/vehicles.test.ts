/** Vehicles against closed forms and conserved quantities. */
import { describe, expect, test } from "vitest";
import type { Component, Outputs } from "../../src/component/component.js";
import differentialDrive from "../../src/component/lib/sim/differential-drive.js";
import planarQuadrotor from "../../src/component/lib/sim/planar-quadrotor.js";
import tricycle from "../../src/component/lib/sim/tricycle.js";
import type { Json } from "../../src/message/type.js";
import { firing } from "../support/fire.js";
import { refused } from "../support/refused.js";

type Params = { readonly [name: string]: Json };

/** What a plant says `seconds` after its start under held inputs, fired `rate` times a second. */
function held<T>(component: Component, params: Params, inputs: object, seconds: number, port: string, rate = 100): T {
  const plant = firing(component, params);
  let outputs: Outputs = {};
  const last = Math.round(seconds * rate);
  for (let k = 0; k <= last; k++) outputs = plant.at(Math.min(seconds, k / rate), { ...inputs });
  if (last / rate < seconds) outputs = plant.at(seconds, { ...inputs });
  return outputs[port] as unknown as T;
}

interface Pose {
  readonly position: Float64Array;
  readonly heading: number;
}

describe("sim/differential-drive", () => {
  const params = { wheel_radius: 0.1, track: 0.4 };
  const pose = (more: Params, wheels: number[], seconds: number) =>
    held<Pose>(differentialDrive, { ...params, ...more }, { wheels: Float64Array.from(wheels) }, seconds, "pose", 7);

  test("equal wheels go straight, opposite ones turn on the spot, others round a circle", () => {
    const straight = pose({ pose0: [1, 2, Math.PI / 2] }, [5, 5], 2);
    expect(straight.position[0]).toBeCloseTo(1, 9);
    expect(straight.position[1]).toBeCloseTo(3, 9);
    const spot = pose({}, [-2, 2], 1);
    expect(Array.from(spot.position)).toEqual([0, 0]);
    expect(spot.heading).toBeCloseTo(1, 9);
    // 0.3 m/s and 0.5 rad/s: a circle of 0.6 m about (0, 0.6)
    const circle = pose({}, [2, 4], 3);
    expect(circle.position[0]).toBeCloseTo(0.6 * Math.sin(1.5), 9);
    expect(circle.position[1]).toBeCloseTo(0.6 * (1 - Math.cos(1.5)), 9);
    expect(circle.heading).toBeCloseTo(1.5, 9);
    expect(pose({}, [2, 4], 4 * Math.PI).heading).toBeCloseTo(0, 8);
  });

  test("the wheels follow with their lag: the way is v·(t − τ·(1 − e^(−t/τ)))", () => {
    const t = 0.7;
    const behind = pose({ lag: 0.2 }, [5, 5], t);
    expect(behind.position[0]).toBeCloseTo(0.5 * (t - 0.2 * -Math.expm1(-t / 0.2)), 9);
    const wheels = held<Float64Array>(differentialDrive, { lag: 0.2 }, { wheels: Float64Array.of(1, 2) }, t, "wheels");
    expect(wheels[1]! / 2).toBeCloseTo(-Math.expm1(-t / 0.2), 9);
    expect(refused(() => differentialDrive.signature({ track: 0, lag: -1, pose0: [0] }, {}))).toEqual([
      "L0403 /params/track",
      "L0403 /params/lag",
      "L0403 /params/pose0",
    ]);
  });
});

describe("sim/tricycle", () => {
  const pose = (more: Params, speed: number, steering: number, seconds: number) =>
    held<Pose>(tricycle, { wheelbase: 1.2, ...more }, { drive: { speed, steering } }, seconds, "pose", 9);

  test("the rear axle runs round a circle of wheelbase/tan(steering)", () => {
    const radius = 1.2 / Math.tan(0.5);
    const turned = (1.5 * Math.sin(0.5) * 2) / 1.2;
    const { position, heading } = pose({}, 1.5, 0.5, 2);
    expect(position[0]).toBeCloseTo(radius * Math.sin(turned), 9);
    expect(position[1]).toBeCloseTo(radius * (1 - Math.cos(turned)), 9);
    expect(heading).toBeCloseTo(turned, 9);
    expect(pose({}, 1, 0, 2).position[0]).toBeCloseTo(2, 9);
  });

  test("the steering stops at its limit, and both follow with their lags", () => {
    for (const way of [1, -1]) {
      const [stopped, at] = [pose({ max_steering: 0.4 }, 1, 2 * way, 1), pose({}, 1, 0.4 * way, 1)];
      expect(Array.from(stopped.position)).toEqual(Array.from(at.position));
    }
    const slow = held<{ speed: number; steering: number }>(
      tricycle,
      { speed_lag: 0.5, steering_lag: 0.25 },
      { drive: { speed: 2, steering: -1 } },
      0.5,
      "drive",
    );
    expect(slow.speed).toBeCloseTo(2 * -Math.expm1(-1), 9);
    expect(slow.steering).toBeCloseTo(Math.expm1(-2), 9);
    expect(refused(() => tricycle.signature({ wheelbase: 0, max_steering: 4 }, {}))).toEqual([
      "L0403 /params/wheelbase",
      "L0403 /params/max_steering",
    ]);
  });
});

describe("sim/planar-quadrotor", () => {
  const params = { mass: 0.8, inertia: 0.01, arm: 0.25, gravity: 9.81 };
  const at = (more: Params, thrust: number[], seconds: number) =>
    Array.from(
      held<Float64Array>(
        planarQuadrotor,
        { ...params, ...more },
        { thrust: Float64Array.from(thrust) },
        seconds,
        "state",
      ),
    );
  const weight = 0.8 * 9.81;

  test("it hovers on half its weight a rotor, and falls freely on none", () => {
    at({}, [weight / 2, weight / 2], 3).forEach((x) => {
      expect(x).toBeCloseTo(0, 9);
    });
    const fallen = at({ state0: [0, 10, 0.3, 2, 1, 0] }, [0, 0], 1);
    expect(fallen[0]).toBeCloseTo(2, 9);
    expect(fallen[1]).toBeCloseTo(10 + 1 - 9.81 / 2, 9);
    expect(fallen[4]).toBeCloseTo(1 - 9.81, 9);
  });

  test("unequal thrusts spin it up: θ = arm·(f₂ − f₁)·t²/2J, whatever else it does; held level it drifts along", () => {
    expect(at({}, [3, 3.02], 1.5)[2]).toBeCloseTo((0.25 * 0.02 * 1.125) / 0.01, 9);
    // leaning forward by 0.1 under the thrust that carries it: ẍ = −g·tan θ
    const lean = weight / Math.cos(0.1) / 2;
    const [x, z, , vx] = at({ state0: [0, 0, 0.1, 0, 0, 0] }, [lean, lean], 2);
    expect(x).toBeCloseTo(-9.81 * Math.tan(0.1) * 2, 8);
    expect(vx).toBeCloseTo(-9.81 * Math.tan(0.1) * 2, 8);
    expect(z).toBeCloseTo(0, 8);
  });

  test("thrusts stay within their limits, and drag ends a fall at m·g/drag", () => {
    expect(at({ max_thrust: 4 }, [99, 99], 1)).toEqual(at({ max_thrust: 4 }, [4, 4], 1));
    expect(at({}, [-9, -9], 1)).toEqual(at({}, [0, 0], 1));
    expect(at({ drag: 2 }, [0, 0], 20)[4]).toBeCloseTo(-weight / 2, 8);
    expect(refused(() => planarQuadrotor.signature({ inertia: 0, state0: [] }, {}))).toEqual([
      "L0403 /params/inertia",
      "L0403 /params/state0",
    ]);
  });
});

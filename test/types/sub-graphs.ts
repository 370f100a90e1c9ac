/** A graph as a component: the streams that its function gives back are its ports. */
import { graph, Scalar, Vector2 } from "limbeck";
import ports from "./ports.js";

const leg = graph("leg", (g) => {
  const angle = g.in("angle", Scalar);
  const gain = g.param("gain", { type: "number", default: 1 });
  const smooth = g.node("smooth", "filter/ema", { in: { value: angle }, params: { alpha: gain } });
  const out = g.out("out", Scalar, { from: smooth.value });
  return { angle, out };
});
const closed = graph("closed", (g) => {
  g.in("angle", Scalar);
});

export default graph("robot", (g) => {
  const scalar = g.in("scalar", Scalar);
  const vector = g.in("vector", Vector2);
  const part = g.node("leg", g.file("./leg.graph.ts", leg), { in: { angle: scalar }, params: { gain: 2 } });
  g.out("a", Scalar, { from: part.out });
  const arm = g.node("arm", g.file("./ports.graph.ts", ports), { in: { joints: g.ref("x.joints") } });
  g.out("b", Vector2, { from: arm.command });
  // without streams given back, or by its path, its ports are left to the checks
  g.node("closed", g.file("./closed.graph.ts", closed), { in: { angle: vector } });
  g.node("path", "./leg.graph.yaml", { in: { angle: vector } });

  // @ts-expect-error another type
  g.node("e1", g.file("./leg.graph.ts", leg), { in: { angle: vector } });
  // @ts-expect-error no such port
  g.node("e2", g.file("./leg.graph.ts", leg), { in: { angel: scalar } });
  // @ts-expect-error another type
  g.out("e3", Vector2, { from: part.out });
  // @ts-expect-error an in-stream is no output
  part.angle;
});

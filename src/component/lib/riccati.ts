/**
 * Algebraic Riccati equations by structure-preserving doubling: quadratic convergence, and A_k → 0 exactly when the
 * closed loop is stable, so that a model without a stabilising gain is seen.
 *
 * Source: Chu, Fan, Lin, Wang, *Structure-preserving algorithms for periodic discrete-time algebraic Riccati
 * equations*, Int. J. Control 77 (2004); Chu, Fan, Lin, *A structure-preserving doubling algorithm for
 * continuous-time algebraic Riccati equations*, Linear Algebra Appl. 396 (2005).
 */
import { add, eye, type Matrix, multiply, norm, scale, solve, subtract, symmetrised, transpose } from "./matrix.js";

/** Doublings: 2⁶⁰ steps of the plain iteration. */
const MAX_DOUBLINGS = 60;
/** Distance of the solution from solving its equation, relative to the size of the equation's terms. */
const MAX_RESIDUAL = 1e-8;

/** A model x' = A·x + B·u (x' is the next state, or the derivative) under the cost Σ or ∫ of xᵀQx + uᵀRu. */
export interface Problem {
  readonly A: Matrix;
  readonly B: Matrix;
  readonly Q: Matrix;
  readonly R: Matrix;
}

export interface Solution {
  /** Cost to go from x: xᵀXx. */
  readonly X: Matrix;
  /** The optimal u is −K·x. */
  readonly K: Matrix;
}

/** The stabilising solution of X = AᵀXA − AᵀXB(R + BᵀXB)⁻¹BᵀXA + Q, if there is one. */
export function discreteRiccati({ A, B, Q, R }: Problem): Solution | undefined {
  const X = doubled(A, spread(B, R), Q);
  if (X === undefined) return undefined;
  const BtX = multiply(transpose(B), X);
  const K = solve(add(R, multiply(BtX, B)), multiply(BtX, A));
  if (K === undefined) return undefined;
  const AtX = multiply(transpose(A), X);
  const AtXA = multiply(AtX, A);
  const feedback = multiply(multiply(AtX, B), K);
  const residual = subtract(add(subtract(AtXA, feedback), Q), X);
  return small(residual, [AtXA, feedback, Q, X]) ? { X, K } : undefined;
}

/** The stabilising solution of AᵀX + XA − XBR⁻¹BᵀX + Q = 0, if there is one. */
export function continuousRiccati({ A, B, Q, R }: Problem): Solution | undefined {
  const n = A.length;
  const G = spread(B, R);
  // Cayley's transform takes the left half-plane to the unit disc; any shift beyond the spectrum of A will do
  const shift = 1.1 * (norm(A) + Math.sqrt(norm(G) * norm(Q))) || 1;
  const inner = solve(subtract(A, scale(eye(n), shift)), eye(n));
  if (inner === undefined) return undefined;
  const W = add(transpose(subtract(A, scale(eye(n), shift))), multiply(multiply(Q, inner), G));
  const outer = solve(W, eye(n));
  if (outer === undefined) return undefined;
  const X = doubled(
    add(eye(n), scale(transpose(outer), 2 * shift)),
    symmetrised(scale(multiply(multiply(inner, G), outer), 2 * shift)),
    symmetrised(scale(multiply(multiply(outer, Q), inner), 2 * shift)),
  );
  if (X === undefined) return undefined;
  const K = solve(R, multiply(transpose(B), X));
  if (K === undefined) return undefined;
  const XA = multiply(X, A);
  const feedback = multiply(multiply(X, B), K);
  const residual = add(subtract(add(XA, transpose(XA)), feedback), Q);
  return small(residual, [XA, feedback, Q]) ? { X, K } : undefined;
}

/** B·R⁻¹·Bᵀ; R is positive definite. */
const spread = (B: Matrix, R: Matrix): Matrix => symmetrised(multiply(B, solve(R, transpose(B))!));

const small = (residual: Matrix, terms: readonly Matrix[]): boolean =>
  norm(residual) <= MAX_RESIDUAL * Math.max(...terms.map(norm));

/** The limit of H_k, if A_k goes to 0. */
function doubled(A: Matrix, G: Matrix, H: Matrix): Matrix | undefined {
  const n = A.length;
  for (let k = 0; k < MAX_DOUBLINGS; k++) {
    const step = solve(add(eye(n), multiply(G, H)), A);
    const spreadStep = solve(add(eye(n), multiply(G, H)), G);
    if (step === undefined || spreadStep === undefined) return undefined;
    const At = transpose(A);
    const gain = multiply(multiply(At, H), step);
    const next = symmetrised(add(H, gain));
    G = symmetrised(add(G, multiply(multiply(A, spreadStep), At)));
    A = multiply(A, step);
    H = next;
    const [left, size] = [norm(A), norm(H)];
    if (!Number.isFinite(left) || !Number.isFinite(size)) return undefined;
    if (left < 1e-9 && norm(gain) <= Number.EPSILON * size) return H;
  }
  return undefined;
}

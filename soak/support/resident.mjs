/** Resident memory once garbage is gone; undefined where the collector is out of reach (`node --expose-gc`). */
export function resident() {
  globalThis.gc?.();
  return globalThis.gc === undefined ? undefined : process.memoryUsage().rss;
}

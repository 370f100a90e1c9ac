/** A vitest reporter that tells `scripts/test.mjs` how many tests passed, failed and were skipped. */
export default class CountReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed" || state === "failed") counts[state]++;
        else counts.skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
      // a file or suite that broke outside its tests (an import, a hook) fails as such
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    }
    process.send?.(counts);
  }
}

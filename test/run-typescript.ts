/**
 * Command and arguments that run a TypeScript file in a process of its own, which shows in no coverage. That makes for a
 * quick start, as another compiler than tap's does it; coverage of two compilers of one file can't be added up, and came
 * out as 100 % of everything.
 */
export const runTypeScript = (file: string, ...args: string[]): readonly [string, string[]] =>
  ['/bin/sh', ['-c', 'unset NODE_OPTIONS; exec "$@"', 'sh', process.execPath, '--import', import.meta.resolve('tsx'), file, ...args]]

/** The same by tap's own compiler: much slower to start, but it counts as covered. */
export const runTypeScriptCovered = (file: string, ...args: string[]): readonly [string, string[]] =>
  [process.execPath, [...process.execArgv, file, ...args]]

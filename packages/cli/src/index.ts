export { run } from './run.js'
export type { RunContext } from './run-context.js'

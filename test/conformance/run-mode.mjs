import { inspect } from 'node:util'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { startApplication } from './application.mjs'
import { modes } from './modes.mjs'
import { startOrigin } from './origin.mjs'
import { groups, load, suiteFetch, testsOf } from './suite.mjs'
import { Trace } from './trace.mjs'

/** Milliseconds after which a response that doesn't come or doesn't end is a failure of its test. */
const patience = 20_000

/**
 * Runs the suite in one mode. Its client keeps its state in its modules: once in a thread, no more.
 *
 * @param {{ folder: string, mode: string, only: string[], verbose: boolean }} job
 * @returns {Promise<Record<string, import('./suite.mjs').Outcome>>} by test
 */
export async function runMode({ folder, mode, only, verbose }) {
  const trace = verbose ? new Trace() : undefined
  const chosen = await groups(folder, only)
  const definitions = verbose
    ? testsOf(chosen).map((test) => [test, inspect(test.requests, { depth: 5 })])
    : []
  const origin = await startOrigin(folder, trace && ((req, res) => trace.origin(req, res)))
  const application = await startApplication(modes[mode], origin.port)
  try {
    const { runTests, getResults } = await load(folder, 'client/runner.mjs')
    const fetch = await suiteFetch(folder)
    const patient = (url, init) => fetch(url, { timeout: patience, ...init })
    // All at once: most of a run is waiting.
    await runTests(
      chosen,
      trace ? trace.client(patient) : patient,
      false,
      `http://127.0.0.1:${application.port}`,
      1000,
    )
    const { testUUIDs } = await load(folder, 'client/test.mjs')
    for (const [test, definition] of definitions)
      console.log(`── ${test.id}: ${test.name}\n${definition}\n\n${trace.of(testUUIDs[test.id])}`)
    return getResults()
  } finally {
    await application.close()
    await origin.close()
  }
}

if (!isMainThread) parentPort.postMessage(await runMode(workerData))

import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { startApplication } from './application.mjs'
import { modes } from './modes.mjs'
import { startOrigin } from './origin.mjs'
import { groups, load, suiteFetch, testsOf } from './suite.mjs'
import { Trace } from './trace.mjs'

/** Milliseconds after which a response that doesn't come or doesn't end is a failure of its test. */
const patience = 20_000

/** Milliseconds between the starts of two tests: what is due after a second must not have to wait for a processor. */
const pace = 30

/**
 * @typedef {{ folder: string, mode: string, only: string[], verbose: boolean }} Job
 * @typedef {{ outcomes: Record<string, import('./suite.mjs').Outcome>, printed: string }} Result outcomes by test
 */

/**
 * Runs the suite in one mode, in a thread of its own: its client keeps its state in its modules.
 *
 * @param {Job} job
 * @returns {Promise<Result>}
 */
export function runMode(job) {
  return new Promise((resolve, reject) => {
    // What the suite's origin prints says nothing about the tests.
    const worker = new Worker(new URL(import.meta.url), { workerData: job, stdout: true })
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error(`The mode ${job.mode} ended without results`)))
  })
}

/**
 * @param {Job} job
 * @returns {Promise<Result>}
 */
async function run({ folder, mode, only, verbose }) {
  const trace = verbose ? new Trace() : undefined
  const chosen = await groups(folder, only)
  // Before the suite's client writes into them.
  const titles = testsOf(chosen).map((test) => [test.id, title(test)])
  const origin = await startOrigin(folder, trace && ((req, res) => trace.origin(req, res)))
  const application = await startApplication(modes[mode], origin.port)
  try {
    const { runTests, getResults } = await load(folder, 'client/runner.mjs')
    const fetch = paced(await suiteFetch(folder))
    const url = `http://127.0.0.1:${application.port}`
    // In one go: most of a test is waiting.
    await runTests(chosen, trace ? trace.client(fetch) : fetch, false, url, Number.POSITIVE_INFINITY)
    const { testUUIDs } = await load(folder, 'client/test.mjs')
    const printed = trace ? titles.map(([id, text]) => `${text}\n\n${trace.of(testUUIDs[id])}`) : []
    return { outcomes: getResults(), printed: printed.join('\n') }
  } finally {
    await application.close()
    await origin.close()
  }
}

/** A client for which the tests begin one after another; each begins by putting its configuration. */
function paced(fetch) {
  let turn = Promise.resolve()
  return async (url, init) => {
    if (init?.method === 'PUT' && new URL(url).pathname.startsWith('/config/')) {
      turn = turn.then(() => sleep(pace))
      await turn
    }
    return fetch(url, { timeout: patience, ...init })
  }
}

function title({ id, name, requests }) {
  return `── ${id}: ${name}\n${inspect(requests, { depth: 5, breakLength: 110 })}`
}

if (!isMainThread) parentPort.postMessage(await run(workerData))

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { pinned, serverCore } from '../harness/pin.mjs'
import { readEvents } from './streams.mjs'

const host = fileURLToPath(new URL('./host.mjs', import.meta.url))

/**
 * @typedef {object} Server a contestant that is running
 * @property {string} origin `http://127.0.0.1:port`
 * @property {() => Promise<{ micros: number, renders: number }>} cpu CPU time so far in µs, and runs of the handler
 * @property {() => Promise<{ rss: number, held: number, peak: number }>} [memory] bytes, after a collection
 * @property {() => Promise<void>} [collect] collects garbage, and forgets the pauses so far
 * @property {() => Promise<Pauses>} [pauses] of the garbage collector since it was last asked
 * @property {() => Promise<{ entries: number, bytes: number }>} [stats] of its store
 * @property {() => Promise<{ milliseconds: number }>} [purge] drops all pages of the tag that all have
 * @property {() => Promise<void>} stop
 *
 * @typedef {{ longest: number, total: number, count: number, heap: number, resident: number }} Pauses ms, and bytes
 */

/**
 * Starts a contestant written in JavaScript as a process of its own.
 *
 * @param {{ module: string, bytes?: number, renderMs?: number, tags?: number, stored?: number, maxBytes?: number,
 *   events?: string }} row
 * @param {string} [storeUrl] where its pages are kept, if that is elsewhere
 * @returns {Promise<Server>}
 * @throws {Error} when the process ends before it listens, with the last line that it printed
 */
export async function startNode({ module, bytes, renderMs, tags, stored, maxBytes, events }, storeUrl) {
  const child = spawn(...pinned(serverCore, process.execPath, ['--expose-gc', host, module]), {
    // From here the packages of stores are found that a URL names.
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      ...(bytes && { BENCH_PAGE_BYTES: String(bytes) }),
      ...(renderMs && { BENCH_RENDER_MS: String(renderMs) }),
      ...(maxBytes && { BENCH_MAX_BYTES: String(maxBytes) }),
      ...(tags && { BENCH_TAGS: String(tags) }),
      ...(stored && { BENCH_STORED: String(stored) }),
      ...(storeUrl && { BENCH_STORE_URL: storeUrl }),
    },
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-4000)
  })
  const exited = once(child, 'exit')
  const early = exited.then(() => Promise.reject(new Error(`did not start: ${reason(errors)}`)))
  early.catch(() => {})
  const [{ port }] = await Promise.race([once(child, 'message'), early])
  const ask = asker(child)
  const origin = `http://127.0.0.1:${port}`
  const stopReading = events && (await readEvents(`${origin}${events}`))
  return {
    origin,
    cpu: () => ask('cpu'),
    memory: () => ask('memory'),
    collect: () => ask('collect'),
    pauses: () => ask('pauses'),
    stats: () => ask('stats'),
    purge: () => ask('purge'),
    async stop() {
      stopReading?.()
      child.kill()
      await exited
    },
  }
}

/** @param {string} errors */
function reason(errors) {
  return errors.split('\n').find((line) => /^\w*Error\b/.test(line)) ?? 'no reason given'
}

/** @param {import('node:child_process').ChildProcess} child */
function asker(child) {
  let id = 0
  const waiting = new Map()
  child.on('message', (message) => {
    waiting.get(message.id)?.resolve(message)
    waiting.delete(message.id)
  })
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the server ended while it was measured'))
  })
  return (report) =>
    new Promise((resolve, reject) => {
      id += 1
      waiting.set(id, { resolve, reject })
      child.send({ id, report })
    })
}

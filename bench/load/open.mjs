/**
 * Asks at a fixed rate, however fast the answers come: `node open.mjs <JSON of an OpenLoad>`. The latency of a request
 * counts from when it was due, so that those that wait behind a pause count, too.
 */
import { Agent, get } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'

const { origin, paths, rate, seconds, connections } = JSON.parse(process.argv[2])

const agent = new Agent({ keepAlive: true, maxSockets: connections })
/** In milliseconds, of each request. */
const latencies = []
let failures = 0
let under = 0
let drained = () => {}

/** The path of a request: each kind has its share, and counts up or is drawn. @param {number} number */
function pathOf(number) {
  const { prefix, count, every } = paths.find(({ every }) => number % every === 0)
  return count === 0 ? `${prefix}${Math.floor(number / every) + 1}` : `${prefix}${1 + drawn(number, count)}`
}

/** Spread over the pages, and the same in each run. @param {number} number @param {number} count */
function drawn(number, count) {
  return (Math.imul(number + 1, 0x9e3779b1) >>> 0) % count
}

/** @param {number} number @param {number} due */
function ask(number, due) {
  under += 1
  const done = (failed) => {
    if (failed) failures += 1
    else latencies.push(performance.now() - due)
    under -= 1
    if (under === 0) drained()
  }
  get(`${origin}${pathOf(number)}`, { agent }, (response) => {
    response.on('end', () => done(response.statusCode !== 200)).resume()
  }).on('error', () => done(true))
}

const total = rate * seconds
const started = performance.now()
for (let sent = 0; sent < total; await wait(1)) {
  const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * rate))
  for (; sent < due; sent++) ask(sent, started + (sent / rate) * 1000)
}
if (under > 0) await new Promise((resolve) => (drained = resolve))
agent.destroy()

latencies.sort((a, b) => a - b)
const quantile = (share) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))]
console.log(
  `RESULT ${JSON.stringify({
    requests: total,
    failures,
    p50: quantile(0.5),
    p99: quantile(0.99),
    p999: quantile(0.999),
    longest: latencies.at(-1),
  })}`,
)

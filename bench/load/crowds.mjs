/** Asks for one page after the other, each many times at once: `node crowds.mjs <JSON of Crowds>`. */
import { Agent, get } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { pageBody } from '../page.mjs'

const { origins, path, pages, crowd } = JSON.parse(process.argv[2])

// Of several processes each gets its share, over connections that stand.
const agents = origins.map(
  () => new Agent({ keepAlive: true, maxSockets: Math.ceil(crowd / origins.length) }),
)
const times = []

for (let page = 1; page <= pages; page++) {
  const id = `${path}${page}`
  await Promise.all(Array.from({ length: crowd }, (_, i) => ask(i % origins.length, id)))
}
for (const agent of agents) agent.destroy()
times.sort((a, b) => a - b)
const quantile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]
console.log(
  `RESULT ${JSON.stringify({ requests: times.length, p50: quantile(0.5), p99: quantile(0.99), failures: 0 })}`,
)

/** @param {number} server @param {string} id */
async function ask(server, id) {
  const started = performance.now()
  const response = await new Promise((resolve, reject) => {
    // The host is part of a page's key: all processes are one site.
    const options = { agent: agents[server], headers: { host: 'site.example' } }
    get(origins[server] + id, options, resolve).on('error', reject)
  })
  const body = await buffer(response)
  times.push(performance.now() - started)
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode} of ${id}`)
  if (body.toString() !== pageBody(id.slice('/page/'.length))) throw new Error(`the body is not ${id}`)
}

/** Asking of what a snippet serves: each route answers, and what is said to be a hit is one. */
import { once } from 'node:events'
import http from 'node:http'
import { serversNow } from './ports.mjs'

/** Longest wait for an answer, in milliseconds. */
const LONGEST = 5000

/** @throws where a route fails or doesn't answer, or the second answer of a path is no hit */
export async function askAll(app, hits) {
  const server = serversNow().at(-1) ?? (typeof app === 'function' ? serve(app) : undefined)
  if (server === undefined) return checkNone(hits)
  if (!server.listening) await once(server, 'listening')
  for (const path of new Set([...routesOf(app), ...hits])) {
    await ask(server, path)
    const { status, cacheStatus, body } = await ask(server, path)
    if (status >= 500) throw new Error(`GET ${path} was answered ${status}: ${body}`)
    if (hits.includes(path) && !/; hit/.test(cacheStatus))
      throw new Error(`GET ${path} was no hit but '${cacheStatus}', with status ${status}`)
  }
}

/** Asks each route once with each of several sets of headers, whatever it answers. */
export async function askAs(app, crowd) {
  if (typeof app !== 'function') return
  const server = serversNow().find((it) => it instanceof http.Server) ?? serve(app)
  if (!server.listening) await once(server, 'listening')
  for (const path of routesOf(app)) for (const headers of crowd) await askWith(server, path, headers)
}

/** By `node:http`, since fetch sends no Host of the caller's. */
async function askWith(server, path, headers) {
  const { port } = server.address()
  const request = http.get({ host: '127.0.0.1', port, path, headers, timeout: LONGEST })
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
}

function checkNone(hits) {
  if (hits.length > 0) throw new Error(`nothing serves ${hits.join(', ')}: there is no app and no server`)
}

const serve = (app) => http.createServer(app).listen(0)

/** Returns the paths of an application's GET routes, `1` in the place of each parameter. */
function routesOf(app) {
  const layers = app?.router?.stack ?? []
  const routes = layers.map(({ route }) => route).filter((route) => route?.methods.get)
  const paths = routes.flatMap(({ path }) => path).filter((path) => typeof path === 'string')
  return paths.map((path) => path.replace(/\{?\/?[:*](\w+)\}?/g, (part) => (part.includes('/') ? '/1' : '1')))
}

async function ask(server, path) {
  const { port } = server.address()
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(LONGEST),
  })
  const body = await response.text()
  return { status: response.status, cacheStatus: response.headers.get('cache-status') ?? '', body }
}

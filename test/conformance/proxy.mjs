import { Agent, request } from 'node:http'
import { pipeline } from 'node:stream'

/** RFC 9110 §7.6.1: these concern one connection only; Proxy-Connection is what old clients send for Connection. */
const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]

/** A connection for each request: an origin that hangs up on one must not be mistaken for an idle one that timed out. */
const agent = new Agent({ keepAlive: false })

/**
 * A handler that hands each request on to an origin, and its response back as it came.
 *
 * @param port the origin's, on the loopback interface
 * @param answer writes the response (see answers.mjs)
 * @param passHopByHop hands on what concerns the connection to the origin too, as careless handlers do
 */
export function transparentProxy(port, answer, passHopByHop) {
  return function proxy(req, res, next) {
    const upstream = request({
      agent,
      port,
      host: '127.0.0.1',
      method: req.method,
      path: req.originalUrl,
      headers: requestHeaders(req),
    })
    let answering = false
    // An origin that hangs up, or whose answer can't be read.
    const fail = (error) => (res.headersSent ? res.destroy(error) : next(error))
    // Later it is for the response to fail; what comes after a whole one concerns nobody.
    upstream.on('error', (error) => answering || fail(error))
    upstream.on('information', (interim) => passInterim(res, interim))
    upstream.on('response', (response) => {
      answering = true
      const list = passHopByHop ? response.rawHeaders : endToEnd(response.rawHeaders)
      answer(res, response, list, fail)
    })
    res.on('close', () => upstream.destroy())
    if (hasBody(req)) pipeline(req, upstream, () => {})
    else upstream.end()
  }
}

/** From `headers`, not `rawHeaders`: what middlewares set on a request is there, also the conditions of a cache. */
function requestHeaders(req) {
  const dropped = new Set([...hopByHop, ...named(req.headers.connection)])
  const kept = Object.entries(req.headers).filter(([name]) => !dropped.has(name))
  // Node frames only those bodies by itself that it expects of a method.
  const isChunked = hasBody(req) && req.headers['content-length'] === undefined
  return { ...Object.fromEntries(kept), ...(isChunked ? { 'transfer-encoding': 'chunked' } : {}) }
}

function hasBody({ headers }) {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** A flat list of names and values without those that concern one connection. */
function endToEnd(list) {
  const dropped = new Set(hopByHop)
  for (let i = 0; i < list.length; i += 2) {
    if (list[i].toLowerCase() === 'connection') for (const name of named(list[i + 1])) dropped.add(name)
  }
  return list.filter((_, i) => !dropped.has(list[i - (i % 2)].toLowerCase()))
}

function named(connection = '') {
  return connection.split(',').map((name) => name.trim().toLowerCase())
}

/** Node can send these two; it answers Expect: 100-continue itself. */
function passInterim(res, { statusCode, headers }) {
  if (statusCode === 102) res.writeProcessing()
  if (statusCode === 103) res.writeEarlyHints(headers)
}

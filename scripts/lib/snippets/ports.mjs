/** Ports: servers of snippets listen where there is room, and clients find them and the test's. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import net from 'node:net'

/** Port that refuses connections: of hosts that are elsewhere, for tests have no network. */
const REFUSED = 1

/** Real ports by those that snippets name. */
const ports = new Map()
/** Servers, with the snippet whose they are. */
const listening = new Map()
/** The snippet that runs: one may go on when it is over, and have a server begin to listen then. */
const running = new AsyncLocalStorage()
/** Connections to those servers. */
const connections = new Set()

/** Redirects the ports of servers, and from then on those that snippets listen on. */
export function redirectPorts(servers) {
  for (const [named, port] of Object.entries(servers)) ports.set(Number(named), port)
  redirectListening()
  redirectConnections()
}

function redirectListening() {
  const { listen, close } = net.Server.prototype
  net.Server.prototype.close = function (...args) {
    listening.delete(this)
    return close.apply(this, args)
  }
  net.Server.prototype.listen = function (...args) {
    const [first] = args
    const port = typeof first === 'object' && first !== null ? first.port : first
    if (!/^\d+$/.test(String(port))) return listen.apply(this, args)
    const owner = running.getStore()
    if (owner?.isOver === true) return this
    listening.set(this, owner)
    this.on('connection', (socket) => connections.add(socket.once('close', () => connections.delete(socket))))
    const done = args.findLast((it) => typeof it === 'function')
    this.once('listening', () => {
      ports.set(Number(port), this.address().port)
      // One of a cluster's own gives its handle away: it never answers.
      setImmediate(() => void (this.listening || listening.delete(this)))
    })
    return listen.call(this, 0, '127.0.0.1', done)
  }
}

function redirectConnections() {
  const { connect } = net.Socket.prototype
  net.Socket.prototype.connect = function (...args) {
    const options = Array.isArray(args[0]) ? args[0][0] : args[0]
    const port = typeof options === 'object' ? options?.port : options
    const named = ports.get(Number(port))
    if (named === undefined && isHere(options)) return connect.apply(this, args)
    const real = named ?? REFUSED
    const done = (Array.isArray(args[0]) ? args[0] : args).find((it) => typeof it === 'function')
    const rest = typeof options === 'object' ? options : {}
    const { path, lookup, ...others } = rest
    return connect.call(this, { ...others, port: real, host: '127.0.0.1' }, done)
  }
}

/** Tells whether an address is of this machine: a path, or a host that is. */
const isHere = (options) =>
  typeof options !== 'object' ||
  typeof options.path === 'string' ||
  /^(localhost|127\.|::1)/.test(options.host ?? 'localhost')

/** Runs a snippet, with all that it calls later. */
export const asSnippet = (run) => running.run({ isOver: false }, run)

/** Returns the servers that the snippet has started and not closed, in their order. */
export function serversNow() {
  const owner = running.getStore()
  return [...listening].filter(([, whose]) => whose === owner).map(([server]) => server)
}

/** Closes what the snippet has started, with its connections: it is over. */
export async function closeServers() {
  const closed = serversNow().map((server) => {
    server.closeAllConnections?.()
    return once(server.close(), 'close')
  })
  const owner = running.getStore()
  if (owner !== undefined) owner.isOver = true
  for (const socket of connections) socket.destroy()
  await Promise.all(closed)
}

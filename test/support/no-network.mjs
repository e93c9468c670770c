/** Loaded before a program by --import: refuses connections to other hosts, and names the first. */
import net from 'node:net'

const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0]
  const { path, host, port } = typeof options === 'object' ? options : { port: options }
  if (path !== undefined || /^(localhost|127\.|::1)/.test(host ?? 'localhost'))
    return connect.apply(this, args)
  throw new Error(`the program needs the network: it connects to ${host}:${port}`)
}

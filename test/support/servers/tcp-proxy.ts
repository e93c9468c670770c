import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server on this machine, as the network does. */
export interface TcpProxy {
  readonly port: number
  /** Passes nothing on any more, and closes nothing: what a client sends is lost. */
  freeze(): void
  /** Passes on what new connections say; those that there were stay silent. */
  thawForNewConnections(): void
  /** Resets every connection, in whatever it is. */
  cut(): void
  stop(): Promise<void>
}

/** Starts a proxy in front of a port. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let frozen = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Its other side sees it end.
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((client) => {
    keep(client)
    if (frozen) return
    const upstream = connect(target, '127.0.0.1')
    keep(upstream)
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
    client.pipe(upstream)
    upstream.pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      frozen = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    thawForNewConnections() {
      frozen = false
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async stop() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

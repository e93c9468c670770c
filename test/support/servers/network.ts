import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'

/** What is between a client and a server: a proxy, which a test makes fail as networks do. */
export interface Network {
  readonly port: number
  /** Connections that were made to it so far. */
  readonly accepted: number
  /** Connections stand, and nothing comes through any more. */
  swallow(): void
  /** As `swallow`, for the connections that stand now; new ones are well. */
  strand(): void
  /** Ends what stands with a reset. */
  cut(): void
  pass(): void
  close(): Promise<void>
}

/** Starts a way to a port of this host. */
export async function startNetwork(target: number): Promise<Network> {
  const sockets = new Set<Socket>()
  const stranded = new WeakSet<Socket>()
  let swallowing = false
  let accepted = 0
  const relay = (from: Socket, to: Socket) => {
    sockets.add(from)
    from.on('data', (bytes: Buffer) => void (swallowing || stranded.has(from) || to.write(bytes)))
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
  }
  const server = createServer((client) => {
    accepted++
    const upstream = dial(target, '127.0.0.1')
    relay(client, upstream)
    relay(upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted
    },
    swallow() {
      swallowing = true
    },
    strand() {
      for (const socket of sockets) stranded.add(socket)
    },
    pass() {
      swallowing = false
    },
    cut,
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}

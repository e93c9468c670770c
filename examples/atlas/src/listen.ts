import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

const HOST = '127.0.0.1'
const DEFAULT_PORT = 3000

/** A server that is listening. */
export interface Listening {
  readonly server: Server
  readonly port: number
}

/**
 * The port that `PORT` asks for. @default 3000
 *
 * @throws RangeError when it isn't one
 */
export function wantedPort(value: string | undefined): number {
  if (value === undefined || value === '') return DEFAULT_PORT
  const port = Number(value)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new RangeError(`PORT must be a number from 0 (any free port) to 65535; got '${value}'`)
}

/** Listens on this machine alone, on any free port when the wanted one is taken. */
export async function listen(app: RequestListener, wanted: number): Promise<Listening> {
  try {
    return await listenOn(app, wanted)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return listenOn(app, 0)
  }
}

async function listenOn(app: RequestListener, port: number): Promise<Listening> {
  const server = createServer(app)
  server.listen(port, HOST)
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port }
}

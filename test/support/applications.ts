import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import connect from 'connect'
import express from 'express'
import express4 from 'express4'

/** A handler that runs on every framework alike. */
export type Handle = (req: IncomingMessage, res: ServerResponse) => unknown
export type Use = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => unknown

/** One way of putting middlewares and a handler together. */
export interface Framework {
  readonly name: string
  /** `/page` and whatever lies below it is answered by the handler, behind the middlewares. */
  build(middlewares: readonly Use[], handler: Handle): RequestListener
}

/** The four kinds of application that the middlewares run in. */
export const frameworks: readonly Framework[] = [
  {
    name: 'Express 5',
    build(middlewares, handler) {
      const app = express()
      for (const middleware of middlewares) app.use(middleware)
      app.use('/page', handler)
      return app
    },
  },
  {
    name: 'Express 4',
    build(middlewares, handler) {
      const app = express4()
      for (const middleware of middlewares) app.use(middleware)
      app.use('/page', handler)
      return app as unknown as RequestListener
    },
  },
  {
    name: 'Connect',
    build(middlewares, handler) {
      const app = connect()
      for (const middleware of middlewares) app.use(middleware)
      app.use('/page', handler)
      return app
    },
  },
  {
    name: 'node:http',
    build(middlewares, handler) {
      return (req, res) => {
        const run = (index: number): unknown => {
          const middleware = middlewares[index]
          return middleware === undefined ? handler(req, res) : middleware(req, res, () => run(index + 1))
        }
        run(0)
      }
    },
  },
]

/** Listens on a free loopback port; `close` ends all its connections. */
export async function listen(
  application: RequestListener,
): Promise<{ server: Server; url: string; close(): Promise<void> }> {
  const server = createServer(application)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { server, url: `http://127.0.0.1:${port}`, close }
}

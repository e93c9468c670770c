/** Request and response of an exchange that is open: for lines that stand in a handler. */
import { once } from 'node:events'
import http from 'node:http'
import type { Request, Response } from 'express'
import { express, secret, session } from './common.js'

interface Exchange {
  readonly req: Request
  readonly res: Response
}

async function openExchange(): Promise<Exchange> {
  const application = express()
  application.use(session({ secret, resave: false, saveUninitialized: false }))
  const reached = new Promise<Exchange>((resolve) => {
    application.get('/', (req, res) => resolve({ req, res }))
  })
  const server = http.createServer(application).listen(0)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  fetch(`http://127.0.0.1:${address.port}/`).catch(() => undefined)
  const exchange = await reached
  // Its connection stays open, and no other request comes.
  server.close()
  return exchange
}

export const { req, res } = await openExchange()

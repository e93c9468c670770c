import { Agent, createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { createCaches, memoryStore } from '@sitecache/express'
import { generate } from 'selfsigned'
import { undoAll } from '../../support/undo.js'
import { assemble, handler, orders, type Parts, policies } from '../support/application.js'
import { greeting } from './applications/people.js'

interface Certificate {
  readonly cert: string
  readonly key: string
}

const closing: (() => unknown)[] = []
afterEach(() => undoAll(closing))

const certificates: Record<string, Certificate> = {}
beforeAll(async () => {
  for (const name of ['site', 'ada', 'bob']) {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keySize: 2048 })
    certificates[name] = { cert, key }
  }
})

const nameOf = (socket: unknown): string | undefined => {
  const { subject } = (socket as TLSSocket).getPeerCertificate()
  return subject === undefined ? undefined : String(subject.CN)
}

const applications: readonly (readonly [string, Parts])[] = [
  ['a page that shows it', { page: handler((req, res) => res.send(greeting(nameOf(req.socket)))) }],
  [
    'a page that shows it by req.connection',
    { page: handler((req, res) => res.send(greeting(nameOf(req.connection)))) },
  ],
  [
    'a user whom a middleware makes of it',
    {
      middlewares: [
        handler((req, _res, next) => {
          const name = nameOf(req.socket)
          if (name !== undefined) req.user = { name }
          next()
        }),
      ],
      page: handler((req, res) => res.send(greeting(req.user?.name))),
    },
  ],
  [
    'a guard that lets one of them in, and leaves nothing',
    {
      middlewares: [
        handler((req, res, next) => (nameOf(req.socket) === 'ada' ? next() : res.status(403).send('closed'))),
      ],
      page: handler((_req, res) => res.send('Hello ada')),
    },
  ],
]

describe.each(applications)('visitors who sign in by a certificate of their own: %s', (name, parts) => {
  const closed = name.startsWith('a guard')
  const shown = (who?: string) => (closed && who !== 'ada' ? 'closed' : greeting(who))

  describe.each(policies)('policy %s', (policy) => {
    it.each(orders)('%s', async (order) => {
      const caches = createCaches({ default: { store: memoryStore() } })
      const app = assemble(parts, { order, policy, caches, lifetime: 60 })
      const server = createServer({ ...certificates.site, requestCert: true, rejectUnauthorized: false }, app)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      closing.push(
        () => caches.close(),
        () => void server.close(),
        () => server.closeAllConnections(),
      )
      const { port } = server.address() as AddressInfo
      for (const who of ['ada', 'ada', 'bob', undefined, 'ada', undefined, 'bob']) {
        expect({ who, page: await ask(port, who) }).toEqual({ who, page: shown(who) })
        await caches.idle()
      }
    })
  })
})

function ask(port: number, who?: string): Promise<string> {
  const own = who === undefined ? {} : certificates[who]
  const agent = new Agent({ rejectUnauthorized: false, ...own })
  return new Promise((resolve, reject) => {
    const headers = { Host: 'site.example' }
    request({ host: '127.0.0.1', port, path: '/page', agent, headers }, (res) => {
      text(res).then(resolve, reject)
    })
      .on('error', reject)
      .end()
  })
}

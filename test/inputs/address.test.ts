import { createServer, IncomingMessage, type RequestListener, ServerResponse } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import { createServer as createHttpsServer, get as getHttps } from 'node:https'
import { type AddressInfo, connect, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { TLSSocket } from 'node:tls'
import { afterEach, describe, expect, it } from '@jest/globals'
import express from 'express'
import express4 from 'express4'
import { generate } from 'selfsigned'
import { readsOf } from '../../packages/express/src/inputs/request-reads.js'
import { ask } from '../support/ask.js'
import { serve } from '../support/serve.js'
import { Watched } from './watched.js'

type Look = (req: IncomingMessage) => unknown

const quietly: Look = (req) =>
  readsOf(req)?.quietly(() => req.socket.remoteAddress) ?? req.socket.remoteAddress

const closing: { close(): unknown }[] = []
afterEach(() => {
  for (const it of closing.splice(0)) it.close()
})

/** Answers whether a look notes the address, what it saw, and what was there before the watch. */
function telling(look: Look): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    const before = look(req)
    const watched = new Watched(req, res)
    const seen = look(req)
    watched.stop()
    look(req)
    res.end(JSON.stringify({ read: watched.read, same: JSON.stringify(seen) === JSON.stringify(before) }))
  }
}

const noted = { read: ['address'], same: true }
const unnoted = { read: [], same: true }
const looks: [string, Look, object][] = [
  ['remoteAddress', (req) => req.socket.remoteAddress, noted],
  ['remotePort', (req) => req.socket.remotePort, noted],
  ['remoteFamily', (req) => req.connection.remoteFamily, noted],
  ['address()', (req) => req.socket.address(), noted],
  ['nothing', (req) => [req.socket.bytesRead, req.url], unnoted],
  ['a read in an accessor of Express', quietly, unnoted],
  ['the names of the socket', (req) => Object.keys(req.socket).sort(), unnoted],
  [
    'whether a socket is one',
    (req) => [req.socket instanceof Socket, 'remoteAddress' in req.socket],
    unnoted,
  ],
  [
    'whether it speaks TLS',
    (req) => ['getPeerCertificate' in req.socket, 'authorized' in req.socket],
    unnoted,
  ],
]

describe('a connection', () => {
  it.each(looks)('notes %s as it should', async (_, look, expected) => {
    const url = await serve(telling(look))
    expect(JSON.parse((await ask(url)).body)).toEqual(expected)
  })

  const tls: typeof looks = [
    ...looks,
    ['a certificate', (req) => (req.socket as TLSSocket).getPeerCertificate(), noted],
    ['an X.509 certificate', (req) => String((req.socket as TLSSocket).getPeerX509Certificate()), noted],
    ['authorized', (req) => (req.socket as TLSSocket).authorized, noted],
    ['whether it is TLS', (req) => req.socket instanceof TLSSocket, unnoted],
    ['whether it is encrypted', (req) => (req.socket as TLSSocket).encrypted, unnoted],
  ]
  const certificate = generate([{ name: 'commonName', value: 'localhost' }])

  it.each(tls)('of TLS notes %s as it should', async (_, look, expected) => {
    const { private: key, cert } = await certificate
    const server = createHttpsServer(
      { key, cert, requestCert: true, rejectUnauthorized: false },
      telling(look),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(server)
    const { port } = server.address() as AddressInfo
    const body = await new Promise<string>((resolve, reject) => {
      const options = { port, host: '127.0.0.1', rejectUnauthorized: false, agent: false as const }
      getHttps(options, (res) => text(res).then(resolve, reject)).on('error', reject)
    })
    expect(JSON.parse(body)).toEqual(expected)
  })

  it.each(looks.filter(([name]) => !name.startsWith('the names')))(
    'of HTTP/2 notes %s as it should',
    async (_, look, expected) => {
      const server = createHttp2Server(telling(look) as never)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      closing.push(server, client)
      const stream = client.request({ ':path': '/' })
      expect(JSON.parse(await text(stream))).toEqual(expected)
    },
  )

  it('that is used again notes to the request that is watched, and to no earlier one', async () => {
    const watches: Watched[] = []
    const server = createServer((req, res) => {
      const watched = new Watched(req, res)
      watches.push(watched)
      if (req.url === '/address') void req.socket.remoteAddress
      watched.stop()
      res.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(server)
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    for (const path of ['/', '/address', '/']) socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    socket.end('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await text(socket)
    expect(watches.map(({ read }) => read)).toEqual([[], ['address'], [], []])
  })

  it('in memory, with an address of its own, can be read and written', () => {
    const socket = Object.assign(new Duplex({ read() {}, write() {} }), { remoteAddress: '10.0.0.1' })
    const req = new IncomingMessage(socket as unknown as Socket)
    const watched = new Watched(req, new ServerResponse(req))
    expect([Object.keys(socket).includes('remoteAddress'), 'remotePort' in socket]).toEqual([true, false])
    expect(watched.read).toEqual([])
    socket.remoteAddress = '10.0.0.2'
    expect(socket.remoteAddress).toBe('10.0.0.2')
    expect(watched.read).toEqual(['address'])
    watched.stop()
  })
})

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('%s', (_, framework) => {
  const handled: [string, (req: express.Request) => unknown, string[]][] = [
    ['req.ip', (req) => req.ip, ['address']],
    ['req.ips', (req) => req.ips, ['address']],
    ['req.socket', (req) => req.socket.remoteAddress, ['address']],
    ['nothing', (req) => req.path, []],
  ]

  it.each(handled)('notes %s as it should, in a mounted application too', async (_, look, expected) => {
    const app = framework()
    const mounted = framework()
    const watches: Watched[] = []
    app.use((req, res, next) => {
      const watched = new Watched(req, res)
      watches.push(watched)
      next()
    })
    const handler: express.RequestHandler = (req, res) => {
      look(req)
      res.send(watches.at(-1)?.read)
      watches.at(-1)?.stop()
    }
    mounted.get('/', handler)
    app.get('/', handler)
    app.use('/mounted', mounted)
    const url = await serve(app as RequestListener)
    expect(JSON.parse((await ask(url)).body)).toEqual(expected)
    expect(JSON.parse((await ask(`${url}/mounted`)).body)).toEqual(expected)
  })
})

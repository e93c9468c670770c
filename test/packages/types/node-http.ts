// What an application on node:http or Connect writes, without Express's types.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  cachePage,
  cacheTags,
  hole,
  invalidates,
  keepRequestBody,
  purge,
  siteCache,
  withSiteCache,
} from '@sitecache/express'

const handler = cachePage('15m', {
  skip: (req) => req.url === '/live' || req.headers['x-preview'] === '1',
  storeIf: (_req, res) => res.statusCode === 200,
})((req: IncomingMessage, res: ServerResponse) => res.end(req.url))

createServer((req, res) => siteCache()(req, res, () => handler(req, res))).listen(3000)
createServer(withSiteCache(handler, { keyParts: (req) => [req.headers.host ?? ''] }))
createServer((req, res) => purge({ authorize: (it) => it.headers['x-token'] === '1' })(req, res))
createServer((req, res) => keepRequestBody(req, res, Buffer.from('')))
invalidates((req, res) => [String(req.url), String(res.statusCode)])
cacheTags((req) => String(req.url))
export const greeting = hole('greeting', (req) => String(req.headers.host))
hole('skipping', (req) => {
  req.cache.skip()
  return ''
})

interface MyRequest extends IncomingMessage {
  readonly user: { readonly id: number }
}
siteCache({ skip: (req: MyRequest) => req.user.id === 1 })
// @ts-expect-error no request at all
siteCache({ skip: (req: { readonly user: string }) => req.user === '' })

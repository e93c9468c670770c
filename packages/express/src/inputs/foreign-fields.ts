import type { IncomingMessage, ServerResponse } from 'node:http'
import { parse } from 'node:querystring'
import { plainText } from '@sitecache/http'

/**
 * Returns what a middleware above the look-up has put of its own where Express and parsers keep
 * what the URL says, in the form of a key's part: `req.body.userId = …`, `req.query.tenant = …`. A
 * look at these properties is no input, since the URL is in the key.
 *
 * @param textOf text of a value that is not plain data
 * @returns undefined where there is nothing but what the URL says
 */
export function foreignText(req: IncomingMessage, textOf: (value: object) => string): string | undefined {
  let text = ''
  for (const [name, isNatural] of naturals) {
    const value = dataOf(req, name)
    if (value === undefined || value === null || isNatural(value, req)) continue
    text += `${name}=${plainText(value) ?? textOf(Object(value))}\n`
  }
  return text === '' ? undefined : text
}

/** Does a property hold no more than the URL, or nothing? */
type IsNatural = (value: unknown, req: IncomingMessage) => boolean

const naturals: readonly (readonly [name: string, isNatural: IsNatural])[] = [
  // The content of other methods is in the key of their own pages, and a GET with content has none.
  ['body', (value, { method }) => (method !== 'GET' && method !== 'HEAD') || isEmpty(value)],
  ['query', isQuery],
  ['params', isParams],
]

/** Lazy properties are not evaluated. */
function dataOf(req: IncomingMessage, name: string): unknown {
  return Object.getOwnPropertyDescriptor(req, name)?.value
}

/** As parsers leave it where there is no content: `{}`, an empty text or buffer. */
function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value === ''
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function isQuery(value: unknown, req: IncomingMessage): boolean {
  if (isEmpty(value)) return true
  const text = plainText(value)
  if (text === undefined) return false
  const parser = parserOf(req)
  const [whole, rest] = [queryOf(Reflect.get(req, 'originalUrl')), queryOf(req.url)]
  return text === parsedText(parser, whole) || (rest !== whole && text === parsedText(parser, rest))
}

/** Hits ask for the same few queries. */
const MAX_QUERIES = 200
/** Characters. */
const MAX_LENGTH = 200
const parsed = new WeakMap<Parser, Map<string, string | undefined>>()

/** Text of what a parser makes of a query, as `plainText` gives it. */
function parsedText(parser: Parser, query: string): string | undefined {
  const known = parsed.get(parser) ?? new Map<string, string | undefined>()
  if (known.has(query)) return known.get(query)
  const text = plainText({ ...Object(parser(query)) })
  if (query.length > MAX_LENGTH) return text
  if (known.size >= MAX_QUERIES) known.clear()
  parsed.set(parser, known.set(query, text))
  return text
}

function queryOf(url: unknown): string {
  return typeof url === 'string' && url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''
}

type Parser = (query: string) => unknown

const simpleParser: Parser = (query) => ({ ...parse(query) })

function parserOf(req: IncomingMessage): Parser {
  const app: unknown = Reflect.get(req, 'app')
  const get: unknown = typeof app === 'function' ? Reflect.get(app, 'get') : undefined
  const parser: unknown = typeof get === 'function' ? get.call(app, 'query parser fn') : undefined
  return typeof parser === 'function' ? (parser as Parser) : simpleParser
}

/** Each is named by the route, or by a router above, and stands in the path. */
function isParams(value: unknown, req: IncomingMessage): boolean {
  if (isEmpty(value)) return true
  const paths = [Reflect.get(req, 'originalUrl'), req.url].map(pathOf).join('\n')
  return Object.entries(Object(value)).every(([name, part]) => {
    const parts: readonly unknown[] = Array.isArray(part) ? part : [part]
    return isNamed(name, req) && parts.every((it) => it === undefined || isIn(paths, it))
  })
}

function isIn(paths: string, part: unknown): boolean {
  return typeof part === 'string' && (paths.includes(part) || decoded(paths).includes(part))
}

function isNamed(name: string, req: IncomingMessage): boolean {
  const path: unknown = Reflect.get(Object(Reflect.get(req, 'route')), 'path')
  const base: unknown = Reflect.get(req, 'baseUrl')
  // A router below another may have its parameters too (mergeParams).
  return base !== '' || typeof path !== 'string' || /^\d+$/.test(name) || path.includes(name)
}

function pathOf(url: unknown): string {
  const [path = ''] = String(url).split('?', 1)
  return path
}

function decoded(paths: string): string {
  try {
    return decodeURIComponent(paths)
  } catch {
    return paths
  }
}

/**
 * Is it the id of the request as such, which differs from request to request and shows on no page
 * that is meant to be shared? Applications also keep their visitor's id there.
 */
export function isRequestId(req: IncomingMessage, res: ServerResponse, id: unknown): boolean {
  if (id === req.headers['x-request-id'] || id === res.getHeader('x-request-id')) return true
  const log: unknown = Reflect.get(req, 'log')
  const bindings: unknown = typeof log === 'object' && log !== null ? Reflect.get(log, 'bindings') : undefined
  if (typeof bindings !== 'function') return false
  // As pino-http has logged it when the request came.
  const bound: unknown = bindings.call(log)
  const logged = Object(Reflect.get(Object(bound), 'req'))
  return id === Reflect.get(logged, 'id') || id === Reflect.get(Object(bound), 'reqId')
}

import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { normalizeHost } from '@sitecache/http'
import { originOf } from '../node/request-target.js'

/** A request that is no purge; its message is for the client. */
export class PurgeError extends Error {
  readonly status: number

  constructor(message: string, status = 400) {
    super(message)
    this.status = status
  }
}

/** Content of a POST: the pages to purge. */
export interface Purge {
  readonly urls: readonly string[]
  readonly tags: readonly string[]
  readonly routes: readonly string[]
  readonly soft: boolean
}

const MAX_BODY = 1024 * 1024
const MAX_NAMES = 10_000
const names = ['urls', 'tags', 'routes', 'soft']

/**
 * Whether a POST is for this endpoint: at the path where it is mounted, or by its own route. The
 * root of an application is no such path: its POSTs are the application's.
 */
export function isAtMount(req: IncomingMessage): boolean {
  const { baseUrl, originalUrl, url, route } = req as IncomingMessage & {
    readonly baseUrl?: string
    readonly originalUrl?: string
    readonly route?: unknown
  }
  if (route !== undefined) return true
  if (!isRoot(url)) return false
  // Connect tells of a mount only by the path that is missing.
  return baseUrl === undefined ? originalUrl !== undefined && !isRoot(originalUrl) : baseUrl !== ''
}

function isRoot(url: string | undefined): boolean {
  return /^\/?(\?.*)?$/.test(url ?? '')
}

/**
 * Refuses requests that a page of another site makes with the cookies of an operator.
 *
 * @throws PurgeError
 */
export function refuseOtherSites(req: IncomingMessage): void {
  const { 'sec-fetch-site': site, origin } = req.headers
  const isOwn = site === undefined ? isOwnOrigin(req, origin) : site === 'same-origin' || site === 'none'
  if (!isOwn) throw new PurgeError('not allowed to purge from another site', 403)
}

function isOwnOrigin(req: IncomingMessage, origin: string | undefined): boolean {
  if (origin === undefined) return true
  const { host, scheme } = originOf(req)
  try {
    return normalizeHost(new URL(origin).host, scheme) === normalizeHost(host, scheme)
  } catch {
    // The origin `null` of a sandbox is nobody's.
    return false
  }
}

/**
 * Reads what a POST is to purge.
 *
 * @throws PurgeError for content that is no purge
 */
export async function purgeOf(req: IncomingMessage): Promise<Purge> {
  // Forms can't say application/json: browsers ask first, and say of which site they are.
  const type = String(req.headers['content-type'] ?? '').split(';', 1)[0]
  if (type?.trim().toLowerCase() !== 'application/json')
    throw new PurgeError('a purge is sent with Content-Type: application/json', 415)
  return parsePurge(await bodyOf(req))
}

/** Returns the content as a body parser left it, or reads it. */
async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const { body } = req as { body?: unknown }
  if (body !== undefined) return body
  if (Number(req.headers['content-length'] ?? Number.POSITIVE_INFINITY) > MAX_BODY)
    throw new PurgeError(`a purge needs a Content-Length of ${MAX_BODY} bytes at the most`)
  try {
    return JSON.parse(await text(req))
  } catch {
    throw new PurgeError('a purge is JSON, such as { "tags": ["articles"] }')
  }
}

function parsePurge(body: unknown): Purge {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new PurgeError('a purge is an object, such as { "tags": ["articles"] }')
  if (Object.keys(body).some((name) => !names.includes(name)))
    throw new PurgeError('a purge has urls, tags, routes and soft, and nothing else')
  const soft: unknown = Object.hasOwn(body, 'soft') ? Reflect.get(body, 'soft') : false
  if (typeof soft !== 'boolean') throw new PurgeError('soft must be true or false')
  return { urls: listIn(body, 'urls'), tags: listIn(body, 'tags'), routes: listIn(body, 'routes'), soft }
}

function listIn(body: object, name: string): readonly string[] {
  const value: unknown = Object.hasOwn(body, name) ? Reflect.get(body, name) : []
  if (Array.isArray(value) && value.length <= MAX_NAMES && value.every((item) => typeof item === 'string'))
    return value
  throw new PurgeError(`${name} must be a list of texts, ${MAX_NAMES} at the most`)
}

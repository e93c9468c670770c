import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CutBody, HoleMarks } from '@sitecache/core/internal'
import { describesBytes, filledControl, tellsLifetime } from '@sitecache/http'
import { textOf } from '../node/patch-headers.js'
import type { Headers } from '../node/response-headers.js'
import { RequestSlot } from '../state/request-state.js'

/** The body of a response with holes, which the layers of cache keep in place of what they see go by. */
export interface HoledBody {
  /** Without its marks, and without what filled them; or why nothing can be kept. */
  pierced(): CutBody<Buffer> | 'too-large' | 'holes'
  /** Bytes that went out of it, filled. */
  readonly sent: number
}

/** What fills the holes of a response while it is written. */
export interface Filling {
  /** Nobody will see what it fills: another response goes out. */
  cancel(): void
}

/** Fields as a handler meant them, and as they were sent. */
type ChangedFields = Map<string, { readonly meant: Headers[string]; readonly sent: Headers[string] }>

/** What the layers of cache on the way of one request know of the holes in its page. */
export class PageHoles {
  /** What marks holes in the response, where it is being rendered. */
  marks: HoleMarks | undefined
  /** Of the response that is on its way; undefined: it has no holes. */
  body: HoledBody | undefined
  filling: Filling | undefined
  /** The longest body that any layer keeps, in bytes. */
  limit = 0
  #outermost: object | undefined
  readonly #makePrivate: ChangedFields = new Map()

  /** A layer captures the response. Those that do so first stand outside. */
  capturedBy(layer: object, limit: number): void {
    this.#outermost ??= layer
    this.limit = Math.max(this.limit, limit)
  }

  /** Does no layer of cache see the response after this one? @param layer default: the handler itself */
  isOutermost(layer?: object): boolean {
    return this.#outermost === layer
  }

  /** Another response goes out in place of the one that a layer has captured. */
  replacedBy(layer: object): void {
    this.body = undefined
    this.filling?.cancel()
    if (this.#outermost === layer) this.#outermost = undefined
  }

  /**
   * Makes a head with the handler's lifetimes one that keeps the filled page from other visitors. To be done by who sees the response
   * last: what else changes the head on the way, such as `cacheControl()`, means the page.
   */
  makePrivate(res: ServerResponse): void {
    const control = filledControl(textOf(res, 'cache-control'))
    for (const name of res.getHeaderNames()) {
      if (!tellsLifetime(name) || name === 'cache-control') continue
      this.#remember(res, name, undefined)
      res.removeHeader(name)
    }
    this.#remember(res, 'cache-control', control)
    res.setHeader('Cache-Control', control)
  }

  #remember(res: ServerResponse, name: string, sent: string | undefined): void {
    if (!this.#makePrivate.has(name))
      this.#makePrivate.set(name, { meant: res.getHeader(name) as Headers[string], sent })
  }

  /** Headers as they were meant, where they were sent as `veil` left them; what somebody changed since then stays. */
  asRendered(headers: Headers): Headers {
    for (const [name, { meant, sent }] of this.#makePrivate) {
      if (headers[name] !== sent) continue
      if (meant === undefined) delete headers[name]
      else headers[name] = meant
    }
    return headers
  }
}

const holesSlot = new RequestSlot<PageHoles>()

/** Returns what is known of the holes in a request's page, if anything is. */
export function peekHoles(req: IncomingMessage): PageHoles | undefined {
  return holesSlot.of(req)
}

/** Returns what is known of the holes in a request's page; made when it is first asked for. */
export function pageHolesOf(req: IncomingMessage): PageHoles {
  const known = holesSlot.of(req)
  if (known !== undefined) return known
  const holes = new PageHoles()
  holesSlot.set(req, holes)
  return holes
}

/** Takes from a head what described the body before its holes were filled. */
export function dropByteFields(res: ServerResponse): void {
  for (const name of res.getHeaderNames())
    if (describesBytes(name) && name !== 'content-encoding') res.removeHeader(name)
}

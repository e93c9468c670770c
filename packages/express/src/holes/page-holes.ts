import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CutBody, HoleMarks } from '@sitecache/core/internal'
import { describesBytes, filledControl, tellsLifetime } from '@sitecache/http'
import { textOf } from '../node/patch-headers.js'
import type { Headers } from '../node/response-headers.js'
import { RequestSlot } from '../state/request-state.js'

/**
 * Body of a response with holes, which layers of cache store in place of the bytes that they see.
 */
export interface HoledBody {
  /** Returns the body without marks and contents, or the reason why it can't be stored. */
  cutHoles(): CutBody<Buffer> | 'too-large' | 'holes'
  /** Bytes of the filled body that were sent. */
  readonly sent: number
}

/** The filling of a response's holes while it is written. */
export interface Filling {
  /** Stops the filling: another response goes out. */
  cancel(): void
}

/** Fields as the handler set them, and as they were sent. */
type ChangedFields = Map<string, { readonly rendered: Headers[string]; readonly sent: Headers[string] }>

/** Holes in the page of one request, as known to all layers of cache on its way. */
export class PageHoles {
  /** Marks of holes in the response that is being rendered. */
  marks: HoleMarks | undefined
  /** Body of the response on its way; undefined: it has no holes. */
  body: HoledBody | undefined
  filling: Filling | undefined
  /** Longest body that any layer keeps, in bytes. */
  limit = 0
  #outermost: object | undefined
  readonly #changed: ChangedFields = new Map()

  /** Registers a layer that captures the response. The first one is the outermost. */
  capturedBy(layer: object, limit: number): void {
    this.#outermost ??= layer
    this.limit = Math.max(this.limit, limit)
  }

  /**
   * Whether no layer of cache sees the response after this one.
   *
   * @param layer default: the handler itself
   */
  isOutermost(layer?: object): boolean {
    return this.#outermost === layer
  }

  /** Ends the filling: another response goes out in place of the one that a layer has captured. */
  replacedBy(layer: object): void {
    this.body = undefined
    this.filling?.cancel()
    if (this.#outermost === layer) this.#outermost = undefined
  }

  /**
   * Replaces the handler's lifetimes in a head by directives that keep the filled page from other
   * visitors. Call it in the outermost layer: inner changes of the head, such as `cacheControl()`,
   * are about the page as stored.
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
    if (!this.#changed.has(name))
      this.#changed.set(name, { rendered: res.getHeader(name) as Headers[string], sent })
  }

  /**
   * Returns headers as the handler set them, where `makePrivate` changed them; later changes of
   * other middlewares stay.
   */
  asRendered(headers: Headers): Headers {
    for (const [name, { rendered, sent }] of this.#changed) {
      if (headers[name] !== sent) continue
      if (rendered === undefined) delete headers[name]
      else headers[name] = rendered
    }
    return headers
  }
}

const holesSlot = new RequestSlot<PageHoles>()

/**
 * Returns the holes of a request's page.
 *
 * @returns undefined when no layer has made them
 */
export function peekHoles(req: IncomingMessage): PageHoles | undefined {
  return holesSlot.of(req)
}

/** Returns the holes of a request's page, and makes them at the first call. */
export function pageHolesOf(req: IncomingMessage): PageHoles {
  const known = holesSlot.of(req)
  if (known !== undefined) return known
  const holes = new PageHoles()
  holesSlot.set(req, holes)
  return holes
}

/** Removes the fields that described the body before its holes were filled. */
export function dropByteFields(res: ServerResponse): void {
  for (const name of res.getHeaderNames())
    if (describesBytes(name) && name !== 'content-encoding') res.removeHeader(name)
}

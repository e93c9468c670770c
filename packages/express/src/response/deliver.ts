import type { ServerResponse } from 'node:http'
import type { MaybePromise } from '@sitecache/core/internal'
import {
  asToldNow,
  hasLines,
  notModifiedHeaders,
  type Page,
  pageResponse,
  partialResponse,
  patchVary,
  unsatisfiableHeaders,
} from '@sitecache/http'
import type { ResponseWriter } from '../capture/observer.js'
import { deliverFilled } from '../holes/deliver-filled.js'
import { isHttp2 } from '../node/response-headers.js'
import { isPlainResponse, methodOf, responseField } from '../node/types.js'
import type { Exchange } from '../options/exchange.js'
import { noteStoredLifetime } from './added-lifetime.js'
import { tellMember } from './cache-status.js'
import { headOfPart } from './parts.js'

/**
 * Answers a request from a stored page: whole, 304, 206 or 416, as its conditions and range ask
 * (RFC 9110 §13, §14; RFC 9111 §4). Never rejects.
 *
 * @param status what Cache-Status is to say; undefined: nothing
 * @param out the methods that write it. @default those of `res`
 */
export function deliver(
  client: Exchange,
  stored: Page,
  now: number,
  status: string | undefined,
  out: ResponseWriter = client.res,
): MaybePromise<void> {
  const { method, headers, req, res } = client
  noteStoredLifetime(req, stored)
  const { page, age } = asToldNow(stored, now)
  if (page.holes !== '') return deliverHoled(client, page, age, status, out)
  const answer = pageResponse(page, method, headers, now)
  switch (answer.kind) {
    case 'full':
      setHead(client, out, page, page.status, page.headers, age, status)
      end(out, res, method === 'HEAD' ? undefined : page.body)
      return undefined
    case 'not-modified':
      setHead(client, out, page, 304, notModifiedHeaders(page), age, status)
      end(out, res)
      return undefined
    case 'partial': {
      const { headers: head, body } = partialResponse(page, answer.slices)
      setHead(client, out, page, 206, headOfPart(res, head, headers), age, status)
      end(out, res, body)
      return undefined
    }
    case 'unsatisfiable':
      setHead(client, out, page, 416, unsatisfiableHeaders(page), age, status)
      end(out, res)
  }
  return undefined
}

function deliverHoled(
  client: Exchange,
  page: Page,
  age: string | undefined,
  status: string | undefined,
  out: ResponseWriter,
): MaybePromise<void> {
  const setHead = () => putHead(client, page, page.status, page.headers, age, status)
  return deliverFilled(client, page, setHead, out)
}

function setHead(
  { req, res }: Pick<Exchange, 'req' | 'res'>,
  out: ResponseWriter,
  page: Page,
  status: number,
  headers: readonly string[],
  age: string | undefined,
  cacheStatus: string | undefined,
): void {
  const getNames = isPlainResponse(res) ? res.getHeaderNames : methodOf(res, 'getHeaderNames')
  if (getNames.call(res).length > 0) {
    putHead({ req, res }, page, status, headers, age, cacheStatus)
    return
  }
  // Nothing set by others: Node takes the whole head as it is.
  setReason(res, page, status)
  const head = headers.slice()
  if (age !== undefined) head.push('Age', age)
  if (cacheStatus !== undefined) head.push('Cache-Status', cacheStatus)
  const writeHead = isPlainResponse(out) ? out.writeHead : methodOf(out, 'writeHead')
  writeHead.call(res, status, head)
}

function end(out: ResponseWriter, res: ServerResponse, body?: Buffer): void {
  const method = isPlainResponse(out) ? out.end : methodOf(out, 'end')
  method.call(res, body)
}

/** Puts a head on a response, beside what stands there. */
function putHead(
  { req, res }: Pick<Exchange, 'req' | 'res'>,
  page: Page,
  status: number,
  headers: readonly string[],
  age: string | undefined,
  cacheStatus: string | undefined,
): void {
  setReason(res, page, status)
  if (page.removed.length > 0) for (const name of page.removed) res.removeHeader(name)
  if (responseField(res, 'statusCode') !== status) res.statusCode = status
  const setHeader = methodOf(res, 'setHeader')
  if (page.hasLines) mergeHeaders(res, setHeader, headers)
  else
    for (let i = 0; i + 1 < headers.length; i += 2)
      setHeader.call(res, headers[i] ?? '', headers[i + 1] ?? '')
  if (age !== undefined) setHeader.call(res, 'Age', age)
  if (cacheStatus !== undefined) tellMember(req, res, cacheStatus)
}

function setReason(res: ServerResponse, { status: own, statusMessage }: Page, status: number): void {
  if (status === own && statusMessage !== '' && !isHttp2(res)) res.statusMessage = statusMessage
}

/**
 * Beside what middlewares set for this request; the page's own come first, lists are what both say.
 */
function mergeHeaders(
  res: ServerResponse,
  setHeader: ServerResponse['setHeader'],
  head: readonly string[],
): void {
  let previous = ''
  for (let i = 0; i + 1 < head.length; i += 2) {
    const name = head[i] ?? ''
    const value = head[i + 1] ?? ''
    if (name === previous || isLineBeside(res, name)) res.appendHeader(name, value)
    else if (name.length === 4 && name.toLowerCase() === 'vary')
      setHeader.call(res, name, mergedVary(res, value))
    else setHeader.call(res, name, value)
    previous = name
  }
}

/** A middleware above has set lines of its own for this request, beside which the page's stand. */
function isLineBeside(res: ServerResponse, name: string): boolean {
  return (
    linesHaveLength(name.length) && hasLines(name.toLowerCase()) && methodOf(res, 'hasHeader').call(res, name)
  )
}

/** Spares most fields of a hit the change of letter case: Link, Set-Cookie and Server-Timing. */
function linesHaveLength(length: number): boolean {
  return length === 4 || length === 10 || length === 13
}

function mergedVary(res: ServerResponse, value: string): string {
  const priorHeaders = methodOf(res, 'getHeader').call(res, 'vary')
  if (priorHeaders === undefined) return value
  const names = value.split(',').map((name) => name.trim())
  // RFC 9110 §5.6.1.2: empty members count for nothing; names that no request can have, neither.
  return patchVary(
    String(priorHeaders),
    names.filter((name) => /^[!#$%&'*+.^_`|~\w-]+$/.test(name)),
  )
}

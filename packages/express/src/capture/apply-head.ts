import { IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

/**
 * Sets the arguments of `writeHead` on the response, so that there is one place to read and patch.
 * As in Node, an array replaces the headers it names and keeps its own repetitions.
 *
 * @throws what Node throws for a status or headers that it refuses
 */
export function applyHead(res: ServerResponse, args: unknown[]): void {
  const reason = typeof args[1] === 'string' ? args[1] : undefined
  const headers = reason === undefined ? (args[1] ?? args[2]) : args[2]
  if (res instanceof ServerResponse && !isPlain(args[0], headers)) askNode(args)
  if (args[0] !== undefined) res.statusCode = args[0] as number
  if (reason !== undefined) res.statusMessage = reason
  if (Array.isArray(headers)) applyRawHeaders(res, headers)
  else if (typeof headers === 'object' && headers !== null) applyHeaders(res, headers as OutgoingHttpHeaders)
}

/**
 * Returns whether status and headers are such as Node takes, as far as it can be seen at a glance.
 */
function isPlain(status: unknown, headers: unknown): boolean {
  if (!Number.isInteger(status) || Number(status) < 100 || Number(status) > 999) return false
  if (Array.isArray(headers)) return Array.isArray(headers[0]) || headers.length % 2 === 0
  if (typeof headers !== 'object' || headers === null) return true
  return Object.values(headers).every((value) => value !== undefined)
}

/** Has Node judge a head by a response that is never sent: the error is its own. */
function askNode(args: unknown[]): void {
  const unsent = new ServerResponse(new IncomingMessage(new Socket()))
  Reflect.apply(unsent.writeHead, unsent, args)
}

function applyHeaders(res: ServerResponse, headers: OutgoingHttpHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (name !== '' && value !== undefined) res.setHeader(name, value)
  }
}

function applyRawHeaders(res: ServerResponse, list: unknown[]): void {
  const flat = (Array.isArray(list[0]) ? list.flat(1) : list) as OutgoingHttpHeader[]
  for (let i = 0; i < flat.length; i += 2) res.removeHeader(String(flat[i]))
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const value = flat[i + 1]
    if (value !== undefined) res.appendHeader(String(flat[i]), Array.isArray(value) ? value : String(value))
  }
}

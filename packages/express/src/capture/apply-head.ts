import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'

/**
 * Sets the arguments of `writeHead` on the response, so that there is one place to read and patch.
 * As in Node, an array replaces the headers it names and keeps its own repetitions.
 */
export function applyHead(res: ServerResponse, args: unknown[]): void {
  const reason = typeof args[1] === 'string' ? args[1] : undefined
  const headers = reason === undefined ? (args[1] ?? args[2]) : args[2]
  // Node itself refuses an invalid status.
  if (args[0] !== undefined) res.statusCode = args[0] as number
  if (reason !== undefined) res.statusMessage = reason
  if (Array.isArray(headers)) applyRawHeaders(res, headers)
  else if (typeof headers === 'object' && headers !== null) applyHeaders(res, headers as OutgoingHttpHeaders)
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

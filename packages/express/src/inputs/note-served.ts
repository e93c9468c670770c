import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseInput } from '@sitecache/http'
import { type RequestReads, readsOf } from './request-reads.js'

/**
 * Notes for the layers further out what a stored page depends on that an inner layer answers with:
 * its handler is not called, and reads nothing. Each input is looked at as that handler would.
 *
 * @param names of what the page depends on
 * @param isVisitors whether it is one visitor's page
 * @returns whether there are any such layers
 */
export function noteServed(
  req: IncomingMessage,
  res: ServerResponse,
  names: readonly string[],
  isVisitors: boolean,
): boolean {
  const reads = readsOf(req)
  if (reads === undefined || reads.watches.length === 0) return false
  for (const name of names) lookAt(reads, res, name)
  if (isVisitors) lookAtAll(req, [...visitorFields, 'session', 'sessionID'])
  return true
}

const visitorFields = ['user', 'auth', 'oidc', 'isAuthenticated'] as const

function lookAt(reads: RequestReads, res: ServerResponse, name: string): void {
  const input = parseInput(name)
  // Empty sessions are one: a look at the id would tell them apart.
  if (input?.kind === 'session') lookAtAll(reads.req, ['session'])
  else if (input?.kind === 'visitor') lookAtAll(reads.req, visitorFields)
  else if (input?.kind === 'req') lookAtAll(reads.req, [input.name])
  else if (input?.kind === 'res') lookAtAll(res, [input.name])
  else if (input?.kind === 'locals') lookAtAll(localsOf(res), [input.name])
  else if (input?.kind === 'all-locals') lookAtAll(localsOf(res), Object.keys(localsOf(res)))
  else reads.note(name)
}

function localsOf(res: ServerResponse): object {
  return Object(Reflect.get(res, 'locals'))
}

function lookAtAll(target: object, names: readonly string[]): void {
  for (const name of names) void Reflect.get(target, name)
}

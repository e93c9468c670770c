import type { IncomingMessage } from 'node:http'
import {
  ALL_COOKIES,
  ALL_HEADERS,
  digest,
  headerInput,
  type InputRules,
  type InputSource,
  inputsKeyText,
} from '@sitecache/http'
import { ownRead } from '../node/own-reads.js'

/**
 * Inputs of a value of which nothing is known but that it came with the request: caches downstream
 * are told to choose by these.
 */
export const unknownProvenance: readonly string[] = ['authorization', ALL_COOKIES, ALL_HEADERS]

/** About one exchange with the cache, and not sent again when it makes a page anew itself. */
const ofOneExchange: ReadonlySet<string> = new Set([
  'cache-control',
  'expect',
  'keep-alive',
  'pragma',
  'te',
  'upgrade',
])

/**
 * Returns a text of all that a request came with, for what may have been made of any part of it:
 * all headers that aren't ignored, the client's address and certificate. The URL is in the key
 * already.
 */
export function wholeRequestText(req: IncomingMessage, source: InputSource, rules: InputRules): string {
  const names = Object.keys(source.headers)
    .map(headerInput)
    .filter((name) => name !== undefined && name !== 'cookie')
    .filter((name) => name !== undefined && !ofOneExchange.has(name) && !rules.ignores(name))
    .sort() as string[]
  const headers = inputsKeyText([ALL_COOKIES, ...names], source, { inputs: rules }) ?? ''
  return digest(JSON.stringify([headers, names, ...ownRead(() => clientOf(req))]))
}

/** Address and certificate of the client, as far as its connection tells them. */
function clientOf({ socket }: IncomingMessage): readonly unknown[] {
  try {
    const address: unknown = Reflect.get(socket, 'remoteAddress')
    const certificate: unknown = Reflect.get(socket, 'getPeerX509Certificate')
    if (typeof certificate !== 'function') return [address]
    return [address, Object(certificate.call(socket)).fingerprint256]
  } catch {
    return []
  }
}

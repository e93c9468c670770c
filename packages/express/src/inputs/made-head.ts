import type { IncomingMessage } from 'node:http'
import { countedHeaders, type HeaderMap, type InputRules, parseInput } from '@sitecache/http'

/**
 * Headers of a request that a middleware has made or changed (`req.headers['x-user'] = …`): caches
 * downstream are asked without them, so that no Vary can name them.
 */
export class MadeHeaders {
  readonly #sent: unknown
  readonly #headers: HeaderMap
  #names: ReadonlySet<string> | undefined

  /** @param headers of the request, as a look-up finds them */
  constructor({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, headers: HeaderMap) {
    this.#sent = rawHeaders
    this.#headers = headers
  }

  /** Whether a header is one of them. @param name in lower case */
  has(name: string): boolean {
    if (this.#names !== undefined) return this.#names.has(name)
    const value = Object.hasOwn(this.#headers, name) ? this.#headers[name] : undefined
    return value !== undefined && mayBeMade(name) && isMade(name, value, this.#sent)
  }

  /** Names in lower case. */
  get names(): ReadonlySet<string> {
    this.#names ??= new Set(Object.keys(this.#headers).filter((name) => this.has(name)))
    return this.#names
  }

  /** Does this input of a page tell of one of them? */
  isIn(input: string, rules: InputRules): boolean {
    const parsed = parseInput(input)
    if (parsed?.kind === 'header') return this.#noteMade(parsed.name)
    if (parsed?.kind === 'cookie' || parsed?.kind === 'cookies') return this.has('cookie')
    if (parsed?.kind !== 'headers' || this.names.size === 0) return false
    return countedHeaders(this.#headers, rules).some((name) => this.names.has(name))
  }

  /** Is it absent here, and did a middleware make it for another request? */
  isForOthers(input: string): boolean {
    const parsed = parseInput(input)
    return (
      parsed?.kind === 'header' && madeBefore.has(parsed.name) && this.#headers[parsed.name] === undefined
    )
  }

  #noteMade(name: string): boolean {
    if (!this.has(name)) return false
    if (madeBefore.size < MAX_REMEMBERED) madeBefore.add(name)
    return true
  }

  /** Returns the headers as the client sent them. */
  get asSent(): HeaderMap {
    if (this.names.size === 0) return this.#headers
    const own = Object.entries(this.#headers).flatMap(([name, value]) => {
      if (!this.names.has(name)) return [[name, value] as const]
      const sent = valuesOf(this.#sent, name)
      return sent.length === 0 ? [] : [[name, sent.join(', ')] as const]
    })
    return Object.fromEntries(own)
  }
}

/** Headers that pages of this process depend on, and that middlewares have made. */
const madeBefore = new Set<string>()
const MAX_REMEMBERED = 100

/** A coding changes the bytes of a page, and not for whom it is. */
function mayBeMade(name: string): boolean {
  return name !== 'accept-encoding' && !name.startsWith(':')
}

/** @param raw of a request made by hand there are none: Node did not read it */
function isMade(name: string, value: unknown, raw: unknown): boolean {
  if (!Array.isArray(raw) || raw.length === 0) return false
  const sent = valuesOf(raw, name)
  // Under HTTP/2 applications fill in Host from what stands in its place (RFC 9113 §8.3.1).
  return !isSent(value, sent.length > 0 || name !== 'host' ? sent : valuesOf(raw, ':authority'))
}

/** Values of a field as they came. @param name in lower case */
function valuesOf(raw: unknown, name: string): readonly string[] {
  const values: string[] = []
  if (!Array.isArray(raw)) return values
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const sent = String(raw[at])
    if (sent.length === name.length && sent.toLowerCase() === name) values.push(String(raw[at + 1]))
  }
  return values
}

/** Node joins fields of one name, keeps the first, or lists them. */
function isSent(value: unknown, sent: readonly string[]): boolean {
  if (sent.length === 0) return false
  if (Array.isArray(value)) return value.join() === sent.join()
  return [sent[0], sent.join(', '), sent.join('; ')].includes(String(value))
}

/**
 * Has a middleware put more into the URL than its client sent, such as the visitor's id? What was
 * left out or put in another order is the URL's own, as are parts of the host.
 *
 * @param rewritten method and URL as the look-up finds them
 */
export function saysMore(rewritten: string | undefined, url: string, host: string): boolean {
  if (rewritten === undefined) return false
  const sent = new Set(wordsOf(`${host} ${url}`))
  // The method of method-override, which stands in the body or in a header of the request.
  const [, after = rewritten] = /^[A-Z]+ (.*)$/s.exec(rewritten) ?? []
  return wordsOf(after).some((word) => !sent.has(word))
}

function wordsOf(text: string): readonly string[] {
  return text.split(/[^\w%~-]+/).filter((word) => word !== '')
}

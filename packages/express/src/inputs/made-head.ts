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

  /** Names in lower case. */
  get names(): ReadonlySet<string> {
    this.#names ??= madeNames(this.#headers, sentFields(this.#sent))
    return this.#names
  }

  /** Does this input of a page tell of one of them? */
  isIn(input: string, rules: InputRules): boolean {
    const parsed = parseInput(input)
    if (parsed?.kind === 'header') return this.#has(parsed.name)
    if (parsed?.kind === 'cookie' || parsed?.kind === 'cookies') return this.names.has('cookie')
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

  #has(name: string): boolean {
    if (!this.names.has(name)) return false
    if (madeBefore.size < MAX_REMEMBERED) madeBefore.add(name)
    return true
  }

  /** Returns the headers as the client sent them. */
  get asSent(): HeaderMap {
    if (this.names.size === 0) return this.#headers
    const sent = sentFields(this.#sent)
    const own = Object.entries(this.#headers).filter(([name]) => !this.names.has(name) || sent?.has(name))
    return Object.fromEntries(
      own.map(([name, value]) => [name, this.names.has(name) ? sent?.get(name)?.join(', ') : value]),
    )
  }
}

/** Headers that pages of this process depend on, and that middlewares have made. */
const madeBefore = new Set<string>()
const MAX_REMEMBERED = 100

type SentFields = ReadonlyMap<string, readonly string[]>

/** Fields as they came; undefined where Node did not read them (a request made by hand). */
function sentFields(raw: unknown): SentFields | undefined {
  if (!Array.isArray(raw) || raw.length === 0) return undefined
  const fields = new Map<string, string[]>()
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name, value] = [String(raw[at]).toLowerCase(), String(raw[at + 1])]
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [value])
    else values.push(value)
  }
  return fields
}

function madeNames(headers: HeaderMap, sent: SentFields | undefined): ReadonlySet<string> {
  if (sent === undefined) return nothing
  const made = Object.entries(headers)
    .filter(([name, value]) => value !== undefined && !isSent(value, sentAs(name, sent)))
    .map(([name]) => name)
  // A coding changes the bytes of a page, and not for whom it is.
  return new Set(made.filter((name) => !name.startsWith(':') && name !== 'accept-encoding'))
}

const nothing: ReadonlySet<string> = new Set()

/** Under HTTP/2 applications fill in Host from what stands in its place (RFC 9113 §8.3.1). */
function sentAs(name: string, sent: SentFields): readonly string[] {
  return sent.get(name) ?? (name === 'host' ? sent.get(':authority') : undefined) ?? []
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

import { runHole } from '../context/carried-reads.js'
import { SettingsError, SitecacheError } from '../errors.js'
import type { MaybePromise } from '../maybe-promise.js'
import { checkOptions, type OptionParser, refusal } from '../options.js'
import { currentMarks, inHole, type Surroundings, surround } from '../surroundings.js'
import { parseTimeout, type Timeout } from '../timeout.js'

/** Writes a part of a page for the visitor whose request this is: HTML, escaped already. */
export type HoleFunction<Q> = (request: Q) => string | Promise<string>

/** Stands in a page for a hole: called, or made a text. */
export interface Mark {
  (): string
  toString(): string
}

/** How a hole is filled. */
export interface HoleOptions {
  /** The longest that a page waits for it, in seconds or as a duration; then it is left empty. @default 2 seconds */
  readonly timeout?: Timeout | undefined
}

/** Told of a hole that was left empty, and why. */
export type HoleFailed = (name: string, error: unknown) => void

interface Defined {
  readonly render: HoleFunction<never>
  /** Milliseconds. */
  readonly longest: number
}

const NAME = /^[A-Za-z][\w.-]{0,63}$/
/** Less than others wait for a page that is being made, who get it once its visitor's holes are filled. */
const DEFAULT_LONGEST_MS = 2000

/** Nothing of what fills a hole is the page's: neither its tags, nor its end, nor holes of its own. */
const within: Surroundings = { tags() {}, expiry() {}, hole: true }

const patience: OptionParser<number> = (value, path) => {
  const seconds = parseTimeout(value, path)
  if (seconds !== null && seconds > 0 && seconds <= 3600) return seconds
  throw refusal(path, 'more than 0 seconds, and an hour at the most', value)
}

/** The parts of cached pages that are rendered for each request, by name. */
export class Holes {
  readonly #defined = new Map<string, Defined>()

  /** Is there any? Where there is none, no request need pay for what fills them. */
  get some(): boolean {
    return this.#defined.size > 0
  }

  /**
   * Defines a hole; answers what marks its place while a page is rendered.
   *
   * It is defined once, where the application starts: a page from the cache is filled by whichever process serves it, without
   * the handler that rendered it. So the function may use nothing but the request.
   *
   * @param name a letter, then letters, digits, `_`, `.` and `-`, 64 at the most
   * @param render answers HTML, escaped for the place where it stands; or a promise of it
   * @throws SettingsError for a name that is taken, or is none, and for an option that is not allowed
   *
   * @example
   * const greeting = hole('greeting', (req) => escapeHtml(req.session.user?.name ?? ''))
   * app.get('/', (req, res) => res.render('home', { greeting }))   // {{ greeting() }}
   */
  readonly define = <Q = unknown>(name: string, render: HoleFunction<Q>, options: HoleOptions = {}): Mark => {
    if (typeof name !== 'string' || !NAME.test(name))
      throw refusal('hole() name', 'a letter, then at most 63 letters, digits, _, . and -', name)
    if (typeof render !== 'function') throw refusal(`hole '${name}'`, 'a function of the request', render)
    if (this.#defined.has(name)) throw new SettingsError(`hole '${name}' is defined already`)
    const { timeout } = checkOptions(options, { timeout: patience }, `hole '${name}'`)
    this.#defined.set(name, { render, longest: timeout === undefined ? DEFAULT_LONGEST_MS : timeout * 1000 })
    const mark = () => markOf(name)
    return Object.assign(mark, { toString: mark })
  }

  /**
   * What fills one hole for one request. Never rejects: a hole that fails, takes too long, or is not known to this process is empty,
   * and told of: a page is worth more than one of its holes. A function that waits for nothing is answered for without waiting.
   */
  fill<Q>(name: string, request: Q, failed: HoleFailed): MaybePromise<string> {
    try {
      const defined = this.#defined.get(name)
      if (defined === undefined) throw new SitecacheError(`hole '${name}' is not defined in this process`)
      const render = () => (defined.render as HoleFunction<Q>)(request)
      const filled = surround(within, () => runHole(request, render))
      return isPromise(filled) ? awaited(name, filled, defined.longest, failed) : textOf(filled)
    } catch (error) {
      failed(name, error)
      return ''
    }
  }
}

async function awaited(
  name: string,
  filled: Promise<string>,
  longest: number,
  failed: HoleFailed,
): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new SitecacheError(`hole '${name}' took longer than ${longest / 1000} s`))
    timer = setTimeout(giveUp, longest)
  })
  try {
    return textOf(await Promise.race([filled, late]))
  } catch (error) {
    failed(name, error)
    return ''
  } finally {
    clearTimeout(timer)
  }
}

/** What a function in JavaScript answers may be anything. */
function textOf(filled: unknown): string {
  return String(filled ?? '')
}

function isPromise(value: unknown): value is Promise<string> {
  return typeof (value as { then?: unknown } | undefined | null)?.then === 'function'
}

function markOf(name: string): string {
  const marks = currentMarks()
  if (marks !== undefined) return marks.mark(name)
  if (inHole())
    throw new SitecacheError(`hole '${name}' stands in another hole: it is filled for each request as it is`)
  throw new SitecacheError(
    `hole '${name}' stands in a page that nothing fills it in: put the page's cache in front of the handler`,
  )
}

/** The holes of this process. */
export const holes = new Holes()

/** Defines a hole of this process: see `Holes.define`. */
export const hole = holes.define

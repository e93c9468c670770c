import { runHole } from '../context/carried-reads.js'
import { currentMarks, inHole, type RenderContext, runInContext } from '../context/render-context.js'
import { SettingsError, SitecacheError } from '../errors.js'
import { checkOptions, type OptionParser, refusal } from '../options/check-options.js'
import { parseTimeout, type Timeout } from '../options/timeout.js'
import { isPromise, type MaybePromise } from '../util/maybe-promise.js'

/** Renders a part of a page for the visitor of this request, as escaped HTML. */
export type HoleFunction<Q> = (request: Q) => string | Promise<string>

/** Mark of a hole in a page: call it, or convert it to a string. */
export interface Mark {
  (): string
  toString(): string
}

/** Options of `hole`. */
export interface HoleOptions {
  /**
   * Longest wait of a page for it, in seconds or as a duration; then it is left empty. @default 2
   * seconds
   */
  readonly timeout?: Timeout | undefined
}

/** Called with the name of a hole that was left empty, and the reason. */
export type HoleFailed = (name: string, error: unknown) => void

interface Defined {
  readonly render: HoleFunction<never>
  /** Milliseconds. */
  readonly longest: number
}

const NAME = /^[A-Za-z][\w.-]{0,63}$/
/**
 * Less than `lockTimeout`: requests that wait for a render get it only after the leader's holes are
 * filled.
 */
const DEFAULT_LONGEST_MS = 2000

/** Context in which a hole is filled: its tags, expiry and holes are not the page's. */
const fillingHole: RenderContext = { tags() {}, expiry() {}, hole: true }

const patience: OptionParser<number> = (value, path) => {
  const seconds = parseTimeout(value, path)
  if (seconds !== null && seconds > 0 && seconds <= 3600) return seconds
  throw refusal(path, 'more than 0 seconds, and an hour at the most', value)
}

/** Parts of cached pages that are rendered for each request, by name. */
export class Holes {
  readonly #defined = new Map<string, Defined>()

  /** Whether any is defined: without one, no request need pay for filling. */
  get some(): boolean {
    return this.#defined.size > 0
  }

  /**
   * Defines a hole; returns the mark of its place, for use while a page is rendered.
   *
   * Define each hole once, where the application starts: any process fills it in a page from the
   * cache, without the handler that rendered the page. So the function may use nothing but the
   * request.
   *
   * @param name a letter, then letters, digits, `_`, `.` and `-`, 64 at the most
   * @param render returns HTML, escaped for its place; or a promise of it
   * @throws SettingsError for a name that is taken or not allowed, and for a bad option
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
   * Renders one hole for one request, without a promise where its function returns none. Never
   * rejects: a hole that fails, takes too long or is not defined in this process is empty, and
   * reported to `failed`.
   */
  fill<Q>(name: string, request: Q, failed: HoleFailed): MaybePromise<string> {
    try {
      const defined = this.#defined.get(name)
      if (defined === undefined) throw new SitecacheError(`hole '${name}' is not defined in this process`)
      const render = () => (defined.render as HoleFunction<Q>)(request)
      const filled = runInContext(fillingHole, () => runHole(request, render))
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

/** Converts a result to a string: a function in JavaScript may return anything. */
function textOf(filled: unknown): string {
  return String(filled ?? '')
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

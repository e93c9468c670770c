import { SettingsError, SitecacheError } from '../errors.js'
import { refusal } from '../options.js'
import { currentMarks } from '../surroundings.js'

/** Writes a part of a page for the visitor whose request this is: HTML, escaped already. */
export type HoleFunction<Q> = (request: Q) => string | Promise<string>

/** Stands in a page for a hole: called, or made a text. */
export interface Mark {
  (): string
  toString(): string
}

const NAME = /^[A-Za-z][\w.-]{0,63}$/

/** The parts of cached pages that are rendered for each request, by name. */
export class Holes {
  readonly #functions = new Map<string, HoleFunction<never>>()

  /**
   * Defines a hole; answers what marks its place while a page is rendered.
   *
   * It is defined once, where the application starts: a page from the cache is filled by whichever process serves it, without
   * the handler that rendered it. So the function may use nothing but the request.
   *
   * @param name a letter, then letters, digits, `_`, `.` and `-`, 64 at the most
   * @throws SettingsError for a name that is taken, or is none
   *
   * @example
   * const greeting = hole('greeting', (req) => escapeHtml(req.session.user?.name ?? ''))
   * app.get('/', (req, res) => res.render('home', { greeting }))   // {{ greeting() }}
   */
  readonly define = <Q = unknown>(name: string, render: HoleFunction<Q>): Mark => {
    if (typeof name !== 'string' || !NAME.test(name))
      throw refusal('hole() name', 'a letter, then at most 63 letters, digits, _, . and -', name)
    if (typeof render !== 'function') throw refusal(`hole '${name}'`, 'a function of the request', render)
    if (this.#functions.has(name)) throw new SettingsError(`hole '${name}' is defined already`)
    this.#functions.set(name, render)
    const mark = () => markOf(name)
    return Object.assign(mark, { toString: mark })
  }

  has(name: string): boolean {
    return this.#functions.has(name)
  }

  /**
   * What fills each hole of a page for one request; each name is rendered once, all at the same time. One that fails, or that
   * this process does not know, is empty, and told of: a page is worth more than one of its holes.
   */
  async render<Q>(
    names: Iterable<string>,
    request: Q,
    failed: (name: string, error: unknown) => void,
  ): Promise<Map<string, string>> {
    const render = async (name: string): Promise<[string, string]> => {
      try {
        const fn = this.#functions.get(name) as HoleFunction<Q> | undefined
        if (fn === undefined) throw new SitecacheError(`hole '${name}' is not defined in this process`)
        return [name, String((await fn(request)) ?? '')]
      } catch (error) {
        failed(name, error)
        return [name, '']
      }
    }
    return new Map(await Promise.all(Array.from(new Set(names), render)))
  }
}

function markOf(name: string): string {
  const marks = currentMarks()
  if (marks !== undefined) return marks.mark(name)
  throw new SitecacheError(
    `hole '${name}' stands in a page that nothing fills it in: put the page's cache in front of the handler`,
  )
}

/** The holes of this process. */
export const holes = new Holes()

/** Defines a hole of this process: see `Holes.define`. */
export const hole = holes.define

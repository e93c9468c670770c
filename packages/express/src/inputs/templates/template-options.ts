import type { WatchedLocals } from '../watched-locals.js'
import type { TemplateScan } from './template-scan.js'

type Options = Record<string | symbol, unknown>

/** Names that Express itself gives a template. */
const expressNames: ReadonlySet<string> = new Set(['settings', 'cache', '_locals'])
/**
 * Names that engines ask for, and that are no name for data: their absence is not worth a place in
 * a page's list.
 */
const engineNames: ReadonlySet<string> = new Set([
  ...['compileDebug', 'filterAliases', 'filterOptions', 'inlineRuntimeFunctions', 'toLiquid'],
])
/**
 * A template that has more names depends on all locals: their names would fill a page's list of
 * inputs.
 */
const MAX_NAMES = 48

/** Where the names of a template are looked for, when its engine copies all that it is given. */
export type TemplateNames = () => Pick<TemplateScan, 'names' | 'properties'> | undefined

/**
 * Options as a template engine is given them: notes which locals it looks at.
 *
 * Engines that read by name (Pug, Handlebars, Liquid, Eta) tell exactly. Others (EJS, Nunjucks)
 * copy everything first: what counts then is the names in the template.
 */
export class TemplateOptions implements ProxyHandler<Options> {
  readonly #locals: WatchedLocals
  /** Names that are not of the locals: the handler has passed them, or the engine has set them. */
  readonly #own: Set<string>
  readonly #names: TemplateNames
  #isCopied = false

  constructor(locals: WatchedLocals, passed: readonly string[], names: TemplateNames) {
    this.#locals = locals
    this.#own = new Set([...passed, ...expressNames])
    this.#names = names
  }

  get(target: Options, key: string | symbol): unknown {
    if (key === '_locals') return this.#locals.shown
    this.#note(target, key)
    return Reflect.get(target, key)
  }

  has(target: Options, key: string | symbol): boolean {
    this.#note(target, key)
    return Reflect.has(target, key)
  }

  getOwnPropertyDescriptor(target: Options, key: string | symbol): PropertyDescriptor | undefined {
    this.#note(target, key)
    return Reflect.getOwnPropertyDescriptor(target, key)
  }

  ownKeys(target: Options): (string | symbol)[] {
    if (!this.#isCopied) this.#noteCopy(target)
    this.#isCopied = true
    return Reflect.ownKeys(target)
  }

  set(target: Options, key: string | symbol, value: unknown): boolean {
    if (typeof key === 'string') this.#own.add(key)
    return Reflect.set(target, key, value)
  }

  defineProperty(target: Options, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (typeof key === 'string') this.#own.add(key)
    return Reflect.defineProperty(target, key, descriptor)
  }

  #note(target: Options, key: string | symbol): void {
    if (typeof key !== 'string' || this.#isCopied || this.#own.has(key)) return
    if (!engineNames.has(key) || Object.hasOwn(target, key)) this.#locals.noteName(key)
  }

  #noteCopy(options: Options): void {
    const found = this.#names()
    if (found === undefined) {
      this.#locals.noteAll()
      return
    }
    const names = new Set(found.names)
    for (const pair of found.properties) {
      const [owner = '', property = ''] = pair.split(' ')
      // A name that is no local may be the object of all of them, as the application calls it.
      if (!Object.hasOwn(options, owner)) names.add(property)
    }
    const looked = [...names].filter((name) => !this.#own.has(name))
    if (looked.length > MAX_NAMES) this.#locals.noteAll()
    else for (const name of looked) this.#locals.noteName(name)
  }
}

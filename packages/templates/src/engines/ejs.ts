import { readFileSync } from 'node:fs'
import { fragmentHelper } from '../fragment.js'
import type { FragmentsOptions } from '../fragment-cache.js'
import type { RenderCallback, ViewEngine } from '../passes.js'
import { RenderTurns } from '../render-turns.js'
import { type EjsDelimiters, ejsPreamble } from './ejs-preamble.js'

type Template = (data: object) => Promise<string>

/** The part of EJS that is used. */
export interface EjsLike extends EjsDelimiters {
  compile(template: string, options: never): unknown
}

/** A template's output, in EJS's own variable. */
interface Output {
  read(): string
  put(text: string): void
}

/**
 * Makes an engine of Express in whose templates
 * `<% await fragment(timeout, name, varyOn, async () => { %>…<% }) %>` writes a fragment; options
 * stand before the function. Templates are asynchronous: `<%- await include('…') %>`.
 *
 * @param settings options of EJS, such as `root`, `escape` or `delimiter`; Express's `view options`
 * give those that are missing
 * @throws SettingsError for an unknown option
 *
 * @example
 * app.engine('ejs', ejsFragments(ejs, { caches }))
 */
export function ejsFragments(
  ejs: EjsLike,
  options: FragmentsOptions = {},
  settings: object = {},
): ViewEngine {
  const helper = fragmentHelper(options)
  const compiled = new Map<string, Template>()
  const texts = new Map<string, string>()

  function compile(path: string, { cache = false, settings: app = {} }: ViewOptions): Template {
    const known = cache ? compiled.get(path) : undefined
    if (known !== undefined) return known
    const given: EjsDelimiters = { ...viewOptionsOf(app), ...settings }
    const preamble = ejsPreamble(ejs, given)
    const includer = (asked: string, found: string | undefined) => include(asked, found, preamble, cache)
    const how = { views: app.views, ...given, async: true, cache, filename: path, includer }
    const template = ejs.compile(textOf(path, preamble, cache), how as never) as Template
    if (cache) compiled.set(path, template)
    return template
  }

  function include(asked: string, filename: string | undefined, preamble: string, cache: boolean): object {
    if (filename === undefined) throw new Error(`Could not find the include file "${asked}"`)
    return { filename, template: textOf(filename, preamble, cache) }
  }

  function textOf(path: string, preamble: string, cache: boolean): string {
    const text = (cache ? texts.get(path) : undefined) ?? preamble + readFileSync(path, 'utf8')
    if (cache) texts.set(path, text)
    return text
  }

  return function ejsWithFragments(path: string, given: ViewOptions, callback: RenderCallback): void {
    const turns = new RenderTurns()
    const sitecacheFragment = (output: Output, ...args: unknown[]) =>
      turns.run(() => writeFragment(helper, output, args))
    const render = async () => compile(path, given)({ ...given, sitecacheFragment })
    answer(render(), callback)
  }
}

/** Writes a fragment where the template stands. */
async function writeFragment(
  helper: (...args: never[]) => Promise<string>,
  output: Output,
  args: readonly unknown[],
): Promise<void> {
  const write = args.at(-1) as () => unknown
  const render = async () => {
    const before = output.read()
    output.put('')
    try {
      const returned = await write()
      return output.read() + (returned === undefined || returned === null ? '' : String(returned))
    } finally {
      output.put(before)
    }
  }
  const html = await helper(...([...args.slice(0, -1), render] as never[]))
  output.put(output.read() + html)
}

/** The part of Express's options of a view that is used. */
interface ViewOptions {
  readonly cache?: boolean
  readonly settings?: { readonly views?: unknown }
}

/**
 * Returns the application's `view options`, as EJS takes them from Express. Only an application's
 * settings hold functions: `settings` in a view's data, which may be a visitor's, can't give
 * options.
 */
function viewOptionsOf(settings: object): object {
  const isOfExpress = typeof Reflect.get(settings, 'trust proxy fn') === 'function'
  const options: unknown = isOfExpress ? Reflect.get(settings, 'view options') : undefined
  return typeof options === 'object' && options !== null ? options : {}
}

function answer(rendering: Promise<string>, callback: RenderCallback): void {
  rendering.then(
    (output) => process.nextTick(callback, null, output),
    (error: unknown) => process.nextTick(callback, error),
  )
}

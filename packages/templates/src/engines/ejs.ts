import { readFileSync } from 'node:fs'
import { fragmentHelper } from '../fragment.js'
import type { FragmentsOptions } from '../fragment-cache.js'
import type { RenderCallback, ViewEngine } from '../passes.js'

type Template = (data: object) => Promise<string>

/** The part of EJS that is used. */
export interface EjsLike {
  compile(template: string, options: never): unknown
}

/**
 * In each template: `fragment`, which writes where it stands. EJS has nothing that answers what a function writes; its text is
 * in `__output`. One line, so that the lines of errors are those of the file.
 */
const PREAMBLE =
  '<% const fragment = async (...args) => { const write = args.pop(); __append(await sitecacheFragment(...args, async () => { ' +
  'const before = __output; __output = ""; try { __append(await write()); return __output } finally { __output = before } })) } %>'

/**
 * An engine of Express in whose templates `<% await fragment(timeout, name, varyOn, async () => { %>…<% }) %>` writes a
 * fragment; options stand before the function. Templates are asynchronous: `<%- await include('…') %>`.
 *
 * @param settings options of EJS, such as `root` or `escape`
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
  const sitecacheFragment = fragmentHelper(options)
  const compiled = new Map<string, Template>()
  const texts = new Map<string, string>()

  function compile(path: string, { cache = false, settings: app = {} }: ViewOptions): Template {
    const known = cache ? compiled.get(path) : undefined
    if (known !== undefined) return known
    const includer = (asked: string, found: string | undefined) => include(asked, found, cache)
    const how = { views: app.views, ...settings, async: true, cache, filename: path, includer }
    const template = ejs.compile(textOf(path, cache), how as never) as Template
    if (cache) compiled.set(path, template)
    return template
  }

  function include(asked: string, filename: string | undefined, cache: boolean): object {
    if (filename === undefined) throw new Error(`Could not find the include file "${asked}"`)
    return { filename, template: textOf(filename, cache) }
  }

  function textOf(path: string, cache: boolean): string {
    const text = (cache ? texts.get(path) : undefined) ?? PREAMBLE + readFileSync(path, 'utf8')
    if (cache) texts.set(path, text)
    return text
  }

  return function ejsWithFragments(path: string, given: ViewOptions, callback: RenderCallback): void {
    const render = async () => compile(path, given)({ ...given, sitecacheFragment })
    answer(render(), callback)
  }
}

/** What Express passes beside the data. */
interface ViewOptions {
  readonly cache?: boolean
  readonly settings?: { readonly views?: unknown }
}

function answer(rendering: Promise<string>, callback: RenderCallback): void {
  rendering.then(
    (output) => process.nextTick(callback, null, output),
    (error: unknown) => process.nextTick(callback, error),
  )
}

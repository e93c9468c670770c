import { types } from 'node:util'
import type { TemplateScan } from './template-scan.js'

type Values = Readonly<Record<string, unknown>>

/** Names in a template, whose functions may look at more than it names itself. */
type Named = Pick<TemplateScan, 'names' | 'properties' | 'filters' | 'tags'>

/** Functions of Nunjucks itself that ask `this` for its environment alone. */
const ownOfNunjucks: ReadonlySet<string> = new Set(['cycler', 'groupby', 'reject', 'select', 'sort'])
const looksAtLocals = /\b(?:ctx|lookup|getVariables)\b/

/** The extension of `@sitecache/templates`, which looks at what a template names alone. */
const OWN_EXTENSION = 'sitecache'

const usingThis = new WeakMap<object, boolean>()

/**
 * Tells whether a template whose engine has copied all locals hands that copy to a function.
 *
 * EJS (`with (locals) { helper() }`) and Eta call helpers with all locals as `this`; Nunjucks does
 * so with globals, filters and tests, and gives its context to tags of extensions.
 *
 * @param environment that of Nunjucks
 */
export function givesAllAway(
  named: Named,
  locals: Readonly<Record<string | symbol, unknown>>,
  environment: Values | undefined,
): boolean {
  const called = [...named.names, ...[...named.properties].map((pair) => pair.split(' ')[1] ?? '')]
  if (called.some((name) => usesThis(locals[name]))) return true
  if (environment === undefined) return false
  const { filters, tests, globals, extensions } = environment
  return (
    [...named.filters].some((name) => looksAround(filters, name)) ||
    called.some((name) => looksAround(globals, name) || looksAround(tests, name)) ||
    Object.entries(record(extensions)).some(
      ([name, extension]) => name !== OWN_EXTENSION && hasTagOf(extension, named.tags),
    )
  )
}

function looksAround(functions: unknown, name: string): boolean {
  const fn = record(functions)[name]
  return usesThis(fn) && !(ownOfNunjucks.has(name) && !looksAtLocals.test(String(fn)))
}

function hasTagOf(extension: unknown, tags: ReadonlySet<string>): boolean {
  const own = record(extension).tags
  return Array.isArray(own) && own.some((tag) => tags.has(String(tag)))
}

function usesThis(fn: unknown): boolean {
  if (typeof fn !== 'function') return false
  const known = usingThis.get(fn)
  if (known !== undefined) return known
  const uses = types.isProxy(fn) || saysThis(Function.prototype.toString.call(fn))
  usingThis.set(fn, uses)
  return uses
}

const arrow = /^(?:async\s*)?(?:\([^()]*\)|[\w$]+)\s*=>/

/** By the function's text: that of one which is bound to its `this` is native. */
function saysThis(text: string): boolean {
  return !arrow.test(text) && /\b(?:this|super|eval)\b/.test(text)
}

function record(value: unknown): Values {
  return typeof value === 'object' && value !== null ? (value as Values) : {}
}

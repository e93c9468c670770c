import type { Caches } from '@sitecache/core'
import { type FragmentsOptions, parseFragmentsOptions } from '../fragment-cache.js'
import type { Apply } from '../pass-session.js'
import { inPasses, type RenderCallback, tagInPass } from '../passes.js'
import type { RenderedBlock } from '../rendered-fragment.js'
import { BlockVariables, namesSetIn, partsFor, type VariableNodes } from './nunjucks-variables.js'

/** The part of a Nunjucks `Environment` that is used. */
export interface NunjucksEnvironment {
  addExtension(name: string, extension: never): unknown
  render(...args: never[]): unknown
  renderString(...args: never[]): unknown
}

/** The parts of Nunjucks' parser that a tag uses. */
interface Parser {
  nextToken(): { readonly value: string }
  parseSignature(tolerant: null, noParens: boolean): unknown
  advanceAfterBlockEnd(name?: string): void
  parseUntilBlocks(...names: string[]): unknown
}

interface Nodes extends VariableNodes {
  readonly CallExtension: new (extension: object, method: string, args: unknown, bodies: unknown[]) => unknown
}

type Body = (callback: (error: unknown, html?: unknown) => void) => unknown

/**
 * Adds `{% cache timeout, name, …varyOn, using="…" %}…{% endcache %}` to an environment and has it
 * render by passes; returns the environment. With Express it works as `nunjucks.configure(views, {
 * express: app })` set it up.
 *
 * @throws SettingsError for an unknown option
 *
 * @example
 * nunjucksFragments(nunjucks.configure('views', { express: app }), { caches })
 */
export function nunjucksFragments<E extends NunjucksEnvironment>(
  environment: E,
  options: FragmentsOptions = {},
): E {
  const caches = parseFragmentsOptions(options, 'nunjucksFragments()')
  environment.addExtension('sitecache', new CacheTag(caches) as never)
  for (const name of ['render', 'renderString'] as const) {
    const render = environment[name] as (...args: unknown[]) => unknown
    Object.assign(environment, { [name]: byPasses(render) })
  }
  return environment
}

/** As Nunjucks' own method, which without a callback can't wait for a cache. */
function byPasses(render: (...args: unknown[]) => unknown) {
  return function renderInPasses(this: unknown, ...args: unknown[]): unknown {
    const callback = args.at(-1)
    if (typeof callback !== 'function') return render.apply(this, args)
    inPasses((done) => void render.apply(this, [...args.slice(0, -1), done]), callback as RenderCallback)
    return undefined
  }
}

class CacheTag {
  readonly tags = ['cache']
  // The block is escaped already.
  readonly autoescape = false
  readonly #caches: Caches

  constructor(caches: Caches) {
    this.#caches = caches
  }

  parse(parser: Parser, nodes: Nodes): unknown {
    const { value } = parser.nextToken()
    const args = parser.parseSignature(null, true)
    parser.advanceAfterBlockEnd(value)
    const body = parser.parseUntilBlocks('endcache')
    parser.advanceAfterBlockEnd()
    const names = namesSetIn(body, nodes)
    if (names.length === 0) return new nodes.CallExtension(this, 'run', args, [body])
    const method = `run ${names.join(' ')}`
    Object.assign(this, {
      [method]: (context: never, ...given: unknown[]) => this.#runWithVariables(context, names, given),
    })
    return new nodes.CallExtension(this, method, args, [body, ...partsFor(names, nodes)])
  }

  run(_context: unknown, ...args: unknown[]): string {
    const body = args.pop() as Body
    return this.#inPass(args, () => textOf(body))
  }

  #runWithVariables(context: never, names: readonly string[], args: unknown[]): string {
    const [body, read, write] = (args.splice(-3) as Body[]).map((part) => () => textOf(part))
    if (body === undefined || read === undefined || write === undefined) return ''
    const variables = new BlockVariables(context, names, read, write)
    return this.#inPass(
      args,
      () => variables.record(body),
      (effects) => variables.apply(effects as Readonly<Record<string, unknown>> | undefined),
    )
  }

  #inPass(args: unknown[], body: () => string | RenderedBlock, apply?: Apply): string {
    const positional = args.filter((arg) => !isKeywords(arg))
    const { __keywords: _, ...named } = args.find(isKeywords) ?? {}
    return tagInPass({ positional, named }, this.#caches, body, apply)
  }
}

/** Tells Nunjucks' object of keyword arguments by its mark. */
function isKeywords(arg: unknown): arg is Record<string, unknown> {
  return typeof arg === 'object' && arg !== null && Object.hasOwn(arg, '__keywords')
}

function textOf(body: Body): string {
  let written: { html: unknown } | undefined
  body((error, html) => {
    if (error) throw error
    written = { html }
  })
  // The rest would come too late.
  if (written === undefined)
    throw new Error(
      'a block of {% cache %} can hold nothing that waits, such as an asynchronous filter or loader',
    )
  return String(written.html ?? '')
}

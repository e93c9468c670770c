import { type FragmentsOptions, parseFragmentsOptions } from '../fragment-cache.js'
import { engineInPasses, tagInPass, type ViewEngine } from '../passes.js'

/** The part of Handlebars that is used. */
export interface HandlebarsLike {
  registerHelper(name: string, helper: (this: unknown, ...args: never[]) => unknown): void
}

interface HelperArguments {
  readonly fn?: (context: unknown) => string
  readonly hash: Readonly<Record<string, unknown>>
}

/**
 * Adds `{{#cache timeout name …varyOn using="…"}}…{{/cache}}` to Handlebars; returns a function
 * that makes an engine of Express render by passes.
 *
 * @param handlebars `Handlebars` itself, or the instance of its Express engine: `hbs.handlebars`,
 * or the one given to express-handlebars
 * @throws SettingsError for an unknown option
 *
 * @example
 * const fragments = handlebarsFragments(hbs.handlebars, { caches })
 * app.engine('hbs', fragments(hbs.__express))
 */
export function handlebarsFragments(
  handlebars: HandlebarsLike,
  options: FragmentsOptions = {},
): (engine: ViewEngine) => ViewEngine {
  const caches = parseFragmentsOptions(options, 'handlebarsFragments()')
  handlebars.registerHelper('cache', function cache(this: unknown, ...args: unknown[]): string {
    const { fn, hash } = args.pop() as HelperArguments
    if (fn === undefined) throw new Error('cache is a block: {{#cache timeout name}}…{{/cache}}')
    return tagInPass({ positional: args, named: hash }, caches, () => fn(this))
  })
  return engineInPasses
}

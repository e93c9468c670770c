import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TemplateSource } from './template-names.js'

type Options = Readonly<Record<string | symbol, unknown>>

/** Options by which an application of EJS writes its templates in another way. */
const otherSyntax = ['delimiter', 'openDelimiter', 'closeDelimiter', 'localsName']

/**
 * Finds the file of a view whose engine copies its options, if it is written in a known way.
 *
 * @returns undefined: it is another engine, or keeps its templates elsewhere
 */
export function templateSourceOf(view: object, options: Options): TemplateSource | undefined {
  const settings = recordAt(options, 'settings')
  const isFixed = options.cache === true
  const environment = nunjucksOf(options)
  if (environment !== undefined && Reflect.get(view, 'engine') === undefined)
    return nunjucksSource(Reflect.get(view, 'name'), environment, isFixed)
  const path: unknown = Reflect.get(view, 'path')
  const viewOptions = recordAt(settings, 'view options')
  const isOther = viewOptions !== undefined && otherSyntax.some((name) => name in viewOptions)
  if (typeof path !== 'string' || isOther) return undefined
  const syntax = path.endsWith('.ejs') ? 'ejs' : path.endsWith('.eta') ? 'eta' : undefined
  return syntax && { path, syntax, folders: texts(settings?.views), isFixed }
}

/** Nunjucks' environment, as it makes itself known to an application of Express. */
export function nunjucksOf(options: Options): Options | undefined {
  return recordAt(recordAt(options, 'settings'), 'nunjucksEnv')
}

function nunjucksSource(name: unknown, environment: Options, isFixed: boolean): TemplateSource | undefined {
  const { loaders } = environment
  const tags = recordAt(recordAt(environment, 'opts'), 'tags')
  if (!Array.isArray(loaders) || typeof name !== 'string' || tags !== undefined) return undefined
  const folders: readonly string[] = loaders.flatMap((loader: object) =>
    texts(Reflect.get(loader, 'searchPaths')),
  )
  // A loader without folders may know the template better.
  if (folders.length < loaders.length) return undefined
  const path = folders.map((folder) => resolve(folder, name)).find(isThere)
  return path === undefined ? undefined : { path, syntax: 'nunjucks', folders, isFixed }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function texts(value: unknown): readonly string[] {
  return [value].flat().filter((text): text is string => typeof text === 'string')
}

function recordAt(owner: Options | undefined, name: string): Options | undefined {
  const value = owner?.[name]
  return typeof value === 'object' && value !== null ? (value as Options) : undefined
}

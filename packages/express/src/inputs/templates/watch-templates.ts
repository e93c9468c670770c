import type { ServerResponse } from 'node:http'
import { type RequestReads, readsOfResponse } from '../request-reads.js'
import { localsPart, type WatchedLocals } from '../watched-locals.js'
import { givesAllAway } from './template-functions.js'
import { namesInTemplate } from './template-names.js'
import { TemplateOptions } from './template-options.js'
import { nunjucksOf, templateSourceOf } from './template-source.js'

type Method = (this: object, ...args: unknown[]) => unknown
type Options = Record<string | symbol, unknown>

/** A call of `render`, on its way from the response to the view. */
interface Rendering {
  readonly locals: WatchedLocals
  /** Names that the handler has passed. */
  readonly passed: readonly string[]
  isSeen: boolean
}

const patched = new WeakSet<object>()
/** By the locals as they were merged: the options of a view have them under `_locals`. */
const renderings = new WeakMap<object, Rendering>()
let current: RequestReads | undefined

/**
 * Notes which locals a template looks at, in place of `res.render`'s own look at all of them.
 *
 * Patches the prototypes that have `render`, once: applications that are mounted in one another
 * share them. A `render` that a middleware puts on a response itself (for layouts) calls theirs.
 */
export function watchTemplates(res: ServerResponse): void {
  let prototype: object | null = Object.getPrototypeOf(res)
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype))
    if (Object.hasOwn(prototype, 'render') && !patched.has(prototype))
      patch(prototype, 'render', responseRender)
}

function responseRender(render: Method): Method {
  return function (this: object, ...args: unknown[]): unknown {
    const reads = readsOfResponse(this)
    const isWatched = localsPart.of(reads) !== undefined && reads?.silent === false && watchApplication(this)
    return isWatched
      ? during(reads, () => Reflect.apply(render, this, args))
      : Reflect.apply(render, this, args)
  }
}

function during<T>(reads: RequestReads, fn: () => T): T {
  const outer = current
  current = reads
  try {
    return fn()
  } finally {
    current = outer
  }
}

/** @returns whether the views of the response's application are watched */
function watchApplication(res: object): boolean {
  const app = at(at(res, 'req'), 'app')
  if (app === undefined) return false
  const get: unknown = Reflect.get(app, 'get')
  const View: unknown = typeof get === 'function' ? get.call(app, 'view') : undefined
  const prototype = typeof View === 'function' ? at(View, 'prototype') : undefined
  if (prototype === undefined || typeof Reflect.get(prototype, 'render') !== 'function') return false
  if (!patched.has(prototype)) patch(prototype, 'render', viewRender)
  const owner = ownerOf(app, 'render')
  if (owner !== undefined && !patched.has(owner)) patch(owner, 'render', applicationRender)
  return patched.has(prototype) && owner !== undefined && patched.has(owner)
}

/** Merges the locals unwatched, and leaves it to the view to say which of them count. */
function applicationRender(render: Method): Method {
  return function (this: object, ...args: unknown[]): unknown {
    const options = args[1]
    const locals = localsPart.of(current)
    if (locals === undefined || !isOptions(options) || options._locals !== locals.shown)
      return Reflect.apply(render, this, args)
    const rendering: Rendering = { locals, passed: passedIn(options), isSeen: false }
    options._locals = locals.raw
    renderings.set(locals.raw, rendering)
    try {
      return Reflect.apply(render, this, args)
    } finally {
      options._locals = locals.shown
      if (!rendering.isSeen) locals.noteAll()
    }
  }
}

function viewRender(render: Method): Method {
  return function (this: object, ...args: unknown[]): unknown {
    const options = args[0]
    const locals = isOptions(options) ? options._locals : undefined
    const rendering = typeof locals === 'object' && locals !== null ? renderings.get(locals) : undefined
    if (rendering === undefined || !isOptions(options)) return Reflect.apply(render, this, args)
    rendering.isSeen = true
    const names = () => {
      const source = templateSourceOf(this, options)
      const found = source && namesInTemplate(source)
      return found && givesAllAway(found, options, nunjucksOf(options)) ? undefined : found
    }
    const watched = new Proxy(options, new TemplateOptions(rendering.locals, rendering.passed, names))
    return Reflect.apply(render, this, [watched, ...args.slice(1)])
  }
}

/** Express 4 takes inherited names too. */
function passedIn(options: Options): readonly string[] {
  const names: string[] = []
  for (const name in options) names.push(name)
  return names
}

/** Replaces a method by one of the same name and number of parameters. */
function patch(owner: object, name: string, around: (method: Method) => Method): void {
  const own = Object.getOwnPropertyDescriptor(owner, name)
  const method: unknown = own === undefined ? Reflect.get(owner, name) : own.value
  if (typeof method !== 'function' || own?.configurable === false) return
  const replacement = around(method as Method)
  for (const key of ['name', 'length'] as const)
    Object.defineProperty(replacement, key, { value: method[key], configurable: true })
  const plain = { configurable: true, writable: true, enumerable: true }
  Object.defineProperty(owner, name, { ...(own ?? plain), value: replacement })
  patched.add(owner)
}

function ownerOf(target: object, name: string): object | undefined {
  for (let owner: object | null = target; owner !== null; owner = Object.getPrototypeOf(owner))
    if (Object.hasOwn(owner, name)) return owner
  return undefined
}

function at(owner: object | undefined, name: string): object | undefined {
  const value: unknown = owner === undefined ? undefined : Reflect.get(owner, name)
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? value : undefined
}

function isOptions(value: unknown): value is Options {
  return typeof value === 'object' && value !== null
}

import { types } from 'node:util'
import {
  type Attributes,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import type { CacheEventDetail } from '@sitecache/core'
import type { CacheTracer, TracedOperation, TracedOutcome } from '@sitecache/core/internal'

/** Options of spans. */
export interface SpanOptions {
  /** Makes a text of a key for the attribute `cache.key` of values. @default keys are not shown */
  readonly keyOf?: ((key: string) => string) | undefined
  /** Makes spans only within a span that is under way. @default true */
  readonly requireParent?: boolean | undefined
  /** Makes a span of each operation of a store that is elsewhere. @default true */
  readonly stores?: boolean | undefined
}

/** Spans of an exchange that is under way. */
interface Exchange {
  /** The server's; undefined: there is none. */
  readonly parent: Span | undefined
  /** The handler's. */
  readonly render: Span | undefined
}

/** Operations of stores by the words of the cache conventions. */
const OPERATIONS: Readonly<Record<string, 'get' | 'put' | 'remove' | 'flush'>> = {
  get: 'get',
  getMany: 'get',
  has: 'get',
  set: 'put',
  setMany: 'put',
  add: 'put',
  touch: 'put',
  incr: 'put',
  delete: 'remove',
  deleteMany: 'remove',
  clear: 'flush',
}

const fragment = /(?:^|:)template\.fragments\./

/** Makes spans of what caches do. A hit has no span: it is told on the server's. */
export class SpanTracer implements CacheTracer {
  readonly #tracer: Tracer
  readonly #options: SpanOptions
  readonly #exchanges = new WeakMap<object, Exchange>()
  /** Spans of values, whose result comes as an event. */
  readonly #values = new WeakSet<Span>()

  constructor(tracer: Tracer, options: SpanOptions) {
    this.#tracer = tracer
    this.#options = options
  }

  render<T>(exchange: object, cache: string, run: () => T): T {
    const parent = trace.getActiveSpan()
    if (!this.#maySpan(parent)) {
      this.#exchanges.set(exchange, { parent, render: undefined })
      return run()
    }
    const render = this.#tracer.startSpan('sitecache.render', { attributes: { 'sitecache.cache': cache } })
    this.#exchanges.set(exchange, { parent, render })
    return context.with(trace.setSpan(context.active(), render), run)
  }

  told(exchange: object, cache: string, outcome: TracedOutcome): void {
    const parent = this.#exchanges.has(exchange)
      ? this.#exchanges.get(exchange)?.parent
      : trace.getActiveSpan()
    if (parent === undefined) return
    const { result, reason, route, ttl, age, waitMs } = outcome
    parent.setAttributes(
      defined({
        'sitecache.cache': cache,
        'sitecache.result': result,
        'sitecache.detail': reason,
        'sitecache.ttl': ttl === Number.POSITIVE_INFINITY ? undefined : ttl,
        'sitecache.age': age,
        'sitecache.collapsed': result === 'collapsed' ? true : undefined,
        'http.route': route,
      }),
    )
    if (result === 'collapsed' && waitMs !== undefined)
      parent.addEvent('sitecache.waited', { 'sitecache.wait.duration': waitMs / 1000 })
  }

  ended(exchange: object, detail: CacheEventDetail): void {
    const render = this.#exchanges.get(exchange)?.render
    this.#exchanges.delete(exchange)
    if (render === undefined) return
    const { result, reason, route, status } = detail
    if (typeof route === 'string') render.setAttribute('http.route', route)
    if (result === 'miss') render.addEvent('sitecache.stored')
    else if (typeof reason === 'string')
      render.addEvent('sitecache.not_stored', { 'sitecache.detail': reason })
    if (Number(status) >= 500 || reason === 'error') render.setStatus({ code: SpanStatusCode.ERROR })
    render.end()
  }

  refresh<T>(cache: string, run: () => Promise<T>): Promise<T> {
    const visitor = trace.getActiveSpan()?.spanContext()
    const links: Link[] = visitor === undefined ? [] : [{ context: visitor }]
    const attributes = { 'sitecache.cache': cache }
    const span = this.#tracer.startSpan('sitecache.refresh', { root: true, links, attributes })
    return context.with(trace.setSpan(ROOT_CONTEXT, span), () => endWith(span, run()))
  }

  operation<T>(operation: TracedOperation, run: () => Promise<T>): Promise<T> {
    const op = OPERATIONS[operation.operation]
    const isWanted =
      op !== undefined && this.#options.stores !== false && this.#maySpan(trace.getActiveSpan())
    if (!isWanted) return run()
    const span = this.#tracer.startSpan(`cache.${op}`, {
      kind: SpanKind.CLIENT,
      attributes: defined({
        'cache.operation': op,
        'db.system.name': operation.store,
        'sitecache.cache': operation.cache,
        'cache.item_size': operation.bytes,
        'cache.ttl': operation.ttl,
      }),
    })
    const found = (result: T): void => {
      if (op === 'get') span.setAttributes(foundIn(result))
    }
    return context.with(trace.setSpan(context.active(), span), () => endWith(span, run(), found))
  }

  value<T>(cache: string, key: string, run: () => Promise<T>): Promise<T> {
    if (!this.#maySpan(trace.getActiveSpan())) return run()
    const { keyOf } = this.#options
    const name = fragment.test(key) ? 'sitecache.fragment' : 'sitecache.value'
    const attributes = defined({ 'sitecache.cache': cache, 'cache.key': keyOf?.(key) })
    const span = this.#tracer.startSpan(name, { attributes })
    this.#values.add(span)
    return context.with(trace.setSpan(context.active(), span), () => endWith(span, run()))
  }

  /** A value was looked up: it is that of the span that is under way. */
  valueTold({ result }: CacheEventDetail): void {
    const span = trace.getActiveSpan()
    if (span !== undefined && this.#values.has(span))
      span.setAttribute('cache.hit', result === 'hit' || result === 'stale')
  }

  #maySpan(parent: Span | undefined): boolean {
    return parent !== undefined || this.#options.requireParent === false
  }
}

function endWith<T>(span: Span, running: Promise<T>, done: (result: T) => void = () => {}): Promise<T> {
  return running.then(
    (result) => {
      done(result)
      span.end()
      return result
    },
    (error: unknown) => {
      // Its message may hold a key.
      const type = error instanceof Error ? error.name : typeof error
      span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR })
      span.end()
      throw error
    },
  )
}

/** Whether a read has found something, and its bytes. */
function foundIn(result: unknown): Attributes {
  if (typeof result === 'boolean') return { 'cache.hit': result }
  const entries: readonly unknown[] = types.isMap(result)
    ? [...result.values()]
    : result === undefined
      ? []
      : [result]
  const bytes = entries.reduce<number>((sum, entry) => sum + bytesOf(entry), 0)
  return defined({ 'cache.hit': entries.length > 0, 'cache.item_size': bytes || undefined })
}

function bytesOf(entry: unknown): number {
  const value: unknown = Reflect.get(Object(entry), 'value')
  return Number(Reflect.get(Object(value), 'byteLength') ?? 0)
}

function defined(attributes: Readonly<Record<string, string | number | boolean | undefined>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined))
}

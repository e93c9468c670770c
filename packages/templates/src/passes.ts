import type { Caches } from '@sitecache/core'
import { warn } from '@sitecache/core/store'
import { type Apply, currentSession, PassSession } from './pass-session.js'
import type { RenderedBlock } from './rendered-fragment.js'
import { readTag, type Tag } from './tag.js'

/** Callback of an engine for a rendered or failed page. */
export type RenderCallback = (error: unknown, output?: string) => void

/** An engine of Express: `app.engine(extension, engine)`. */
export type ViewEngine = (path: string, options: object, callback: RenderCallback) => void

/**
 * Renders by passes with an engine that has a callback; the last pass's error or output goes to
 * `callback`.
 */
export function inPasses(render: (callback: RenderCallback) => void, callback: RenderCallback): void {
  // A page within a page (a helper that renders a view) is part of its passes.
  if (currentSession() !== undefined) {
    render(callback)
    return
  }
  const pass = () =>
    new Promise<string>((resolve, reject) => {
      render((error, output) => (error ? reject(error) : resolve(output ?? '')))
    })
  new PassSession().run(pass).then(
    // Outside of the promise: an error thrown by the callback must not call it again.
    (output) => process.nextTick(callback, null, output),
    (error: unknown) => process.nextTick(callback, error),
  )
}

/** Makes an engine of Express render by passes. */
export function engineInPasses(engine: ViewEngine): ViewEngine {
  return (path, options, callback) => inPasses((done) => engine(path, options, done), callback)
}

/** Returns the text of a tag's fragment in an engine whose tags can't wait. */
export function tagInPass(
  tag: Tag,
  caches: Caches,
  body: () => string | RenderedBlock,
  apply: Apply = () => {},
): string {
  const read = readTag(tag, caches)
  const session = currentSession()
  if (session !== undefined) return session.fragment(read, body, apply)
  warnOfNoWaiting()
  const written = body()
  return typeof written === 'string' ? written : String(written.html)
}

let warned = false

/** Warns once that fragments are not cached in a synchronous render. */
export function warnOfNoWaiting(): void {
  if (warned) return
  warned = true
  warn('SITECACHE_FRAGMENT', 'A template was rendered synchronously: its fragments are not cached')
}

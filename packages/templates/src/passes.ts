import type { Caches } from '@sitecache/core'
import { currentSession, PassSession } from './pass-session.js'
import { readTag, type Tag } from './tag.js'

/** What an engine calls when a page is rendered, or has failed. */
export type RenderCallback = (error: unknown, output?: string) => void

/** An engine as Express calls it: `app.engine(extension, engine)`. */
export type ViewEngine = (path: string, options: object, callback: RenderCallback) => void

/** Renders by passes what an engine renders with a callback; its error and output go to the callback of the last. */
export function inPasses(render: (callback: RenderCallback) => void, callback: RenderCallback): void {
  // A page within a page (a helper that renders another view) is part of its passes.
  if (currentSession() !== undefined) {
    render(callback)
    return
  }
  const pass = () =>
    new Promise<string>((resolve, reject) => {
      render((error, output) => (error ? reject(error) : resolve(output ?? '')))
    })
  new PassSession().run(pass).then(
    // Out of the promise: what the callback throws is not the page's failure, and must not call it again.
    (output) => process.nextTick(callback, null, output),
    (error: unknown) => process.nextTick(callback, error),
  )
}

/** An engine of Express, rendering by passes. */
export function engineInPasses(engine: ViewEngine): ViewEngine {
  return (path, options, callback) => inPasses((done) => engine(path, options, done), callback)
}

/** The text of a tag's fragment, in an engine whose tags can't wait. */
export function tagInPass(tag: Tag, caches: Caches, body: () => string): string {
  const read = readTag(tag, caches)
  const session = currentSession()
  if (session !== undefined) return session.fragment(read, body)
  warnOfNoWaiting()
  return body()
}

let warned = false

/** Says once that fragments were rendered without their cache, because the caller waits for nothing. */
export function warnOfNoWaiting(): void {
  if (warned) return
  warned = true
  process.emitWarning('A template was rendered synchronously: its fragments are not cached', {
    type: 'SitecacheWarning',
    code: 'SITECACHE_FRAGMENT',
  })
}

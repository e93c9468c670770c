import { inspect } from 'node:util'
import { SettingsError } from '@sitecache/core'

/**
 * Refuses to make a middleware of a request: `app.use(siteCache)` without the call passes one where
 * options belong.
 *
 * @param name of the public function
 * @param usage as the function is to be called
 * @param first argument that it was given
 * @throws SettingsError that says how to call it
 */
export function checkCall(name: string, usage: string, first: unknown): void {
  if (!isRequest(first)) return
  throw new SettingsError(
    `${name}() makes a middleware and was given a request: call it, as in ${usage}, where it stands without its parentheses`,
  )
}

/** Whether a value is a request of `node:http` or `node:http2`. */
export function isRequest(value: unknown): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'httpVersion') === 'string'
}

/**
 * Checks what a wrapper is put around.
 *
 * @param usage as the wrapper is to be used
 * @throws SettingsError for anything but a function
 */
export function checkHandler(name: string, usage: string, handler: unknown): void {
  if (typeof handler === 'function') return
  throw new SettingsError(
    `${name} is a middleware, which also takes a handler to put around: use it as in ${usage}; got ${inspect(handler, { depth: 0 }).slice(0, 80)}`,
  )
}

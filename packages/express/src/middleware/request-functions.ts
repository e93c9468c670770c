import {
  cached as cachedOf,
  type HoleFunction,
  type HoleOptions,
  hole as holeOf,
  type Mark,
} from '@sitecache/core'
import type { CallbackRequest } from '../node/application-types.js'

/**
 * Defines a part of cached pages that is rendered for each request: `hole` of `@sitecache/core`,
 * whose function gets the framework's request.
 *
 * @param name a letter, then letters, digits, `_`, `.` and `-`, 64 at the most
 * @param render returns HTML, escaped for its place; or a promise of it
 * @returns the mark of its place, for use while a page is rendered
 * @throws SettingsError for a name that is taken or not allowed, and for a bad option
 * @example
 * const greeting = hole('greeting', (req) => escapeHtml(req.session.user?.name ?? ''))
 * app.get('/', (req, res) => res.render('home', { greeting }))   // {{ greeting() }}
 */
export const hole: <Q = CallbackRequest>(
  name: string,
  render: HoleFunction<Q>,
  options?: HoleOptions,
) => Mark = holeOf

/**
 * Returns a function that computes once per request and arguments: `cached` of `@sitecache/core`,
 * whose function gets the framework's request.
 *
 * @example const currentUser = cached((req) => loadUser(req.session.userId))
 */
export const cached: <Q extends object = CallbackRequest, A extends unknown[] = [], R = unknown>(
  fn: (request: Q, ...args: A) => R,
) => (request: Q, ...args: A) => R = cachedOf

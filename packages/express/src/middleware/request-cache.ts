import type { RequestCache } from '../state/request-state.js'

/**
 * Control of a handler over the caching of its own response, `req.cache`. By its members alone, so
 * that two versions of this package declare the same.
 */
export type HandlerCache = Pick<RequestCache, 'outcome' | 'skip' | 'skipped'>

declare global {
  namespace Express {
    interface Request {
      /** Control of the handler over the caching of its response, below a middleware of ours. */
      cache: HandlerCache
    }
  }
}

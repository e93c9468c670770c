import { SitecacheError } from '@sitecache/core'

/**
 * A page that was to render a fragment failed before it reached it; waiting pages render it
 * themselves.
 */
export class AbandonedRenderError extends SitecacheError {
  override readonly name = 'Abandoned'
  override readonly code = 'ERR_SITECACHE_ABANDONED'

  constructor() {
    super('the page that was rendering this fragment failed')
  }
}

import { SitecacheError } from '@sitecache/core'

/** A page that had begun a fragment failed before it came to it: those who wait for the fragment begin it themselves. */
export class AbandonedRenderError extends SitecacheError {
  override readonly name = 'Abandoned'

  constructor() {
    super('the page that was rendering this fragment failed')
  }
}

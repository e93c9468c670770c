import { atEnd } from '@sitecache/test-support/at-end'
import { serve } from '@sitecache/test-support/serve'
import { type BoardOptions, boardSite } from './support.js'

/** Serves a site with its dashboard until the end of the test. */
export async function servedBoard(options: BoardOptions = {}) {
  const made = boardSite(options)
  atEnd(
    () => made.caches.close(),
    () => made.board.close(),
  )
  return { ...made, url: await serve(made.app) }
}

import { decodeHoles } from '@sitecache/core/internal'
import { Page } from '@sitecache/http'

/**
 * The page that bytes hold; undefined for what is none, or says of holes what doesn't fit its body.
 */
export function decodePage(bytes: Uint8Array): Page | undefined {
  const page = Page.decode(bytes)
  if (page === undefined || page.holes === '') return page
  return decodeHoles(page.holes, page.body.length) === undefined ? undefined : page
}

import type { ResultName } from '../../shared/columns.js'

/** Meaning of each result, in a few words. */
export const RESULT_WORDS: Readonly<Record<ResultName, string>> = {
  hit: 'a fresh page',
  filled: 'a page with holes, filled',
  stale: 'a stale page',
  collapsed: 'the render of another request',
  revalidated: 'a page that the handler confirmed',
  miss: 'rendered and stored',
  unstorable: 'rendered, not stored',
  unsatisfiable: '504, only if cached',
  bypass: 'not looked up',
}

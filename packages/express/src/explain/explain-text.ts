import type { Explanation } from './explanation.js'

/** Formats an explanation for a terminal. */
export function explainText({ method, url }: Explanation): string {
  return `${method} ${url}`
}

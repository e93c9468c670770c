/**
 * Fields with a line for each writer, in lower case: middlewares and routes append to them. Vary is
 * one too, and is merged by its names instead.
 */
const lists: ReadonlySet<string> = new Set(['link', 'server-timing', 'set-cookie'])

/**
 * Returns whether middlewares and routes each add lines of their own to a field.
 *
 * @param name in lower case
 */
export function hasLines(name: string): boolean {
  return lists.has(name)
}

/** Lines that a route added to a field. */
export interface AddedLines {
  readonly added: readonly string[]
  /** The route took away a line that stood there. */
  readonly replaced: boolean
}

/**
 * Returns the lines that were added to those which stood there before. A line that begins with one
 * of them, and goes on behind a comma, is that line with members that were added to it (RFC 9110
 * §5.3).
 */
export function addedLines(before: readonly string[], after: readonly string[]): AddedLines {
  const left = [...before]
  const added: string[] = []
  for (const line of after) {
    const at = left.findIndex((one) => line === one || isExtended(one, line))
    const [known] = at < 0 ? [] : left.splice(at, 1)
    const rest = known === undefined ? line : line.slice(known.length).replace(/^\s*,\s*/, '')
    if (rest !== '' || known === undefined) added.push(rest)
  }
  return { added, replaced: left.length > 0 }
}

function isExtended(before: string, line: string): boolean {
  return line.startsWith(before) && /^\s*,/.test(line.slice(before.length))
}

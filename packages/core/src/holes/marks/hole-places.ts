import { type HolePlace, MAX_HOLES } from './hole-marks.js'

/** Encodes places as one line of a page's head: `120 greeting,4711 cart`. */
export function encodeHoles(holes: readonly HolePlace[]): string {
  return holes.map(({ at, name }) => `${at} ${name}`).join()
}

/**
 * Decodes places. Lines from a store are not trusted.
 *
 * @param length of the body
 * @returns undefined: the line can't be read, or its places don't fit the body
 */
export function decodeHoles(line: string, length: number): HolePlace[] | undefined {
  if (line === '') return []
  const parts = line.split(',', MAX_HOLES + 1)
  if (parts.length > MAX_HOLES) return undefined
  const holes: HolePlace[] = []
  let before = 0
  for (const part of parts) {
    const [, digits = '', name = ''] = /^(\d{1,15}) ([A-Za-z][\w.-]{0,63})$/.exec(part) ?? []
    const at = Number(digits)
    if (digits === '' || at < before || at > length) return undefined
    holes.push({ at, name })
    before = at
  }
  return holes
}

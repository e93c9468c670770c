import { KeyNumber } from './key-number.js'
import { INPUT, PARAM } from './parts.js'

/** Numbers by which the page of a look-up is told from others, beside its parts. */
interface Place {
  readonly layer: number
  readonly path: number
  readonly site: number
}

const key = new KeyNumber()

/**
 * Returns the number of the key of a look-up's page, as `keyOf` does.
 *
 * @param parts three numbers for each, from one index to another
 */
export function wholeKey(
  { layer, path, site }: Place,
  parts: ArrayLike<number>,
  from = 0,
  to = parts.length,
): number {
  key.begin().add(layer).add(path).add(site)
  for (let at = from; at + 2 < to; at += 3) {
    const number = parts[at] ?? 0
    const kind = number >>> 24
    if (kind === PARAM) key.add(parts[at + 2] ?? 0)
    // An input's name counts, too.
    else if (kind === INPUT) key.add(number).add(parts[at + 2] ?? 0)
  }
  return key.end()
}

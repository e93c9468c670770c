import type { Pierced } from './hole-marks.js'

/** A body with its holes filled: one copy, of the length that Content-Length must say. */
export function joinHoles({ body, holes }: Pierced<Buffer>, filled: ReadonlyMap<string, string>): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (const { at, name } of holes) {
    parts.push(body.subarray(from, at), Buffer.from(filled.get(name) ?? ''))
    from = at
  }
  parts.push(body.subarray(from))
  return Buffer.concat(parts)
}

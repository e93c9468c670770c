import type { CutBody } from './hole-marks.js'

/** Fills the holes of a body: one copy, whose length is the Content-Length. */
export function joinHoles({ body, holes }: CutBody<Buffer>, filled: ReadonlyMap<string, string>): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (const { at, name } of holes) {
    parts.push(body.subarray(from, at), Buffer.from(filled.get(name) ?? ''))
    from = at
  }
  parts.push(body.subarray(from))
  return Buffer.concat(parts)
}

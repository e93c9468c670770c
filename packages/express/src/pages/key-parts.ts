import {
  digest,
  type HeaderMap,
  material,
  type Selection,
  type VaryRecord,
  variantMaterial,
} from '@sitecache/http'

/** A part of the key that the application adds; an absent one differs from an empty one. */
export type KeyPart = string | number | boolean | null | undefined

/**
 * Text that the key of the page for a request is made of.
 *
 * @param extraKey text of what chooses the page beside the headers named in Vary
 */
export function pageMaterial(
  record: Pick<VaryRecord, 'generation' | 'names'>,
  extraKey: string,
  headers: HeaderMap,
  selection: Selection,
): string {
  return `${record.generation}:${extraKey}${variantMaterial(record.names, headers, selection)}`
}

/**
 * Name under which a vary record knows the page of one language; only pages have one that vary by nothing else.
 *
 * @param language in lower case
 */
export function languageKey(extraKey: string, language: string): string {
  return digest(material([extraKey, language]))
}

/** Encodes key parts as a text that delimits itself, so that nothing behind it can be mistaken for a part of it. */
export function encodeKeyParts(kind: string, own: readonly KeyPart[], parts?: readonly KeyPart[]): string {
  const text = JSON.stringify([kind, own.map(partOf), parts?.map(partOf) ?? null])
  return `${text.length}:${text}`
}

/**
 * Never the same for two parts that differ: JSON has one text for NaN, infinities and functions, and one for every Map.
 *
 * @throws TypeError for what TypeScript would refuse
 */
function partOf(part: KeyPart): string | number | boolean | null | readonly [string] {
  if (part === undefined || part === null) return null
  if (typeof part === 'number') return Number.isFinite(part) ? part : [String(part)]
  if (typeof part === 'string' || typeof part === 'boolean') return part
  throw new TypeError(
    `keyParts must be texts, numbers, booleans or absent; got a value of type ${typeof part}`,
  )
}

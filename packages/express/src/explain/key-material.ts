import { type HeaderMap, inputsKeyText, parseInput, splitKeyText, type VaryRecord } from '@sitecache/http'
import { extraKeyParts } from '../options/extra-key-parts.js'
import type { PageLocation } from '../pages/page-location.js'
import type { ExplainedKeyPart } from './explanation.js'
import { hiddenText, isHiddenHeader } from './hidden-text.js'

/** Part of the text of a key, and how it is shown. */
export interface KeyMaterial {
  /** Its characters of the text that the digest is made of. */
  readonly text: string
  readonly shown: readonly ExplainedKeyPart[]
}

/** Part of a place that a key is made of. */
type KeyedPlace = Pick<PageLocation, 'extraKey' | 'matching' | 'source'>

/**
 * Takes the text of a page's key apart: the texts of the parts, joined, are that text.
 *
 * @returns undefined where the record names an input of an unknown kind
 */
export function pageMaterial(
  { extraKey, matching, source }: KeyedPlace,
  record: Pick<VaryRecord, 'generation' | 'names'>,
): readonly KeyMaterial[] | undefined {
  const inputs = record.names.map((name) => {
    const text = inputsKeyText([name], source, matching)
    return text === undefined ? undefined : { text, shown: [shownInput(name, text, source.headers)] }
  })
  if (inputs.includes(undefined)) return undefined
  const generation = { text: `${record.generation}:`, shown: [] }
  const extra = { text: extraKey, shown: shownExtra(extraKey) }
  return [generation, extra, ...inputs.filter((it) => it !== undefined)]
}

/** Shows the parts of a key beside inputs; those that are absent are left out. */
function shownExtra(extraKey: string): readonly ExplainedKeyPart[] {
  return extraKeyParts(extraKey).map((part) =>
    part.name === 'visitor' ? hiddenPart(part.name, part.value) : part,
  )
}

function hiddenPart(name: string, text: string): ExplainedKeyPart {
  return { name, value: hiddenText(text), isHidden: true }
}

/** Shows the value of an input; of all that may be one visitor's, a digest. */
function shownInput(name: string, text: string, headers: HeaderMap): ExplainedKeyPart {
  const input = parseInput(name)
  const [, ...values] = splitKeyText(text)
  // A name with a colon has the text of its field within its own.
  const [value, ...lines] = name.startsWith('header:') ? splitKeyText(values[0] ?? '').slice(1) : values
  const isHeader = input?.kind === 'header' || input?.kind === 'exact-accept-encoding'
  if (isHeader && input.kind === 'header' && !isHiddenHeader(input.name))
    return shownHeader(name, input.name, lines.length > 0 ? lines.join(', ') : value, headers)
  if (isHeader && input.kind !== 'header') return { name, value: value ?? null }
  return value === undefined && lines.length === 0
    ? { name, value: null }
    : hiddenPart(name, value ?? lines.join())
}

function shownHeader(
  name: string,
  field: string,
  value: string | undefined,
  headers: HeaderMap,
): ExplainedKeyPart {
  const given = Object.hasOwn(headers, field) ? headers[field] : undefined
  const raw = typeof given === 'object' ? given.join(', ') : given === undefined ? undefined : String(given)
  const part = { name, value: value ?? null }
  return raw === undefined || raw === value ? part : { ...part, raw }
}

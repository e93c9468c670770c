/** Part of a key beside inputs: its name, and its value as text. */
export interface ExtraKeyPart {
  readonly name: string
  readonly value: string
}

/** Names of the four parts that every key has, as `encodeKeyParts` puts them. */
const own = ['language', 'timeZone', 'rewritten', 'visitor'] as const

/**
 * Takes the text of a layer's extra key apart: the kind of the layer, `language`, `timeZone`,
 * `rewritten`, `visitor`, `keyParts[0]`, … and `present`. Those that are absent are left out.
 */
export function extraKeyParts(extraKey: string): readonly ExtraKeyPart[] {
  const parsed: unknown = JSON.parse(extraKey.slice(extraKey.indexOf(':') + 1))
  if (!Array.isArray(parsed)) return []
  const [kind, values, keyParts, present]: unknown[] = parsed
  const parts: ExtraKeyPart[] = [{ name: 'kind', value: String(kind) }]
  for (const [i, name] of own.entries()) {
    const value: unknown = Array.isArray(values) ? values[i] : undefined
    if (value === null || value === undefined) continue
    parts.push({ name, value: typeof value === 'string' ? value : JSON.stringify(value) })
  }
  if (Array.isArray(keyParts))
    parts.push(...keyParts.map((value, i) => ({ name: `keyParts[${i}]`, value: JSON.stringify(value) })))
  if (Array.isArray(present)) parts.push({ name: 'present', value: present.join(', ') })
  return parts
}

/**
 * Returns whether the option `keyParts` has chosen a page: by nothing, as it does where it isn't
 * set, by empty parts alone, or by others.
 */
export function choiceOfKeyParts(extraKey: string): 'none' | 'empty' | 'some' {
  const parts = extraKeyParts(extraKey).filter(({ name }) => name.startsWith('keyParts['))
  if (parts.length === 0) return 'none'
  return parts.every(({ value }) => value === '""' || value === 'null' || value === 'false')
    ? 'empty'
    : 'some'
}

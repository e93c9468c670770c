import { headerInput, parseInput } from './input-names.js'

/**
 * Fields that Vary must name downstream for what a page depends on (RFC 9110 §12.5.5): cookies,
 * sessions and visitors are chosen by Cookie.
 *
 * @param names of inputs
 * @param sent headers of this request that count where all were read (`countedHeaders`)
 * @returns names in lower case but for usual credentials (`Cookie`), sorted, each once
 */
export function varyFieldsOf(names: readonly string[], sent: readonly string[] = []): readonly string[] {
  const fields = new Map<string, string>()
  for (const name of names)
    for (const field of fieldsOf(name, sent)) {
      const lower = field.toLowerCase()
      // Each host has its own cache keys everywhere (RFC 9111 §2).
      if (lower !== 'host') fields.set(lower, spellings[lower] ?? lower)
    }
  return [...fields.keys()].sort().map((lower) => fields.get(lower) ?? lower)
}

/**
 * Fields by which clients identify themselves (RFC 9110 §11.6.2, RFC 6265), and the one in which
 * keys of APIs come by custom.
 */
export const credentialFields: readonly string[] = ['cookie', 'authorization', 'x-api-key']

const spellings: Readonly<Record<string, string | undefined>> = Object.assign(Object.create(null), {
  cookie: 'Cookie',
  authorization: 'Authorization',
  'x-api-key': 'X-Api-Key',
})

function fieldsOf(text: string, sent: readonly string[]): readonly string[] {
  const input = parseInput(text)
  switch (input?.kind) {
    case 'header':
      return [input.name]
    case 'exact-accept-encoding':
      return ['accept-encoding']
    case 'headers':
      // A middleware may have put any name among them.
      return ['cookie', 'authorization', ...sent.filter((name) => headerInput(name) !== undefined)]
    case 'cookie':
    case 'cookies':
    case 'session':
    case 'visitor':
      return ['cookie']
    default:
      return []
  }
}

/**
 * Does a response's Vary name all that chooses this input, so that the application has declared it?
 * What was copied as a whole never is: no Vary names all headers.
 *
 * @param vary names of fields, in any case
 */
export function isDeclaredInput(name: string, vary: readonly string[]): boolean {
  if (parseInput(name)?.kind === 'headers') return false
  const declared = new Set(vary.map((field) => field.toLowerCase()))
  const fields = fieldsOf(name, [])
  return fields.length > 0 && fields.every((field) => declared.has(field))
}

/** Does this input tell visitors apart, so that a page with it in its key is one visitor's? */
export function isIdentityInput(name: string): boolean {
  return name === 'session' || name === 'visitor'
}

/**
 * Must a page that depends on this say `private`? Beside identities, so must what a middleware made
 * of the request: no field of it is known that a cache downstream could choose by. A name of an
 * unknown kind is taken for one of these.
 */
export function isPrivateInput(name: string): boolean {
  const kind = parseInput(name)?.kind
  return (
    isIdentityInput(name) ||
    kind === undefined ||
    kind === 'req' ||
    kind === 'res' ||
    kind === 'locals' ||
    kind === 'all-locals'
  )
}

import type { Fields } from '../../support/client.js'
import type { Asked, Exchanged } from './exchange.js'

interface Kept {
  readonly answer: Exchanged
  readonly vary: readonly string[]
  readonly fields: Fields
  readonly until: number
}

type Directives = ReadonlyMap<string, string>

function listOf(field: string | undefined): readonly string[] {
  const parts = (field ?? '').split(',').map((part) => part.trim().toLowerCase())
  return parts.filter((part) => part !== '')
}

function directivesOf({ headers }: Exchanged): Directives {
  const pairs = listOf(headers['cache-control']).map((part): [string, string] => {
    const [name = '', value = ''] = part.split('=')
    return [name, value]
  })
  return new Map(pairs)
}

/** Seconds for which a shared cache may keep an answer (RFC 9111 §4.2.1). */
function lifetimeOf({ headers }: Exchanged, directives: Directives): number {
  const told = directives.get('s-maxage') ?? directives.get('max-age')
  if (told !== undefined) return Number(told) - Number(headers.age ?? 0)
  if (headers.expires === undefined) return 0
  return (Date.parse(headers.expires) - Date.parse(headers.date ?? '')) / 1000 - Number(headers.age ?? 0)
}

/** Of these pages are made here; sitecache itself keeps some of them only. */
const statuses: ReadonlySet<number> = new Set([200, 301, 404])

/** RFC 9111 §3, §3.5. A response that sets a cookie is kept by no ordinary cache. */
function mayKeep(answer: Exchanged, { fields }: Asked, directives: Directives): boolean {
  if (!statuses.has(answer.status) || answer.headers['set-cookie'] !== undefined) return false
  if (['private', 'no-store', 'no-cache'].some((name) => directives.has(name))) return false
  const allowsTokens = ['public', 's-maxage', 'must-revalidate'].some((name) => directives.has(name))
  return fields.authorization === undefined || allowsTokens
}

/** Shared cache in front of an application that knows nothing but HTTP. */
export class SharedCache {
  readonly #kept = new Map<string, Kept[]>()

  async exchange(asked: Asked, forward: (asked: Asked) => Promise<Exchanged>): Promise<Exchanged> {
    if (asked.method !== 'GET') return forward(asked)
    const kept = this.#kept.get(asked.path) ?? []
    const found = kept.findLast(({ until, vary, fields }) => {
      const agrees = vary.every((name) => (asked.fields[name] ?? '') === (fields[name] ?? ''))
      return Date.now() < until && agrees
    })
    if (found !== undefined) return { ...found.answer, from: 'shared cache' }
    const answer = await forward(asked)
    const directives = directivesOf(answer)
    const lifetime = lifetimeOf(answer, directives)
    const vary = listOf(answer.headers.vary)
    if (mayKeep(answer, asked, directives) && lifetime > 0 && !vary.includes('*'))
      this.#kept.set(asked.path, [
        ...kept,
        { answer, vary, fields: asked.fields, until: Date.now() + lifetime * 1000 },
      ])
    return answer
  }
}

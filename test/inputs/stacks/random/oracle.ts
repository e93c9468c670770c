import type { Exchanged } from './exchange.js'
import { inHole, type PageSpec, type Shown } from './pages.js'
import { type Has, lookOf } from './reads.js'
import type { Visitor } from './visitors.js'

/** Circumstances in which a page was asked for. */
export interface Circumstances {
  readonly visitor: Visitor
  readonly page: PageSpec
  readonly has: Has
  readonly query: string | undefined
  /** Version of the page that the last purge of it left; older ones are gone. */
  readonly least: number
}

/** Whose each value is that must be shown to one visitor alone. */
export type Owners = Map<string, string>

interface Body {
  readonly [name: string]: unknown
}

/** A page's text as the stack's handlers write it; undefined: another text. */
function bodyOf(text: string): Body | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Complaints about an answer, the reasons why it should not have been given. */
export function complaints(answer: Exchanged, given: Circumstances, owners: Owners): readonly string[] {
  if (answer.status === 304 || answer.status === 504 || answer.text === '') return []
  const body = bodyOf(answer.text)
  if (body === undefined) return [`no page: ${answer.text.slice(0, 200)}`]
  if (body.error === 'failing') return []
  if (body.error !== undefined) return [`error: ${body.error}`]
  const purged = answer.from === 'application' && Number(body.version) < given.least
  return [
    ...(purged ? [`version ${body.version}, of which ${given.least} was purged`] : []),
    ...given.page.looks.flatMap(({ look, when, only }) => {
      const isTaken = only === 'always' && !(given.page.throws && when === 'while it writes')
      return ofLook(look, isTaken, body, given, owners)
    }),
    ...ofHole(body, given),
  ]
}

function ofLook(
  name: string,
  isTaken: boolean,
  body: Body,
  { visitor, has, query }: Circumstances,
  owners: Owners,
): readonly string[] {
  const shown = (body as Shown)[name] ?? undefined
  const { expected } = lookOf(name)
  const wrong = (wanted: unknown) => [`${name}: ${visitor.name} is shown ${shown}, for ${wanted}`]
  if (expected.is === 'own') return ofOwner(name, shown, visitor, owners)
  if (shown === undefined && (!isTaken || expected.is === 'one of')) return []
  if (expected.is === 'one of') {
    const wanted = expected.of(visitor)
    return wanted.some((value) => value === shown) ? [] : wrong(wanted.join(' or '))
  }
  const wanted = expected.of(visitor, has, query)
  return wanted === shown ? [] : wrong(wanted)
}

function ofOwner(name: string, shown: unknown, visitor: Visitor, owners: Owners): readonly string[] {
  if (shown === undefined) return []
  const key = `${name} ${shown}`
  const owner = owners.get(key) ?? visitor.name
  owners.set(key, owner)
  return owner === visitor.name ? [] : [`${name}: ${visitor.name} is shown the one of ${owner}`]
}

function ofHole(body: Body, { page, visitor }: Circumstances): readonly string[] {
  if (page.hole === 'none') return []
  const wanted = inHole[page.hole](visitor)
  return wanted.includes(String(body.hole))
    ? []
    : [`hole ${page.hole}: ${visitor.name} is shown ${body.hole}, for ${wanted.join(' or ')}`]
}

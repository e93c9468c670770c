import type { IncomingMessage } from 'node:http'
import { type Page, parseVary, varyInputs } from '@sitecache/http'
import { RequestSlot } from '../state/request-state.js'

/** Names in the Vary of one response, in lower case. */
interface Vary {
  /** Those of the application. */
  readonly declared: Set<string>
  /** Those that layers of sitecache have added for what they learned. */
  readonly told: Set<string>
}

const varyOf = new RequestSlot<Vary>()

/**
 * Notes what the application's Vary names, and what a layer adds to it. A cookie that was read
 * makes Vary name Cookie downstream; here it chooses by that cookie alone, unless the application
 * itself says Vary: Cookie.
 */
export function noteTold(req: IncomingMessage, declared: readonly string[], told: readonly string[]): void {
  const known = varyOf.of(req) ?? { declared: new Set(), told: new Set() }
  for (const name of declared) if (!known.told.has(name)) known.declared.add(name)
  for (const name of told) if (!known.declared.has(name)) known.told.add(name)
  varyOf.set(req, known)
}

/**
 * Returns what a response declares to depend on: what its Vary names beside what sitecache has
 * added.
 *
 * @param vary names in lower case
 * @param ofStored names that the stored page which the response brings up to date was told
 */
export function declaredInputs(
  req: IncomingMessage,
  vary: readonly string[],
  ofStored: readonly string[] = [],
): readonly string[] {
  const known = varyOf.of(req)
  const isTold = (name: string): boolean => known?.told.has(name) === true || ofStored.includes(name)
  return varyInputs(vary.filter((name) => known?.declared.has(name) === true || !isTold(name)))
}

/**
 * Returns the names in a stored page's Vary that sitecache has added: all that its application
 * declared is among the inputs of its URL.
 */
export function toldByPage(page: Page, inputs: readonly string[]): readonly string[] {
  return parseVary(page.header('vary')).filter(
    (name) => !varyInputs([name]).every((it) => inputs.includes(it)),
  )
}

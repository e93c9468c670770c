import type { IncomingMessage } from 'node:http'
import type { InputRules } from '@sitecache/http'
import { RequestSlot } from '../state/request-state.js'
import { localToTell } from './locals-to-tell.js'

type Values = ReadonlyMap<string, unknown>

const none: Values = new Map()
const atArrival = new RequestSlot<Values>()

/**
 * Names that middlewares change for each request, of the locals of each application. Those that a
 * handler changes, below the look-up, tell nothing of the next request.
 */
const changing = new WeakMap<object, Set<string>>()

/** Applications use a few names; invented ones must not grow this. */
const MAX_NAMES = 200

/**
 * Notes the values of `app.locals` before the middlewares above the look-up run. Some put there
 * what belongs on `res.locals`: `app.locals.user = req.user`.
 */
export function noteApplicationLocals(req: IncomingMessage): void {
  const locals = localsOf(req)
  if (locals !== undefined) atArrival.set(req, valuesOf(locals))
}

/**
 * Returns the values of `app.locals` that middlewares change for each request, in the form of a
 * key's part.
 *
 * @param textOf text of a value
 * @returns '' where there are none, or the request was not seen when it came
 */
export function applicationLocalsText(
  req: IncomingMessage,
  rules: InputRules,
  textOf: (value: unknown) => string | undefined,
): string {
  const locals = localsOf(req)
  if (locals === undefined) return ''
  const now = valuesOf(locals)
  const arrived = atArrival.of(req)
  if (arrived !== undefined) noteChanges(locals, arrived, now)
  const names = [...(changing.get(locals) ?? [])].filter((name) => !rules.ignores(`locals:${name}`))
  return names
    .sort()
    .map((name) => `app.locals.${name}${textOf(localToTell(now.get(name))) ?? ''}\n`)
    .join('')
}

function noteChanges(locals: object, arrived: Values, now: Values): void {
  if (arrived.size === 0 && now.size === 0) return
  const names = changing.get(locals) ?? new Set<string>()
  for (const name of new Set([...arrived.keys(), ...now.keys()]))
    if (!Object.is(arrived.get(name), now.get(name)) && names.size < MAX_NAMES) names.add(name)
  if (names.size > 0) changing.set(locals, names)
}

function localsOf(req: IncomingMessage): object | undefined {
  const app: unknown = Reflect.get(req, 'app')
  const locals: unknown = typeof app === 'function' ? Reflect.get(app, 'locals') : undefined
  return typeof locals === 'object' && locals !== null ? locals : undefined
}

/** Values of data properties: no accessor is called. `settings` are the application's own. */
function valuesOf(locals: object): Values {
  const names = Object.keys(locals)
  if (names.length === 0 || (names.length === 1 && names[0] === 'settings')) return none
  const values = new Map<string, unknown>()
  for (const name of names)
    if (name !== 'settings') values.set(name, Object.getOwnPropertyDescriptor(locals, name)?.value)
  return values
}

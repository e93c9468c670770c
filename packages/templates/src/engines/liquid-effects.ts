import type { Context } from 'liquidjs'
import { RenderedBlock } from '../rendered-fragment.js'
import { isStorableVariable } from './storable-variable.js'

/** Values by name. */
type Values = Readonly<Record<string, unknown>>

/** Changes of a block to its template, made again on a hit. */
interface Effects {
  /** Variables of assign and capture. */
  readonly scope?: Values
  /** Counters of increment and decrement. */
  readonly counters?: Values
  /** Positions of cycle. */
  readonly cycle?: Values
  /** The loop around the block ends, or goes on with its next turn. */
  readonly flow?: 'break' | 'continue'
}

/** Renders a block and records what it did. */
export async function recordEffects(
  context: Context,
  render: () => PromiseLike<unknown>,
): Promise<RenderedBlock> {
  const before = stateOf(context)
  const html = await render()
  const after = stateOf(context)
  const scope = keepStorable(context, before.scope, changed(before.scope, after.scope))
  const counters = changed(before.counters, after.counters)
  const cycle = changed(before.cycle, after.cycle)
  const flow = context.breakCalled ? 'break' : context.continueCalled ? 'continue' : undefined
  const effects = {
    ...(scope && { scope }),
    ...(counters && { counters }),
    ...(cycle && { cycle }),
    ...(flow && { flow }),
  }
  return new RenderedBlock(html, Object.keys(effects).length === 0 ? undefined : effects)
}

/** Does again what a block did when it was rendered. Nothing from a store is trusted. */
export function applyEffects(context: Context, effects: unknown): void {
  const { scope, counters, cycle, flow } = recordOf(effects) as { readonly [K in keyof Effects]?: unknown }
  assign(context.bottom(), recordOf(scope))
  for (const [name, value] of Object.entries(recordOf(counters)))
    if (typeof value === 'number') assign(context.environments, { [name]: value })
  assign(context.getRegister<Record<string, unknown>>('cycle', {}), recordOf(cycle))
  if (flow === 'break') context.breakCalled = true
  if (flow === 'continue') context.continueCalled = true
}

function stateOf(context: Context) {
  return {
    scope: { ...context.bottom() },
    counters: numbersOf(context.environments),
    cycle: { ...context.getRegister<Record<string, unknown>>('cycle', {}) },
  }
}

/** Returns the numbers among an object's own values; accessors are not read. */
function numbersOf(values: object): Values {
  const numbers = Object.entries(Object.getOwnPropertyDescriptors(values)).filter(
    ([, { value }]) => typeof value === 'number',
  )
  return Object.fromEntries(numbers.map(([name, { value }]) => [name, value]))
}

function changed(before: Values, after: Values): Values | undefined {
  const entries = Object.entries(after).filter(([name, value]) => before[name] !== value)
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

/**
 * Returns the variables that can be stored. Others, such as a model of the application, get back
 * the value that they had: after a hit they could have no other.
 */
function keepStorable(context: Context, before: Values, variables: Values | undefined): Values | undefined {
  const storable: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(variables ?? {})) {
    if (isStorableVariable(value)) storable[name] = value
    else if (Object.hasOwn(before, name)) assign(context.bottom(), { [name]: before[name] })
    else Reflect.deleteProperty(context.bottom(), name)
  }
  return Object.keys(storable).length === 0 ? undefined : storable
}

function assign(target: object, values: Values): void {
  for (const [name, value] of Object.entries(values))
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true })
}

function recordOf(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {}
}

import { RenderedBlock } from '../rendered-fragment.js'
import { isStorableVariable } from './storable-variable.js'

type Values = Readonly<Record<string, unknown>>

/** A part of a template, as a tag's function is given it: returns its text. */
export type TemplatePart = () => string

/** The parts of Nunjucks' syntax tree that are built here. */
export interface VariableNodes {
  readonly Set: NodeType
  readonly NodeList: NodeType
  readonly Output: NodeType
  readonly FunCall: NodeType
  readonly LookupVal: NodeType
  readonly Symbol: NodeType
  readonly Literal: NodeType
}

type NodeType = new (line: number, column: number, ...parts: unknown[]) => object

interface Context {
  setVariable(name: string, value: unknown): void
}

/** Variables of the context by which the added parts speak with the tag. */
const [READ, VALUES] = ['sitecacheRead', 'sitecacheValues']

/** Returns the names of the variables that a block sets, also in blocks within it. */
export function namesSetIn(node: unknown, nodes: VariableNodes): string[] {
  if (Array.isArray(node)) return [...new Set(node.flatMap((each) => namesSetIn(each, nodes)))]
  if (typeof node !== 'object' || node === null || !('fields' in node)) return []
  const parts = [...(node.fields as string[]), 'children', 'contentArgs'].map((name) =>
    Reflect.get(node, name),
  )
  const own = node instanceof nodes.Set ? targetsOf(node) : []
  return [...new Set([...own, ...namesSetIn(parts, nodes)])]
}

function targetsOf(node: object): string[] {
  const targets: unknown = Reflect.get(node, 'targets')
  return Array.isArray(targets) ? targets.map((target) => String(Reflect.get(Object(target), 'value'))) : []
}

/**
 * Returns parts that read these variables, and that set them: only code of the template reaches its
 * frame.
 */
export function partsFor(names: readonly string[], nodes: VariableNodes): [read: object, write: object] {
  const symbol = (name: string) => new nodes.Symbol(0, 0, name)
  const all = new nodes.NodeList(0, 0, names.map(symbol))
  const read = new nodes.Output(0, 0, [new nodes.FunCall(0, 0, symbol(READ), all)])
  const write = names.map((name) => {
    const value = new nodes.LookupVal(0, 0, symbol(VALUES), new nodes.Literal(0, 0, name))
    return new nodes.Set(0, 0, [symbol(name)], value)
  })
  return [new nodes.NodeList(0, 0, [read]), new nodes.NodeList(0, 0, write)]
}

/** The variables that a block sets: what was set is stored with it, and set again on a hit. */
export class BlockVariables {
  readonly #context: Context
  readonly #names: readonly string[]
  readonly #read: TemplatePart
  readonly #write: TemplatePart

  constructor(context: Context, names: readonly string[], read: TemplatePart, write: TemplatePart) {
    this.#context = context
    this.#names = names
    this.#read = read
    this.#write = write
  }

  /**
   * Renders a block. A variable that can't be stored gets back the value that it had: after a hit
   * it could have no other.
   */
  record(body: TemplatePart): RenderedBlock {
    const before = this.#current()
    const html = body()
    const changed = Object.entries(this.#current()).filter(([name, value]) => before[name] !== value)
    const storable = changed.filter(([, value]) => isStorableVariable(value))
    if (storable.length < changed.length) this.apply({ ...before, ...Object.fromEntries(storable) })
    return new RenderedBlock(html, storable.length === 0 ? undefined : Object.fromEntries(storable))
  }

  apply(values: Values | undefined): void {
    if (values === undefined) return
    this.#context.setVariable(VALUES, { ...this.#current(), ...values })
    this.#write()
  }

  #current(): Values {
    let current: unknown[] = []
    this.#context.setVariable(READ, (...values: unknown[]) => {
      current = values
      return ''
    })
    this.#read()
    return Object.fromEntries(this.#names.map((name, i) => [name, current[i]]))
  }
}

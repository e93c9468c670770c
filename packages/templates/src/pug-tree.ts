/** The part of a node of Pug's syntax tree that is read here. */
interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

interface Attribute {
  readonly name: string
  readonly val: unknown
}

/** Replaces each `+cache(…)` of a tree by code that caches the output of its block. */
export function withCacheBlocks(tree: Node): Node {
  return rewrite(tree) as Node
}

function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite)
  if (!isNode(value)) return value
  const node = Object.fromEntries(
    Object.entries(value).map(([field, part]) => [field, rewrite(part)]),
  ) as Node
  return node.type === 'Mixin' && node.call === true && node.name === 'cache' ? cacheBlock(node) : node
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

/** Pug writes to the variable `pug_html`, also in mixins and included files. */
function cacheBlock({ args, attrs, block, line, column, filename }: Node): Node {
  const named = (attrs as Attribute[]).map(({ name, val }) => `${JSON.stringify(name)}: (${String(val)})`)
  const output = '{ read: () => pug_html, put: (html) => { pug_html = html } }'
  const call = `sitecacheFragment([${String(args ?? '')}], { ${named.join(', ')} }, ${output}, () =>`
  const place = { line, column, filename }
  const code = { type: 'Code', buffer: false, mustEscape: false, isInline: false, ...place }
  const body = block ?? { type: 'Block', nodes: [], ...place }
  const end = { ...code, val: ');', debug: false }
  return { type: 'Block', nodes: [{ ...code, val: call, block: body }, end], ...place }
}

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { type Caches, createCaches } from '@sitecache/core'
import { fragmentKey } from '@sitecache/templates'
import { testFolder } from '@sitecache/test-support/workspace'
import { type Block, type Engine, engines } from './engines.js'
import { site } from './views.js'

interface KeyCase {
  readonly id: string
  readonly title: string
  readonly a: { readonly name: string; readonly varyOn: readonly unknown[] | null }
  readonly b: KeyCase['a']
  readonly 'django-3.2': readonly [
    { readonly equal: boolean; readonly nameInKey: boolean; readonly sameLength: boolean },
  ]
}

interface Fragment {
  readonly timeout: number
  readonly name: string
  readonly varyOn: readonly string[]
  readonly usingVariable?: string
  readonly inner?: Fragment
}

type Step = { readonly context: object } | { readonly op: 'clear'; readonly cache: string }

interface TagCase {
  readonly id: string
  readonly title: string
  readonly fragment: Fragment | readonly [Fragment]
  readonly caches?: Readonly<Record<string, object>>
  readonly renders: readonly Step[]
  readonly 'django-3.2': readonly (
    | { readonly text: string; readonly ran: number }
    | { readonly op: string }
  )[]
}

const golden: { keys: KeyCase[]; tags: TagCase[] } = JSON.parse(
  await readFile(join(testFolder, 'django/fixtures/fragments.json'), 'utf8'),
)

/**
 * Django writes the values' texts one behind the other. Here no two different lists share a key: neither by a colon in a
 * value, nor by two types that are written alike.
 */
const keptApart = [
  'colon',
  'colon-end',
  'length-colon',
  'number-text',
  'float-text',
  'true-text',
  'none-text',
]

describe('fragmentKey, as Django makes its keys', () => {
  it.each(golden.keys)('$title', ({ id, a, b, 'django-3.2': [django] }) => {
    const [first, second] = [fragmentKey(a.name, a.varyOn), fragmentKey(b.name, b.varyOn)]
    expect(first === second).toBe(keptApart.includes(id) ? false : django.equal)
    expect(first.includes(a.name)).toBe(django.nameInKey)
    if (a.name.length === b.name.length) expect(first.length === second.length).toBe(django.sameLength)
  })
})

describe.each(Object.entries(engines))('the cache tag of Django, in %s', (_, engine) => {
  it.each(golden.tags)(
    '$title',
    async ({ id, fragment, caches: more = {}, renders, 'django-3.2': django }) => {
      const page = viewOf(engine, Array.isArray(fragment) ? fragment[0] : fragment)
      const caches = cachesOf(more)
      const { show, ticks } = await site(engine, { page }, caches)
      for (const [i, step] of renders.entries()) {
        if ('op' in step) {
          await caches.get(aliasOf(step.cache)).clear()
          continue
        }
        const before = ticks()
        const text = await show('page', { literal: 'x', number: 5, ...step.context })
        // A number and a text are two fragments.
        const expected = id === 'tag-number-and-text' && i === 1 ? { text: '[2]', ran: 1 } : django[i]
        expect({ text, ran: ticks() - before }).toEqual(expected)
      }
    },
  )
})

/** Django's `template_fragments` is `fragments` here. */
function aliasOf(alias: string): string {
  return alias === 'template_fragments' ? 'fragments' : alias
}

function cachesOf(more: Readonly<Record<string, object>>): Caches {
  const aliases = Object.keys(more).map(aliasOf)
  return createCaches({
    default: 'memory:',
    ...Object.fromEntries(aliases.map((alias) => [alias, 'memory:'])),
  })
}

function viewOf(engine: Engine, fragment: Fragment): string {
  const { timeout, name, varyOn, usingVariable, inner } = fragment
  const block: Omit<Block, 'body'> = {
    timeout: String(timeout),
    name,
    // Literals have another syntax in each engine: they are variables here.
    ...(varyOn.length > 0 ? { vary: varyOn[0]?.startsWith('"') ? 'literal' : String(varyOn[0]) } : {}),
    ...(usingVariable === undefined ? {} : { using: usingVariable }),
  }
  const tick = engine.call('tick')
  if (inner === undefined) return engine.block({ ...block, body: tick })
  const body = engine.text('(') + tick + viewOf(engine, inner) + engine.text(')')
  return engine.block({ ...block, body })
}

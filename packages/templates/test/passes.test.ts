import { describe, expect, it, jest } from '@jest/globals'
import { type Cache, collect, createCaches, memoryStore, tieredStore } from '@sitecache/core'
import { fragment, fragmentKey } from '@sitecache/templates'
import { nunjucksFragments } from '@sitecache/templates/nunjucks'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { FaultyStore } from '@sitecache/test-support/faulty-store'
import nunjucks from 'nunjucks'

const remote = () => createCaches({ default: { store: new ByteStore() }, local: 'memory:' })

function templates(caches = remote(), views: Readonly<Record<string, string>> = {}) {
  class Views extends nunjucks.Loader {
    getSource(name: string) {
      return { src: views[name] ?? '', path: name, noCache: false }
    }
  }
  const environment = nunjucksFragments(new nunjucks.Environment(new Views(), { autoescape: true }), {
    caches,
  })
  const render = (text: string, data: object = {}) =>
    new Promise<string>((resolve, reject) => {
      environment.renderString(text, data, (error, html) => (error ? reject(error) : resolve(html ?? '')))
    })
  return { environment, render, cache: caches.get('default') as Cache }
}

const counter = () => {
  let count = 0
  return { tick: () => `[${++count}]`, count: () => count }
}

describe('a page whose fragments have to be waited for', () => {
  it('shows them inside of macros, filters, call blocks, inherited blocks and set', async () => {
    const views = {
      base: '<{% block main %}{% endblock %}>',
      row: '{% cache 60, "row", item %}{{ item }}{% endcache %}',
    }
    const { render } = templates(remote(), views)
    const page = `{% extends "base" %}
      {% macro box(x) %}{% cache 60, "box", x %}{{ x }}{% endcache %}{{ caller() if caller }}{% endmacro %}
      {% block main %}{{ box("<") }}{% call box("y") %}c{% endcall %}{% filter upper %}{{ box("z") }}{% endfilter %}
      {% set kept %}{% cache 60, "set" %}s{% endcache %}{% endset %}{{ kept }}
      {% if true %}{% for item in [1, 2] %}{% include "row" %}{% endfor %}{% endif %}{% endblock %}`
    const expected = '<&lt;ycZs12>'
    expect((await render(page)).replace(/\s/g, '')).toBe(expected)
    expect((await render(page)).replace(/\s/g, '')).toBe(expected)
  })

  it('renders a block once, however many it holds, and none on a hit', async () => {
    const { render } = templates()
    const { tick, count } = counter()
    const page = '{% cache 60, "a" %}{{ tick() }}{% endcache %}{% cache 60, "b" %}{{ tick() }}{% endcache %}'
    expect(await render(page, { tick })).toBe('[1][2]')
    expect(await render(page, { tick })).toBe('[1][2]')
    expect(count()).toBe(2)
  })

  it('renders one fragment once for all pages that ask meanwhile, whatever the order they hold them in', async () => {
    const { render } = templates()
    const calls = new Map<string, number>()
    const note = (name: string) => {
      calls.set(name, (calls.get(name) ?? 0) + 1)
      return name
    }
    const one = (name: string) => `{% cache 60, "${name}" %}{{ note("${name}") }}{% endcache %}`
    const orders = ['abc', 'cab', 'bca', 'cba'].map((order) => [...order].map(one).join(''))
    const shown = await Promise.all([...orders, ...orders].map((page) => render(page, { note })))
    expect(shown).toEqual(['abc', 'cab', 'bca', 'cba', 'abc', 'cab', 'bca', 'cba'])
    expect([...calls.values()]).toEqual([1, 1, 1])
  })

  it('renders one that also a function of the application asks for once', async () => {
    const { render, cache } = templates()
    const { tick, count } = counter()
    const page = render('{% cache 60, "a" %}{{ tick() }}{% endcache %}', { tick })
    const direct = fragment(cache, { timeout: 60, name: 'a' }, async () => tick())
    expect(await Promise.all([page, direct])).toEqual(['[1]', '[1]'])
    expect(count()).toBe(1)
  })

  it('does not leave others waiting when it fails after it began a fragment', async () => {
    const { render, cache } = templates()
    let abandoned: unknown
    const fail = () => {
      cache
        .getOrSet(fragmentKey('a'), () => 'not asked')
        .catch((error: unknown) => {
          abandoned = error
        })
      throw new Error('broken page')
    }
    const { tick } = counter()
    const block = '{% cache 60, "a" %}{{ tick() }}{% endcache %}'
    const [broken, whole] = await Promise.allSettled([
      render(`{{ later() }}${block}`, { tick, later: failsTheSecondTime(fail) }),
      render(block, { tick }),
    ])
    expect(broken).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('broken page') },
    })
    expect(whole).toMatchObject({ status: 'fulfilled' })
    expect(abandoned).toMatchObject({ code: 'ERR_SITECACHE_ABANDONED' })
  })

  it('is none of the passes of a page that began it and did not wait', async () => {
    const { render } = templates()
    let later: Promise<string> | undefined
    const begin = () => {
      later ??= new Promise((resolve) => setTimeout(resolve, 50)).then(() =>
        render('{% cache 60, "later" %}later{% endcache %}'),
      )
      return 'x'
    }
    expect(await render('{{ begin() }}{% cache 60, "a" %}y{% endcache %}', { begin })).toBe('xy')
    expect(await later).toBe('later')
  })

  it('comes to an end when a fragment varies on what differs each time', async () => {
    const { render } = templates()
    let id = 0
    expect(await render('{% cache 60, "a", id() %}x{% endcache %}', { id: () => ++id })).toBe('x')
  })

  it('fails when a fragment does, and says why', async () => {
    const { render } = templates()
    const fail = () => {
      throw new Error('broken block')
    }
    const nested = '{% cache 60, "a" %}{% cache 60, "b" %}{{ fail() }}{% endcache %}{% endcache %}'
    await expect(render(nested, { fail })).rejects.toThrow('broken block')
    expect(await render(nested, { fail: () => 'fine' })).toBe('fine')
  })

  it('reports the tags of all its fragments, rendered or from the cache', async () => {
    const { render, cache } = templates()
    const page =
      '{% cache 60, "a", tags=["outer"] %}{% cache 30, "b", tags="inner", lifetime=true %}x{% endcache %}{% endcache %}'
    for (let i = 0; i < 3; i++) {
      const { value, tags, expires } = await collect(() => render(page))
      expect({ value, tags: [...tags].sort() }).toEqual({ value: 'x', tags: ['inner', 'outer'] })
      expect(Math.abs(Number(expires) - Date.now() - 30_000)).toBeLessThan(5000)
    }
    await cache.delete(fragmentKey('b'))
    expect([...(await collect(() => render(page))).tags].sort()).toEqual(['inner', 'outer'])
  })

  it.each(['default', 'local'])('drops what contains a fragment with its tags (%s)', async (using) => {
    const caches = remote()
    const { render } = templates(caches)
    const { tick } = counter()
    const inner = '{% cache 60, "b", tags="inner", using=using %}{{ tick() }}{% endcache %}'
    const page = `{% cache 60, "a", using=using %}(${inner}){% endcache %}`
    const first = await render(page, { tick, using })
    expect(await render(page, { tick, using })).toBe(first)
    await caches.get(using).tags.invalidate(['inner'])
    const second = await render(page, { tick, using })
    expect(second).not.toBe(first)
    expect(await render(page, { tick, using })).toBe(second)
  })

  it('holds a fragment of a remote store in one of this process', async () => {
    const { render } = templates()
    const { tick, count } = counter()
    const inner = '{% cache 60, "b", tags="inner" %}{{ tick() }}{% endcache %}'
    const page = `{% cache 60, "a", using="local" %}(${inner}){% endcache %}`
    const shown = await Promise.all([render(page, { tick }), render(page, { tick })])
    expect(shown).toEqual(['([1])', '([1])'])
    expect(await render(page, { tick })).toBe('([1])')
    expect(count()).toBe(1)
  })

  it('finds in two tiers what another process put into the far one', async () => {
    const far = new ByteStore()
    const tiered = () => createCaches({ default: { store: tieredStore(memoryStore(), far) } })
    const { tick } = counter()
    const page = '{% cache 60, "a" %}{{ tick() }}{% endcache %}'
    expect(await templates(tiered()).render(page, { tick })).toBe('[1]')
    const other = templates(tiered())
    expect(await other.render(page, { tick })).toBe('[1]')
    expect(await other.render(page, { tick })).toBe('[1]')
  })

  it('does not wait for a store that hangs longer than its guard does', async () => {
    const store = new FaultyStore()
    const caches = createCaches({ default: { store } })
    const { render } = templates(caches)
    store.pause()
    const page = render('{% cache 60, "a" %}x{% endcache %}')
    store.failure = new Error('late')
    store.resume()
    expect(await page).toBe('x')
  })
})

describe('a template that is rendered synchronously', () => {
  it('shows its blocks without their cache, and says so once', async () => {
    const { environment, cache } = templates()
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const page = '{% cache 60, "a" %}x{% endcache %}'
    expect(environment.renderString(page, {})).toBe('x')
    expect(environment.renderString(page, {})).toBe('x')
    expect(warn.mock.calls.map(([, options]) => options)).toMatchObject([{ code: 'SITECACHE_FRAGMENT' }])
    warn.mockRestore()
    expect(await cache.get(fragmentKey('a'))).toBeUndefined()
  })

  it('refuses a block whose content would come too late', async () => {
    const { environment, render } = templates()
    environment.addFilter(
      'later',
      (text: string, done: (e: null, t: string) => void) => setImmediate(done, null, text),
      true,
    )
    await expect(render('{% cache 60, "a" %}{{ "x" | later }}{% endcache %}')).rejects.toThrow(
      /nothing that waits/,
    )
  })
})

/** Answers nothing the first time, when a fragment is being looked up. */
function failsTheSecondTime(fail: () => never): () => string {
  let calls = 0
  return () => (++calls === 1 ? '' : fail())
}

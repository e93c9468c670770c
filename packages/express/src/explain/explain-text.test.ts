import { describe, expect, it } from '@jest/globals'
import { FORWARDS, type Forward, REASONS, type Reason, reasonLines } from '@sitecache/http'
import { explainText } from './explain-text.js'
import type { Explanation, LayerExplanation, WouldDo } from './explanation.js'
import { findingsOf } from './findings.js'

const at = Date.UTC(2026, 0, 1)

const layerWith = (wouldDo: WouldDo, reason?: Reason): LayerExplanation => {
  const last = reason && {
    at,
    result: 'unstorable' as const,
    reason,
    status: 200,
    writers: [],
    isTrial: false,
  }
  return {
    cache: 'default',
    store: 'memory',
    kind: 'site',
    policy: 'django',
    wouldDo,
    dependsOn: [],
    stored: { variants: 0, max: 100, list: [] },
    last,
    drops: { url: 'http://shop.example/', tags: [], groups: [] },
    findings: findingsOf(wouldDo, last),
  }
}

const of = (...layers: readonly LayerExplanation[]): Explanation => ({
  url: '/',
  method: 'GET',
  at,
  askedBy: 'url',
  layers,
  notes: [],
})

describe('the text of an explanation', () => {
  it.each(Object.entries(REASONS))('has a remedy for %s as why it was not stored', (name, text) => {
    const wouldDo: WouldDo = { action: 'miss', forward: 'uri-miss', assumesAbsent: [] }
    const shown = explainText(of(layerWith(wouldDo, name as Reason)))
    expect(shown).toContain(`the last response (200) was not stored: ${name}\n`)
    for (const line of reasonLines(name, text)) expect(shown).toContain(`  ${line}\n`)
  })

  it.each(Object.entries(REASONS))('has a remedy for %s as why it goes past the cache', (name, text) => {
    const shown = explainText(
      of(layerWith({ action: 'bypass', forward: 'bypass', reason: name as Reason, assumesAbsent: [] })),
    )
    expect(shown).toContain(`would go past the cache (${name})\n`)
    for (const line of reasonLines(name, text)) expect(shown).toContain(`  ${line}\n`)
  })

  it.each(Object.entries(FORWARDS).filter(([name]) => name !== 'bypass' && name !== 'method'))(
    'has a remedy for fwd=%s',
    (name, text) => {
      const shown = explainText(
        of(layerWith({ action: 'miss', forward: name as Forward, assumesAbsent: [] })),
      )
      expect(shown).toContain(`would be rendered by the handler (fwd=${name})\n`)
      for (const line of reasonLines(name, text)) expect(shown).toContain(`  ${line}\n`)
    },
  )

  it('is this, of a page with all there is to tell', () => {
    const wouldDo: WouldDo = { action: 'serve', assumesAbsent: ['session'] }
    const sizes = { status: 200, age: 3, ttl: 57, bytes: 20_000, renderMs: 12 }
    const page = { ...sizes, hash: 'ab12cd34', isOwn: true, hits: 1 }
    const by = { field: 'Vary: Origin', package: 'cors', at: 'cors/lib/index.js:7', under: 'app.js:12' }
    const layer: LayerExplanation = {
      ...layerWith(wouldDo),
      key: {
        of: 'page',
        hash: 'ab12cd34ef',
        parts: [
          { name: 'method', value: 'GET' },
          { name: 'query', value: 'a=1', dropped: ['utm_x=1'] },
          { name: 'accept-language', value: 'en', raw: 'en-GB,en;q=0.5' },
          { name: 'session', value: '#x1y2z3', isHidden: true },
        ],
      },
      dependsOn: [
        { name: 'accept-language', text: 'the header accept-language', readAt: ['app.js:3 (GET /)'] },
        { name: 'session', text: 'the session', readAt: [] },
      ],
      stored: {
        variants: 2,
        max: 100,
        list: [page, { ...page, hash: 'zz', isOwn: false, hits: 'unknown', purged: 'soft' }],
      },
      splitBy: {
        route: '/articles/:id',
        lookUps: 1000,
        parts: [
          { name: 'accept-language', values: 214, buckets: 3 },
          { name: 'user-agent', values: 2, sent: 90 },
        ],
      },
      page,
      last: { at, result: 'miss', status: 200, writers: [by], by, isTrial: false },
      lifetime: {
        seconds: 60,
        source: 'max-age',
        text: '60 s, by max-age of Cache-Control',
        staleWhileRevalidate: 30,
        staleIfError: null,
        jitter: 0.1,
      },
      drops: {
        url: 'http://shop.example/',
        tags: ['a', 'b'],
        route: '/',
        groups: ['g'],
        lastPurge: { by: 'tag', named: 'a', mode: 'soft', at },
      },
      downstream: {
        browser: { stores: true, seconds: 60, text: 'A browser uses it for 60 s.' },
        cdn: { stores: true, seconds: 60, text: 'A CDN uses it for 60 s.' },
      },
    }
    expect(explainText({ ...of(layer), notes: ['One more thing.'] })).toBe(`GET /

The site's cache: 'default' in memory, policy django
  now         would be served from the cache, fresh for 57 s more, if there is no session
  why         the last response (200) was stored
              written by cors (cors/lib/index.js:7), under app.js:12
  key         ab12cd34ef (this request's page)
                method: GET
                query: a=1  (without utm_x=1)
                accept-language: en  (of en-GB,en;q=0.5)
                session: #x1y2z3 (hidden)
  depends on  the header accept-language, read at app.js:3 (GET /)
              the session
  stored      2 of at most 100 variants
                ab12cd34  200, 20000 bytes, age 3 s, fresh for 57 s more, rendered in 12 ms, 1 hit  (this request's)
                zz  200, 20000 bytes, age 3 s, purged softly: stale, rendered in 12 ms, hits unknown
  split by    in the last 1000 look-ups of /articles/:id:
                accept-language: 214 values → buckets would make 3
                user-agent: 2 values (of 90 as sent)
  lifetime    60 s, by max-age of Cache-Control; stale for 30 s more while it is refreshed; in place of errors for as long as it is kept; less up to 10 % at random
  dropped by  invalidatePage('http://shop.example/')
              invalidateTags('a', 'b')
              invalidateRoute('/')
              Cache-Group-Invalidation: "g"
              last purge: soft, by tag 'a', 2026-01-01T00:00:00.000Z
  elsewhere   A browser uses it for 60 s.
              A CDN uses it for 60 s.

Note: One more thing.
`)
  })
})

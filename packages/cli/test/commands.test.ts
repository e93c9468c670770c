import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import { Cache, createCaches } from '@sitecache/core'
import { cachePage } from '@sitecache/express'
import { sqlStore } from '@sitecache/sql'
import request from '@sitecache/test-support/request'
import type { PostgresDatabase } from '@sitecache/test-support/servers/postgres'
import { sharedPostgres } from '@sitecache/test-support/servers/shared'
import express from 'express'
import { sitecache } from './command.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

let postgres: PostgresDatabase
let url: string
beforeAll(async () => {
  postgres = await sharedPostgres()
  url = `${postgres.url}?table=pages&keyPrefix=shop&timeoutMs=10000`
}, 60_000)

/** What the application has in the cache that the command is about. */
async function application<T>(
  work: (cache: ReturnType<ReturnType<typeof createCaches>['get']>) => Promise<T>,
) {
  const store = sqlStore(postgres.url, { table: 'pages', timeoutMs: 10_000 })
  const caches = createCaches({ default: { store, keyPrefix: 'shop' } })
  const result = await work(caches.get('default'))
  await caches.close()
  return result
}

/** A page is written when its visitor has it: it may take some time to be there. */
async function hit(ask: () => Promise<string | undefined>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!/hit/.test(String(await ask())))
    if (Date.now() > deadline) throw new Error('no hit within 10 seconds')
}

describe('create-table', () => {
  it('with --dry-run, prints SQL that the server takes, and does nothing', async () => {
    const args = ['create-table', '--dry-run', '--url', `${postgres.url}?table=dry`]
    const { code, stdout, stderr } = await sitecache(args)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^-- default\ncreate table "dry" \(\n[\s\S]*\);\ncreate index .*;\n$/)
    const exists = "select to_regclass('dry') as name"
    expect((await postgres.query(exists)).rows).toEqual([{ name: null }])
    await postgres.query(stdout)
    expect((await sitecache(['check', '--url', `${postgres.url}?table=dry&timeoutMs=10000`])).code).toBe(0)
  })

  it('makes the table, prints what it ran, and leaves one that is there as it is', async () => {
    const first = await sitecache(['create-table', '--url', url])
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/^default: made the table pages\n {2}create table "pages" \(\n/)
    await application((cache) => cache.set('k', 1))
    const second = await sitecache(['create-table', '--url', url])
    expect(second).toEqual({
      code: 0,
      stdout: 'default: there is a table pages, which was left as it is\n',
      stderr: '',
    })
    expect(await application((cache) => cache.get('k'))).toBe(1)
    const json = await sitecache(['create-table', '--json', '--url', url])
    expect(JSON.parse(json.stdout)).toEqual([
      { caches: ['default'], table: 'pages', created: false, sql: expect.stringMatching(/^create table/) },
    ])
  })

  it('finds the table behind what is kept in the process', async () => {
    const args = [
      'create-table',
      '--dry-run',
      '--json',
      '--url',
      'postgres://x@127.0.0.1:1/x?near=memory&table=far',
    ]
    expect(JSON.parse((await sitecache(args)).stdout)).toMatchObject([{ caches: ['default'], table: 'far' }])
  })

  it('has nothing to do for caches that are not in SQL', async () => {
    const { code, stdout, stderr } = await sitecache(['create-table', '--url', 'memory:'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toBe('no table is needed: no cache lives in SQL (default: memory)\n')
  })
})

describe('check', () => {
  it('connects, writes, reads and deletes, and leaves nothing behind', async () => {
    await application((cache) => cache.clear())
    const { code, stdout } = await sitecache(['check', '--url', url])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^default {2}postgres {2}ok {2}connected, wrote, read and deleted in \d+ ms\n$/)
    expect((await postgres.query('select * from pages')).rows).toEqual([])
  })

  it.each([
    [
      'no table',
      () => `${postgres.url}?table=unmade`,
      /can not connect: there is no table unmade: make it with/,
    ],
    [
      'no server',
      () => 'postgres://ann:secret@127.0.0.1:1/x',
      /can not connect: the server could not be reached/,
    ],
    ['no database', () => postgres.url.replace(/[^/]+$/, 'none'), /the server has no such database/],
  ])('says what is wrong: %s', async (_, faulty, message) => {
    const { code, stdout } = await sitecache(['check', '--url', faulty()])
    expect(code).toBe(1)
    expect(stdout).toMatch(/^default {2}postgres {2}failed {2}/)
    expect(stdout).toMatch(message)
    expect(stdout).not.toContain('secret')
  })

  it('tells a table that can only be read', async () => {
    await postgres.query('create role looker login')
    await postgres.query('grant select, delete on pages to looker')
    const args = ['check', '--json', '--url', url.replace('tester@', 'looker@')]
    const { code, stdout } = await sitecache(args)
    expect(code).toBe(1)
    expect(JSON.parse(stdout).caches[0]).toMatchObject({
      cache: 'default',
      store: 'postgres',
      ok: false,
      failed: { step: 'write', message: expect.stringMatching(/grant it select, insert, update and delete/) },
    })
  })
})

describe('get', () => {
  it('shows a value that the application stored', async () => {
    await application((cache) => cache.set('user', { name: 'ann', seen: new Date(0), tags: new Set(['a']) }))
    const { code, stdout } = await sitecache(['get', 'user', '--url', url])
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "{ name: 'ann', seen: 1970-01-01T00:00:00.000Z, tags: Set(1) { 'a' } }\n",
    })
    const json = await sitecache(['get', 'user', '--json', '--url', url])
    expect(JSON.parse(json.stdout)).toEqual({
      found: true,
      value: { name: 'ann', seen: '1970-01-01T00:00:00.000Z', tags: ['a'] },
    })
  })

  it('shows a text as it is, and of another version', async () => {
    await application((cache) => cache.set('text', 'two\nlines', { version: 2 }))
    const { stdout } = await sitecache(['get', 'text', '--key-version', '2', '--url', url])
    expect(stdout).toBe('two\nlines\n')
  })

  it('of a key that is not there fails', async () => {
    const { code, stdout, stderr } = await sitecache(['get', 'none', '--url', url])
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'sitecache: there is no such key in cache default\n',
    })
    const json = await sitecache(['get', 'none', '--json', '--url', url])
    expect([json.code, JSON.parse(json.stdout)]).toEqual([1, { found: false }])
  })

  it('of a failing store is no miss', async () => {
    const { code, stderr } = await sitecache(['get', 'k', '--url', 'postgres://ann:secret@127.0.0.1:1/x'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^sitecache: the server could not be reached/)
    expect(stderr).not.toContain('secret')
  })
})

describe('stats', () => {
  it('counts the entries', async () => {
    await application(async (cache) => {
      await cache.clear()
      await cache.setMany({ a: 1, b: 2 })
    })
    expect((await sitecache(['stats', '--url', url])).stdout).toBe(
      'CACHE    STORE     ENTRIES  BYTES\ndefault  postgres  2        -\n',
    )
    const json = await sitecache(['stats', '--json', '--url', url])
    expect(JSON.parse(json.stdout)).toEqual({ caches: [{ cache: 'default', store: 'postgres', entries: 2 }] })
  })
})

describe('clear', () => {
  it("drops what is the cache's, and nothing else", async () => {
    await application((cache) => cache.setMany({ a: 1, b: 2 }))
    const others = createCaches({
      default: { store: sqlStore(postgres.url, { table: 'pages', timeoutMs: 10_000 }), keyPrefix: 'other' },
    })
    await others.get('default').set('a', 3)
    const { code, stdout } = await sitecache(['clear', '--url', url])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'cleared default\n' })
    expect((await application((cache) => cache.getMany(['a', 'b']))).size).toBe(0)
    expect(await others.get('default').get('a')).toBe(3)
    await others.close()
  })
})

describe('purge', () => {
  it('drops the pages of a URL from the cache of a running server', async () => {
    const store = sqlStore(postgres.url, { table: 'pages', timeoutMs: 10_000 })
    const caches = createCaches({ default: { store, keyPrefix: 'shop' } })
    const app = express().get('/a', cachePage(60, { cache: caches.get('default') }), (_req, res) => {
      res.send('page')
    })
    const ask = async () => {
      const response = await request(app).get('/a?b=1').set('Host', 'shop.example')
      await caches.idle()
      return response.headers['cache-status']
    }
    await hit(ask)
    const page = 'http://shop.example/a?b=1'
    const { code, stdout } = await sitecache(['purge', '--url', page, '--cache-url', url])
    expect({ code, stdout }).toEqual({ code: 0, stdout: `dropped the pages of ${page}\n` })
    expect(await ask()).not.toMatch(/hit/)
    await hit(ask)
    const again = ['purge', '--json', '--cache-url', url, '--url', page, '--url', 'http://shop.example/none']
    expect(JSON.parse((await sitecache(again)).stdout)).toEqual({
      pages: [
        { url: page, dropped: true },
        { url: 'http://shop.example/none', dropped: false },
      ],
      tags: [],
    })
    await caches.close()
  })

  it('invalidates tags where the cache has them, and otherwise says that it has none', async () => {
    const { code, stdout, stderr } = await sitecache([
      'purge',
      '--tag',
      'a',
      '--tag',
      'b',
      '--cache-url',
      'memory:',
    ])
    const known = 'invalidateTags' in Cache.prototype
    expect(code).toBe(known ? 0 : 2)
    expect(stdout).toBe(known ? 'invalidated the tag a\ninvalidated the tag b\n' : '')
    expect(stderr).toMatch(known ? /^$/ : /knows no tags: update it/)
  })

  it('needs to be told what, and an absolute URL', async () => {
    const nothing = await sitecache(['purge', '--cache-url', 'memory:'])
    expect([nothing.code, nothing.stderr]).toEqual([2, 'sitecache: purge what? Give --url or --tag\n'])
    const path = await sitecache(['purge', '--url', '/a', '--cache-url', 'memory:'])
    // That path of every host.
    expect([path.code, path.stderr]).toEqual([0, ''])
  })
})

import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { installed } from '@sitecache/test-support/installed'
import { root } from '@sitecache/test-support/workspace'
import { sitecache } from './command.js'
import { InstalledCommand } from './installed-command.js'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

let folder: string
let command: InstalledCommand
beforeAll(async () => {
  folder = await installed(['core', 'http', 'express', 'sql', 'doctor', 'cli'])
  command = new InstalledCommand(folder)
})
afterAll(async () => {
  await command.end()
  await rm(folder, { recursive: true })
})

const written = new Set<string>()
afterEach(async () => {
  for (const name of written) await rm(join(folder, name), { force: true })
  written.clear()
})

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  sitecache(args, { cwd: folder, env, program: join(folder, 'node_modules/@sitecache/cli/dist/bin.js') })

const write = (name: string, text: string) => {
  written.add(name)
  return writeFile(join(folder, name), text)
}

const storesOf = async (args: readonly string[], env?: Readonly<Record<string, string>>) => {
  const { stdout, stderr } = await run(['stats', '--json', ...args], env)
  if (stdout === '') throw new Error(stderr)
  const { caches } = JSON.parse(stdout)
  return Object.fromEntries(caches.map((each: { cache: string; store: string }) => [each.cache, each.store]))
}

describe('settings', () => {
  it('come from --url, --config, CACHE_URL or the file in the folder, in this order', async () => {
    await write('sitecache.config.mjs', "export default { default: 'memory:', pages: 'dummy:' }")
    await write('other.mjs', "export const caches = { other: 'memory:' }")
    expect(await storesOf([])).toEqual({ default: 'memory', pages: 'dummy' })
    expect(await storesOf([], { CACHE_URL: 'dummy:' })).toEqual({ default: 'dummy' })
    expect(await storesOf(['--config', 'other.mjs'], { CACHE_URL: 'dummy:' })).toEqual({ other: 'memory' })
    expect(await storesOf(['--url', 'memory:'], { CACHE_URL: 'dummy:' })).toEqual({ default: 'memory' })
    const both = await run(['stats', '--url', 'memory:', '--config', 'other.mjs'])
    expect([both.code, both.stderr]).toEqual([2, 'sitecache: give a URL or --config, not both\n'])
  })

  it('may be stores that the file makes, or caches', async () => {
    await write(
      'sitecache.config.mjs',
      `import { createCaches, memoryStore } from '@sitecache/core'
       export const caches = createCaches({ made: { store: memoryStore() } })
       setInterval(() => {}, 1000) // what it opens does not keep the command alive`,
    )
    expect(await storesOf([])).toEqual({ made: 'memory' })
  })

  it.each([
    ['module.exports', "module.exports = { default: 'memory:', b: 'dummy:' }"],
    ['exports.caches', "exports.caches = { default: 'memory:', b: 'dummy:' }"],
    ['module.exports of caches', "module.exports = { caches: { default: 'memory:', b: 'dummy:' } }"],
    [
      'exports.default of a transpiler',
      "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = { default: 'memory:', b: 'dummy:' }",
    ],
  ])('may be a CommonJS file: %s', async (_, text) => {
    await write('package.json', '{}')
    await write('sitecache.config.js', text)
    expect(await storesOf([])).toEqual({ default: 'memory', b: 'dummy' })
  })

  it("may have a cache called 'caches'", async () => {
    await write('sitecache.config.mjs', "export default { caches: 'memory:', b: 'dummy:' }")
    expect(await storesOf([])).toEqual({ caches: 'memory', b: 'dummy' })
    await write(
      'sitecache.config.mjs',
      "import { memoryStore } from '@sitecache/core'; export default { caches: { store: memoryStore() } }",
    )
    expect(await storesOf([])).toEqual({ caches: 'memory' })
  })

  it('in TypeScript are run where Node can, and otherwise told to be so', async () => {
    await write('sitecache.config.ts', "const url: string = 'memory:'\nexport default { typed: url }")
    const { code, stdout, stderr } = await run(['stats', '--json'])
    if (Reflect.get(process.features, 'typescript')) {
      expect(JSON.parse(stdout).caches).toEqual([expect.objectContaining({ cache: 'typed' })])
    } else {
      expect(code).toBe(2)
      expect(stderr || stdout).toMatch(/sitecache\.config\.ts is TypeScript.*write JavaScript \(\.mjs\)/)
    }
  })

  it.each([
    ['export const cache = 1', /sitecache\.config\.mjs must export, by default or as 'caches'/],
    [
      'export default { default: { stor: 1 } }',
      /caches\.default\.stor is not an option\. Did you mean store\?/,
    ],
    ["import 'not-there'", /sitecache\.config\.mjs could not be loaded: Cannot find package 'not-there'/],
    ['export default {', /sitecache\.config\.mjs could not be loaded: /],
    [
      "throw new Error('postgres://ann:secret@x is down')",
      /could not be loaded: postgres:\/\/\*\*\*@x is down/,
    ],
  ])('that are wrong are told: %s', async (text, message) => {
    await write('sitecache.config.mjs', text)
    const { code, stdout, stderr } = await run(['check'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/secret|\n\s+at /)
  })

  it.each([
    [['check'], /^sitecache: which caches\? Give --url, --config, the environment variable CACHE_URL/],
    [['check', '--config', 'none.mjs'], /^sitecache: there is no file none\.mjs/],
    [['check', '--url', 'http://ann:secret@x'], /unknown scheme 'http:'.*Known: memory/],
    [['check', '--url', 'nonsense'], /must be a URL such as 'memory:'/],
    [
      ['check', '--url', 'memcached://ann:secret@x'],
      /'memcached:' needs the package @sitecache\/memcached: npm install @sitecache\/memcached/,
    ],
    [['check', '--url', 'postgres://ann:secret@x/y'], /'postgres:' needs the package pg: npm install pg/],
    [
      ['get', 'k', '--cache', 'pages', '--url', 'memory:'],
      /no cache 'pages' is configured; there are: default/,
    ],
    [['get', 'k', '--key-version', 'x', '--url', 'memory:'], /must be a whole number/],
    [['get', '--url', 'memory:'], /missing required argument 'key'/],
    [['chek', '--url', 'memory:'], /unknown command 'chek'[\s\S]*Did you mean check\?/],
    [['check', '--ulr', 'memory:'], /unknown option '--ulr'[\s\S]*Did you mean --url\?/],
    [['clear', '--all', '--cache', 'x', '--url', 'memory:'], /cannot be used with/],
  ])('%j is misuse, told in a line or two', async (args, message) => {
    const { code, stdout, stderr } = await command.run(args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/secret|\n\s+at /)
  })

  it('that are wrong are told as JSON too', async () => {
    const { code, stdout, stderr } = await command.run(['check', '--json', '--url', 'nonsense'])
    expect([code, stderr]).toEqual([2, ''])
    expect(JSON.parse(stdout)).toEqual({
      error: { name: 'SettingsError', message: expect.stringMatching(/must be a URL/) },
    })
  })
})

describe('clear', () => {
  it('of one cache, and of all', async () => {
    await write('sitecache.config.mjs', "export default { default: 'memory:', pages: 'memory:' }")
    expect((await run(['clear', '--cache', 'pages'])).stdout).toBe('cleared pages\n')
    expect((await run(['clear', '--all'])).stdout).toBe('cleared default, pages\n')
  })
})

describe('help', () => {
  it('tells every command, the settings and the exit codes', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    for (const word of ['create-table', 'check', 'stats', 'get', 'clear', 'purge', 'CACHE_URL', 'Exit codes'])
      expect(stdout).toContain(word)
    const { version } = JSON.parse(await readFile(join(root, 'packages/cli/package.json'), 'utf8'))
    expect((await run(['--version'])).stdout).toBe(`${version}\n`)
  })
})

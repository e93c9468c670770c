import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { root, testFolder } from '@sitecache/test-support/workspace'
import { sitecache } from './command.js'

// A busy machine may take long to start processes.
jest.setTimeout(30_000)

const bin = join(root, 'packages/cli/dist/bin.js')

describe('a reader that has read enough', () => {
  const piped = (command: string, reader: string) =>
    promisify(execFile)(
      'bash',
      ['-c', `set -o pipefail; "$0" "$1" ${command} | ${reader}`, process.execPath, bin],
      {
        cwd: testFolder,
      },
    )

  it.each([
    ['--help', 'head -1'],
    ['stats --url memory: --json', 'true'],
    ['stats --url memory: --config both.mjs 2>&1', 'true'],
  ])('ends no command with an error: %s | %s', async (command, reader) => {
    const { stderr } = await piped(command, reader).catch((error: { code: number; stderr: string }) => {
      // That the command is misused is told by its exit code all the same.
      expect([error.code, command]).toEqual([2, expect.stringContaining('both.mjs')])
      return error
    })
    expect(stderr).toBe('')
  })
})

describe('text from a cache', () => {
  let folder: string
  beforeEach(async () => {
    folder = await temporaryFolder('cli-output')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it.each([
    ['an escape sequence', 'a\u001b]0;title\u0007\u001b[2Jb', 'a\\x1b]0;title\\x07\\x1b[2Jb'],
    ['C1 controls and a carriage return', 'a\u009b2J\rb', 'a\\x9b2J\\x0db'],
    ['a change of direction', 'a\u202eb', 'a\\u202eb'],
    ['lines, tabs and other scripts', 'a\n\tä日本', 'a\n\tä日本'],
  ])('does nothing to a terminal: %s', async (_, value, shown) => {
    const core = new URL('../../core/dist/index.js', import.meta.url)
    const config = `import { createCaches } from '${core}'
      export const caches = createCaches({ default: 'memory:' })
      await caches.get('default').set('text', ${JSON.stringify(value)})
      await caches.get('default').set('inside', { text: ${JSON.stringify(value)} })`
    await writeFile(join(folder, 'sitecache.config.mjs'), config)
    const get = (...args: string[]) => sitecache(['get', ...args], { cwd: folder, program: bin })
    expect((await get('text')).stdout).toBe(`${shown}\n`)
    const control = /[^\P{Cc}\t\n]|\u202e/u
    expect((await get('inside')).stdout).not.toMatch(control)
    const { stdout } = await get('text', '--json')
    expect(JSON.parse(stdout)).toEqual({ found: true, value })
    expect(stdout).not.toMatch(control)
  })
})

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { testFolder } from '../support/workspace.js'

const site = join(testFolder, 'inputs/support/warned-site.mjs')

/** Runs the site in a process of its own, and returns its warnings and the stacks that it took. */
async function run(environment: Readonly<Record<string, string>>) {
  const { NODE_ENV: _, SITECACHE_DEBUG: __, ...env } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [site], {
    cwd: testFolder,
    timeout: 30_000,
    env: { ...env, ...environment },
  })
  const warnings = [...stderr.matchAll(/\[SITECACHE_INPUT\] SitecacheWarning: (.*)/g)].map(
    ([, text = '']) => text,
  )
  return { warnings, stacks: Number(stdout) }
}

/** Number of the line of the site that holds a text. */
async function lineOf(text: string): Promise<number> {
  const lines = (await readFile(site, 'utf8')).split('\n')
  return lines.findIndex((line) => line.includes(text)) + 1
}

const placed = async (text: string) => `${site}:${await lineOf(text)}`

describe('an Express application that plain Node runs', () => {
  it('is told once for each route and input, with the file and line that reads', async () => {
    const { warnings, stacks } = await run({ NODE_ENV: 'development' })
    expect(warnings.map((text) => text.split('. ')[0])).toEqual([
      `GET /articles/:id: pages depend on the cookie theme, read at ${await placed('req.cookies')}`,
      `GET /articles/:id: pages depend on the header user-agent, read at ${await placed("get('user-agent')")}`,
      `GET /language: pages depend on the header accept-language, read at ${await placed('acceptsLanguages')}`,
      `GET /address: pages are not kept, since they depend on the client's address or certificate, read at ${await placed('req.ip')}`,
      `GET /template: pages depend on res.locals.theme, read at ${await placed('res.render')}`,
    ])
    expect(stacks).toBe(5)
  })

  it('is told the same where the cache stands on top, but for a header that it reduces', async () => {
    const { warnings } = await run({ LOOK_UP: 'top' })
    expect(warnings.map((text) => text.split(':')[0])).toEqual([
      'GET /articles/',
      'GET /language',
      'GET /address',
    ])
  })

  it('is told nothing in production, and no stack is taken', async () => {
    expect(await run({ NODE_ENV: 'production' })).toEqual({ warnings: [], stacks: 0 })
  })
})

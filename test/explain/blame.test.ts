import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { LastRender } from '@sitecache/express'
import { testFolder } from '../support/workspace.js'

const file = 'explain/support/blamed-site.mjs'
const site = join(testFolder, file)

interface Told {
  readonly last: LastRender
  readonly text: string
}

/** Runs the site in a process of its own. */
async function run(environment: Readonly<Record<string, string>>): Promise<Readonly<Record<string, Told>>> {
  const { NODE_ENV: _, SITECACHE_DEBUG: __, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', site], {
    cwd: testFolder,
    timeout: 30_000,
    env: { ...env, ...environment },
  })
  return JSON.parse(stdout)
}

/** Place of the line of the site that holds a text. */
async function placed(text: string): Promise<string> {
  const lines = (await readFile(site, 'utf8')).split('\n')
  return `${file}:${lines.findIndex((line) => line.includes(text)) + 1}`
}

describe('in development', () => {
  let told: Readonly<Record<string, Told>>
  beforeAll(async () => {
    told = await run({ NODE_ENV: 'development' })
  })

  it.each(['express', 'express4', 'connect'])(
    'packages are blamed, and the lines above them: %s',
    async (name) => {
      const at = (which: string) => told[`${which} on ${name}`]?.last
      const end = await placed('ends the response')
      expect(at('session')).toMatchObject({
        reason: 'set-cookie',
        field: 'Set-Cookie: connect.sid',
        by: {
          package: 'express-session',
          at: expect.stringMatching(/^express-session\/index\.js:\d+$/),
          under: end,
        },
      })
      expect(at('compression')?.writers).toContainEqual({
        field: 'Vary: Accept-Encoding',
        package: 'compression',
        at: expect.stringMatching(/^compression\/index\.js:\d+$/),
        under: end,
      })
      expect(at('cors')?.writers).toContainEqual({
        field: 'Vary: Origin',
        package: 'cors',
        at: expect.stringMatching(/^cors\/lib\/index\.js:\d+$/),
      })
      expect(at('helmet')).toMatchObject({
        reason: 'nonce',
        field: 'Content-Security-Policy',
        by: { package: 'helmet', at: expect.stringMatching(/^helmet\/index\.[cm]js:\d+$/) },
      })
      expect(at('application')).toMatchObject({
        reason: 'private',
        field: 'Cache-Control: private',
        by: { at: await placed('keeps it to itself') },
      })
      expect(at('writeHead with a list')).toMatchObject({
        reason: 'set-cookie',
        field: 'Set-Cookie: theme, id',
        by: { at: await placed('sets cookies') },
      })
    },
  )

  it.each(['express', 'express4'])('a token and a sign-in are put down to the package: %s', async (name) => {
    expect(told[`csrf on ${name}`]?.last).toMatchObject({
      reason: 'set-cookie',
      by: { package: 'csrf-csrf', under: await placed('makes a token') },
    })
    expect(told[`passport on ${name}`]?.last).toMatchObject({
      reason: 'set-cookie',
      writers: [
        {
          field: 'Set-Cookie: connect.sid',
          package: 'express-session',
          under: await placed('ends the response'),
        },
      ],
    })
  })

  it('is told in one line, for reading', async () => {
    expect(told['session on express']?.text).toMatch(
      /set-cookie \(Set-Cookie: connect\.sid\)\n {14}written by express-session \(express-session\/index\.js:\d+\), under explain\/support\/blamed-site\.mjs:\d+\n/,
    )
  })
})

describe('in production', () => {
  it('nobody is traced, and the field is told all the same', async () => {
    const told = await run({ NODE_ENV: 'production' })
    const last = told['session on express']?.last
    expect(last).toMatchObject({ reason: 'set-cookie', field: 'Set-Cookie: connect.sid', writers: [] })
    expect(last).not.toHaveProperty('by')
  })
})

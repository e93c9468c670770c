import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from '@jest/globals'
import { runProgram } from '@sitecache/test-support/child'
import { transform } from 'esbuild'

/** What a build leaves of this is one line. */
const source = `import type { Request, Response } from 'express'

interface Account {
  readonly name: string
}

export function handler(req: Request, res: Response): void {
  const account: Account = { name: req.get('X-Account') ?? 'nobody' }
  res.cookie('seen', '1')
  res.send(account.name)
}
`

const folder = await mkdtemp(join(tmpdir(), 'sitecache-source-lines-'))
afterAll(() => rm(folder, { recursive: true }))

async function warningsOf(isMapped: boolean): Promise<string> {
  const { code } = await transform(source, {
    loader: 'ts',
    minifyWhitespace: true,
    sourcemap: 'inline',
    sourcefile: 'account.ts',
  })
  const file = join(folder, `${isMapped ? 'mapped' : 'plain'}.mjs`)
  await writeFile(file, code)
  const { stdout, stderr } = await runProgram(
    `process.setSourceMapsEnabled(${isMapped})
     const { explain, explainText, siteCache } = await import('@sitecache/express')
     const { default: express } = await import('express')
     const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)})
     const app = express().use(siteCache()).get('/', handler)
     console.log(explainText(await explain({ url: '/' }, { app })))`,
    { NODE_ENV: 'development' },
  )
  return stdout + stderr
}

describe('the place that a warning names', () => {
  it('is the line of the source, where Node maps stacks', async () => {
    const text = await warningsOf(true)
    expect(text).toMatch(/read at \S*account\.ts:8\b/)
    expect(text).toMatch(/written by the application, at \S*account\.ts:9\b/)
  })

  it('is the line of the file that runs, where it does not', async () => {
    expect(await warningsOf(false)).toMatch(/read at \S*plain\.mjs:1\b/)
  })
})

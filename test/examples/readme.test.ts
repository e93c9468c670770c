import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { defaultIgnore } from '@sitecache/http'
import { runProgram } from '@sitecache/test-support/child'
import { root } from '@sitecache/test-support/workspace'

const guide = (page: string): Promise<string> => readFile(join(root, 'docs/guide', `${page}.md`), 'utf8')

const browsers = {
  chrome: {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'accept-language': 'en-US,en;q=0.9',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'sec-ch-ua': '"Chromium";v="142"',
    'sec-fetch-mode': 'navigate',
    cookie: '_ga=GA1.1.1; theme=dark',
  },
  firefox: {
    'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-language': 'fr,en;q=0.5',
    'accept-encoding': 'gzip, deflate, br, zstd',
    dnt: '1',
    cookie: '_ga=GA1.1.2; theme=light',
  },
}

/** Runs the site of the order that the guide begins with; resolves to its Cache-Status for each request. */
async function askInOrder(): Promise<string[]> {
  const [, example = ''] = /```js\n(import[\s\S]*?)```/.exec(await guide('site')) ?? []
  const program = `
    import compression from 'compression'
    import express from 'express'
    import session from 'express-session'
    const secret = 'secret'
    const app = express()
    const handler = (req, res) => res.type('html').send('x'.repeat(4000))
    ${example}
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { chrome, firefox } = ${JSON.stringify(browsers)}
    for (const headers of [chrome, chrome, firefox]) {
      const response = await fetch('http://127.0.0.1:' + server.address().port, { headers })
      await response.text()
      console.log(response.headers.get('cache-status'), response.headers.get('content-encoding'))
    }
    process.exit()`
  const { stdout } = await runProgram(program)
  return stdout.trim().split('\n')
}

describe('the guide', () => {
  it('begins with an order in which a page of no session is one for all browsers', async () => {
    const [first, ...others] = await askInOrder()
    expect(first).toMatch(/^sitecache; fwd=uri-miss; stored (?:br|gzip)$/)
    expect(others).toEqual(Array(2).fill(expect.stringMatching(/^sitecache; hit; ttl=\d+ (?:br|gzip)$/)))
  })

  it('names all that is ignored by default, and nothing else', async () => {
    const [, table = ''] = (await guide('visitors')).split('ignored by default')
    const rows = table.split('\n').filter((line) => line.startsWith('|'))
    const names = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
    expect(names.sort()).toEqual([...defaultIgnore].sort())
  })
})

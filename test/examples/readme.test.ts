import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { defaultIgnore } from '@sitecache/http'
import { runProgram } from '@sitecache/test-support/child'
import { root } from '@sitecache/test-support/workspace'

const readme = await readFile(join(root, 'README.md'), 'utf8')

/** Text of a section, up to the next heading. */
function section(heading: string): string {
  const [, after = ''] = readme.split(`\n${heading}\n`)
  const [text = ''] = after.split(/^#+ /m)
  return text
}

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

/** Runs the site of the order that the README begins with; answers its Cache-Status for each request. */
async function askInOrder(): Promise<string[]> {
  const [, example = ''] =
    /```js\n(app\.use\(updateCache[\s\S]*?)```/.exec(section('### Cache a whole site')) ?? []
  const program = `
    import compression from 'compression'
    import express from 'express'
    import session from 'express-session'
    import { fetchFromCache, updateCache } from '@sitecache/express'
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

describe('the README', () => {
  it('begins with an order in which a page of no session is one for all browsers', async () => {
    const [first, ...others] = await askInOrder()
    expect(first).toMatch(/^sitecache; fwd=uri-miss; stored (?:br|gzip)$/)
    expect(others).toEqual(Array(2).fill(expect.stringMatching(/^sitecache; hit; ttl=\d+ (?:br|gzip)$/)))
  })

  it('names all that is ignored by default, and nothing else', () => {
    const [, table = ''] = section('### What is ignored').split('ignored by default')
    const rows = table.split('\n').filter((line) => line.startsWith('|'))
    const names = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
    expect(names.sort()).toEqual([...defaultIgnore].sort())
  })

  it('has each option of a site in its table', () => {
    const names = [...section('## Options').matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)/g)].map(([, name = '']) => name),
    )
    let message = ''
    try {
      siteCache({ misspelt: true } as object)
    } catch (error) {
      message = String(error)
    }
    const [, allowed = ''] = message.split('Allowed: ')
    expect(names.sort()).toEqual(allowed.split(', ').sort())
  })
})

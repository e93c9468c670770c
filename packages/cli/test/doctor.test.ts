import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Finding } from '@sitecache/doctor'
import { serve } from '@sitecache/test-support/serve'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { ReplayClients } from '../src/doctor/clients.js'
import { CookieJar } from '../src/doctor/cookie-jar.js'
import { readRequests, requestOf } from '../src/doctor/requests.js'
import { sitecache } from './command.js'

// A busy machine may take long to start processes.
jest.setTimeout(30_000)

const app = fileURLToPath(new URL('./fixtures/doctored-app.mjs', import.meta.url))
const finding: Finding = {
  rule: 'vary',
  title: 'A header with many values',
  cache: 'default',
  route: '/a\u001b[31m',
  evidence: 'It has 20.',
  estimate: { requestsPerHour: 12, secondsPerHour: 3 },
  fix: { text: 'Reduce it.', code: 'siteCache({})' },
}

let folder: string
beforeAll(async () => {
  folder = await temporaryFolder('sitecache-doctor-')
})

describe('sitecache doctor --app', () => {
  it('replays an access log, and tells what it has found', async () => {
    const log = join(folder, 'access.log')
    const line = (i: number, method = 'GET'): string =>
      `203.0.113.9 - - [30/Nov/2026:04:00:00 +0000] "${method} /articles/${i % 3}?utm_source=s${i % 7} HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"`
    const lines = Array.from({ length: 80 }, (_, i) => line(i))
    await writeFile(log, [...lines, line(1, 'POST'), 'nonsense'].join('\n'))
    const { code, stdout, stderr } = await sitecache(['doctor', '--app', app, log], {
      started: () => undefined,
    })
    expect(stderr).toBe(
      '1 requests are neither GET nor HEAD, and were left out\n1 lines are no path, URL or line of an access log\n',
    )
    expect(stdout).toContain(
      '1. Query parameters that change nothing split the pages of a route  /articles/:id',
    )
    expect(stdout).toContain("     siteCache({ query: { except: ['utm_source'] } })")
    expect(stdout).toContain('Brings about 18 hits more, of 80 look-ups.')
    expect(stdout).toContain('59 of 80 look-ups were hits')
    expect(code).toBe(0)
  })

  it('replays several clients, with languages and cookies of their own', async () => {
    const paths = Array.from({ length: 60 }, () => ['/news', '/welcome', '/about']).flat()
    const asked = join(folder, 'paths.txt')
    // Each client comes to each page.
    await writeFile(asked, paths.sort().join('\n'))
    const visited = fileURLToPath(new URL('./fixtures/visited-app.mjs', import.meta.url))
    const rulesOf = async (...options: string[]): Promise<string[]> => {
      const { stdout } = await sitecache(['doctor', '--app', visited, asked, '--json', ...options])
      const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] }
      return findings.map(({ rule, route }) => `${rule} ${route}`).sort()
    }
    expect(await rulesOf('--clients', '24')).toEqual([
      'set-cookie /welcome',
      'vary /news',
      'vary-cookie /about',
      'vary-cookie /welcome',
    ])
    expect(await rulesOf('--clients', '1')).toEqual([])
  })

  it('takes the clients of a log for as many', async () => {
    const clients = new ReplayClients(12)
    const [ann, ben] = [clients.of('ann'), clients.of('ben')]
    expect([clients.of('ann') === ann, ann === ben]).toEqual([true, false])
    expect(new Set(Array.from({ length: 36 }, () => clients.of(undefined))).size).toBe(12)
    expect(new ReplayClients(1).of(undefined).headers).toEqual({})
    const { code, stderr } = await sitecache(['doctor', '--app', app, '/a', '--clients', '1000000'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('at most 10000')])
  })

  it('sends cookies back as browsers do', () => {
    const jar = new CookieJar()
    jar.set('a.example', 'sid=1; Path=/; HttpOnly')
    jar.set('a.example', 'tab=2; Path=/shop')
    jar.set('a.example', 'nonsense')
    expect(jar.header('a.example', '/shop/1?x=/')).toBe('sid=1; tab=2')
    expect(jar.header('a.example', '/shopping')).toBe('sid=1')
    expect(jar.header('b.example', '/')).toBeUndefined()
    jar.set('a.example', 'sid=3')
    jar.set('a.example', 'tab=; Path=/shop; Max-Age=0')
    expect(jar.header('a.example', '/shop')).toBe('sid=3')
    jar.set('a.example', 'sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT')
    expect(jar.header('a.example', '/shop')).toBeUndefined()
    for (let i = 0; i < 100; i += 1) jar.set(undefined, `c${i}=x`)
    expect(jar.header('a.example', '/')?.split(';')).toHaveLength(50)
  })

  it('answers as JSON', async () => {
    const { code, stdout } = await sitecache(['doctor', '--app', app, '/articles/9', '/articles/9', '--json'])
    expect(JSON.parse(stdout)).toEqual({
      lookUps: 2,
      hits: 1,
      unsafe: 0,
      unknown: 0,
      failed: 0,
      findings: [],
    })
    expect(code).toBe(0)
  })

  it('says what is missing', async () => {
    const outcomes = await Promise.all([
      sitecache(['doctor']),
      sitecache(['doctor', '--app', app]),
      sitecache(['doctor', '--app', './no-app.mjs', '/a']),
      sitecache(['doctor', '--app', app, 'nonsense']),
    ])
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2])
    expect(outcomes.map(({ stderr }) => stderr.split(':', 2)[1]?.trim())).toEqual([
      'whose hit rate? Give one of --app and --url',
      expect.stringContaining('what shall be replayed?'),
      expect.stringContaining('there is no file ./no-app.mjs'),
      'there is no request to replay',
    ])
  })
})

describe('sitecache doctor --url', () => {
  it('shows the findings of a dashboard, to the one who may see them', async () => {
    const url = await serve((req, res) => {
      res.statusCode = req.headers.authorization === 'Bearer s3cret' ? 200 : 404
      res.end(JSON.stringify({ findings: [finding] }))
    })
    const address = `${url}/cache/api/doctor`
    const [allowed, refused] = await Promise.all([
      sitecache(['doctor', '--url', address, '--token', 's3cret']),
      sitecache(['doctor', '--url', address, '-H', 'Authorization: Bearer guess']),
    ])
    expect(allowed.stdout).toContain('1. A header with many values  /a\\x1b[31m')
    expect(allowed.stdout).toContain(
      'Brings about 12 hits an hour, and spares 3.0 s of rendering and waiting.',
    )
    expect(allowed.code).toBe(0)
    expect(refused.stderr).toContain('answered with status 404: is the dashboard there')
    expect(refused.stderr).not.toContain('guess')
    expect(refused.code).toBe(1)
  })

  it('takes no other answer for findings', async () => {
    const url = await serve((_req, res) => void res.end('<html>'))
    const { code, stderr } = await sitecache(['doctor', '--url', url])
    expect(stderr).toContain("--url must be the doctor's address below a dashboard")
    expect(code).toBe(2)
  })
})

describe('readRequests', () => {
  it('takes a path of the site for one where this machine has a folder of that name, or none', async () => {
    const given = ['/', folder, `/${'a'.repeat(5000)}`]
    const options = { most: 10, signal: new AbortController().signal }
    const { requests } = await readRequests(given, { cwd: folder }, options)
    expect(requests.map(({ path }) => path)).toEqual(given)
  })
})

describe('requestOf', () => {
  it('reads paths, URLs and lines of access logs', () => {
    expect(requestOf('/a?b=1')).toEqual({ method: 'GET', path: '/a?b=1' })
    expect(requestOf('https://shop.example/a?b=1#c')).toEqual({
      method: 'GET',
      path: '/a?b=1',
      host: 'shop.example',
    })
    expect(requestOf('::1 - frank [10/Oct/2026:13:55:36 -0700] "HEAD /a HTTP/1.0" 200 -')).toEqual({
      method: 'HEAD',
      path: '/a',
      client: '::1 ',
    })
    expect(requestOf('::1 - - [x] "DELETE /a HTTP/1.1" 200 12')).toBe('unsafe')
    expect(requestOf('::1 - - [x] "GET \\x16\\x03 HTTP/1.1" 400 12')).toBeUndefined()
    expect(requestOf('GET')).toBeUndefined()
  })
})

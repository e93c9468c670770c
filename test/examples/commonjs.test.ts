import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { testFolder } from '@sitecache/test-support/workspace'

const program = `
const { createServer } = require('node:http')
const { siteCache, withSiteCache, createCaches } = require('@sitecache/express')
require('@sitecache/core'); require('@sitecache/http'); require('@sitecache/core/testing')
require('@sitecache/core/store'); require('@sitecache/core/internal')
const express = require('express')
const app = express()
app.use(siteCache())
app.get('/', (req, res) => res.send('page'))
const server = app.listen(0, '127.0.0.1', async () => {
  const url = 'http://127.0.0.1:' + server.address().port + '/'
  for (let i = 0; i < 2; i++) console.log((await fetch(url)).headers.get('cache-status'))
  server.closeAllConnections()
  server.close()
})
`

describe('a CommonJS application', () => {
  it('uses the packages by require(), as they are built', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=commonjs', '-e', program], {
      cwd: testFolder,
    })
    expect(stdout).toMatch(/^sitecache; fwd=uri-miss; stored\nsitecache; hit; ttl=\d+\n$/)
  })
})

import { describe, expect, it } from '@jest/globals'
import { runProgram } from '../../support/child.js'

/** Instrumentations patch modules as they are loaded, which the tests' own loader does not let them do. */
const program = (site: string) => `
  import { createRequire } from 'node:module'
  const require = createRequire(process.cwd() + '/index.js')
  const { registerInstrumentations } = require('@opentelemetry/instrumentation')
  const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
  const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express')
  const { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-node')
  const spans = new InMemorySpanExporter()
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  provider.register()
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation()],
  })
  const http = require('node:http')
  const express = require('express')
  const { fetchFromCache, siteCache, updateCache } = await import('@sitecache/express')
  let renders = 0
  const page = (req, res) => {
    // The listeners of a request are wrapped, by methods of its own.
    req.once('close', () => {})
    req.removeListener('close', page)
    res.send('page ' + ++renders)
  }
  const app = express()
  ${site}
  app.get('/', page)
  const server = http.createServer(app).listen(0, '127.0.0.1', async () => {
    const hits = []
    for (let i = 0; i < 6; i += 1) {
      const headers = { traceparent: '00-' + String(i + 1).padStart(32, '0') + '-00f067aa0ba902b7-01', 'user-agent': 'browser ' + i }
      const response = await fetch('http://127.0.0.1:' + server.address().port, { headers })
      await response.text()
      hits.push(/^sitecache; hit/.test(response.headers.get('cache-status')))
    }
    const traces = new Set(spans.getFinishedSpans().map((span) => span.spanContext().traceId))
    console.log(JSON.stringify({ renders, hits, traces: traces.size > 1 }))
    process.exit()
  })`

describe('an application with the instrumentations of OpenTelemetry has hits', () => {
  it.each([
    ['between', 'app.use(updateCache()); app.use(express.json()); app.use(fetchFromCache())'],
    ['siteCache', 'app.use(siteCache())'],
  ])('%s', async (_place, site) => {
    const { stdout } = await runProgram(program(site))
    expect(JSON.parse(stdout)).toEqual({
      renders: 1,
      hits: [false, true, true, true, true, true],
      traces: true,
    })
  })
})

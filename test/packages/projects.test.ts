import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Tarballs } from '@sitecache/test-support/servers/packed'
import { sharedTarballs } from '@sitecache/test-support/servers/shared'
import { testFolder } from '@sitecache/test-support/workspace'
import { Project } from './project.js'

/** A compiler takes its time on a busy machine. */
const LONGEST_MS = 180_000

const EXPECTED = ['render 1, hello ann', 'render 1, hello bob', 'kept']
const types = ['@types/node', '@types/express']
const compilerOptions = {
  strict: true,
  target: 'es2022',
  // A server has no DOM, whose types take as long to read as all others.
  lib: ['es2022'],
  esModuleInterop: true,
  skipLibCheck: true,
  types: ['node'],
}
const commonjs = { ...compilerOptions, module: 'commonjs', moduleResolution: 'node10' }
const main = `
import { visits } from './site'
visits(process.argv[2] ?? '').then((texts) => console.log(JSON.stringify(texts)))
`

let tarballs: Tarballs
let site: string
beforeAll(async () => {
  tarballs = await sharedTarballs()
  site = await readFile(join(testFolder, 'packages/site/site.ts'), 'utf8')
}, LONGEST_MS)

/** A project with the site in it, as TypeScript without a "type" in package.json. */
async function application(tools: readonly string[], options: object = commonjs): Promise<Project> {
  const project = await Project.make(tarballs, ['express', ...types, ...tools])
  await project.write({
    'package.json': { private: true },
    'tsconfig.json': { compilerOptions: options, files: ['main.ts'] },
    'site.ts': site,
    'main.ts': main,
  })
  return project
}

/** What the site shows, which keeps its pages in the project's folder. */
function seen(project: Project, ...args: readonly string[]): Promise<unknown> {
  return project.json(...args, project.folder)
}

describe('an application, with the packages from their tarballs,', () => {
  it.each([
    ['module commonjs and moduleResolution node10', commonjs],
    ['module node16, without "type"', { ...compilerOptions, module: 'node16' }],
  ])(
    'is compiled by TypeScript 5.9 with %s',
    async (_, options) => {
      const project = await application(['typescript59:typescript'], options)
      expect(await project.tsc()).toEqual({
        code: 0,
        output: '',
      })
      expect(await seen(project, 'main.js')).toEqual(EXPECTED)
    },
    LONGEST_MS,
  )

  it.each(['cjs', 'esm'])(
    'is bundled by esbuild as %s, with a store that a URL names',
    async (format) => {
      const project = await application(['esbuild'])
      // Express and every other CommonJS package need as much in a bundle of ES modules.
      const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`
      const bundle = await project.node(
        'node_modules/esbuild/bin/esbuild',
        'main.ts',
        '--bundle',
        '--platform=node',
        `--format=${format}`,
        ...(format === 'esm' ? [`--banner:js=${banner}`, '--outfile=bundle.mjs'] : ['--outfile=bundle.cjs']),
        '--log-level=warning',
      )
      expect(bundle).toEqual({ code: 0, output: '' })
      expect(await seen(project, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs')).toEqual(EXPECTED)
    },
    LONGEST_MS,
  )

  it(
    'is bundled by webpack, with a store that a URL names, by import and require alike',
    async () => {
      const project = await application(['webpack', 'esbuild'])
      await project.write({
        'entry.js': `
          import { caches } from '@sitecache/express'
          import express from 'express'
          const required = require('@sitecache/express')
          required.configure({ default: 'file:' + process.argv[2] + '/pages' })
          required.cache.set('k', 1).then(() => caches.get('default').get('k')).then((value) => {
            console.log(JSON.stringify([value, required.caches === caches, typeof express()]))
            return caches.close()
          })`,
        // Minified by esbuild, which is done in a second where webpack's own takes twenty.
        'build.js': `
          const { createRequire } = require('node:module')
          const Minimizer = createRequire(require.resolve('webpack'))('minimizer-webpack-plugin')
          require('webpack')({
            optimization: { minimizer: [new Minimizer({ minify: Minimizer.esbuildMinify })] },
            mode: 'production', target: 'node', entry: './entry.js', context: __dirname,
            ignoreWarnings: [/Critical dependency/],
            output: { path: __dirname, filename: 'bundle.cjs', library: { type: 'commonjs2' } },
          }, (error, stats) => {
            const { errors, warnings } = stats.toJson({ errors: true, warnings: true })
            console.log(JSON.stringify([...errors, ...warnings].map((it) => it.message)))
          })`,
      })
      expect(await seen(project, 'build.js')).toEqual([])
      expect(await seen(project, 'bundle.cjs')).toEqual([1, true, 'function'])
    },
    LONGEST_MS,
  )

  it.each([
    ['ts-node', ['ts-node', 'typescript59:typescript'], ['-r', 'ts-node/register']],
    ['tsx', ['tsx'], ['--import', 'tsx']],
  ])(
    'is run by %s',
    async (_, tools, args) => {
      expect(await seen(await application(tools), ...args, 'main.ts')).toEqual(EXPECTED)
    },
    LONGEST_MS,
  )

  it(
    'is tested by Jest in its default mode',
    async () => {
      const project = await Project.make(tarballs, ['express', 'jest'])
      await project.write({
        'package.json': { private: true },
        'site.test.js': `
          const express = require('express')
          const { siteCache, createCaches, memoryStore } = require('@sitecache/express')
          const { StoreError } = require('@sitecache/core')
          test('a page is rendered once', async () => {
            const caches = createCaches({ default: { store: memoryStore() } })
            let renders = 0
            const app = express().use(siteCache({ caches }))
            app.get('/', (req, res) => res.send('render ' + ++renders))
            const server = app.listen(0, '127.0.0.1')
            await new Promise((resolve) => server.once('listening', resolve))
            const ask = async () => (await fetch('http://127.0.0.1:' + server.address().port)).text()
            expect([await ask(), await ask()]).toEqual(['render 1', 'render 1'])
            expect(new StoreError('')).toBeInstanceOf(StoreError)
            server.closeAllConnections()
            server.close()
          })`,
      })
      const { code, output } = await project.node('node_modules/jest/bin/jest.js', '--ci', '--watchman=false')
      expect([code, output]).toEqual([0, expect.stringContaining('1 passed')])
    },
    LONGEST_MS,
  )

  it(
    'is tested by ts-jest',
    async () => {
      const project = await application(['jest', 'ts-jest', '@jest/globals', 'typescript59:typescript'])
      await project.write({
        'package.json': {
          private: true,
          jest: { transform: { '^.+\\.ts$': 'ts-jest' }, testMatch: ['**/*.spec.ts'] },
        },
        'site.spec.ts': `
          import { expect, test } from '@jest/globals'
          import { visits } from './site'
          test('a site', async () => expect(await visits(__dirname)).toEqual(${JSON.stringify(EXPECTED)}))`,
      })
      const { code, output } = await project.node('node_modules/jest/bin/jest.js', '--ci', '--watchman=false')
      expect([code, output]).toEqual([0, expect.stringContaining('1 passed')])
    },
    LONGEST_MS,
  )

  it(
    'is tested by Vitest',
    async () => {
      const project = await application(['vitest'])
      await project.write({
        'package.json': { private: true, type: 'module' },
        'site.test.ts': `
          import { expect, test } from 'vitest'
          import { visits } from './site'
          test('a site', async () => expect(await visits(import.meta.dirname)).toEqual(${JSON.stringify(EXPECTED)}))`,
      })
      const { code, output } = await project.node('node_modules/vitest/vitest.mjs', 'run')
      expect([code, output]).toEqual([0, expect.stringContaining('1 passed')])
    },
    LONGEST_MS,
  )
})

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Tarballs } from '@sitecache/test-support/servers/packed'
import { sharedTarballs } from '@sitecache/test-support/servers/shared'
import { testFolder } from '@sitecache/test-support/workspace'
import { Project } from './project.js'

const sources = join(testFolder, 'packages/types')

/** Settings of an application: name, TypeScript, `"type"` of its package.json, compiler options, files. */
const applications: readonly [string, string, string, object, readonly string[]][] = [
  [
    'TypeScript 5.5, node10',
    'typescript55',
    'commonjs',
    { module: 'commonjs', moduleResolution: 'node10' },
    ['express.ts', 'every-package.ts'],
  ],
  ['TypeScript 5.9, node16 without "type"', 'typescript59', 'commonjs', { module: 'node16' }, ['express.ts']],
  ['TypeScript 5.9, ES modules', 'typescript59', 'module', { module: 'nodenext' }, ['express.ts']],
  [
    'TypeScript 7, node16 without "type"',
    'typescript',
    'commonjs',
    { module: 'node16' },
    ['express.ts', 'every-package.ts'],
  ],
  [
    'TypeScript 7, ES modules',
    'typescript',
    'module',
    { module: 'nodenext' },
    ['express.ts', 'every-package.ts'],
  ],
  [
    'TypeScript 7, bundler',
    'typescript',
    'module',
    { module: 'esnext', moduleResolution: 'bundler' },
    ['express.ts', 'every-package.ts'],
  ],
  [
    'TypeScript 5.5, node10, without Express',
    'typescript55',
    'commonjs',
    { module: 'commonjs', moduleResolution: 'node10' },
    ['node-http.ts'],
  ],
  [
    'TypeScript 7, ES modules, without Express',
    'typescript',
    'module',
    { module: 'nodenext' },
    ['node-http.ts'],
  ],
]

/** A compiler of older TypeScripts takes half a minute for all libraries on a busy machine. */
const LONGEST_MS = 180_000

describe('the types of the packages, as they are published', () => {
  let tarballs: Tarballs
  beforeAll(async () => {
    tarballs = await sharedTarballs()
  })

  it('are tested in all files of the folder', async () => {
    const tested = new Set(applications.flatMap(([, , , , files]) => files))
    expect((await readdir(sources)).sort()).toEqual([...tested].sort())
  })

  async function compile(
    files: readonly string[],
    tools: readonly string[],
    type: string,
    options: object,
    flags: readonly string[],
  ) {
    const project = await Project.make(tarballs, ['@types/node', ...tools])
    for (const file of files) await project.write({ [file]: await readFile(join(sources, file), 'utf8') })
    await project.write({
      'package.json': { type },
      'tsconfig.json': {
        compilerOptions: {
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          // TypeScript's own types, which take longer than all others.
          skipDefaultLibCheck: true,
          target: 'es2022',
          esModuleInterop: true,
          types: ['node'],
          ...options,
        },
        files,
      },
    })
    return project.tsc('--pretty', 'false', ...flags)
  }

  it.each(applications)(
    'compile strictly with %s',
    async (_, typescript, type, options, files) => {
      const express = ['@types/express', '@types/express-session', 'nunjucks', '@types/nunjucks']
      const tools = [`${typescript}:typescript`, ...(files.includes('node-http.ts') ? [] : express)]
      // Threads of TypeScript 7 work out the same types each for itself, which takes longer in sum.
      const flags = typescript === 'typescript' ? ['--singleThreaded'] : []
      expect(await compile(files, tools, type, options, flags)).toEqual({ code: 0, output: '' })
    },
    LONGEST_MS,
  )
})

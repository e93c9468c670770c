import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '@sitecache/test-support/workspace'
import { parse } from 'yaml'

interface Job {
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly environment?: unknown
  readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[]
}

interface Workflow {
  readonly permissions?: object
  readonly jobs: Readonly<Record<string, Job>>
}

interface Form {
  readonly name: string
  readonly description: string
  readonly body: readonly {
    readonly type: string
    readonly id?: string
    readonly attributes: { readonly label?: string }
    readonly validations?: { readonly required?: boolean }
  }[]
}

const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8')
const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(join(root, folder)))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => `${folder}/${file}`)

const workflows = await filesIn('.github/workflows')
const forms = (await filesIn('.github/ISSUE_TEMPLATE')).filter((file) => !file.endsWith('config.yml'))

describe.each(workflows)('the workflow %s', (file) => {
  it('may read by default, ends in time, and leaves no token behind', async () => {
    const { permissions, jobs }: Workflow = parse(await read(file))
    expect(permissions).toEqual({ contents: 'read' })
    for (const [name, { 'timeout-minutes': minutes, steps }] of Object.entries(jobs)) {
      expect([name, Number(minutes) > 0]).toEqual([name, true])
      const checkout = steps.find(({ uses }) => uses?.startsWith('actions/checkout@'))
      // The release pushes its pull request.
      if (name !== 'release' && checkout !== undefined)
        expect([name, checkout.with]).toEqual([
          name,
          expect.objectContaining({ 'persist-credentials': false }),
        ])
      expect(steps.filter(({ uses }) => uses !== undefined && !/@v\d+$/.test(uses))).toEqual([])
    }
  })

  it('runs scripts that are there', async () => {
    const { jobs }: Workflow = parse(await read(file))
    const { scripts } = JSON.parse(await read('package.json'))
    const commands = [...JSON.stringify(jobs).matchAll(/(?<=")(?:pnpm|npm) (?:run )?([a-z:-]+)/g)].map(
      ([, name]) => name,
    )
    const builtIn = ['install', 'test']
    expect(commands.filter((name) => !builtIn.includes(String(name)) && !(String(name) in scripts))).toEqual(
      [],
    )
  })
})

describe('a release', () => {
  it('is published by the identity of its workflow; a token is for the first version alone', async () => {
    const text = await read('.github/workflows/release.yml')
    const { jobs }: Workflow = parse(text)
    expect(jobs.release?.permissions).toEqual({
      contents: 'write',
      'pull-requests': 'write',
      'id-token': 'write',
    })
    expect(jobs.release?.environment).toBe('release')
    expect(text).not.toMatch(/NODE_AUTH_TOKEN|registry-url/)
    expect(text.match(/NPM_TOKEN(?!: \$\{\{ secrets\.NPM_TOKEN \}\}$)(?! \}\}$)/gm)).toBeNull()
    expect(await read('CONTRIBUTING.md')).toMatch(/`NPM_TOKEN`[^.]*first release/)
  })
})

describe('the site of the documents', () => {
  it('is published by a job of its own, which may do nothing else and runs no script', async () => {
    const { jobs }: Workflow = parse(await read('.github/workflows/docs.yml'))
    expect(Object.entries(jobs).map(([name, { permissions }]) => [name, permissions])).toEqual([
      ['build', undefined],
      ['deploy', { pages: 'write', 'id-token': 'write' }],
    ])
    expect(jobs.deploy?.steps.map(({ uses, run }) => [uses?.split('@')[0], run])).toEqual([
      ['actions/deploy-pages', undefined],
    ])
  })

  it('is built into the folder that is uploaded', async () => {
    const { jobs }: Workflow = parse(await read('.github/workflows/docs.yml'))
    const upload = jobs.build?.steps.find(({ uses }) => uses?.startsWith('actions/upload-pages-artifact@'))
    expect(upload?.with).toEqual({ path: 'docs/.vitepress/dist' })
    expect(await read('docs/.vitepress/config.mts')).toContain("outDir: './.vitepress/dist'")
  })
})

describe.each(forms)('the form %s', (file) => {
  it('can be filled in', async () => {
    const { name, description, body }: Form = parse(await read(file))
    expect([name, description].every((text) => text.length > 5)).toBe(true)
    const fields = body.filter(({ type }) => type !== 'markdown')
    expect(fields.every(({ id, attributes }) => id !== undefined && attributes.label !== undefined)).toBe(
      true,
    )
    expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length)
  })
})

describe('who reports a page that is cached wrongly', () => {
  it('has to tell what sitecache explain says', async () => {
    const { body }: Form = parse(await read('.github/ISSUE_TEMPLATE/not-cached.yml'))
    const explain = body.find(({ id }) => id === 'explain')
    expect([explain?.attributes.label, explain?.validations?.required]).toEqual([
      'Output of `sitecache explain`',
      true,
    ])
  })
})

describe('the threat model', () => {
  const quoted = /\]\((?<file>[^)]+\.test\.ts)\)(?:: "(?<name>[^"]+)")?/g

  it('names tests that exist', async () => {
    const proofs = [...(await read('SECURITY.md')).matchAll(quoted)].map(({ groups = {} }) => groups)
    expect(proofs.length).toBeGreaterThan(25)
    for (const { file = '', name } of proofs) {
      const text = await read(file)
      expect([file, name, name === undefined || text.includes(name)]).toEqual([file, name, true])
    }
  })

  it('has a proof in each row', async () => {
    const rows = (await read('SECURITY.md')).split('\n').filter((line) => /^\| (?!Never|-)/.test(line))
    expect(rows.length).toBeGreaterThan(20)
    expect(rows.filter((row) => !/\.test\.ts\)/.test(row))).toEqual([])
  })
})

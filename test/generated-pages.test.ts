import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { root } from '@sitecache/test-support/workspace'
import { conformanceData } from '../scripts/lib/conformance-data.mjs'
import { conformancePage } from '../scripts/lib/conformance-page.mjs'
import { speedData } from '../scripts/lib/speed-data.mjs'
import { speedPage } from '../scripts/lib/speed-page.mjs'

const read = (file: string): Promise<string> => readFile(join(root, file), 'utf8')

describe('docs/reference/conformance.md', () => {
  it('is what scripts/conformance-page.mjs writes', async () => {
    expect(await read('docs/reference/conformance.md')).toBe(conformancePage(await conformanceData()))
  })
})

describe('docs/reference/speed.md', () => {
  it('is what scripts/speed.mjs writes', async () => {
    const { runs, accounts } = await speedData()
    expect(runs.length + accounts.length).toBeGreaterThan(0)
    expect(await read('docs/reference/speed.md')).toBe(speedPage(runs, accounts))
  })

  const row = { name: 'peer', label: 'a peer', baseline: 'a buffer', cpu: 50, ratio: 0.9, rounds: [] }
  const own = { ...row, name: 'sitecache-site', label: 'sitecache', cpu: 60, ratio: 0.75, target: 0.9 }

  it('names what loses', () => {
    const hit = [
      { ...own, reached: false },
      row,
      { name: 'nginx', label: 'nginx', problem: 'is not installed' },
    ]
    const run = {
      name: '2026-01-01',
      machine: 'a machine: pnpm bench --quick --json results/x.json',
      args: { rounds: 3, seconds: 1, quick: true },
      results: { hit },
    }
    const page = speedPage([run], [])
    expect(page).toContain('**Misses its target:** sitecache (hit: 0.75, target 0.90).')
    expect(page).toContain('**Cheaper on a hit than sitecache in the same place:** a peer (50.0 µs).')
    expect(page).toContain('**Could not be measured:** nginx (is not installed).')
    expect(page).toContain('**A quick run** (`--quick`): 3 rounds of 1 s')
    expect(page).toContain('a machine: pnpm bench --quick\n')
  })

  it('begins with the newest run', () => {
    const run = (name: string) => ({
      name,
      machine: '',
      args: { rounds: 5, seconds: 3 },
      results: { hit: [own] },
    })
    const page = speedPage([run('2026-01-01'), run('2026-03-01')], [{ name: '2026-02-01', text: 'a table' }])
    expect([...page.matchAll(/^## (.*)$/gm)].map(([, day]) => day)).toEqual([
      '2026-03-01',
      '2026-02-01',
      '2026-01-01',
    ])
  })
})

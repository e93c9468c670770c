import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { root } from '@sitecache/test-support/workspace'

/** Asks the application of a README's example twice, as one visitor; answers what it said. */
async function ask(name: string): Promise<string[]> {
  const readme = await readFile(join(root, 'packages', name, 'README.md'), 'utf8')
  const [, example = ''] = /```js\n\/\/ app\.mjs\n([\s\S]*?)```/.exec(readme) ?? []
  const program = `${example.replace('app.listen(3000)', 'const server = app.listen(0, "127.0.0.1")')}
    await new Promise((resolve) => server.once('listening', resolve))
    let cookie = ''
    for (let i = 0; i < 2; i += 1) {
      const response = await fetch('http://127.0.0.1:' + server.address().port, { headers: { cookie } })
      cookie = (response.headers.get('set-cookie') ?? '').split(';')[0]
      console.log((await response.text()).trim())
    }
    process.exit()`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(root, 'test'),
  })
  return stdout.trim().split('\n')
}

describe('the example of a README', () => {
  it('shows a fragment of templates that comes from the cache', async () => {
    const [first = '', second] = await ask('templates')
    expect(first).toMatch(/^\d{4}-\d\d-\d\dT/)
    expect(second).toBe(first)
  })

  it('counts the visits of a session', async () => {
    expect(await ask('session')).toEqual(['Visit 1', 'Visit 2'])
  })
})

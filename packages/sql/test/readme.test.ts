import { execFile } from 'node:child_process'
import { readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, jest } from '@jest/globals'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { root } from '@sitecache/test-support/workspace'

// A busy machine may take long to start processes and to connect.
jest.setTimeout(30_000)

it('the example in the README works when it is pasted', async () => {
  const readme = await readFile(join(root, 'packages/sql/README.md'), 'utf8')
  const [, example = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? []
  expect(example).toContain("await caches.get('default').set(")
  const folder = await temporaryFolder('readme')
  await symlink(join(root, 'test/node_modules'), join(folder, 'node_modules'))
  const program = `${example.replace('await caches.close()', "console.log(await caches.get('default').get('greeting'))\n$&")}`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: folder,
  })
  expect(stdout).toBe('hello\n')
  await rm(folder, { recursive: true })
})

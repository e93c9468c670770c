import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { isHeld, whenFree } from './held.js'
import { linkNew } from './link-new.js'
import { removeAny } from './remove-any.js'

const root = mkdtempSync(join(tmpdir(), 'sitecache-held-'))
afterAll(() => rmSync(root, { recursive: true }))
const fault = (code: string): Error => Object.assign(new Error(code), { code })

/** Fails with these codes, one a call, and then succeeds. */
function failing(...codes: string[]) {
  let calls = 0
  const run = async () => {
    calls += 1
    const code = codes.shift()
    if (code !== undefined) throw fault(code)
    return 'done'
  }
  return { run, calls: () => calls }
}

describe('a file that another process has open', () => {
  it.each(['EPERM', 'EACCES', 'EBUSY'])('is tried again on Windows: %s', async (code) => {
    const { run, calls } = failing(code, code)
    expect([await whenFree(run, 'win32'), calls()]).toEqual(['done', 3])
    expect([isHeld(fault(code), 'win32'), isHeld(fault(code), 'linux')]).toEqual([true, false])
  })

  it.each(['linux', 'darwin'] as const)('is a fault at once on %s, where none is in the way', async (os) => {
    const { run, calls } = failing('EPERM')
    await expect(whenFree(run, os)).rejects.toThrow('EPERM')
    expect(calls()).toBe(1)
  })

  it('is a fault in the end', async () => {
    const { run, calls } = failing(...Array<string>(20).fill('EBUSY'))
    await expect(whenFree(run, 'win32')).rejects.toThrow('EBUSY')
    expect(calls()).toBe(7)
  })

  it('is waited for on no other fault', async () => {
    const { run, calls } = failing('ENOSPC')
    await expect(whenFree(run, 'win32')).rejects.toThrow('ENOSPC')
    expect(calls()).toBe(1)
  })

  it('is not taken for one that is absent, when it is to be removed', async () => {
    const file = join(root, 'held')
    writeFileSync(file, 'page')
    await expect(removeAny(file, () => Promise.reject(fault('EPERM')))).rejects.toMatchObject({
      code: 'EPERM',
    })
  })
})

describe('removing', () => {
  it.each(['EISDIR', 'EPERM'])('takes a folder away, for which systems say %s', async (code) => {
    const folder = join(root, `folder-${code}`)
    mkdirSync(folder)
    await removeAny(folder, () => Promise.reject(fault(code)))
    expect(existsSync(folder)).toBe(false)
  })
})

describe('a file system without links', () => {
  it.each(['EISDIR', 'ENOTSUP', 'EPERM'])('gets a copy: %s', async (code) => {
    const [from, to] = [join(root, 'from'), join(root, `to-${code}`)]
    writeFileSync(from, 'page')
    const noLink = () => Promise.reject(fault(code))
    await linkNew(from, to, noLink)
    expect(readFileSync(to, 'utf8')).toBe('page')
    await expect(linkNew(from, to, noLink)).rejects.toMatchObject({ code: 'EEXIST' })
  })
})

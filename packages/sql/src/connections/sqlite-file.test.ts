import { describe, expect, it } from '@jest/globals'
import { sqliteFile } from './sqlite-file.js'

describe('the file of a sqlite: URL', () => {
  it.each([
    ['sqlite:///var/cache/site.db', '/var/cache/site.db'],
    ['sqlite:site.db', 'site.db'],
    ['sqlite::memory:', ':memory:'],
    ['sqlite:///var/my%20cache/site.db', '/var/my cache/site.db'],
    // A folder of this name.
    ['sqlite:///C:/site.db', '/C:/site.db'],
  ])('is, of %s, %s', (url, file) => {
    expect(sqliteFile(new URL(url), 'linux')).toBe(file)
  })

  it.each([
    ['sqlite:///C:/cache/site.db', 'C:/cache/site.db'],
    ['sqlite:C:\\cache\\site.db', 'C:\\cache\\site.db'],
    ['sqlite:site.db', 'site.db'],
    ['sqlite::memory:', ':memory:'],
  ])('is, of %s on Windows, %s', (url, file) => {
    expect(sqliteFile(new URL(url), 'win32')).toBe(file)
  })

  it.each(['sqlite://cache.db', 'sqlite:', 'sqlite:///', 'sqlite:///a%zz'])('is none of %s', (url) => {
    expect(sqliteFile(new URL(url))).toBeUndefined()
  })
})

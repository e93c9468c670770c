import { afterAll, beforeAll } from '@jest/globals'
import { type Browser, chromium } from 'playwright-core'

/** Chromium of the system, as scripts/lib/system-packages.mjs gets it. */
const COMMAND = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Starts one browser for the tests of a file, and stops it after them. */
export function useBrowser(): () => Browser {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: COMMAND, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())
  return () => {
    if (browser === undefined) throw new Error('the browser is started before the tests')
    return browser
  }
}

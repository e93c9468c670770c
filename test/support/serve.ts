import type { RequestListener } from 'node:http'
import { afterEach } from '@jest/globals'
import { listen } from './applications.js'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Serves an application until the end of the test; answers its URL. */
export async function serve(application: RequestListener): Promise<string> {
  const { url, close } = await listen(application)
  closing.push(close)
  return url
}

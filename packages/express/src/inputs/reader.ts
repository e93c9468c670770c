/** Stand-in until the table of known readers is there. */
const installed = /[\\/]node_modules[\\/](?!.*[\\/]node_modules[\\/])((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/
const helpers = new Set([
  'cookie',
  'cookies',
  'vary',
  'express',
  'router',
  'basic-auth',
  'pino',
  'pino-std-serializers',
  'negotiator',
  'accepts',
  'proxy-addr',
  'forwarded',
])

export function pardonedReader(): string | undefined {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 16
  const lines = (new Error().stack ?? '').split('\n').slice(1)
  Error.stackTraceLimit = stackTraceLimit
  for (const line of lines) {
    if (/packages[\\/](express|http|core)[\\/](src|dist)[\\/]/.test(line) || line.includes('node:')) continue
    if (!/[\\/]/.test(line)) continue
    const name = installed.exec(line)?.[1]
    if (name === undefined) return undefined
    if (!helpers.has(name)) return name
  }
  return undefined
}

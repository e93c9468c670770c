import type { IncomingMessage } from 'node:http'

const MAX_BYTES = 64 * 1024

/** A request that can't be understood; its message is for the client. */
export class BadRequest extends Error {
  readonly status: number

  constructor(message: string, status = 400) {
    super(message)
    this.status = status
  }
}

/** Fields of the content of an action. */
export type Fields = Readonly<Record<string, unknown>>

/**
 * Reads the content of a request, as a body parser left it or as it comes.
 *
 * @throws BadRequest for anything but an object in JSON, or more than 64 KiB
 */
export async function readFields(req: IncomingMessage): Promise<Fields> {
  const type = String(req.headers['content-type'] ?? '').split(';', 1)[0]
  if (type?.trim().toLowerCase() !== 'application/json')
    throw new BadRequest('an action is sent with Content-Type: application/json', 415)
  const { body } = req as { readonly body?: unknown }
  const value: unknown = body === undefined ? parsed(await textOf(req)) : body
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadRequest('an action is a JSON object')
  return value as Fields
}

async function textOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of req) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new BadRequest(`an action has ${MAX_BYTES} bytes at the most`, 413)
  }
  return Buffer.concat(chunks).toString()
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadRequest('an action is JSON')
  }
}

/** Returns a text among the fields. @throws BadRequest where it is none, or empty */
export function textField(fields: Fields, name: string, most = 4000): string {
  const value = fields[name]
  if (typeof value === 'string' && value.trim() !== '' && value.length <= most) return value.trim()
  throw new BadRequest(`${name} must be a text of ${most} characters at the most`)
}

import { createHmac, randomBytes } from 'node:crypto'

/** Of this process: nobody can try out which short value has a digest. */
const secret = randomBytes(32)

/** Returns a short digest that stands for a value: the same for the same value in this process. */
export function hiddenText(value: string): string {
  return `#${createHmac('sha256', secret).update(value).digest('base64url').slice(0, 8)}`
}

/** Headers whose values are credentials, or say where a client is. */
const secretNames = /auth|token|secret|cookie|api-?key|session|jwt|csrf|xsrf|forwarded|(?:^|-)ip$/

/** Returns whether the value of a header is never shown. @param name in lower case */
export function isHiddenHeader(name: string): boolean {
  return secretNames.test(name)
}

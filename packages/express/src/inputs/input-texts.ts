// Stands in for @sitecache/http until its names of inputs are there.
export const ALL_HEADERS = 'header:*'
export const ALL_COOKIES = 'cookie:*'
export const ALL_LOCALS = 'locals:*'

export function headerInput(field: string): string | undefined {
  const name = field.toLowerCase()
  if (!/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)) return undefined
  return name === 'session' || name === 'visitor' ? `header:${name}` : name
}

export function readHeaderInput(field: string): string | undefined {
  const name = headerInput(field)
  return name === 'cookie' ? ALL_COOKIES : name
}

export function localsInput(name: string): string {
  return `locals:${name}`
}

/** Tag of all pages of a route of Express, as it is spelt in the application. */
export function routeTag(route: string): string {
  return `sitecache:route:${route}`.slice(0, 250)
}

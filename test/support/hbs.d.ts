declare module 'hbs' {
  import type { HandlebarsLike } from '@sitecache/templates/handlebars'

  interface Hbs {
    create(): Hbs
    readonly handlebars: HandlebarsLike
    readonly __express: (
      path: string,
      options: object,
      callback: (error: unknown, output?: string) => void,
    ) => void
    registerPartials(folder: string, done: (error?: unknown) => void): void
  }
  const hbs: Hbs
  export default hbs
}

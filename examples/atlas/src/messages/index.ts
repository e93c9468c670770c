import { de } from './de.js'
import { en } from './en.js'
import { es } from './es.js'
import { fr } from './fr.js'
import { ja } from './ja.js'

/** The words of the pages, in one language. */
export type Messages = Readonly<Record<keyof typeof en, string>>

/** The words of the pages, by language. */
export const messages = { en, de, fr, es, ja } as const satisfies Record<string, Messages>

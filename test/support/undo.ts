/**
 * Runs the steps that undo what a test began, the last first; what throws does not keep the others from running, or a server
 * would outlive its test.
 */
export async function undoAll(steps: (() => unknown)[]): Promise<void> {
  const errors: unknown[] = []
  for (const step of steps.splice(0).reverse()) {
    try {
      await step()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

/** The system's code of a failed operation (`ENOENT`, `ECONNREFUSED`); empty for other errors. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

// SPDX-License-Identifier: Apache-2.0
// Text as a POSIX shell and MySQL take it.

/** One word of a command; quoted where it must be. */
export function word(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** DB or DB.TABLE as --object and the API take it: backquotes only where a name needs them. */
export function objectName(database: string, table = ''): string {
  const name = (part: string) => (/[.`]/.test(part) || part === '' || part.trim() !== part ? `\`${part.replaceAll('`', '``')}\`` : part);
  return table === '' ? name(database) : `${name(database)}.${name(table)}`;
}
